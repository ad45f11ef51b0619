"""Asks Loki for errors that only the canary logs."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lockgate_gate import (
    Answer, CannotAnswer, Context, Measurement, Report, Request, gate, healthy, log, measurement, send_all, unhealthy, unknown,
)
from loki import Malformed, Reading, filled_in, origin
from nesting import parsed
from signatures import key, message, signature

MOST_REMEMBERED = 500
MOST_LOGGED = 20
MOST_NAMED = 3


@dataclass
class Settings:
    """The operator's settings, which lockgate has checked against the schema and completed."""

    loki: str
    selector: str
    errors: str
    fields: list[str]
    ignore: list[str]
    min_count: int
    window_s: int
    lookback_s: int
    min_window_s: int
    delay_s: int
    limit: int
    pages: int
    timeout_ms: int


@dataclass
class Logs:
    """What is read: the errors of both revisions, and the newest line of each, which shows that its lines reach Loki at all."""

    canary: Reading
    stable: Reading
    newest_canary: Reading
    newest_stable: Reading

    def all(self) -> list[Reading]:
        return [self.canary, self.stable, self.newest_canary, self.newest_stable]


def check(ctx: Context[Settings]) -> Report:
    logs = readings(ctx)
    ask(ctx, logs)
    canary, stable = errors(ctx, logs.canary), errors(ctx, logs.stable)

    before = ctx.state or {"stable": [], "logged": []}
    known = dict.fromkeys([*map(key, stable), *before["stable"]])
    new = Counter({said: count for said, count in canary.items() if key(said) not in known})
    logged = log_new(new, before["logged"])
    ctx.remember({"stable": list(known)[:MOST_REMEMBERED], "logged": logged})
    return verdict(ctx, logs, canary, new, measured(ctx, logs, canary, stable, new))


def readings(ctx: Context[Settings]) -> Logs:
    """Returns what to ask Loki: of the canary the lines at its present weight, of stable also those from before."""
    given, stage = ctx.settings, ctx.stage
    end_s = stage.now_s - given.delay_s
    begin_s = end_s - given.window_s
    before_s = begin_s - given.lookback_s
    if stage.weight > 0:
        begin_s = max(begin_s, stage.weight_since_s)
    seen_s = begin_s if stage.weight > 0 else before_s

    def reading(what: str, name: str, pipeline: str, start_s: float, limit: int, pages: int) -> Reading:
        try:
            selected = filled_in(given.selector, ctx.rollout.app, name)
        except ValueError as error:
            raise CannotAnswer(str(error)) from None
        return Reading(what, f"{selected} {pipeline}".strip(), nanoseconds(start_s), nanoseconds(end_s), limit, pages)

    return Logs(
        reading("the errors of the canary", ctx.canary.name, given.errors, begin_s, given.limit, given.pages),
        reading("the errors of stable", ctx.stable.name, given.errors, before_s, given.limit, given.pages),
        reading("the newest line of the canary", ctx.canary.name, "", seen_s, 1, 1),
        reading("the newest line of stable", ctx.stable.name, "", before_s, 1, 1),
    )


def nanoseconds(seconds: float) -> int:
    return round(seconds * 1_000) * 1_000_000


def ask(ctx: Context[Settings], logs: Logs) -> None:
    """Asks Loki, for a page of each reading at a time, until all are done."""
    given = ctx.settings
    while waiting := [reading for reading in logs.all() if not reading.is_done]:
        requests = [Request("GET", reading.url(given.loki), timeout_ms=given.timeout_ms) for reading in waiting]
        for reading, answer in zip(waiting, send_all(requests), strict=True):
            take(reading, answer)
    for warning in sorted({warning for reading in logs.all() for warning in reading.warnings})[:MOST_LOGGED]:
        log.warn(f"Loki warns: {warning}")


def take(reading: Reading, answer: Answer) -> None:
    """Reads an answer. What Loki does not say is a fault of Loki, and no verdict on the canary."""
    if answer.no_answer:
        help_ = "; set `limit` lower" if answer.no_answer.kind == "too-large" else ""
        raise CannotAnswer(f"Loki did not answer about {reading.what}: {answer.no_answer}{help_}")
    if answer.status != 200:
        help_ = "; its credential hangs on the allow rule" if answer.status in (401, 403) else ""
        raise CannotAnswer(f"Loki answered {answer.status} about {reading.what}: {answer.text()[:200].strip()}{help_}")
    try:
        reading.take(parsed(answer.text()))
    except (Malformed, ValueError) as error:
        raise CannotAnswer(f"Loki's answer about {reading.what} cannot be read: {error}") from None


def errors(ctx: Context[Settings], reading: Reading) -> Counter[str]:
    """Returns how many lines have each signature, but those that are ignored."""
    names = [ctx.canary.name, ctx.stable.name]
    count: Counter[str] = Counter()
    for line in reading.lines:
        said = message(line, ctx.settings.fields)
        if not any(text in line or text in said for text in ctx.settings.ignore):
            count[signature(said, names)] += 1
    return count


def log_new(new: Counter[str], logged: list[str]) -> list[str]:
    """Logs each new error once in a rollout. Returns the keys of those that were logged."""
    fresh = [(said, count) for said, count in most_first(new) if key(said) not in logged]
    for said, count in fresh[:MOST_LOGGED]:
        log.warn(f"new on the canary: {said}", lines=count)
    return [*(key(said) for said, _ in fresh[:MOST_LOGGED]), *logged][:MOST_REMEMBERED]


def verdict(
    ctx: Context[Settings], logs: Logs, canary: Counter[str], new: Counter[str], measurements: list[Measurement]
) -> Report:
    given = ctx.settings
    often = Counter({said: count for said, count in new.items() if count >= given.min_count})
    if often:
        counted = f"{len(often)} {'error' if len(often) == 1 else 'errors'} that stable does not have: {named(often)}"
        if logs.newest_stable.newest_ns is None:
            return unknown(f"Loki has no line of stable to compare with, and of the canary {named(often)}", measurements)
        if logs.stable.incomplete:
            return unknown(f"{counted}; but not all errors of stable were read: {logs.stable.incomplete}", measurements)
        return unhealthy(counted, measurements)
    if unseen := not_seen(ctx, logs):
        return unknown(unseen, measurements)
    if logs.canary.incomplete:
        return unknown(f"not all errors of the canary were read: {logs.canary.incomplete}", measurements)
    seldom = f"; {named(new)}, fewer than {given.min_count} times" if new else ""
    lines = canary.total()
    read_s = (logs.canary.end_ns - logs.canary.start_ns) / 1e9
    return healthy(
        f"{lines} error {'line' if lines == 1 else 'lines'} of the canary in {read_s:.0f} s, and no error that stable does not have{seldom}",
        measurements,
    )


def not_seen(ctx: Context[Settings], logs: Logs) -> str:
    """Returns why the lines of the canary are too few for a pass; empty where they are enough."""
    newest_ns, stage = logs.newest_canary.newest_ns, ctx.stage
    if newest_ns is None:
        if logs.newest_stable.newest_ns is None:
            return "Loki has no line of either revision: is the selector right?"
        read_s = (logs.newest_canary.end_ns - logs.newest_canary.start_ns) / 1e9
        return f"Loki has no line of the canary in {max(read_s, 0):.0f} s, but of stable"
    seen_s = newest_ns / 1e9 - stage.weight_since_s
    if stage.weight > 0 and seen_s < ctx.settings.min_window_s:
        return f"Loki has lines of the canary for {max(seen_s, 0):.0f} s at this weight, {ctx.settings.min_window_s} s are needed"
    return ""


def most_first(count: Counter[str]) -> list[tuple[str, int]]:
    """As Counter.most_common, which imports a module when it is called: a component has only what was imported as it was built."""
    return sorted(count.items(), key=lambda counted: (-counted[1], counted[0]))


def named(count: Counter[str]) -> str:
    first = [f"{lines} × {said[:120]}" for said, lines in most_first(count)[:MOST_NAMED]]
    more = [f"and {len(count) - MOST_NAMED} more"] if len(count) > MOST_NAMED else []
    return "; ".join(first + more)


def measured(
    ctx: Context[Settings], logs: Logs, canary: Counter[str], stable: Counter[str], new: Counter[str]
) -> list[Measurement]:
    numbers = [
        measurement("error-lines", "canary", canary.total(), "lines"),
        measurement("error-lines", "stable", stable.total(), "lines"),
        measurement("new-errors", "canary", len(new), "signatures"),
    ]
    for subject, reading in (("canary", logs.newest_canary), ("stable", logs.newest_stable)):
        if reading.newest_ns is not None:
            numbers.append(measurement("newest-line", subject, ctx.stage.now_s - reading.newest_ns / 1e9, "s ago"))
    return numbers


SCHEMA = (Path(__file__).parent / "settings.schema.json").read_text(encoding="utf-8")

# The contract's names of what this module is.
About, HealthChecking = gate(
    name="log-errors",
    version="0.1.0",
    summary="Asks Loki for errors that only the canary logs.",
    schema=SCHEMA,
    settings=Settings,
    origins=[origin(json.loads(SCHEMA)["properties"]["loki"]["default"])],
    check=check,
)
