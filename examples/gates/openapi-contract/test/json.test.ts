import assert from "node:assert/strict";
import { test } from "node:test";

import { DocumentFault, NESTING_MAX, NotChecked, NotJson, below, equal, follow, readJson } from "../contract/json.js";
import type { Json } from "../contract/json.js";

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

test("JSON is read", () => {
  assert.deepEqual(readJson(' {"a": [1, "x", null]} '), { a: [1, "x", null] });
  assert.equal(readJson("\ufeff1"), 1);
});

test("a text that is not JSON is something else than one that is nested too deeply", () => {
  for (const text of ["", "<html>", '{"a": ', '"\\', "[1,]"]) assert.throws(() => readJson(text), NotJson, text);
  assert.doesNotThrow(() => readJson(nested(NESTING_MAX)));
  assert.throws(() => readJson(nested(NESTING_MAX + 1)), NotChecked);
  assert.throws(() => readJson("[".repeat(4 << 20)), NotChecked);
  assert.throws(() => readJson('{"a":'.repeat(NESTING_MAX + 1)), NotChecked);
});

test("brackets in strings are no nesting", () => {
  const text = JSON.stringify(["[".repeat(1_000), '\\"'.repeat(1_000) + "[".repeat(1_000), "\\"]);
  assert.equal((readJson(text) as Json[]).length, 3);
  assert.throws(() => readJson(`["\\\\", ${nested(NESTING_MAX)}]`), NotChecked);
});

test("values are compared by what they hold", () => {
  let spent = 0;
  const same = (a: Json, b: Json) => equal(a, b, () => spent++);
  assert.ok(same({ a: 1, b: [null, "x"] }, { b: [null, "x"], a: 1 }));
  assert.ok(!same({ a: 1 }, { b: 1 }));
  assert.ok(!same({ constructor: 1 }, { a: 1 }));
  assert.ok(!same([1], { 0: 1 }));
  assert.ok(!same([1, 2], [1]));
  assert.ok(!same(1, "1"));
  assert.ok(spent > 6);
});

test("a $ref leads to a place of the document", () => {
  const root: Json = { "a/b": { "c~d": [{ e: 1 }] }, "x y": 2, "100%": 3 };
  assert.equal(follow(root, "#/a~1b/c~0d/0/e"), 1);
  assert.equal(follow(root, "#/x%20y"), 2);
  assert.equal(follow(root, "#/100%"), 3);
  assert.equal(follow(root, "#"), root);
  for (const ref of ["#/nothing", "#/a~1b/c~0d/7", "#/constructor", "#/a~1b/c~0d/length"]) {
    assert.throws(() => follow(root, ref), DocumentFault, ref);
  }
  for (const ref of ["other.json#/a", "#anchor", "https://elsewhere.example/a"]) {
    assert.throws(() => follow(root, ref), NotChecked, ref);
  }
});

test("a pointer escapes the names in it", () => {
  assert.equal(below(below("", "a/b~c"), 3), "/a~1b~0c/3");
  assert.ok(below("", "x".repeat(1_000)).length < 70);
});
