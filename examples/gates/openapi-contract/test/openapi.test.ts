import assert from "node:assert/strict";
import { test } from "node:test";

import { DocumentFault, NotChecked, NotJson } from "../contract/json.js";
import type { Json } from "../contract/json.js";
import { OpenApi } from "../contract/openapi.js";
import type { Route } from "../contract/openapi.js";

const ORDER: Json = { type: "object", required: ["id"], properties: { id: { type: "string" }, total: { type: "number" } } };

const json = (schema: Json): Json => ({ description: "", content: { "application/json; charset=utf-8": { schema } } });

const DOCUMENT: Json = {
  openapi: "3.0.3",
  paths: {
    "/orders/{id}": {
      get: { responses: { "200": { $ref: "#/components/responses/Order" }, "4XX": json({}), default: json(false) } },
      head: { responses: { "200": json({}) } },
    },
    "/shared": { $ref: "#/components/pathItems/Shared" },
    "/empty": { get: { responses: { "204": { description: "" }, "200": { description: "" } } } },
    "/text": { get: { responses: { "200": { content: { "text/*": { schema: { type: "string", minLength: 2 } } } } } } },
    "/image": { get: { responses: { "200": { content: { "*/*": { schema: {} } } } } } },
    "/bare": { get: { responses: { "200": { content: { "application/json": {} } } } } },
    "/loop": { $ref: "#/paths/~1loop" },
  },
  components: {
    responses: { Order: json({ $ref: "#/components/schemas/Order" }) },
    pathItems: { Shared: { get: { responses: { "200": json({ type: "array", items: { $ref: "#/components/schemas/Order" } }) } } } },
    schemas: { Order: ORDER },
  },
};

const document = () => OpenApi.read(JSON.stringify(DOCUMENT));

function breach(route: Partial<Route>, text: string, contentType = "application/json", status = 200): string | undefined {
  const whole: Route = { method: "GET", path: "/orders/7", route: "/orders/{id}", status: 200, ...route };
  return document().breach(whole, { status, contentType, text });
}

const at = (path: string): Partial<Route> => ({ path, route: path });

test("an answer that keeps the contract", () => {
  assert.equal(breach({}, '{"id": "7", "total": 4.5}'), undefined);
  assert.equal(breach({}, '{"id": "7"}', "Application/JSON; charset=UTF-8"), undefined);
  assert.equal(breach(at("/shared"), '[{"id": "7"}]'), undefined);
  assert.equal(breach({ ...at("/empty"), status: 204 }, "", "", 204), undefined);
  assert.equal(breach({ method: "HEAD" }, ""), undefined);
  assert.equal(breach({ method: "HEAD" }, "", ""), undefined);
  assert.equal(breach({ status: 404 }, "[]", "application/json", 404), undefined);
});

test("a wrong status, content type and body have sentences of their own", () => {
  assert.equal(breach({}, "", "", 500), "GET /orders/7 answered 500, 200 was expected");
  const type = "application/json; charset=utf-8 was expected";
  assert.equal(breach({}, "<html>", "text/html"), `GET /orders/7 answered text/html, ${type}`);
  assert.equal(breach({}, "{}", ""), `GET /orders/7 answered no content type, ${type}`);
  assert.equal(breach({}, '{"id": '), "GET /orders/7 answered a body that is not JSON");
  assert.equal(breach({}, ""), "GET /orders/7 answered an empty body that is not JSON");
  assert.equal(breach(at("/empty"), "{}"), "GET /empty answered a body, the document has none for status 200");
  assert.equal(breach({ status: 503 }, "{}", "application/json", 503), "GET /orders/7: the body is not allowed");
});

test("the first mismatches are named by their pointers", () => {
  assert.equal(breach({}, '{"total": "4.5"}'), "GET /orders/7: /id is missing; /total must be number, is string");
  assert.equal(breach({}, "[]"), "GET /orders/7: the body must be object, is array");
  const orders = (count: number) => JSON.stringify(Array.from({ length: count }, () => ({})));
  assert.equal(breach(at("/shared"), orders(5)), "GET /shared: /0/id is missing; /1/id is missing; /2/id is missing; and 2 more");
  assert.match(breach(at("/shared"), orders(500)) ?? "", /and at least 17 more$/);
});

test("a body of text is checked as a string, other bodies are not checked", () => {
  assert.equal(breach(at("/text"), "ok", "text/plain"), undefined);
  assert.equal(breach(at("/text"), "x", "text/plain"), "GET /text: the body must have at least 2 characters, has 1");
  assert.equal(breach(at("/image"), "7", "application/problem+json"), undefined);
  assert.throws(() => breach(at("/image"), "x", "image/png"), NotChecked);
});

test("what the document lacks is a fault of the document", () => {
  const wanted = (route: Partial<Route>) => () => document().content({ method: "GET", path: "/empty", status: 200, ...route });
  assert.throws(wanted({ path: "/nothing?a=b" }), { message: "the document has no GET /nothing" });
  assert.throws(wanted({ method: "OPTIONS" }), { message: "the document has no OPTIONS /empty" });
  assert.throws(wanted({ path: "/constructor", route: "constructor" }), DocumentFault);
  assert.throws(wanted({ status: 500 }), { message: "the document has no status 500 for GET /empty" });
  assert.throws(wanted({ path: "/loop" }), DocumentFault);
  assert.throws(() => breach(at("/bare"), "{}"), { message: "the document has no schema for status 200" });
});

test("what is no OpenAPI document", () => {
  assert.throws(() => OpenApi.read("<html>"), NotJson);
  for (const text of ["[]", "{}", "null", '{"openapi": 3}']) assert.throws(() => OpenApi.read(text), DocumentFault, text);
  for (const text of ['{"swagger": "2.0"}', '{"openapi": "3.2.0"}', '{"openapi": "3.10.0"}']) {
    assert.throws(() => OpenApi.read(text), NotChecked, text);
  }
  assert.ok(OpenApi.read('{"openapi": "3.1"}'));
});
