/**
 * The kit for gates of lockgate in JavaScript and TypeScript. A gate is a function or two, and one declaration:
 *
 * ```js
 * import { gate, healthy, unhealthy } from "./sdk/gate.js";
 * import settings from "./settings.schema.json";
 *
 * export const { about, healthChecking, promotion } = gate({
 *   name: "my-gate",
 *   version: "0.1.0",
 *   summary: "Asks the canary for its health.",
 *   settings,
 *   check(ctx) {
 *     const answer = ctx.canary.get(ctx.settings.path);
 *     return answer.ok ? healthy("it answers") : unhealthy(`it answered ${answer.status}`);
 *   },
 * });
 * ```
 *
 * Nothing is asynchronous: every function returns when it is done. An exception means "could not answer", which is never a pass
 * and never a "no"; its stack is written to the log. A thrown string is a text for the operator, as with {@link cannotAnswer}.
 *
 * The gate runs on QuickJS. The kit adds `console`, which writes to the log, `TextEncoder` and `TextDecoder` for UTF-8, and a
 * `Math.random` that begins with a seed made from the call: other numbers in each call, the same ones in its replay, and nothing for
 * secrets. There are no timers, no `fetch` and no modules of Node.js. Some 700 calls in one another exhaust the stack, which is a
 * trap without a place.
 *
 * @packageDocumentation
 */

/**
 * Declares the gate. Its result has what the component exports:
 * `export const { about, healthChecking, promotion } = gate({ … })`. Leave out what the gate is not.
 */
export function gate<Settings = any, CheckState = any, DecideState = any>(
  declaration: Declaration<Settings, CheckState, DecideState>,
): Exports;

/** What a gate is. It has `check`, `decide`, or both with the same settings. */
export interface Declaration<Settings = any, CheckState = any, DecideState = any> {
  name: string;
  version: string;
  /** What the gate does, in one sentence. */
  summary: string;
  /** The JSON Schema of the settings. Without it the gate has none. */
  settings?: object;
  /** The origins that the gate needs beside the two revisions. They are shown to the operator, who must allow them. */
  origins?: string[];
  /** Judges the canary, as a health check. */
  check?: (ctx: Context<Settings, CheckState>) => HealthReport;
  /** Decides whether the canary may take the next weight, as a promotion gate. */
  decide?: (ctx: Context<Settings, DecideState>, reports: NamedReport[]) => Decision;
}

/** What the component exports. Only lockgate calls it. */
export interface Exports {
  about: { describe(): string };
  healthChecking: { check(context: unknown): unknown };
  promotion: { decide(context: unknown, reports: unknown): unknown };
}

/** Everything that a gate receives, and what it remembers. */
export interface Context<Settings = any, State = any> {
  /** The rollout that the gate is called for. Its id is the same for all calls of one rollout. */
  readonly rollout: { readonly id: string; readonly app: string };
  /** The revision that carried all traffic when the rollout began. */
  readonly stable: Revision;
  /** The new revision. */
  readonly canary: Revision;
  /** The position of the rollout in its plan. */
  readonly stage: Stage;
  /** The operator's settings, which lockgate has checked against the schema and completed with its defaults. */
  readonly settings: Settings;
  /** What the pipeline hands over, by name. */
  readonly facts: Readonly<Record<string, string | undefined>>;
  /**
   * What the gate remembered in its last call of this rollout; `undefined` at the first. A state that is not JSON ends the call
   * with "could not answer".
   */
  readonly state: State | undefined;
  /** Sets what the next call gets as its state, at most 64 KiB of JSON. Without it the state stays as it is. */
  remember(state: State): void;
}

/** The position of the rollout in its plan. */
export interface Stage {
  /** The stage that a pass would begin or continue, from 0. */
  readonly index: number;
  /** The number of stages. */
  readonly total: number;
  /** The canary's weight now: whole per cent of all requests. */
  readonly weight: number;
  /** The canary's weight after a pass. */
  readonly nextWeight: number;
  /** The number of calls of this kind at this stage, this one included. */
  readonly asked: number;
  /** Since when the canary has its weight: seconds since 1970 on the platform's clock. */
  readonly weightSinceS: number;
  /** The time of this call on the same clock. */
  readonly nowS: number;
}

/** A deployed version of the app. A path begins with a slash. */
export interface Revision {
  readonly name: string;
  /** The origin at which this revision alone answers, without a slash at the end. */
  readonly url: string;
  /** The image of its first container; empty when the platform does not say. */
  readonly image: string;
  /** Returns a request to this revision, for {@link sendAll}. */
  request(method: string, path: string, options?: RequestOptions): Request;
  /** Sends one request to this revision. */
  send(method: string, path: string, options?: RequestOptions): Answer;
  /** Sends one GET to this revision. */
  get(path: string, options?: RequestOptions): Answer;
  /**
   * Sends `count` equal GETs at the same time, at most 8 of them in flight. Each has 2 s unless `timeoutMs` is given, so that forty
   * to each revision end within the 30 s of a call.
   */
  probe(path: string, count: number, options?: RequestOptions): Probe;
}

export interface RequestOptions {
  headers?: Record<string, string> | [name: string, value: string][];
  /** A text is sent as UTF-8. */
  body?: string | Uint8Array;
  /** The time for the whole exchange, in milliseconds; 10,000 without it. */
  timeoutMs?: number;
}

/** A request to any URL that the operator allows. */
export interface Request extends RequestOptions {
  /** `GET` without it. */
  method?: string;
  /** An absolute URL. */
  url: string;
}

/**
 * What came of a request that was sent: a response, or the reason why there is none. What lockgate did not send (denied, invalid,
 * over its budget) or could not (unresolved, untrusted) is no answer: it ends the call with "could not answer".
 */
export interface Answer {
  /** 0 without a response. */
  readonly status: number;
  /** Whether the status is 200 to 299. */
  readonly ok: boolean;
  /** The header fields in the order of arrival, with names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The first header field of this name, in any case. */
  header(name: string): string | undefined;
  readonly body: Uint8Array;
  /** The body as text; what is not UTF-8 becomes U+FFFD. */
  text(): string;
  /**
   * The body as JSON; or the problem, which is a finding about the other side and does not end the call. More than 100 levels are a
   * problem too.
   */
  json<Value = any>(): { value: Value; problem: undefined } | { value: undefined; problem: string };
  /** Milliseconds until the last byte, as lockgate measured them; 0 without a response. */
  readonly elapsedMs: number;
  /** Why there is no response: evidence about the other side. `undefined` where there is one. */
  readonly noAnswer: NoAnswer | undefined;
}

export interface NoAnswer {
  readonly kind: "timeout" | "unreachable" | "too-large";
  /** A sentence, such as `no response within 2000 ms`. */
  readonly text: string;
}

/** The outcome of several equal requests. Times are milliseconds over the responses, by nearest rank; 0 without any. */
export interface Probe {
  readonly requests: number;
  /** How many of them had a response that is not 2xx. */
  readonly failed: number;
  /** How many of them had no response. */
  readonly silent: number;
  readonly p50: number;
  readonly p95: number;
  readonly slowest: number;
  /** The first failure in a sentence, such as `GET /health answered 503`; empty without one. */
  readonly problem: string;
  /** Returns the numbers as measurements of a subject, such as `canary`. */
  measurements(subject: string): Measurement[];
}

/** Sends one request to any URL that the operator allows. */
export function send(request: Request): Answer;
/** Sends requests at the same time, at most 8 of them in flight. The answers have the order of the requests. */
export function sendAll(requests: Request[]): Answer[];

/**
 * Returns the newest slices of the platform's own request counts, oldest first: 1 to 1,440. Ends the call with "could not answer"
 * where the platform gives none.
 */
export function slices(newest: number): Slice[];

/** One stretch of time; 60 s on Azure. */
export interface Slice {
  /** Seconds since 1970 on the platform's clock. */
  readonly startS: number;
  readonly endS: number;
  /** A count that is missing is not known; it is not zero. */
  readonly counts: readonly {
    /** The name of the stable or the canary revision. */
    readonly revision: string;
    /** `2xx`, `3xx`, `4xx` or `5xx`. */
    readonly statusClass: string;
    readonly requests: number;
  }[];
}

/** Milliseconds on a clock that never goes back, and that is virtual in a replay. */
export function nowMs(): number;
/** Waits. The time counts against the call's wall-clock budget. */
export function sleepMs(ms: number): void;

type Write = (message: string, fields?: Record<string, unknown>) => void;
/** Writes a line of the log, with fields beside it. `debug` and `info` are shown with `--verbose`. */
export const log: { readonly debug: Write; readonly info: Write; readonly warn: Write; readonly error: Write };

/** A number behind an answer, such as `{ name: "p95", subject: "canary", value: 12.5, unit: "ms" }`. */
export interface Measurement {
  name: string;
  subject?: string;
  value: number;
  unit?: string;
}

/** The answer of a health check. */
export interface HealthReport {
  health: "unknown" | "healthy" | "unhealthy";
  summary: string;
  measurements?: Measurement[];
}

/** The latest report of a health check, for promotion gates. */
export interface NamedReport {
  /** The gate's name in the operator's configuration. */
  readonly gate: string;
  readonly report: Readonly<Required<HealthReport>>;
}

/** The answer of a promotion gate. */
export interface Decision {
  decision: "hold" | "promote" | "roll-back";
  reason: string;
  askAgainMs?: number | null;
  measurements?: Measurement[];
}

/** A pass: the canary is fit to serve. */
export function healthy(summary: string, measurements?: Measurement[]): HealthReport;
/** A fail: the canary is not fit to serve, and lockgate rolls back at once. */
export function unhealthy(summary: string, measurements?: Measurement[]): HealthReport;
/** The gate cannot tell yet: lockgate asks again until the gate deadline. */
export function unknown(summary: string, measurements?: Measurement[]): HealthReport;

/** A pass: the canary may take the next weight. */
export function promote(reason: string, measurements?: Measurement[]): Decision;
/** Not yet: lockgate asks again until the gate deadline, after its check interval or after `askAgainMs`. */
export function hold(reason: string, measurements?: Measurement[], options?: { askAgainMs?: number }): Decision;
/** A fail: the canary must get no more traffic, and lockgate rolls back at once. */
export function rollBack(reason: string, measurements?: Measurement[]): Decision;

/** Ends the call with "could not answer": lockgate asks a few times more, and never takes it for a pass or a "no". */
export function cannotAnswer(reason: string): never;

declare global {
  /** Writes to the log of lockgate. Values that are no strings are written as JSON. */
  interface Console {
    debug(...values: any[]): void;
    log(...values: any[]): void;
    info(...values: any[]): void;
    warn(...values: any[]): void;
    error(...values: any[]): void;
  }
  var console: Console;

  interface TextEncoder {
    readonly encoding: string;
    encode(string?: string): Uint8Array;
  }
  var TextEncoder: { prototype: TextEncoder; new (): TextEncoder };

  interface TextDecoder {
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    decode(input?: ArrayBuffer | ArrayBufferView): string;
  }
  var TextDecoder: { prototype: TextDecoder; new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder };
}
