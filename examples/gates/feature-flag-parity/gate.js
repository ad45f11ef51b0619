// Asks both revisions for their feature flags, and compares names, types and values.

import { gate, healthy, log, sendAll, unhealthy, unknown } from "./sdk/gate.js";
import { compare, flagsAt, sentence, shortened } from "./flags.js";
import settings from "./settings.schema.json";

const MOST_REMEMBERED = 50;

export const { about, healthChecking } = gate({
  name: "feature-flag-parity",
  version: "0.1.0",
  summary: "Compares the feature flags of the canary with those of the stable revision.",
  settings,
  check,
});

/** @param {import("./sdk/gate.js").Context} ctx */
function check(ctx) {
  const { path, pointer, "timeout-ms": timeoutMs } = ctx.settings;
  const before = ctx.state ?? {};
  const options = { timeoutMs, headers: { accept: "application/json" } };
  const answers = sendAll([ctx.canary, ctx.stable].map((revision) => revision.request("GET", path, options)));
  const [canary, stable] = answers.map((answer) => readFlags(answer, path, pointer));
  const measurements = [...measured("canary", canary, answers[0]), ...measured("stable", stable, answers[1])];

  if (stable.problem) {
    const same = canary.problem ? `, and the canary: ${canary.problem}` : "";
    return unknown(`nothing to compare with, stable: ${stable.problem}${same}`, measurements);
  }
  if (canary.problem) {
    const summary = `canary: ${canary.problem}, stable has ${counted(stable.flags.size)}`;
    return canary.isSilent ? unknown(summary, measurements) : unhealthy(summary, measurements);
  }
  return compared(ctx, before, canary.flags, stable.flags, measurements);
}

/** Returns the flags of an answer; or the problem, and whether it is that no answer came. */
function readFlags(answer, path, pointer) {
  const asked = `GET ${path}`;
  if (answer.noAnswer) {
    const { kind, text } = answer.noAnswer;
    return { problem: `${asked} had no answer: ${text}`, isSilent: kind !== "too-large" };
  }
  if (answer.status !== 200) return { problem: `${asked} answered ${answer.status}` };
  const { value, problem } = answer.json();
  if (problem) return { problem: `${asked}: ${problem}` };
  const read = flagsAt(value, pointer);
  return read.problem ? { problem: `${asked} ${read.problem}` } : read;
}

function compared(ctx, before, canary, stable, measurements) {
  const { ignore, "allow-new": allowsNew, calls } = ctx.settings;
  const { common, differences } = compare(canary, stable, new Set(ignore));
  const added = differences.filter(({ isNew }) => isNew);
  const wrong = allowsNew ? differences.filter(({ isNew }) => !isNew) : differences;
  if (added.length > 0) log.info(`new on the canary: ${sentence(added)}`);
  measurements.push({ name: "differing", subject: "canary", value: wrong.length, unit: "flags" });
  measurements.push({ name: "new", subject: "canary", value: added.length, unit: "flags" });

  const times = timesInARow(before, wrong);
  ctx.remember(Object.fromEntries(times));
  if (common === 0) return unknown("stable has no flag to compare with", measurements);
  if (wrong.length === 0) {
    const news = added.length > 0 ? `, ${added.length} new` : "";
    return healthy(`${counted(common)} as on stable${news}`, measurements);
  }
  const differ = `${counted(wrong.length)} ${wrong.length === 1 ? "differs" : "differ"} from stable`;
  if (calls === 1) return unhealthy(`${differ}: ${sentence(wrong)}`, measurements);

  const lasting = wrong.filter(({ name }) => times.get(shortened(name)) >= calls);
  if (lasting.length > 0) {
    return unhealthy(`${differ}, ${lasting.length} in ${calls} calls in a row: ${sentence(lasting)}`, measurements);
  }
  return unknown(`${differ} in ${Math.max(...times.values())} of ${calls} calls: ${sentence(wrong)}`, measurements);
}

/** Returns in how many calls in a row each flag has differed, for as many flags as the state has room for. */
function timesInARow(before, differences) {
  const names = differences.slice(0, MOST_REMEMBERED).map(({ name }) => shortened(name));
  return new Map(names.map((name) => [name, (Object.hasOwn(before, name) ? before[name] : 0) + 1]));
}

function measured(subject, { flags }, answer) {
  const latency = answer.noAnswer ? [] : [{ name: "latency", subject, value: answer.elapsedMs, unit: "ms" }];
  return flags ? [...latency, { name: "flags", subject, value: flags.size, unit: "flags" }] : latency;
}

function counted(number) {
  return number === 1 ? "1 flag" : `${number} flags`;
}
