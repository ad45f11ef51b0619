// What QuickJS lacks: a console, UTF-8, random numbers that differ from call to call; and errors that lockgate can show.

import * as host from "lockgate:plugin/log@0.1.0";
import { authorsPlace, withAuthorsPlaces } from "./places.js";

/** Ends a call with "could not answer". */
export class CannotAnswer extends Error {}

// A value of the wrong type, or half of a surrogate pair, would be a trap at the border to lockgate, without a place.

/** Returns a text that lockgate can take. */
export function text(value, what) {
  if (typeof value !== "string") throw new TypeError(`${what} must be a string, is ${quoted(value)}`);
  return value.toWellFormed();
}

/** Returns a whole number that lockgate can take. */
export function whole(value, what, least) {
  const fits = typeof value === "number" && value >= least && value <= 0xffff_ffff;
  if (!fits) throw new RangeError(`${what} must be a number from ${least} to ${0xffff_ffff}, is ${quoted(value)}`);
  return Math.ceil(value);
}

/** Returns a value in a few words. */
export function shown(value) {
  if (typeof value === "string") return value;
  if (value instanceof Error) return explained(value).whole;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** Returns a value in a few words, a string in quotes. */
export function quoted(value) {
  return typeof value === "string" ? JSON.stringify(value) : shown(value);
}

function write(level, message, fields = {}) {
  const pairs = Object.entries(fields).map(([name, value]) => [text(name, "a field's name"), shown(value).toWellFormed()]);
  host.write(level, shown(message).toWellFormed(), pairs);
}

export const log = {
  debug: (message, fields) => write("debug", message, fields),
  info: (message, fields) => write("info", message, fields),
  warn: (message, fields) => write("warn", message, fields),
  error: (message, fields) => write("error", message, fields),
};

/** Returns an error as one sentence with the author's place, and whole with its stack and causes. */
export function explained(error) {
  if (!(error instanceof Error)) return { sentence: shown(error), whole: shown(error) };
  const message = error.message ? `${error.name}: ${error.message}` : error.name;
  // V8 begins a stack with the message, QuickJS does not.
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)).join("\n");
  const stack = withAuthorsPlaces(frames, globalThis.lockgateSourceMap);
  const place = authorsPlace(stack);
  const cause = error.cause === undefined ? "" : `\ncaused by ${explained(error.cause).whole}`;
  return { sentence: place ? `${message} (${place})` : message, whole: `${message}\n${stack}${cause}` };
}

/** Begins the random numbers of a call: others in each call, and the same in its replay. */
export function seedRandom(seed) {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ character.codePointAt(0), 0x01000193);
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns the UTF-8 of a text; half of a surrogate pair becomes U+FFFD. */
export function encodeUtf8(string) {
  const binary = unescape(encodeURIComponent(string.toWellFormed()));
  return Uint8Array.from({ length: binary.length }, (_, index) => binary.charCodeAt(index));
}

const CHARACTERS = [
  String.raw`[\x00-\x7f]+`,
  String.raw`[\xc2-\xdf][\x80-\xbf]`,
  String.raw`(?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]`,
  String.raw`(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2}`,
];
const BEGINNINGS = [
  String.raw`\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f]`,
  String.raw`(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]?`,
  String.raw`[\x80-\xff]`,
];
// Characters of UTF-8 as group 1; or what cannot be one, which is the longest beginning of a character, or a byte.
const UTF8 = new RegExp(`(${CHARACTERS.join("|")})|${BEGINNINGS.join("|")}`, "g");
const REPLACEMENT = "\xef\xbf\xbd";
// The bytes that are decoded at a time: each takes some ten times its size meanwhile, and is an argument of a call.
const PIECE = 4096;

/** Returns the text of UTF-8 without a byte order mark; what is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes, { fatal = false, keepsMark = false } = {}) {
  const pieces = [];
  for (let start = 0; start < bytes.length; ) {
    let end = start + PIECE;
    for (let rest = 3; rest > 0 && (bytes[end] & 0xc0) === 0x80; rest -= 1) end += 1; // to the end of a character
    pieces.push(decodePiece(String.fromCharCode.apply(null, bytes.subarray(start, end)), fatal));
    start = end;
  }
  const decoded = pieces.join("");
  return !keepsMark && decoded.startsWith("\ufeff") ? decoded.slice(1) : decoded;
}

function decodePiece(binary, fatal) {
  if (!/[\x80-\xff]/.test(binary)) return binary;
  try {
    return decodeURIComponent(escape(binary));
  } catch {
    if (fatal) throw new TypeError("the bytes are not UTF-8");
    return decodeURIComponent(escape(binary.replace(UTF8, (_, character) => character ?? REPLACEMENT)));
  }
}

export class TextEncoder {
  encoding = "utf-8";
  encode(string = "") {
    return encodeUtf8(String(string));
  }
}

export class TextDecoder {
  encoding = "utf-8";
  constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
    if (!/^\s*(unicode-1-1-utf-8|utf-?8)\s*$/i.test(label)) throw new RangeError(`only UTF-8 is decoded here, not ${label}`);
    this.fatal = fatal;
    this.ignoreBOM = ignoreBOM;
  }
  decode(input = new Uint8Array(), { stream = false } = {}) {
    if (stream) throw new TypeError("pieces of a stream are not decoded here: decode the whole");
    const whole = ArrayBuffer.isView(input) ? [input.buffer, input.byteOffset, input.byteLength] : [input];
    return decodeUtf8(new Uint8Array(...whole), { fatal: this.fatal, keepsMark: this.ignoreBOM });
  }
}

const joined = (values) => values.map(shown).join(" ");
const console = {
  debug: (...values) => log.debug(joined(values)),
  log: (...values) => log.info(joined(values)),
  info: (...values) => log.info(joined(values)),
  warn: (...values) => log.warn(joined(values)),
  error: (...values) => log.error(joined(values)),
};
for (const [name, value] of Object.entries({ console, TextEncoder, TextDecoder })) globalThis[name] ??= value;
