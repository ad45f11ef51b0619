//! The lines of the log about a run: what it is about to do, what has happened, and how each gate answered. Names, verdicts and
//! times; the sentences stand in the report.

use rollout::{Action, Fact, GateAnswer, Kind, Purpose};
use tracing::{Level, debug, enabled, info};

use crate::report::{Reporter, Update, What};

/// Returns whether anything about a run is to be logged.
pub(super) fn is_wanted() -> bool {
    enabled!(target: "lockgate::run", Level::INFO)
        || enabled!(target: "lockgate::gate", Level::INFO)
}

/// Logs a run.
pub(super) struct RunLog;

impl Reporter for RunLog {
    fn report(&mut self, update: &Update<'_>) {
        let run = update.rollout.run();
        match &update.what {
            What::Began(beginning) => {
                let (app, gates) = (beginning.app.name(), beginning.gates.len());
                info!(target: "lockgate::run", run, app, gates, "began");
            }
            What::Begins(action) => begins(run, action),
            What::Happened(event, _) => {
                let phase = update.rollout.phase().name();
                let (fact, at_ms) = (event.fact.name(), event.at.0);
                debug!(target: "lockgate::run", run, phase, at_ms, "{fact}");
                match &event.fact {
                    Fact::Answered { kind, answers } => {
                        answers
                            .iter()
                            .for_each(|answer| answered(run, *kind, answer));
                    }
                    Fact::Advised { kind, answer, .. } => answered(run, *kind, answer),
                    _ => {}
                }
            }
            What::Ended(ending) => {
                let exit_code = ending.exit.code();
                let cause = ending.outcome.cause().map(rollout::Cause::name);
                info!(target: "lockgate::run", run, exit_code, cause, "ended");
            }
            What::Remarked(_) => {}
        }
    }
}

fn begins(run: &str, action: &Action) {
    match action {
        Action::Inspect => debug!(target: "lockgate::run", run, "reads the app and its revisions"),
        Action::CheckReadiness => debug!(target: "lockgate::run", run, "reads the canary"),
        Action::Observe { .. } => debug!(target: "lockgate::run", run, "reads traffic and lease"),
        Action::Ask { kind, asked, .. } => {
            let kind = kind.to_string();
            debug!(target: "lockgate::run", run, kind, asked, "asks gates");
        }
        Action::Activate => info!(target: "lockgate::run", run, "activates the stable revision"),
        Action::Write { purpose, .. } => {
            let purpose = match purpose {
                Purpose::Shift => "shift",
                Purpose::Settle => "settle",
                Purpose::RollBack => "roll back",
                Purpose::Mark => "mark",
            };
            info!(target: "lockgate::run", run, purpose, "writes");
        }
        Action::Wait { .. } | Action::Finish(_) => {}
    }
}

fn answered(run: &str, kind: Kind, answer: &GateAnswer) {
    let (gate, kind, ms) = (answer.gate.as_str(), kind.to_string(), answer.took_ms);
    let verdict = match &answer.result {
        Ok(report) => report.verdict.word(),
        Err(_) => "failed to answer",
    };
    info!(target: "lockgate::gate", run, gate, kind, verdict, ms, "answered");
}
