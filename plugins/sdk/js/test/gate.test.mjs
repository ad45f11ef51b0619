// The kit, as a gate uses it.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as kit from "../gate.js";
import { call, failure, host, response } from "./host.mjs";

const about = { name: "a", version: "1.0.0", summary: 'says "hi"' };
const check = (gate, settings, state) => kit.gate({ ...about, check: gate }).healthChecking.check(call(settings, state));
const decide = (gate, reports = [], state) => kit.gate({ ...about, decide: gate }).promotion.decide(call({}, state), reports);
const thrown = (run) => {
  try {
    run();
  } catch (error) {
    assert.equal(typeof error, "string", "only a string is returned as err");
    return error;
  }
  assert.fail("nothing was thrown");
};
const stateOf = ({ state }) => new TextDecoder().decode(state);

beforeEach(() => {
  host.lines.length = 0;
  host.network = () => response(200);
});

test("the description is one JSON object", () => {
  const { describe } = kit.gate({ ...about, settings: {}, origins: ["https://x.example"], check() {} }).about;
  assert.deepEqual(JSON.parse(describe()), { ...about, settings: {}, origins: ["https://x.example"] });
});

test("a declaration without a function or a text is refused", () => {
  assert.throws(() => kit.gate(about), /a function check, a function decide, or both/);
  assert.throws(() => kit.gate({ ...about, check: "no" }), /a function check, a function decide, or both/);
  assert.throws(() => kit.gate({ name: "a", version: "1", check() {} }), /the gate's summary must be a string, is undefined/);
});

test("a gate that is asked what it is not has no answer", () => {
  const { promotion } = kit.gate({ ...about, check() {} });
  assert.match(thrown(() => promotion.decide(call(), [])), /has no function decide/);
});

test("a gate gets the call and its settings", () => {
  const report = check((ctx) => {
    assert.deepEqual(ctx.rollout, { id: "run-1", app: "shop" });
    assert.deepEqual([ctx.canary.name, ctx.canary.image, ctx.stable.url], ["shop--canary", "shop:2", "https://stable.example"]);
    assert.equal(ctx.stage.nextWeight, 10);
    assert.deepEqual([ctx.facts.commit, ctx.facts.other, ctx.facts.__proto__], ["abc", undefined, "x"]);
    return kit.healthy(ctx.settings.path, [{ name: "n", value: 1 }]);
  }, { path: "/zdraví" });
  const measurements = [{ name: "n", subject: "", value: 1, unit: "" }];
  assert.deepEqual(report, { health: "healthy", summary: "/zdraví", measurements, state: new Uint8Array() });
});

test("the state goes from call to call, and stays without remember", () => {
  const counts = (ctx) => {
    const seen = (ctx.state?.seen ?? 0) + 1;
    ctx.remember({ seen });
    return kit.unknown(String(seen));
  };
  const first = check(counts);
  assert.equal(stateOf(first), '{"seen":1}');
  const second = check(counts, {}, stateOf(first));
  assert.deepEqual([second.summary, stateOf(second)], ["2", '{"seen":2}']);
  assert.equal(stateOf(check(() => kit.unhealthy("no"), {}, "not read")), "not read");
  assert.match(thrown(() => check(counts, {}, '{"seen":')), /^the state is not JSON: /);
  assert.match(thrown(() => check((ctx) => ctx.remember(undefined))), /cannot be remembered/);
});

test("what lockgate did not send, or could not, ends the call", () => {
  for (const kind of ["denied", "invalid", "budget", "unresolved", "untrusted"]) {
    host.network = () => failure(kind, "why");
    const said = thrown(() => check((ctx) => kit.healthy(ctx.canary.get("/a").text())));
    const more = kind.startsWith("un") ? "; this says nothing about the revision" : "";
    assert.equal(said, `GET https://canary.example/a: ${kind}: why${more}`);
    assert.deepEqual(host.lines, []);
  }
});

test("no response is an answer that is not ok", () => {
  for (const [error, said] of [
    [failure("timeout"), "no response within 250 ms"],
    [failure("unreachable", "refused"), "refused"],
    [failure("too-large", 10), "the response exceeded 10 bytes"],
  ]) {
    host.network = () => error;
    const { status, ok, elapsedMs, noAnswer, json } = kit.send({ method: "PUT", url: "https://x.example/", timeoutMs: 250 });
    assert.deepEqual([status, ok, elapsedMs, noAnswer], [0, false, 0, { kind: error.val.tag, text: said }]);
    assert.deepEqual(json.call({ noAnswer }), { value: undefined, problem: said });
  }
  host.network = () => failure("timeout");
  assert.equal(kit.send({ url: "https://x.example/" }).noAnswer.text, "no response within 10000 ms");
});

test("a request and its answer have what was written", () => {
  const sent = [];
  host.network = (request) => {
    sent.push(request);
    return response(201, "hi", 4.5, [["x-a", "1"], ["x-a", "2"]]);
  };
  const [first, second] = kit.sendAll([
    { method: "POST", url: "https://other.example/x", headers: { "x-b": "2" }, body: "ž", timeoutMs: 1.5 },
    { url: "https://other.example/y", headers: [["x-c", "3"], ["x-c", "4"]], body: new Uint8Array([1]) },
  ]);
  assert.deepEqual(sent, [
    { method: "POST", url: "https://other.example/x", headers: [["x-b", "2"]], body: new Uint8Array([0xc5, 0xbe]), timeoutMs: 2 },
    { method: "GET", url: "https://other.example/y", headers: [["x-c", "3"], ["x-c", "4"]], body: new Uint8Array([1]), timeoutMs: null },
  ]);
  assert.deepEqual([first.ok, first.status, first.header("X-A"), first.header("x-b"), first.elapsedMs], [true, 201, "1", undefined, 4.5]);
  assert.equal(second.text(), "hi");
});

test("a request of the wrong form is not sent", () => {
  host.network = () => assert.fail("sent");
  for (const [wrong, said] of [
    [(ctx) => ctx.canary.get("health"), 'the path "health" does not begin with a slash'],
    [(ctx) => ctx.canary.get("/", { timeoutMs: 0 }), "timeoutMs must be a number from 1 to 4294967295, is 0"],
    [(ctx) => ctx.canary.get("/", { headers: { a: 1 } }), "the header field a must be a string, is 1"],
    [(ctx) => ctx.canary.send("POST", "/", { body: {} }), "the body must be a string or a Uint8Array, is {}"],
    [(ctx) => ctx.canary.probe("/", 0), "the number of requests must be a number from 1 to 4294967295, is 0"],
  ]) {
    assert.match(thrown(() => check(wrong)), new RegExp(`^\\w+Error: ${said} \\(.*\\.js:\\d+\\)$`));
  }
});

test("a body that is not JSON, or too deep to read, is a finding", () => {
  const read = (body) => {
    host.network = () => response(200, body);
    return kit.send({ url: "https://x.example/" }).json();
  };
  assert.deepEqual(read('{"a":"[[\\"["}'), { value: { a: '[["[' }, problem: undefined });
  assert.deepEqual(read("\ufeff[1]").value, [1]);
  assert.match(read("<html>").problem, /^the body is not JSON: /);
  assert.match(read('"' + "[".repeat(101)).problem, /^the body is not JSON: /);
  assert.equal(read("[".repeat(100) + "]".repeat(100)).problem, undefined);
  for (const deep of ["[".repeat(101) + "]".repeat(101), '{"a":'.repeat(101), '"\\\\",'.repeat(9) + "[".repeat(101)]) {
    assert.equal(read(deep).problem, "the body is nested deeper than 100 levels");
  }
});

test("a probe counts and ranks", () => {
  const outcomes = [response(200, "", 30), response(503, "", 20), response(200, "", 10), failure("timeout")];
  host.network = () => outcomes.shift() ?? failure("timeout");
  check((ctx) => {
    const probe = ctx.canary.probe("/health", 4);
    const { requests, failed, silent, p50, p95, slowest, problem } = probe;
    assert.deepEqual([requests, failed, silent, p50, p95, slowest], [4, 1, 1, 20, 30, 30]);
    assert.equal(problem, "GET /health answered 503");
    const named = probe.measurements("canary").map(({ name, value, unit }) => `${name} ${value} ${unit}`);
    assert.deepEqual(named, ["failed 1 requests", "silent 1 requests", "p50 20 ms", "p95 30 ms", "slowest 30 ms"]);
    const none = ctx.canary.probe("/health", 2);
    assert.deepEqual([none.silent, none.p50, none.slowest], [2, 0, 0]);
    assert.equal(none.problem, "GET /health had no answer: no response within 2000 ms");
    return kit.healthy("counted");
  });
});

test("decisions arrive as they were made", () => {
  const made = (gate) => {
    const { decision, reason, askAgainMs, state } = decide(gate, [], "old");
    assert.equal(stateOf({ state }), "old");
    return [decision, reason, askAgainMs];
  };
  assert.deepEqual(made(() => kit.promote("go")), ["promote", "go", null]);
  assert.deepEqual(made(() => kit.hold("wait", [], { askAgainMs: 100 })), ["hold", "wait", 100]);
  assert.deepEqual(made(() => kit.rollBack("no")), ["roll-back", "no", null]);
  const reports = [{ gate: "g", report: { health: "healthy", summary: "s", measurements: [], state: new Uint8Array() } }];
  assert.equal(decide((_, [{ gate, report }]) => kit.hold(`${gate} ${report.health}`), reports).reason, "g healthy");
});

test("what is no report is no answer, and never a pass", () => {
  for (const [returned, said] of [
    [undefined, "check returned undefined: it must return"],
    ["healthy", 'check returned "healthy": it must return'],
    [kit.promote("x"), 'check returned {"decision":"promote"'],
    [Promise.resolve(kit.healthy("x")), "check is async"],
    [{ health: "healthy" }, "TypeError: the summary must be a string"],
    [{ health: "healthy", summary: "x", measurements: [{ name: "n" }] }, "TypeError: the measurement n must be a number"],
  ]) {
    assert.ok(thrown(() => check(() => returned)).startsWith(said), said);
  }
  assert.match(thrown(() => decide(() => kit.healthy("x"))), /^decide returned .* it must return promote/);
});

test("an exception is logged with its stack, and says its place", () => {
  const said = thrown(() => check(() => {
    throw new Error("outer", { cause: new TypeError("inner") });
  }));
  assert.match(said, /^Error: outer \(.*gate\.test\.mjs:\d+\)$/);
  const [{ level, message }] = host.lines;
  assert.equal(level, "error");
  assert.match(message, /^Error: outer\n +at .*\n[^]*caused by TypeError: inner\n/);
  assert.equal(thrown(() => check(() => { throw "no token"; })), "no token");
  assert.equal(thrown(() => check(() => kit.cannotAnswer("no token"))), "no token");
  assert.equal(thrown(() => check(() => { throw null; })), "null");
  assert.equal(host.lines.length, 2);
});

test("texts are well formed, whatever the gate wrote", () => {
  assert.equal(check(() => kit.healthy("a\ud800")).summary, "a\ufffd");
  kit.log.warn("b\udc00", { n: 1, s: "\ud800", o: { a: 1 } });
  assert.deepEqual(host.lines, [{ level: "warn", message: "b\ufffd", fields: [["n", "1"], ["s", "\ufffd"], ["o", '{"a":1}']] }]);
});

test("slices, clock and random numbers", () => {
  host.slices = (newest) => [{ startS: 0, endS: 60, counts: [{ revision: "r", statusClass: "2xx", requests: newest }] }];
  assert.equal(kit.slices(3)[0].counts[0].requests, 3);
  host.slices = () => { throw new Error("not permitted"); };
  assert.equal(thrown(() => check(() => kit.slices(3))), "no request counts: not permitted");
  assert.match(thrown(() => check(() => kit.slices(0))), /^RangeError: the number of slices must be/);
  assert.equal(kit.nowMs(), 12.5);
  kit.sleepMs(5);
  assert.deepEqual(host.slept, [5]);
  const numbers = (asked) => {
    const context = call();
    context.stage.asked = asked;
    let drawn;
    kit.gate({ ...about, check: () => kit.healthy((drawn = [Math.random(), Math.random()]).join()) }).healthChecking.check(context);
    assert.ok(drawn.every((number) => number >= 0 && number < 1));
    return drawn;
  };
  assert.deepEqual(numbers(1), numbers(1));
  assert.notDeepEqual(numbers(1), numbers(2));
});
