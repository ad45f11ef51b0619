//! Preflight: from what was found to the first phase. Nothing is written here; what is not in order is refused.

use super::phase::{Phase, Sight};
use super::{Intent, Rollout};
use crate::event::{Fact, Timestamp};
use crate::outcome::{Cause, Outcome};
use crate::record::{Inspection, Mark, Record};
use crate::verdict::human;

impl Rollout {
    pub(super) fn after_preflight(&mut self, fact: &Fact, at: Timestamp) -> Option<Phase> {
        match fact {
            Fact::Refused { reason } => Some(Phase::Ended(Outcome::Refused(reason.clone()))),
            Fact::NoRecord if self.intent != Intent::Rollout => Some(Phase::Ended(Outcome::Idle)),
            Fact::Inspected { inspection } => {
                self.inspection = Some((**inspection).clone());
                Some(self.begin(inspection, at))
            }
            _ => None,
        }
    }

    fn begin(&mut self, inspection: &Inspection, at: Timestamp) -> Phase {
        let refuse = |why: String| Phase::Ended(Outcome::Refused(why));
        let record = inspection.record.clone();
        match (self.intent.clone(), record) {
            // What else carries traffic could not be kept as it is (I-4, I-5).
            (Intent::Rollout, None) if !inspection.can_begin() => refuse(format!(
                "stable {} does not carry all traffic of app {}: the app has {}",
                inspection.stable.name, inspection.app, inspection.baseline,
            )),
            (Intent::Rollout, None) => Phase::Readiness {
                since: at,
                wait: None,
            },
            (Intent::Rollout, Some(record)) => refuse(format!(
                "run {} has left its record on app {} (canary {} at {}, {}): look with `lockgate status`, \
                 then `lockgate abort` or, if it is held, `lockgate resume`",
                record.run,
                inspection.app,
                record.canary,
                record.weight,
                mark_word(record.mark),
            )),
            (_, None) => Phase::Ended(Outcome::Idle),
            (Intent::Resume, Some(record)) => self.resume(inspection, &record, at),
            (Intent::Abort { by }, Some(record)) => {
                self.adopt(&record);
                self.give_back(inspection, Cause::Cancelled(by), at)
            }
            (Intent::Recover { .. }, Some(record)) if record.mark == Mark::Held => {
                self.left_held(inspection, &record)
            }
            (Intent::Recover { as_of, ended }, Some(record))
                if record.stale_after > as_of && ended.as_ref() != Some(&record.run) =>
            {
                refuse(format!(
                    "run {} may still be alive: its record is good for another {}; `lockgate abort` does not wait, \
                     and `lockgate recover --run-id {}` says that it has ended",
                    record.run,
                    human(std::time::Duration::from_secs(record.stale_after - as_of)),
                    record.run
                ))
            }
            (Intent::Recover { ended, .. }, Some(record)) => {
                self.adopt(&record);
                let how = match ended.as_ref() == Some(&record.run) {
                    true => "has ended",
                    false => "is silent",
                };
                let left = format!("run {} {how} and left its record behind", record.run);
                self.give_back(inspection, Cause::Abandoned(left), at)
            }
        }
    }

    /// Begins to undo a run of another process; not onto a revision that cannot serve, for a canary that serves badly
    /// is better than nothing that serves.
    fn give_back(&self, inspection: &Inspection, cause: Cause, at: Timestamp) -> Phase {
        match &inspection.stable_unfit {
            Some(unfit) if !inspection.now.same_as(&inspection.baseline) => {
                Phase::Ended(Outcome::Stuck {
                    cause: Some(cause),
                    problem: format!("nothing was written: {unfit}"),
                })
            }
            _ => self.roll_back(cause, at),
        }
    }

    /// A frozen run is nobody's to clean up: it stands as a person is to find it.
    fn left_held(&self, inspection: &Inspection, record: &Record) -> Phase {
        let run = &record.run;
        Phase::Ended(match self.sight(&inspection.now) {
            Sight::Split(weight) if weight == record.weight => Outcome::Held {
                weight: weight.per_cent(),
                reason: format!("run {run} is held on purpose"),
            },
            _ => Outcome::Refused(format!(
                "run {run} is held at {} on purpose, but the app has {}: put it right, or give it back with \
                 `lockgate abort`",
                record.weight, inspection.now
            )),
        })
    }

    fn resume(&mut self, inspection: &Inspection, record: &Record, at: Timestamp) -> Phase {
        if record.mark != Mark::Held {
            return Phase::Ended(Outcome::Refused(format!(
                "run {} is not held but under way or dead: `lockgate recover` or `lockgate abort` gives the \
                 traffic back",
                record.run
            )));
        }
        let stage = self
            .plan
            .stages()
            .iter()
            .position(|stage| stage.weight == record.weight);
        let Some(stage) = stage else {
            return Phase::Ended(Outcome::Refused(format!(
                "run {} is held at {}, and the plan has no such stage: restore its stages in the configuration, \
                 or give the traffic back with `lockgate abort`",
                record.run, record.weight
            )));
        };
        self.adopt(record);
        if self.sight(&inspection.now) != Sight::Split(record.weight) {
            let left = self.split(record.weight);
            let found = self.describe_foreign(&left, &inspection.now, Some(record));
            return Phase::Ended(Outcome::Superseded(found));
        }
        self.ask_gates(stage + 1, at)
    }

    /// Takes a recorded run over: its id, and the next epoch.
    fn adopt(&mut self, record: &Record) {
        self.run.clone_from(&record.run);
        self.epoch = record.epoch.saturating_add(1);
    }
}

fn mark_word(mark: Mark) -> &'static str {
    match mark {
        Mark::Running => "under way or dead",
        Mark::Held => "held",
    }
}
