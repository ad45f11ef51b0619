//! <$ "Probes both revisions and compares them: what fails, and how long the answers take." if health_check else "Waits for healthy rounds in a row." $>
<% if health_check and promotion_gate %>
//! Waits for healthy rounds in a row before the canary takes more traffic.
<% endif %>

<% if promotion_gate %>
use lockgate_gate::{CannotAnswer, Context, Decision, Health, NamedReport, gate, hold, promote};
<% endif %>
<% if kind == "both" %>
use lockgate_gate::{Report, healthy, unhealthy, unknown};
<% elif health_check %>
use lockgate_gate::{CannotAnswer, Context, Report, gate, healthy, unhealthy, unknown};
<% endif %>
use serde::{Deserialize, Serialize};

gate! {
    summary: "<$ "Probes both revisions and compares them." if health_check else "Waits for healthy rounds in a row." $>",
    settings: include_str!("../settings.schema.json"),
    origins: [],
<% if health_check %>
    check: check,
<% endif %>
<% if promotion_gate %>
    decide: decide,
<% endif %>
}

/// The operator's settings, which lockgate has checked against the schema and completed.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Settings {
<% if health_check %>
    path: String,
    requests: u32,
    max_ratio: f64,
    allowance_ms: f64,
    slow_calls: u32,
<% endif %>
<% if promotion_gate %>
    healthy_calls: u32,
<% endif %>
}
<% if health_check %>

/// What the health check remembers from call to call of one rollout.
#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Slowness {
    slow_calls: u32,
}

fn check(ctx: &mut Context<Settings>) -> Result<Report, CannotAnswer> {
    let Slowness { slow_calls } = ctx.state()?;
    let (settings, requests) = (&ctx.settings, ctx.settings.requests);
    let canary = ctx.canary.probe(&settings.path, requests)?;
    let stable = ctx.stable.probe(&settings.path, requests)?;
    let measurements = [canary.measurements("canary"), stable.measurements("stable")].concat();

    let (bad, stable_bad) = (canary.failed + canary.silent, stable.failed + stable.silent);
    if bad > 0 {
        let problem = &canary.problem;
        let failed = format!("{bad} of {requests} requests to the canary failed");
        let report = if bad > stable_bad {
            unhealthy(format!("{failed}, {stable_bad} to stable: {problem}"))
        } else {
            unknown(format!("{failed}, and as many or more to stable"))
        };
        return Ok(report.with(measurements));
    }

    let (p95, stable_p95, bound) = (canary.p95, stable.p95, settings.slow_calls);
    let limit = stable_p95 * settings.max_ratio + settings.allowance_ms;
    let is_slow = stable.silent < requests && p95 > limit;
    let slow_calls = if is_slow { slow_calls + 1 } else { 0 };
    let slow = format!("p95 of the canary is {p95:.0} ms, at most {limit:.0} ms were expected");
    let report = if slow_calls >= bound {
        unhealthy(format!("{slow}, {slow_calls} calls in a row"))
    } else if is_slow {
        unknown(format!("{slow}: {slow_calls} of {bound} calls"))
    } else {
        let beside = format!("p95 {p95:.0} ms beside {stable_p95:.0} ms of stable");
        healthy(format!("{requests} requests answered, {beside}"))
    };
    ctx.remember(&Slowness { slow_calls })?;
    Ok(report.with(measurements))
}
<% endif %>
<% if promotion_gate %>

/// What the promotion gate remembers from call to call of one rollout.
#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Rounds {
    healthy_calls: u32,
}

fn decide(ctx: &mut Context<Settings>, reports: &[NamedReport]) -> Result<Decision, CannotAnswer> {
    let Rounds { healthy_calls } = ctx.state()?;
    let is_healthy = |named: &&NamedReport| named.report.health == Health::Healthy;
    if let Some(NamedReport { gate, report }) = reports.iter().find(|named| !is_healthy(named)) {
        ctx.remember(&Rounds::default())?;
        return Ok(hold(format!("{gate} is not healthy: {}", report.summary)));
    }
    if reports.is_empty() {
        return Ok(hold("no health check has reported yet"));
    }
    let (times, needed) = (healthy_calls + 1, ctx.settings.healthy_calls);
    if times < needed {
        let healthy_calls = times;
        ctx.remember(&Rounds { healthy_calls })?;
        let reason = format!("all health checks were healthy {times} of {needed} times");
        return Ok(hold(reason).ask_again_ms(10_000));
    }
    ctx.remember(&Rounds::default())?;
    let reason = format!("all health checks were healthy {times} times in a row");
    Ok(promote(reason))
}
<% endif %>
