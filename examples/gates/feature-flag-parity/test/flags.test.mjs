// Reading and comparing flags, without WebAssembly: `npm test`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, flagsAt, sentence } from "../flags.js";

const flags = (json) => flagsAt(JSON.parse(json), "").flags;
const texts = (canary, stable, ignored = []) =>
  compare(flags(canary), flags(stable), new Set(ignored)).differences.map(({ name, text }) => `${name} ${text}`);

test("a pointer leads to the object of flags", () => {
  const document = { data: { "a/b": [{ "~": { on: true } }] } };
  assert.deepEqual([...flagsAt(document, "/data/a~1b/0/~0").flags], [["on", true]]);
  assert.equal(flagsAt(document, "/data/none/x").problem, "has nothing at /data/none/x");
  assert.equal(flagsAt(document, "/data/toString").problem, "has nothing at /data/toString");
  assert.equal(flagsAt({ "": { on: 1 } }, "/").flags.get("on"), 1);
});

test("what is no object of flags is a problem", () => {
  for (const [json, said] of [["[]", "a list"], ["null", "null"], ['"on"', "a string"], ["1", "a number"], ["true", "a boolean"]]) {
    assert.equal(flagsAt(JSON.parse(json), "").problem, `has ${said} in place of an object of flags`);
  }
  assert.equal(flagsAt({ a: [] }, "/a").problem, "has a list in place of an object of flags at /a");
  const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`f${index}`, true]));
  assert.equal(flagsAt(many, "").problem, "has more than 10000 flags");
});

test("names, types and values are compared", () => {
  assert.deepEqual(texts('{"a":false,"b":"1","d":2,"e":"x"}', '{"a":true,"b":1,"c":0,"d":1,"e":"y"}'), [
    "a is false, true on stable",
    "b is a string, a number on stable",
    "c is missing",
    "d is 2, 1 on stable",
    "e is another string than on stable",
  ]);
  assert.deepEqual(texts('{"n":1}', "{}"), ["n is new"]);
  assert.deepEqual(texts('{"a":null}', '{"a":{}}'), ["a is null, an object on stable"]);
  assert.deepEqual(texts('{"a":1,"b":2}', '{"a":2,"b":1}', ["a", "b"]), []);
});

test("values are equal by what they hold", () => {
  const equal = [['{"a":{"x":1,"y":[1,{"z":null}]}}', '{"a":{"y":[1.0,{"z":null}],"x":1}}'], ['{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}']];
  for (const [canary, stable] of equal) assert.deepEqual(texts(canary, stable), []);
  for (const [canary, stable] of [["[1,2]", "[2,1]"], ["[1]", "[1,1]"], ['{"x":1}', '{"y":1}'], ['{"x":[]}', '{"x":{}}']]) {
    const noun = canary.startsWith("[") ? "list" : "object";
    assert.deepEqual(texts(`{"a":${canary}}`, `{"a":${stable}}`), [`a is another ${noun} than on stable`]);
  }
  assert.deepEqual(texts('{"constructor":1}', "{}"), ["constructor is new"]);
});

test("the sentence names the first flags, and cuts long names", () => {
  const { differences } = compare(flags('{"a":1,"b":1,"c":1,"d":1,"e":1}'), flags("{}"), new Set());
  assert.equal(sentence(differences), "a is new; b is new; c is new; and 2 more");
  assert.equal(sentence([{ name: "x".repeat(100), text: "is new" }]), `${"x".repeat(60)}… is new`);
});
