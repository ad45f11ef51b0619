//! When the gate under test would have stopped each past run: the first of its answers that ends a run, and where the run
//! was then. Pure; read `chain` for where the answers come from.

use std::path::PathBuf;
use std::time::Duration;

use gates::Ask;
use rollout::{Verdict, human};
use serde_json::{Value, json};

use super::chain::{Chain, PastCall};
use crate::commands::gate::flip::Comparison;
use crate::commands::gate::printed::Printed;
use crate::store::past_runs::RunEnd;

/// What the gate would have done in one past run.
#[derive(Debug)]
pub(in crate::commands::gate) struct Stop {
    /// The folder of the run.
    pub(in crate::commands::gate) run: PathBuf,
    pub(in crate::commands::gate) run_end: RunEnd,
    /// The gate's name in that run.
    pub(in crate::commands::gate) gate: String,
    /// How many calls of it were replayed.
    pub(in crate::commands::gate) calls: usize,
    pub(in crate::commands::gate) effect: Effect,
}

/// The first thing that the gate would have done to the course of a run.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::commands::gate) enum Effect {
    /// It would have rolled back.
    RolledBack { at: At, reason: String },
    /// It would have asked for more time when the run went on.
    Held { at: At, reason: String },
    /// One of its requests was not recorded, and nothing is known from there on.
    NotKnown { at: At, miss: String },
    /// The run would have gone as it went, as far as this gate is concerned.
    None,
}

/// Where a run was when a question was put.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::commands::gate) struct At {
    /// The stage, from 1; 0 before the canary got any traffic.
    pub(in crate::commands::gate) stage: u32,
    pub(in crate::commands::gate) stages: u32,
    /// The canary's weight in per cent.
    pub(in crate::commands::gate) weight: u32,
    /// The weight that a pass led to.
    pub(in crate::commands::gate) next_weight: u32,
    /// The time since the shift to this weight.
    pub(in crate::commands::gate) after: Duration,
}

impl At {
    fn of(ask: &Ask) -> At {
        // A question before the next stage names that one; the last question names one that is not there.
        let is_before_next = ask.next_weight > ask.weight;
        let stage = (ask.stage + u32::from(!is_before_next)).min(ask.stages);
        let after = Duration::try_from_secs_f64(ask.now_s - ask.weight_since_s);
        At {
            stage,
            stages: ask.stages,
            weight: ask.weight,
            next_weight: ask.next_weight,
            after: after.unwrap_or_default(),
        }
    }

    fn sentence(&self) -> String {
        let At {
            stage,
            stages,
            weight,
            after,
            ..
        } = self;
        if *weight == 0 {
            return "before the canary had any traffic".to_owned();
        }
        let after = human(Duration::from_secs(after.as_secs()));
        format!("at stage {stage} of {stages}, weight {weight} %, {after} after the shift")
    }

    fn json(&self) -> Value {
        json!({
            "stage": self.stage,
            "stages": self.stages,
            "weight": self.weight,
            "after-s": self.after.as_secs_f64(),
        })
    }
}

/// Returns what the gate would have done in the run of a chain, from its answers.
pub(super) fn of_run(chain: &Chain<'_>, comparisons: &[Comparison]) -> Stop {
    let first = &chain.calls[0];
    let mut calls = chain.calls.iter().zip(comparisons).enumerate();
    let effect = calls.find_map(|(index, (call, comparison))| {
        let kind = call.recorded.ask.kind;
        let mut later = chain.calls[index + 1..].iter();
        let next = later.find(|later| later.recorded.ask.kind == kind);
        effect_of(call, comparison, next)
    });
    Stop {
        run: first.run.folder.clone(),
        run_end: first.run.end,
        gate: first.recorded.ask.gate.clone(),
        calls: chain.calls.len(),
        effect: effect.unwrap_or(Effect::None),
    }
}

/// Returns what an answer would have done to the run, if anything. `next` is the call of the same kind that came after it.
fn effect_of(
    call: &PastCall<'_>,
    comparison: &Comparison,
    next: Option<&PastCall<'_>>,
) -> Option<Effect> {
    let ask = &call.recorded.ask;
    let at = At::of(ask);
    if let Some(miss) = comparison.misses.first() {
        let miss = miss.clone();
        return Some(Effect::NotKnown { at, miss });
    }
    let went_on = match next {
        Some(next) => next.recorded.ask.weight > ask.weight,
        None => call.run.end == RunEnd::Promoted,
    };
    let reason = |reason: &str| reason.to_owned();
    match &comparison.now {
        Ok(report) => match report.verdict {
            Verdict::Fail => Some(Effect::RolledBack {
                at,
                reason: reason(&report.reason),
            }),
            Verdict::Hold { .. } if went_on => Some(Effect::Held {
                at,
                reason: reason(&report.reason),
            }),
            Verdict::Hold { .. } | Verdict::Pass => None,
        },
        Err(failure) if went_on => Some(Effect::Held {
            at,
            reason: format!("it could not answer: {failure}"),
        }),
        Err(_) => None,
    }
}

impl Stop {
    fn line(&self) -> String {
        let Stop {
            run,
            run_end,
            gate,
            calls,
            effect,
        } = self;
        let run = run.display();
        let what = match effect {
            Effect::RolledBack { at, reason } => {
                format!("would have rolled back {}: {reason}", at.sentence())
            }
            Effect::Held { at, reason } => {
                let (at, next) = (at.sentence(), at.next_weight);
                format!("would have held the run before {next} %, {at}: {reason}")
            }
            Effect::NotKnown { at, miss } => {
                format!(
                    "what it would have done is not known {}: {miss}",
                    at.sentence()
                )
            }
            Effect::None => format!("would not have stopped it, in {calls} calls"),
        };
        format!("{run} ({}), {gate}: {what}", run_end.words())
    }

    fn event(&self) -> Value {
        let (effect, at, reason) = match &self.effect {
            Effect::RolledBack { at, reason } => ("rolled back", Some(at), Some(reason)),
            Effect::Held { at, reason } => ("held", Some(at), Some(reason)),
            Effect::NotKnown { at, miss } => ("not known", Some(at), Some(miss)),
            Effect::None => ("none", None, None),
        };
        json!({
            "event": "run-backtested",
            "run": self.run,
            "run-ended": self.run_end.words(),
            "gate": self.gate,
            "calls": self.calls,
            "would-have": effect,
            "at": at.map(At::json),
            "reason": reason,
        })
    }
}

/// Returns a line for each run.
pub(in crate::commands::gate) fn printed(stops: &[Stop]) -> Printed {
    let mut printed = Printed::default();
    for stop in stops {
        printed.line(stop.line());
        printed.events.push(stop.event());
    }
    printed
}
