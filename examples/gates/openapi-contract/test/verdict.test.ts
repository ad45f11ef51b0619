import assert from "node:assert/strict";
import { test } from "node:test";

import { DocumentFault, NotChecked, NotJson } from "../contract/json.js";
import { OpenApi } from "../contract/openapi.js";
import type { Route } from "../contract/openapi.js";
import { judged, reading, worst } from "../contract/verdict.js";
import type { Finding } from "../contract/verdict.js";

const broken = (text: string): Finding => ({ kind: "broken", text });
const silent: Finding = { kind: "silent", text: "GET /a had no answer" };
const notChecked: Finding = { kind: "not-checked", text: "GET /b: it is too deep" };

test("a broken route decides, then one that was not checked, then one without an answer", () => {
  assert.deepEqual(worst([silent, broken("x"), notChecked, { kind: "kept" }, broken("y")]), broken("x; y"));
  assert.deepEqual(worst([silent, notChecked, { kind: "kept" }]), notChecked);
  assert.deepEqual(worst([silent, { kind: "kept" }]), silent);
  assert.deepEqual(worst([{ kind: "kept" }]), { kind: "kept" });
});

test("what reading fails with is a finding, and a fault of this gate is none", () => {
  const failing = (error: Error) => reading("GET /a", () => { throw error; });
  assert.deepEqual(reading("GET /a", () => 7), { value: 7 });
  assert.deepEqual(failing(new NotJson("x")), { finding: broken("GET /a answered a body that is not JSON") });
  assert.deepEqual(failing(new DocumentFault("it has no x")), { finding: broken("GET /a: it has no x") });
  assert.deepEqual(failing(new NotChecked("it is too deep")), { finding: { kind: "not-checked", text: "GET /a: it is too deep" } });
  assert.throws(() => failing(new TypeError("x")), TypeError);
});

test("an answer is judged by the document", () => {
  const content = { "text/plain": { schema: { maxLength: 2 } }, "image/png": { schema: {} } };
  const document = OpenApi.read(JSON.stringify({ openapi: "3.1.0", paths: { "/a": { get: { responses: { "200": { content } } } } } }));
  const route: Route = { method: "GET", path: "/a", status: 200 };
  const finding = (contentType: string, text: string) => judged(document, route, { status: 200, contentType, text });
  assert.deepEqual(finding("text/plain", "ok"), { kind: "kept" });
  assert.deepEqual(finding("text/plain", "abc"), broken("GET /a: the body must have at most 2 characters, has 3"));
  assert.equal(finding("image/png", "x").kind, "not-checked");
});
