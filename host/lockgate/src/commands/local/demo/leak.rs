//! `lockgate demo --leak`: a canary that answers its health check well and fails a share of its users' requests, rolled out
//! twice: with http-health alone, which cannot see it, and with compare beside it, which judges the real traffic.

use std::time::Duration;

use emulator::{Behaviour, Scenario};
use rollout::human;
use serde_json::json;

use super::rollout::DemoRollout;
use super::split::CanaryTotals;
use crate::cli::DemoArgs;
use crate::config::DurationText;
use crate::exit::Exit;
use crate::output::Output;
use crate::run::signals::CancelChannel;

/// How long each stage bakes, unless a flag says otherwise: both rollouts together take half a minute.
const BAKE: Duration = Duration::from_secs(2);
/// The share of its users' requests that the stable revision fails, as most services fail a few.
const STABLE_FAILS: f64 = 0.002;
/// The length of a slice of the emulator's request counts.
const SLICE: Duration = Duration::from_secs(1);

/// How long the stable revision serves before the second rollout begins, so that its rate of failures is known.
const SERVED_BEFORE: Duration = Duration::from_secs(3);

/// What the second rollout has beside the first: counts without Azure's delay, and a gate that judges by them. Nothing has to
/// warm up here; the seconds around a shift are left out, because a platform's clock is known to the second.
const COMPARE: &str = r#"
[azure]
metrics-lag = "0s"
metrics-slice = "1s"

[gates.compare]
settings = { warm-up-s = 2 }
"#;

/// Rolls the canary out with http-health alone, then with compare beside it. Returns the exit code of the second rollout, or
/// that of the first where it was not promoted.
///
/// # Errors
/// When the emulator cannot be started on this machine.
pub(super) async fn leak(
    args: &DemoArgs,
    per_cent: u32,
    output: &Output,
    cancel: &mut CancelChannel,
) -> anyhow::Result<Exit> {
    let about = format!(
        "demo: shop--v1 serves everything and fails {:.1} % of its users' requests; shop--v2 is new, answers /health well, and \
         fails {per_cent} %",
        STABLE_FAILS * 100.0
    );
    // The second rollout is the one that a report is about.
    let demo = |more, served_before, reports, about| DemoRollout {
        scenario: scenario(per_cent),
        more,
        served_before,
        bake: args.bake.unwrap_or(DurationText(BAKE)),
        requests_per_second: args.requests_per_second,
        reports,
        about,
    };
    let first = [about, "demo: first with http-health alone".to_owned()];
    let (exit, totals) = demo("", Duration::ZERO, &[], &first)
        .run(output, cancel)
        .await?;
    if exit != Exit::Success {
        return Ok(exit);
    }
    report(output, "http-health", exit, totals);

    let second = [
        "demo: once more from the start, with compare beside http-health".to_owned(),
        format!(
            "demo: the emulator counts requests in slices of {}; Azure does by the minute, and shows them minutes later",
            human(SLICE)
        ),
    ];
    let (exit, totals) = demo(COMPARE, SERVED_BEFORE, &args.reports.report, &second)
        .run(output, cancel)
        .await?;
    if matches!(exit, Exit::Success | Exit::GateSaidNo) {
        report(output, "compare", exit, totals);
    }
    Ok(exit)
}

fn scenario(per_cent: u32) -> Scenario {
    let mut scenario = Scenario::demo();
    scenario.metrics.shortest_slice_s = u32::try_from(SLICE.as_secs()).unwrap_or(1);
    let shares = [STABLE_FAILS, f64::from(per_cent) / 100.0];
    let revisions = &mut scenario.apps[0].revisions;
    for ((revision, fails_share), fails_seed) in revisions.iter_mut().zip(shares).zip(1..) {
        revision.behaviour = Some(Behaviour {
            fails_share,
            fails_seed,
            ..Behaviour::default()
        });
    }
    scenario
}

/// Says what a gate made of the canary, and what that cost its users.
fn report(output: &Output, gate: &str, exit: Exit, totals: CanaryTotals) {
    let CanaryTotals {
        requests,
        failed,
        weight,
        lasted,
    } = totals;
    let cost = format!("{failed} of its {requests} requests failed");
    let lasted = human(Duration::from_secs(lasted.as_secs()));
    output.text(&match (gate, exit) {
        ("http-health", _) => {
            format!("demo: http-health alone promoted shop--v2: {cost}, and it has all the traffic now")
        }
        (_, Exit::Success) => {
            format!("demo: {gate} saw too little against shop--v2, and it was promoted: {cost}")
        }
        _ => format!(
            "demo: {gate} stopped shop--v2 at {weight} % of the traffic, {lasted} after it got the first of it: {cost}"
        ),
    });
    output.command_event(json!({
        "event": "leak",
        "gate": gate,
        "promoted": exit == Exit::Success,
        "weight": weight,
        "canary-requests": requests,
        "canary-failed": failed,
    }));
}
