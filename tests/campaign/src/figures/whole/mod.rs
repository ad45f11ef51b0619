//! Whole rollouts: the engine that ships, on a clock that jumps, with an app whose counts come as late as Azure's, and the
//! gate `compare` as its only health check.

mod clock;
mod gate;
mod platform;
mod served;

use std::future::{Future, ready};
use std::pin::Pin;
use std::time::Duration;

use compare::Settings;
use rollout::ports::{Clock as _, Journal};
use rollout::{
    Cause, Draft, Event, Intent, Labels, OnDeadline, Outcome, Plan, PlanError, Ports, Rollout,
    Stage, Timing, Weight, drive,
};

use super::chance::{Chance, below};
use clock::VirtualClock;
use gate::{Compare, NAME};
use platform::Azure;
pub(crate) use served::App;
use served::Served;

/// The stages, in per cent.
const STAGES: [u32; 4] = [10, 25, 50, 100];
/// Times that fit counts that come so late.
const BAKE: Duration = Duration::from_mins(8);
const GATE_DEADLINE: Duration = Duration::from_mins(20);
/// About when the rollouts begin, in seconds since 1970: at the beginning of a minute.
const BEGIN: u64 = 1_800_000_000;

/// How a rollout ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The canary has all traffic.
    Promoted,
    /// Rolled back: there was evidence that it is worse.
    Worse,
    /// Rolled back: there was too little evidence until the deadline.
    TooThin,
    /// Anything else, which is a fault of the engine, the gate or this simulation.
    Otherwise,
}

/// A rollout that has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) ending: Ending,
    /// How long it took, in minutes.
    pub(crate) minutes: f64,
    /// How many requests failed because they were the canary's.
    pub(crate) extra_failures: u64,
}

/// Returns the plan of every rollout.
///
/// # Errors
/// Never, as long as the engine takes the default stages.
pub(crate) fn plan() -> Result<Plan, PlanError> {
    let stages = STAGES.into_iter().filter_map(Weight::new);
    Plan::new(Draft {
        stages: stages
            .map(|weight| Stage {
                weight,
                bake: BAKE,
                gates: Vec::new(),
                advisory_gates: Vec::new(),
                pause: None,
            })
            .collect(),
        health_checks: vec![NAME.to_owned()],
        advisory_health_checks: Vec::new(),
        timing: Timing {
            gate_deadline: GATE_DEADLINE,
            ..Timing::default()
        },
        on_deadline: OnDeadline::RollBack,
        labels: Labels::default(),
        emergency: None,
    })
}

/// Runs one rollout to its end.
pub(crate) fn run(app: App, plan: &Plan, settings: &Settings, chance: &mut Chance) -> Ended {
    let clock = VirtualClock::default();
    // Anywhere in a minute of the platform's counts.
    let begin_ms = BEGIN * 1_000 + below(chance, 60_000);
    let platform = Azure::new(&clock, begin_ms, |begin_s| {
        Served::before(app, chance.clone(), begin_s)
    });
    let gates = Compare::new(&platform, settings);
    let (_asks, mut cancel) = tokio::sync::mpsc::channel(1);
    let mut rollout = Rollout::new("figures".to_owned(), plan.clone(), Intent::Rollout);
    let ports = Ports {
        platform: &platform,
        gates: &gates,
        clock: &clock,
        journal: &mut NoJournal,
        cancel: &mut cancel,
    };
    let ending = match clock.run(drive(&mut rollout, ports, |_, _| {})) {
        Some(Ok(outcome)) => ending(&outcome),
        Some(Err(_)) | None => Ending::Otherwise,
    };
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let minutes = clock.now().0 as f64 / 60_000.0;
    Ended {
        ending,
        minutes,
        extra_failures: platform.extra_failures(),
    }
}

fn ending(outcome: &Outcome) -> Ending {
    match outcome {
        Outcome::Promoted => Ending::Promoted,
        Outcome::RolledBack(Cause::GateSaidNo { .. }) => Ending::Worse,
        Outcome::RolledBack(Cause::HeldTooLong { .. }) => Ending::TooThin,
        _ => Ending::Otherwise,
    }
}

/// Keeps nothing: nobody reads the journal of a simulation.
struct NoJournal;

impl Journal for NoJournal {
    fn append(&mut self, _: &Event) {}

    fn kept(&mut self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(ready(Ok(())))
    }
}

#[cfg(test)]
mod tests;
