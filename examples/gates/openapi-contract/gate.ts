// Asks the canary for its OpenAPI document and for the routes of the settings, and compares the answers with the document.

import { cannotAnswer, gate, healthy, log, sendAll, unhealthy, unknown } from "./sdk/gate.js";
import type { Answer, Context, HealthReport, Measurement } from "./sdk/gate.js";
import { OpenApi, type Route } from "./contract/openapi.js";
import { judged, reading, worst, type Finding } from "./contract/verdict.js";
import settings from "./settings.schema.json";

interface Settings {
  document: string;
  routes: Route[];
  "timeout-ms": number;
}

export const { about, healthChecking } = gate<Settings>({
  name: "openapi-contract",
  version: "0.1.0",
  summary: "Checks the answers of the canary against its OpenAPI document.",
  settings,
  check,
});

function check(ctx: Context<Settings>): HealthReport {
  const { document: path, routes, "timeout-ms": timeoutMs } = ctx.settings;
  const asked = `GET ${path}`;
  const source = ctx.canary.get(path, { timeoutMs, headers: { accept: "application/json" } });
  const measurements = latency("document", source);
  const read = silence(asked, source) ?? documentOf(asked, source, routes);
  if (!(read instanceof OpenApi)) return report(read, measurements);

  const options = { timeoutMs, headers: { accept: "application/json, */*;q=0.5" } };
  const answers = sendAll(routes.map(({ method, path }) => ctx.canary.request(method, path, options)));
  const findings = answers.map((answer, index) => finding(read, routes[index]!, answer));
  routes.forEach((route, index) => measurements.push(...latency(`${route.method} ${route.path}`, answers[index]!)));

  const ignored = read.checker.ignored();
  if (ignored.length > 0) log.info(`ignored: ${ignored.map(([keyword, schemas]) => `${keyword} in ${counted(schemas, "schema")}`).join(", ")}`);
  const broken = findings.filter(({ kind }) => kind === "broken").length;
  const ignoredInAll = ignored.reduce((sum, [, schemas]) => sum + schemas, 0);
  measurements.push({ name: "broken", subject: "canary", value: broken, unit: "routes" });
  measurements.push({ name: "ignored", subject: "document", value: ignoredInAll, unit: "keywords" });
  return report(worst(findings), measurements, `${counted(routes.length, "answer")} as ${path} promises`);
}

/** Returns the document, or why there is none that promises an answer to every route. */
function documentOf(asked: string, answer: Answer, routes: Route[]): OpenApi | Finding {
  if (answer.status !== 200) return { kind: "broken", text: `${asked} answered ${answer.status}, 200 was expected` };
  const read = reading(asked, () => {
    const document = OpenApi.read(answer.text());
    for (const route of routes) document.content(route);
    return document;
  });
  return "finding" in read ? read.finding : read.value;
}

function finding(document: OpenApi, route: Route, answer: Answer): Finding {
  const asked = `${route.method} ${route.path}`;
  const contentType = answer.header("content-type") ?? "";
  return silence(asked, answer) ?? judged(document, route, { status: answer.status, contentType, text: answer.text() });
}

/** Returns why there is no response, `undefined` where there is one. */
function silence(asked: string, { noAnswer }: Answer): Finding | undefined {
  if (noAnswer === undefined) return undefined;
  // What is larger than lockgate takes may be just what was promised.
  if (noAnswer.kind === "too-large") return { kind: "not-checked", text: `${asked}: ${noAnswer.text}` };
  return { kind: "silent", text: `${asked} had no answer: ${noAnswer.text}` };
}

function report(finding: Finding, measurements: Measurement[], kept = ""): HealthReport {
  if (finding.kind === "kept") return healthy(kept, measurements);
  if (finding.kind === "broken") return unhealthy(finding.text, measurements);
  if (finding.kind === "silent") return unknown(finding.text, measurements);
  return cannotAnswer(finding.text);
}

function latency(subject: string, answer: Answer): Measurement[] {
  return answer.noAnswer ? [] : [{ name: "latency", subject, value: answer.elapsedMs, unit: "ms" }];
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
