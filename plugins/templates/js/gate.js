<% if health_check %>
// Probes both revisions and compares them: what fails, and how long the answers take.
<% else %>
// Waits for healthy rounds in a row before the canary takes more traffic.
<% endif %>
<% if kind == "both" %>
// Waits for healthy rounds in a row before the canary takes more traffic.
<% endif %>

<% if kind == "both" %>
import { gate, healthy, hold, promote, unhealthy, unknown } from "./sdk/gate.js";
<% elif health_check %>
import { gate, healthy, unhealthy, unknown } from "./sdk/gate.js";
<% else %>
import { gate, hold, promote } from "./sdk/gate.js";
<% endif %>
import settings from "./settings.schema.json";

export const { about<$ ", healthChecking" if health_check else "" $><$ ", promotion" if promotion_gate else "" $> } = gate({
  name: "<$ name $>",
  version: "0.1.0",
  summary: "<$ "Probes both revisions and compares them." if health_check else "Waits for healthy rounds in a row." $>",
  settings,
<% if health_check %>
  check,
<% endif %>
<% if promotion_gate %>
  decide,
<% endif %>
});
<% if health_check %>

/** @param {import("./sdk/gate.js").Context} ctx */
function check(ctx) {
  const { path, requests, "max-ratio": ratio, "allowance-ms": allowance, "slow-calls": bound } = ctx.settings;
  const slowBefore = ctx.state?.["slow-calls"] ?? 0;
  const canary = ctx.canary.probe(path, requests);
  const stable = ctx.stable.probe(path, requests);
  const measurements = [...canary.measurements("canary"), ...stable.measurements("stable")];

  const bad = canary.failed + canary.silent;
  const stableBad = stable.failed + stable.silent;
  const failed = `${bad} of ${requests} requests to the canary failed`;
  if (bad > stableBad) return unhealthy(`${failed}, ${stableBad} to stable: ${canary.problem}`, measurements);
  if (bad > 0) return unknown(`${failed}, and as many or more to stable`, measurements);

  const limit = stable.p95 * ratio + allowance;
  const isSlow = stable.silent < requests && canary.p95 > limit;
  const slowCalls = isSlow ? slowBefore + 1 : 0;
  ctx.remember({ "slow-calls": slowCalls });
  const p95 = canary.p95.toFixed(0);
  const slow = `p95 of the canary is ${p95} ms, at most ${limit.toFixed(0)} ms were expected`;
  if (slowCalls >= bound) return unhealthy(`${slow}, ${slowCalls} calls in a row`, measurements);
  if (isSlow) return unknown(`${slow}: ${slowCalls} of ${bound} calls`, measurements);
  return healthy(`${requests} requests answered, p95 ${p95} ms beside ${stable.p95.toFixed(0)} ms of stable`, measurements);
}
<% endif %>
<% if promotion_gate %>

/** @param {import("./sdk/gate.js").Context} ctx @param {import("./sdk/gate.js").NamedReport[]} reports */
function decide(ctx, reports) {
  const times = (ctx.state?.["healthy-calls"] ?? 0) + 1;
  const needed = ctx.settings["healthy-calls"];
  if (reports.length === 0) return hold("no health check has reported yet");
  const other = reports.find(({ report }) => report.health !== "healthy");
  if (other) {
    ctx.remember({ "healthy-calls": 0 });
    return hold(`${other.gate} is not healthy: ${other.report.summary}`);
  }
  ctx.remember({ "healthy-calls": times < needed ? times : 0 });
  if (times < needed) {
    return hold(`all health checks were healthy ${times} of ${needed} times`, [], { askAgainMs: 10_000 });
  }
  return promote(`all health checks were healthy ${times} times in a row`);
}
<% endif %>
