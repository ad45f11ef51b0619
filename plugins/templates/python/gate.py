"""<$ "Probes both revisions and compares them: what fails, and how long the answers take." if health_check else "Waits for healthy rounds in a row." $>"""

from dataclasses import dataclass
from pathlib import Path

<% if kind == "both" %>
from lockgate_gate import Context, Decision, Health, Report, gate, healthy, hold, promote, unhealthy, unknown
<% elif health_check %>
from lockgate_gate import Context, Report, gate, healthy, unhealthy, unknown
<% else %>
from lockgate_gate import Context, Decision, Health, gate, hold, promote
<% endif %>


@dataclass
class Settings:
    """The operator's settings, which lockgate has checked against the schema and completed."""

<% if health_check %>
    path: str
    requests: int
    max_ratio: float
    allowance_ms: float
    slow_calls: int
<% endif %>
<% if promotion_gate %>
    healthy_calls: int
<% endif %>
<% if health_check %>


def check(ctx: Context[Settings]) -> Report:
    settings, n = ctx.settings, ctx.settings.requests
    canary, stable = ctx.canary.probe(settings.path, n), ctx.stable.probe(settings.path, n)
    measurements = canary.measurements("canary") + stable.measurements("stable")

    bad, stable_bad = canary.failed + canary.silent, stable.failed + stable.silent
    failed = f"{bad} of {n} requests to the canary failed"
    if bad > stable_bad:
        return unhealthy(f"{failed}, {stable_bad} to stable: {canary.problem}", measurements)
    if bad > 0:
        return unknown(f"{failed}, and as many or more to stable", measurements)

    limit = stable.p95 * settings.max_ratio + settings.allowance_ms
    is_slow = stable.silent < n and canary.p95 > limit
    slow_calls = (ctx.state or {}).get("slow-calls", 0) + 1 if is_slow else 0
    ctx.remember({"slow-calls": slow_calls})
    slow = f"p95 of the canary is {canary.p95:.0f} ms, at most {limit:.0f} ms were expected"
    if slow_calls >= settings.slow_calls:
        return unhealthy(f"{slow}, {slow_calls} calls in a row", measurements)
    if slow_calls > 0:
        return unknown(f"{slow}: {slow_calls} of {settings.slow_calls} calls", measurements)
    return healthy(f"{n} requests answered, p95 {canary.p95:.0f} ms beside {stable.p95:.0f} ms of stable", measurements)
<% endif %>
<% if promotion_gate %>


def decide(ctx: Context[Settings], reports) -> Decision:
    needed = ctx.settings.healthy_calls
    for named in reports:
        if named.report.health != Health.HEALTHY:
            ctx.remember({"healthy-calls": 0})
            return hold(f"{named.gate} is not healthy: {named.report.summary}")
    if not reports:
        return hold("no health check has reported yet")
    times = (ctx.state or {}).get("healthy-calls", 0) + 1
    if times < needed:
        ctx.remember({"healthy-calls": times})
        return hold(f"all health checks were healthy {times} of {needed} times", ask_again_ms=10_000)
    ctx.remember({"healthy-calls": 0})
    return promote(f"all health checks were healthy {times} times in a row")
<% endif %>


# The contract's names of what this module is.
<$ {"both": "About, HealthChecking, Promotion", "health-check": "About, HealthChecking", "promotion-gate": "About, Promotion"}[kind] $> = gate(
    name="<$ name $>",
    version="0.1.0",
    summary="<$ "Probes both revisions and compares them." if health_check else "Waits for healthy rounds in a row." $>",
    schema=(Path(__file__).parent / "settings.schema.json").read_text(encoding="utf-8"),
    settings=Settings,
<% if health_check %>
    check=check,
<% endif %>
<% if promotion_gate %>
    decide=decide,
<% endif %>
)
