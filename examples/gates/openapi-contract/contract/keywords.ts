// The keywords of a schema that this gate checks. Each takes the value as it is, and says nothing about values of other types.

import { below, isObject, member, short } from "./json.js";
import type { Json } from "./json.js";
import type { Checker, Mismatch, Place } from "./schema.js";

/** Checks one keyword. Returns false where its argument is not understood. */
type Keyword = (checker: Checker, place: Place, argument: Json) => boolean;

const TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"];

export const KEYWORDS = new Map<string, Keyword>([
  ["type", type],
  ["enum", (checker, place, values) => Array.isArray(values) && oneOfValues(checker, place, values)],
  ["const", (checker, place, only) => oneOfValues(checker, place, [only])],
  ["minimum", bound("exclusiveMinimum", (value, limit) => value >= limit, "at least", "more than")],
  ["maximum", bound("exclusiveMaximum", (value, limit) => value <= limit, "at most", "less than")],
  ["exclusiveMinimum", exclusive((value, limit) => value > limit, "more than")],
  ["exclusiveMaximum", exclusive((value, limit) => value < limit, "less than")],
  ["minLength", size(characters, (length, limit) => length >= limit, "at least", "characters")],
  ["maxLength", size(characters, (length, limit) => length <= limit, "at most", "characters")],
  ["minItems", size(items, (length, limit) => length >= limit, "at least", "items")],
  ["maxItems", size(items, (length, limit) => length <= limit, "at most", "items")],
  ["minProperties", size(names, (length, limit) => length >= limit, "at least", "properties")],
  ["maxProperties", size(names, (length, limit) => length <= limit, "at most", "properties")],
  ["pattern", pattern],
  ["properties", properties],
  ["required", required],
  ["additionalProperties", additionalProperties],
  ["items", eachItem],
  ["prefixItems", firstItems],
  ["allOf", allOf],
  ["anyOf", (checker, place, schemas) => choice(checker, place, schemas, "anyOf")],
  ["oneOf", (checker, place, schemas) => choice(checker, place, schemas, "oneOf")],
  ["not", not],
]);

function say({ found, pointer }: Place, problem: string): true {
  found.push({ pointer, problem });
  return true;
}

function type(_checker: Checker, place: Place, argument: Json): boolean {
  const types = Array.isArray(argument) ? argument : [argument];
  if (!types.every((name) => typeof name === "string" && TYPES.includes(name))) return false;
  const actual = typeOf(place.value);
  const fits = types.includes(actual) || (actual === "integer" && types.includes("number"));
  return fits || say(place, `must be ${types.join(" or ")}, is ${actual}`);
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function oneOfValues(checker: Checker, place: Place, values: Json[]): boolean {
  for (const value of values) {
    if (checker.equals(place.value, value)) return true;
  }
  const some = values.slice(0, 5).map((value) => short(JSON.stringify(value), 40));
  const list = some.join(", ") + (values.length > some.length ? ", …" : "");
  return say(place, values.length === 1 ? `must be ${list}` : `must be one of ${list}`);
}

type Compare = (value: number, limit: number) => boolean;

/** `minimum` and `maximum`, which a boolean beside them makes exclusive in OpenAPI 3.0. */
function bound(sibling: string, fits: Compare, inclusive: string, strict: string): Keyword {
  return (_checker, place, limit) => {
    if (typeof limit !== "number") return false;
    if (typeof place.value !== "number") return true;
    const isStrict = member(place.schema, sibling) === true;
    const isInside = fits(place.value, limit) && !(isStrict && place.value === limit);
    return isInside || say(place, `must be ${isStrict ? strict : inclusive} ${limit}`);
  };
}

function exclusive(fits: Compare, words: string): Keyword {
  return (_checker, place, limit) => {
    if (typeof limit !== "number") return typeof limit === "boolean";
    return typeof place.value !== "number" || fits(place.value, limit) || say(place, `must be ${words} ${limit}`);
  };
}

function size(sizeOf: (value: Json) => number | undefined, fits: Compare, words: string, unit: string): Keyword {
  return (checker, place, limit) => {
    if (typeof limit !== "number") return false;
    const actual = sizeOf(place.value);
    if (actual === undefined) return true;
    checker.spend(actual / 10);
    return fits(actual, limit) || say(place, `must have ${words} ${limit} ${unit}, has ${actual}`);
  };
}

function characters(value: Json): number | undefined {
  if (typeof value !== "string") return undefined;
  let count = 0;
  for (const _ of value) count++;
  return count;
}

function items(value: Json): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

function names(value: Json): number | undefined {
  return isObject(value) ? Object.keys(value).length : undefined;
}

function pattern(checker: Checker, place: Place, source: Json): boolean {
  if (typeof source !== "string") return false;
  if (typeof place.value !== "string") return true;
  const fits = checker.matches(source, place.value);
  if (fits === false) return say(place, `must match ${short(source, 60)}`);
  return fits === true;
}

function properties(checker: Checker, place: Place, schemas: Json): boolean {
  if (!isObject(schemas)) return false;
  if (!isObject(place.value)) return true;
  for (const name of Object.keys(schemas)) {
    const value = member(place.value, name);
    if (value === undefined) checker.spend(1);
    else checker.check(value, schemas[name]!, below(place.pointer, name), place.depth, place.found);
  }
  return true;
}

function required(checker: Checker, place: Place, wanted: Json): boolean {
  if (!Array.isArray(wanted)) return false;
  if (!isObject(place.value)) return true;
  const schemas = member(place.schema, "properties");
  for (const name of wanted) {
    checker.spend(1);
    if (typeof name !== "string" || Object.hasOwn(place.value, name)) continue;
    if (!checker.isWriteOnly(member(schemas, name))) say({ ...place, pointer: below(place.pointer, name) }, "is missing");
  }
  return true;
}

function additionalProperties(checker: Checker, place: Place, schema: Json): boolean {
  // Which properties are additional hangs on `patternProperties`, which is not checked.
  if (Object.hasOwn(place.schema, "patternProperties")) return false;
  if (!isObject(place.value)) return true;
  const known = member(place.schema, "properties") ?? {};
  for (const name of Object.keys(place.value)) {
    checker.spend(1);
    if (isObject(known) && Object.hasOwn(known, name)) continue;
    checker.check(place.value[name]!, schema, below(place.pointer, name), place.depth, place.found);
  }
  return true;
}

function eachItem(checker: Checker, place: Place, schema: Json): boolean {
  if (!isObject(schema) && typeof schema !== "boolean") return false;
  if (!Array.isArray(place.value)) return true;
  const first = member(place.schema, "prefixItems");
  for (let index = Array.isArray(first) ? first.length : 0; index < place.value.length; index++) {
    checker.check(place.value[index]!, schema, below(place.pointer, index), place.depth, place.found);
  }
  return true;
}

function firstItems(checker: Checker, place: Place, schemas: Json): boolean {
  if (!Array.isArray(schemas)) return false;
  if (!Array.isArray(place.value)) return true;
  for (let index = 0; index < Math.min(schemas.length, place.value.length); index++) {
    checker.check(place.value[index]!, schemas[index]!, below(place.pointer, index), place.depth, place.found);
  }
  return true;
}

function allOf(checker: Checker, place: Place, schemas: Json): boolean {
  if (!Array.isArray(schemas)) return false;
  for (const schema of schemas) checker.check(place.value, schema, place.pointer, place.depth, place.found);
  return true;
}

function choice(checker: Checker, place: Place, schemas: Json, keyword: "anyOf" | "oneOf"): boolean {
  if (!Array.isArray(schemas)) return false;
  let fitting = 0;
  let isSure = true;
  let nearest: Mismatch | undefined;
  for (const schema of schemas) {
    const tried = checker.fits(place, schema);
    const [mismatch] = tried.found;
    if (mismatch === undefined) {
      if (keyword === "anyOf") return true;
      fitting++;
      isSure &&= tried.isSure;
    } else if (nearest === undefined || levels(mismatch) > levels(nearest)) {
      nearest = mismatch;
    }
  }
  if (fitting === 0) return say(place, `fits none of the ${schemas.length} schemas of ${keyword}${hint(place, nearest)}`);
  if (fitting > 1 && isSure) return say(place, `fits ${fitting} schemas of oneOf, must fit one`);
  return fitting === 1;
}

function levels({ pointer }: Mismatch): number {
  return pointer.split("/").length;
}

function hint(place: Place, nearest: Mismatch | undefined): string {
  if (nearest === undefined) return "";
  const where = nearest.pointer === place.pointer ? "it" : nearest.pointer;
  return ` (by the nearest one ${where} ${nearest.problem})`;
}

function not(checker: Checker, place: Place, schema: Json): boolean {
  const tried = checker.fits(place, schema);
  if (tried.found.length > 0) return true;
  return tried.isSure && say(place, "must not fit the schema of not");
}
