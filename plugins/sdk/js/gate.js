// The kit for gates of lockgate in JavaScript and TypeScript. Its documentation is in gate.d.ts.

import * as clock from "lockgate:plugin/clock@0.1.0";
import * as http from "lockgate:plugin/http@0.1.0";
import * as traffic from "lockgate:plugin/traffic@0.1.0";
import { CannotAnswer, decodeUtf8, encodeUtf8, explained, log, quoted, seedRandom, shown, text, whole } from "./runtime.js";

export { log };

const TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 2_000;
const LEVELS_OF_JSON = 100;
const NO_SETTINGS = { type: "object", properties: {} };

export function gate({ name, version, summary, settings = NO_SETTINGS, origins = [], check, decide }) {
  for (const [key, value] of Object.entries({ name, version, summary })) text(value, `the gate's ${key}`);
  const areFunctions = [check, decide].every((given) => given === undefined || typeof given === "function");
  if (!(check || decide) || !areFunctions) throw new TypeError("a gate has a function check, a function decide, or both");
  fitsWorld(globalThis.lockgateWorld, { check, decide }); // build.js defines it
  const description = JSON.stringify({ name, version, summary, settings, origins }).toWellFormed();
  return {
    about: { describe: () => description },
    healthChecking: {
      check: (context) => answerCall("check", context, (ctx) => finishedReport(present(check, "check")(ctx))),
    },
    promotion: {
      decide: (context, reports) =>
        answerCall("decide", context, (ctx) => finishedDecision(present(decide, "decide")(ctx, reports))),
    },
  };
}

function fitsWorld(world, { check, decide }) {
  if (world === undefined) return;
  const wanted = [["check", check, world !== "promotion-gate"], ["decide", decide, world !== "health-check"]];
  for (const [name, given, isWanted] of wanted) {
    if ((given !== undefined) === isWanted) continue;
    throw new TypeError(`build.mjs names the world ${world}, which ${isWanted ? "needs a" : "has no"} function ${name}`);
  }
}

function present(given, name) {
  if (given === undefined) throw new CannotAnswer(`this gate has no function ${name}, but was built for a world that has`);
  return given;
}

function answerCall(kind, context, answer) {
  try {
    const { rollout, stage } = context;
    seedRandom([kind, rollout.id, stage.index, stage.asked, stage.nowS].join("/"));
    const ctx = new Context(context);
    const answered = answer(ctx);
    return { ...answered, state: ctx.stateToKeep() };
  } catch (error) {
    // A string alone is returned as `err`. A thrown `Error` would be one too, but without its place.
    throw textOf(error);
  }
}

function textOf(error) {
  if (error instanceof CannotAnswer) return error.message.toWellFormed();
  if (typeof error === "string") return error.toWellFormed();
  const { sentence, whole } = explained(error);
  log.error(whole);
  return sentence.toWellFormed();
}

class Context {
  #state;

  constructor({ rollout, stage, settings, facts, state }) {
    this.rollout = { id: rollout.id, app: rollout.app };
    this.stable = new Revision(rollout.stable);
    this.canary = new Revision(rollout.canary);
    this.stage = stage;
    this.settings = JSON.parse(settings);
    this.facts = Object.assign(Object.create(null), Object.fromEntries(facts));
    this.#state = state;
  }

  get state() {
    if (this.#state.length === 0) return undefined;
    try {
      return JSON.parse(decodeUtf8(this.#state, { fatal: true }));
    } catch (error) {
      throw new CannotAnswer(`the state is not JSON: ${error.message}`);
    }
  }

  remember(state) {
    const json = JSON.stringify(state);
    if (json === undefined) throw new TypeError(`${quoted(state)} cannot be remembered: it is no JSON`);
    this.#state = encodeUtf8(json);
  }

  stateToKeep() {
    return this.#state;
  }
}

class Revision {
  constructor({ name, url, image }) {
    this.name = name;
    this.url = url;
    this.image = image;
  }

  request(method, path, options = {}) {
    if (!text(path, "the path").startsWith("/")) throw new TypeError(`the path ${quoted(path)} does not begin with a slash`);
    return { ...options, method, url: this.url + path };
  }

  send(method, path, options) {
    return send(this.request(method, path, options));
  }

  get(path, options) {
    return this.send("GET", path, options);
  }

  probe(path, count, options = {}) {
    const requests = Array(whole(count, "the number of requests", 1));
    const timeoutMs = options.timeoutMs ?? PROBE_TIMEOUT_MS;
    return new Probe(path, sendAll(requests.fill(this.request("GET", path, { ...options, timeoutMs }))));
  }
}

export function send(request) {
  return sendAll([request])[0];
}

export function sendAll(requests) {
  const sent = requests.map(asSent);
  const results = http.sendAll(sent);
  if (results.length !== sent.length) {
    throw new CannotAnswer(`lockgate gave ${results.length} answers to ${sent.length} requests`);
  }
  return results.map((result, index) => new Answer(sent[index], result));
}

function asSent({ method = "GET", url, headers = {}, body, timeoutMs }) {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  return {
    method: text(method, "the method"),
    url: text(url, "the URL"),
    headers: pairs.map(([name, value]) => [text(name, "a header field's name"), text(value, `the header field ${name}`)]),
    body: body === undefined || body === null ? null : asBytes(body),
    timeoutMs: timeoutMs === undefined || timeoutMs === null ? null : whole(timeoutMs, "timeoutMs", 1),
  };
}

function asBytes(body) {
  if (body instanceof Uint8Array) return body;
  if (typeof body === "string") return encodeUtf8(body);
  throw new TypeError(`the body must be a string or a Uint8Array, is ${quoted(body)}`);
}

class Answer {
  status = 0;
  headers = [];
  body = new Uint8Array();
  elapsedMs = 0;
  noAnswer = undefined;

  constructor(request, { tag, val }) {
    if (tag === "ok") {
      ({ status: this.status, headers: this.headers, body: this.body, elapsedMs: this.elapsedMs } = val);
      return;
    }
    this.noAnswer = { kind: val.tag, text: whyNoAnswer(request, val) };
  }

  get ok() {
    return this.status >= 200 && this.status < 300;
  }

  header(name) {
    const wanted = name.toLowerCase();
    return this.headers.find(([field]) => field === wanted)?.[1];
  }

  text() {
    return decodeUtf8(this.body);
  }

  json() {
    if (this.noAnswer) return { value: undefined, problem: this.noAnswer.text };
    const json = this.text();
    if (isNestedDeeper(json, LEVELS_OF_JSON)) {
      return { value: undefined, problem: `the body is nested deeper than ${LEVELS_OF_JSON} levels` };
    }
    try {
      return { value: JSON.parse(json), problem: undefined };
    } catch (error) {
      return { value: undefined, problem: `the body is not JSON: ${error.message}` };
    }
  }
}

/** Returns why there is no response. Throws where that says nothing about the other side. */
function whyNoAnswer({ method, url, timeoutMs }, { tag, val }) {
  if (tag === "timeout") return `no response within ${timeoutMs ?? TIMEOUT_MS} ms`;
  if (tag === "unreachable") return val;
  if (tag === "too-large") return `the response exceeded ${val} bytes`;
  const unseen = tag === "unresolved" || tag === "untrusted" ? "; this says nothing about the revision" : "";
  throw new CannotAnswer(`${method} ${url}: ${tag}: ${val}${unseen}`);
}

/** Returns whether a text has more brackets in one another: a gate that walks through it would end by a trap. */
function isNestedDeeper(json, levels) {
  const next = /["[\]{}]/g;
  let depth = 0;
  for (let found = next.exec(json); found; found = next.exec(json)) {
    if (found[0] === '"') next.lastIndex = endOfString(json, next.lastIndex);
    else depth += found[0] === "[" || found[0] === "{" ? 1 : -1;
    if (depth > levels) return true;
  }
  return false;
}

function endOfString(json, start) {
  let end = start;
  for (;;) {
    end = json.indexOf('"', end) + 1;
    if (end === 0) return json.length;
    let escapes = 0;
    while (json[end - 2 - escapes] === "\\") escapes += 1;
    if (escapes % 2 === 0) return end;
  }
}

class Probe {
  constructor(path, answers) {
    const responses = answers.filter(({ noAnswer }) => noAnswer === undefined);
    const times = responses.map(({ elapsedMs }) => elapsedMs).sort((a, b) => a - b);
    const failure = answers.find(({ ok }) => !ok);
    this.requests = answers.length;
    this.failed = responses.filter(({ ok }) => !ok).length;
    this.silent = answers.length - responses.length;
    this.p50 = percentile(times, 50);
    this.p95 = percentile(times, 95);
    this.slowest = times.at(-1) ?? 0;
    this.problem = failure ? `GET ${path} ${whatCameOf(failure)}` : "";
  }

  measurements(subject) {
    const { failed, silent, p50, p95, slowest } = this;
    const counts = Object.entries({ failed, silent }).map(([name, value]) => ({ name, subject, value, unit: "requests" }));
    const times = Object.entries({ p50, p95, slowest }).map(([name, value]) => ({ name, subject, value, unit: "ms" }));
    return [...counts, ...times];
  }
}

function whatCameOf({ status, noAnswer }) {
  return noAnswer ? `had no answer: ${noAnswer.text}` : `answered ${status}`;
}

/** Returns a percentile of sorted times by nearest rank: a time that was measured. 0 without any. */
function percentile(sorted, percent) {
  const rank = Math.max(1, Math.ceil((sorted.length * percent) / 100));
  return sorted[rank - 1] ?? 0;
}

export function slices(newest) {
  try {
    return traffic.slices(whole(newest, "the number of slices", 1));
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new CannotAnswer(`no request counts: ${error?.message ?? error}`);
  }
}

export function nowMs() {
  return clock.nowMs();
}

export function sleepMs(ms) {
  clock.sleepMs(whole(ms, "the time to sleep", 0));
}

export function cannotAnswer(reason) {
  throw new CannotAnswer(shown(reason));
}

export const healthy = (summary, measurements) => report("healthy", summary, measurements);
export const unhealthy = (summary, measurements) => report("unhealthy", summary, measurements);
export const unknown = (summary, measurements) => report("unknown", summary, measurements);

function report(health, summary, measurements = []) {
  return { health, summary: text(summary, "the summary"), measurements: measurements.map(measurement) };
}

export const promote = (reason, measurements) => decision("promote", reason, measurements);
export const rollBack = (reason, measurements) => decision("roll-back", reason, measurements);
export const hold = (reason, measurements, { askAgainMs } = {}) => decision("hold", reason, measurements, askAgainMs);

function decision(decided, reason, measurements = [], askAgainMs) {
  return {
    decision: decided,
    reason: text(reason, "the reason"),
    askAgainMs: askAgainMs === undefined || askAgainMs === null ? null : whole(askAgainMs, "askAgainMs", 0),
    measurements: measurements.map(measurement),
  };
}

function measurement({ name, subject = "", value, unit = "" }) {
  const named = text(name, "a measurement's name");
  if (typeof value !== "number") throw new TypeError(`the measurement ${named} must be a number, is ${quoted(value)}`);
  return { name: named, subject: text(subject, "a measurement's subject"), value, unit: text(unit, "a measurement's unit") };
}

function finishedReport(returned) {
  const isReport = ["healthy", "unhealthy", "unknown"].includes(returned?.health);
  if (!isReport) throw notAnswered("check", returned, "healthy(…), unhealthy(…) or unknown(…)");
  return report(returned.health, returned.summary, returned.measurements);
}

function finishedDecision(returned) {
  const isDecision = ["promote", "hold", "roll-back"].includes(returned?.decision);
  if (!isDecision) throw notAnswered("decide", returned, "promote(…), hold(…) or rollBack(…)");
  return decision(returned.decision, returned.reason, returned.measurements, returned.askAgainMs);
}

function notAnswered(name, returned, wanted) {
  if (typeof returned?.then === "function") {
    return new CannotAnswer(`${name} is async: the functions of the kit return at once, so leave out async and await`);
  }
  return new CannotAnswer(`${name} returned ${quoted(returned)}: it must return ${wanted}`);
}
