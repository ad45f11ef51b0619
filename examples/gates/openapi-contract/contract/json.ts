// Reads JSON that somebody else wrote.

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** The deepest nesting that is read. `JSON.parse` recurses, and a text that is nested deeper could exhaust the stack. */
export const NESTING_MAX = 128;

/** Something that this gate does not read or check. It says nothing about the canary, so the gate cannot answer. */
export class NotChecked extends Error {}

/** A text that is not JSON. */
export class NotJson extends Error {}

/** Something that the document should say and does not. */
export class DocumentFault extends Error {}

/** Returns the value of a JSON text. Throws `NotJson`, or `NotChecked` where it is nested too deeply. */
export function readJson(text: string): Json {
  if (isNestedDeeper(text, NESTING_MAX)) {
    throw new NotChecked(`it is nested deeper than ${NESTING_MAX} levels`);
  }
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as Json;
  } catch (error) {
    throw new NotJson(error instanceof Error ? error.message : String(error));
  }
}

export function isNestedDeeper(text: string, max: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      at = endOfString(text, at);
    } else if (unit === OPEN_LIST || unit === OPEN_OBJECT) {
      depth++;
      if (depth > max) return true;
    } else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) {
      depth--;
    }
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Returns the place of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns a member of an object by its own name, never one that every object inherits, such as `constructor`. */
export function member(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Returns whether two values are the same. `spend` is called for each pair of values that is compared. */
export function equal(a: Json, b: Json, spend: () => void): boolean {
  spend();
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) {
      if (!equal(a[index]!, b[index]!, spend)) return false;
    }
    return true;
  }
  if (isObject(a) && isObject(b)) {
    const names = Object.keys(a);
    if (names.length !== Object.keys(b).length) return false;
    for (const name of names) {
      if (!Object.hasOwn(b, name) || !equal(a[name]!, b[name]!, spend)) return false;
    }
    return true;
  }
  return a === b;
}

/** Returns what a `$ref` leads to. Throws `DocumentFault` where that is nothing, `NotChecked` where it is elsewhere. */
export function follow(root: Json, ref: string): Json {
  if (ref !== "#" && !ref.startsWith("#/")) {
    throw new NotChecked(`the $ref ${short(ref)} does not lead to a place in the document by a JSON Pointer`);
  }
  let value: Json | undefined = root;
  for (const part of ref.split("/").slice(1)) {
    const name = unescaped(part);
    value = Array.isArray(value) && /^\d{1,9}$/.test(name) ? value[Number(name)] : member(value, name);
  }
  if (value === undefined) throw new DocumentFault(`the document has nothing at ${short(ref)}`);
  return value;
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return part;
  }
}

/** Returns the JSON Pointer of a member or an item. */
export function below(pointer: string, name: string | number): string {
  const part = typeof name === "number" ? `${name}` : short(name, 60).replaceAll("~", "~0").replaceAll("/", "~1");
  return `${pointer}/${part}`;
}

/** Returns a text that is cut where it is long. */
export function short(text: string, max = 100): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}
