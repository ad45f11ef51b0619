// UTF-8, and the places of errors.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { authorsPlace, withAuthorsPlaces } from "../places.js";
import { TextDecoder as Decoder, TextEncoder as Encoder } from "../runtime.js";

test("UTF-8 is read and written as the platform does", () => {
  const texts = ["", "plain", "zdraví €𝄞 здоровье", "a\ud800b", "\ufeffmark", "x".repeat(10_000) + "ž"];
  for (const text of texts) assert.deepEqual(new Encoder().encode(text), new TextEncoder().encode(text));
  const long = ["x", "xy", "xyz", ""].map((text) => new TextEncoder().encode(text + "𝄞€".repeat(3000)));
  const cut = [...long, new Uint8Array(9000).fill(0x80), long[0].subarray(0, 4097), long[1].subarray(0, 4098)];
  const bytes = [...cut, ...texts.map((text) => new TextEncoder().encode(text)), ...damaged()];
  for (const input of bytes) assert.equal(new Decoder().decode(input), new TextDecoder().decode(input), String(input.subarray(0, 9)));
});

/** Returns every kind of damage: cut, overlong, surrogate, too large, and sequences from a fixed generator. */
function damaged() {
  const all = ["c3", "e282", "e28241", "c080", "e08080", "eda080", "f4908080", "f0908d", "f8888080", "80", "41ff42", "f09d84c3a1"];
  const inputs = all.map((hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16)));
  let seed = 1;
  for (let count = 0; count < 3000; count += 1) {
    inputs.push(Uint8Array.from({ length: 1 + (count % 7) }, () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      const interesting = [0x41, 0x80, 0xbf, 0x9f, 0xa0, 0x8f, 0x90, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xff];
      return interesting[(seed >>> 16) % interesting.length];
    }));
  }
  return inputs;
}

test("a decoder has its options", () => {
  assert.throws(() => new Decoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff])), TypeError);
  assert.equal(new Decoder("UTF8", { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf])), "\ufeff");
  assert.equal(new Decoder().decode(new Uint16Array([0x4241])), "AB");
  assert.throws(() => new Decoder("latin1"), RangeError);
});

test("places in the bundle become places in the sources", () => {
  const mappings = ";AAAA,SAASA;AACT,EAAE;ACDF;";
  const map = { sources: ["lib/a.ts", "gate.js"], mappings };
  const stack = "    at f (componentize-qjs:user.js:3:5)\n    at g (user.js:4:1)\n    at map (native)\n    at h (componentize-qjs:user.js:99:1)";
  const expected = "    at f (lib/a.ts:2)\n    at g (gate.js:1)\n    at map (native)\n    at h (componentize-qjs:user.js:99:1)";
  assert.equal(withAuthorsPlaces(stack, map), expected);
  assert.equal(withAuthorsPlaces(stack, undefined), stack);
});

test("the author's place is not in the kit", () => {
  assert.equal(authorsPlace("    at <input>:1:7\n    at text (sdk/runtime.js:3)\n    at check (my gates/gate.js:7)"), "gates/gate.js:7");
  assert.equal(authorsPlace("    at text (sdk/runtime.js:3)"), "sdk/runtime.js:3");
  assert.equal(authorsPlace("    at map (native)"), undefined);
});

test("the contract is the one that lockgate has", () => {
  const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
  assert.equal(read("../wit/plugin.wit"), read("../../../../wit/plugin-0.1/plugin.wit"));
});
