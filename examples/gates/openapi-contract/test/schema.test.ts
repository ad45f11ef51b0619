import assert from "node:assert/strict";
import { test } from "node:test";

import { DocumentFault, NotChecked } from "../contract/json.js";
import type { Json } from "../contract/json.js";
import { Checker, DEPTH_MAX } from "../contract/schema.js";

/** Returns the mismatches as sentences. */
function check(schema: Json, value: Json, version: "3.0" | "3.1" = "3.1", schemas: Json = {}): string[] {
  const checker = new Checker({ components: { schemas } }, version);
  return checker.mismatches(value, schema).map(({ pointer, problem }) => `${pointer} ${problem}`);
}

function fits(schema: Json, ...values: Json[]): void {
  for (const value of values) assert.deepEqual(check(schema, value), [], JSON.stringify({ schema, value }));
}

function breaks(schema: Json, value: Json, ...expected: string[]): void {
  assert.deepEqual(check(schema, value), expected, JSON.stringify({ schema, value }));
}

test("types", () => {
  fits({ type: "number" }, 1, 1.5);
  fits({ type: ["string", "null"] }, "x", null);
  breaks({ type: "number" }, "1", " must be number, is string");
  breaks({ type: "integer" }, 1.5, " must be integer, is number");
  breaks({ type: "object" }, [], " must be object, is array");
  breaks({ type: ["string", "null"] }, 7, " must be string or null, is integer");
  breaks({ type: "string", minLength: 3, enum: ["abc"] }, 7, " must be string, is integer");
});

test("values and bounds", () => {
  fits({ enum: [1, { a: [2] }] }, 1, { a: [2] });
  breaks({ enum: ["placed", "paid"] }, "lost", ' must be one of "placed", "paid"');
  breaks({ const: 2 }, 3, " must be 2");
  fits({ minimum: 1, maximum: 2 }, 1, 2, "x");
  breaks({ minimum: 1 }, 0, " must be at least 1");
  breaks({ maximum: 1 }, 2, " must be at most 1");
  breaks({ exclusiveMinimum: 1 }, 1, " must be more than 1");
  breaks({ exclusiveMaximum: 1 }, 1, " must be less than 1");
  assert.deepEqual(check({ minimum: 1, exclusiveMinimum: true }, 1, "3.0"), [" must be more than 1"]);
  assert.deepEqual(check({ maximum: 1, exclusiveMaximum: false }, 1, "3.0"), []);
});

test("lengths and patterns", () => {
  fits({ minLength: 2, maxLength: 2 }, "ab", "😀😀", 7);
  breaks({ minLength: 2 }, "😀", " must have at least 2 characters, has 1");
  breaks({ maxItems: 1 }, [1, 2], " must have at most 1 items, has 2");
  breaks({ minProperties: 1 }, {}, " must have at least 1 properties, has 0");
  fits({ pattern: "^\\d+$" }, "12", 12);
  breaks({ pattern: "^\\d+$" }, "x", " must match ^\\d+$");
});

test("objects", () => {
  const schema = { required: ["id"], properties: { id: { type: "string" }, n: { type: "number" } }, additionalProperties: false };
  fits(schema, { id: "x" }, { id: "x", n: 1 }, "no object");
  breaks(schema, { n: "1", "a/b": 1 }, "/id is missing", "/n must be number, is string", "/a~1b is not allowed");
  breaks({ additionalProperties: { type: "number" } }, { a: "x" }, "/a must be number, is string");
  breaks({ required: ["constructor"] }, {}, "/constructor is missing");
  breaks(schema, JSON.parse('{"id": "x", "__proto__": 1}'), "/__proto__ is not allowed");
  fits({ required: ["password"], properties: { password: { type: "string", writeOnly: true } } }, {});
});

test("lists", () => {
  breaks({ items: { type: "number" } }, [1, "x", 2, null], "/1 must be number, is string", "/3 must be number, is null");
  breaks({ prefixItems: [{ type: "string" }], items: { type: "number" } }, [1, "x"], "/0 must be string, is integer", "/1 must be number, is string");
  fits({ items: false }, []);
  breaks({ items: false }, [1], "/0 is not allowed");
});

test("combined schemas", () => {
  breaks({ allOf: [{ required: ["a"] }, { required: ["b"] }] }, {}, "/a is missing", "/b is missing");
  const card = { type: "object", required: ["card"], properties: { card: { type: "string" } } };
  const bank = { type: "object", required: ["iban"], properties: { iban: { type: "string" } } };
  fits({ anyOf: [card, bank] }, { card: "1" }, { card: "1", iban: "2" });
  breaks({ anyOf: [card, bank] }, { iban: 7 }, " fits none of the 2 schemas of anyOf (by the nearest one /card is missing)");
  breaks({ oneOf: [card, bank] }, 7, " fits none of the 2 schemas of oneOf (by the nearest one it must be object, is integer)");
  breaks({ oneOf: [card, bank] }, { card: "1", iban: "2" }, " fits 2 schemas of oneOf, must fit one");
  breaks({ not: { type: "string" } }, "x", " must not fit the schema of not");
  fits({ not: { type: "string" } }, 1);
});

test("what is not understood is ignored, counted, and never makes a no", () => {
  const schema: Json = {
    type: "object",
    title: "described",
    "x-own": 1,
    uniqueItems: true,
    patternProperties: { "^a": {} },
    additionalProperties: false,
    properties: {
      a: { multipleOf: 2, pattern: "(?=x)" },
      b: { multipleOf: 3, minimum: "low" },
      c: { oneOf: [{ multipleOf: 2 }, { multipleOf: 3 }] },
      d: { not: { multipleOf: 2 } },
      e: { oneOf: [{ type: "string", format: "date" }, { type: "string", format: "uuid" }] },
    },
  };
  const checker = new Checker({}, "3.1");
  assert.deepEqual(checker.mismatches({ a: "x", b: 1, c: 5, d: 5, e: "x", z: 1 }, schema), []);
  assert.deepEqual(checker.mismatches({ a: "x" }, schema), []);
  const expected = { uniqueItems: 1, patternProperties: 1, additionalProperties: 1, multipleOf: 5, pattern: 1, minimum: 1, oneOf: 2, not: 1 };
  assert.deepEqual(Object.fromEntries(checker.ignored()), expected);
});

test("a value of whose schema nothing is checked is not checked", () => {
  for (const schema of [{ multipleOf: 2 }, { pattern: "(?=x)" }, { properties: { a: { uniqueItems: true } } }, { oneOf: [{ contains: {} }] }, { type: "file" }]) {
    assert.throws(() => check(schema as Json, "pattern" in schema ? "x" : { a: 1 }), NotChecked, JSON.stringify(schema));
  }
  fits({ type: "number", multipleOf: 2 }, 1);
  fits({}, 1);
  fits(true, 1);
  fits({ properties: { a: {} } }, { a: 1 });
});

test("OpenAPI 3.0: nullable, and nothing beside a $ref", () => {
  const schemas = { Name: { type: "string" } };
  assert.deepEqual(check({ type: "string", nullable: true, enum: ["a"] }, null, "3.0"), []);
  assert.deepEqual(check({ nullable: true, allOf: [{ $ref: "#/components/schemas/Name" }] }, null, "3.0", schemas), []);
  assert.deepEqual(check({ nullable: true, $ref: "#/components/schemas/Name" }, null, "3.0", schemas), []);
  assert.deepEqual(check({ type: "string", nullable: true }, null, "3.1"), [" must be string, is null"]);
  const beside = { $ref: "#/components/schemas/Name", minLength: 5 };
  assert.deepEqual(check(beside, "x", "3.0", schemas), []);
  assert.deepEqual(check(beside, "x", "3.1", schemas), [" must have at least 5 characters, has 1"]);
});

test("a $ref that leads nowhere is a fault of the document, one that leads elsewhere is not checked", () => {
  assert.throws(() => check({ $ref: "#/components/schemas/Gone" }, 1), DocumentFault);
  assert.throws(() => check({ $ref: "common.json#/Order" }, 1), NotChecked);
  assert.throws(() => check({ $ref: 7 }, 1), DocumentFault);
  assert.throws(() => check({ properties: { a: 7 } }, { a: 1 }), DocumentFault);
});

test("schemas may refer to themselves, and end at a bound", () => {
  const ref = { $ref: "#/components/schemas/Node" };
  const schemas = { Node: { type: "object", properties: { next: ref } }, Loop: { $ref: "#/components/schemas/Loop" } };
  assert.deepEqual(check(ref, { next: { next: { next: 7 } } }, "3.0", schemas), ["/next/next/next must be object, is integer"]);
  assert.throws(() => check({ $ref: "#/components/schemas/Loop" }, 1, "3.0", schemas), NotChecked);
  let deep: Json = {};
  for (let level = 0; level < DEPTH_MAX; level++) deep = { next: deep };
  assert.throws(() => check(ref, deep, "3.0", schemas), NotChecked);
});

test("schemas that double with each level end at a bound", () => {
  const schemas: Record<string, Json> = { S0: { type: "string" } };
  for (let level = 1; level < 30; level++) {
    const ref = { $ref: `#/components/schemas/S${level - 1}` };
    schemas[`S${level}`] = { anyOf: [{ allOf: [ref, { type: "number" }] }, { allOf: [ref, { type: "number" }] }] };
  }
  assert.throws(() => check({ $ref: "#/components/schemas/S29" }, "x", "3.1", schemas), NotChecked);
  const alike = Array.from({ length: 2_000 }, () => Array(2_000).fill(1));
  assert.throws(() => check({ items: { enum: alike.map((list, index) => [...list, index]) } }, alike.map((list) => [...list, -1])), NotChecked);
});

test("many mismatches are cut", () => {
  assert.equal(check({ items: { type: "string" } }, Array(10_000).fill(1)).length, 20);
});
