//! Preflight: from what was found on the app to the first phase, for each intent. Writes nothing (I-6).
//!
//! A rollout begins only on an app without a lease. Abort, recover and resume are runs of their own that begin from
//! the lease on the app: they need no journal and no other trace of the process that wrote it (I-13).

use std::sync::Arc;
use std::time::Duration;

use super::action::Intent;
use super::compare::Read;
use super::phase::Phase;
use super::rollout::Rollout;
use super::traffic_kind::TrafficKind;
use crate::event::{Fact, Timestamp};
use crate::inspection::Inspection;
use crate::lease::{Lease, LeaseState};
use crate::outcome::{Cause, Outcome};
use crate::verdict::human;

impl Rollout {
    pub(super) fn after_preflight(&mut self, fact: &Fact, at: Timestamp) -> Option<Phase> {
        match fact {
            Fact::Refused { reason } => Some(Phase::Ended(Outcome::Refused(reason.clone()))),
            Fact::NoLease if self.intent != Intent::Rollout => Some(Phase::Ended(Outcome::Idle)),
            Fact::Inspected { inspection } => {
                self.inspection = Some(Arc::new((**inspection).clone()));
                Some(self.begin(inspection, at))
            }
            _ => None,
        }
    }

    fn begin(&mut self, inspection: &Inspection, at: Timestamp) -> Phase {
        let refuse = |why: String| Phase::Ended(Outcome::Refused(why));
        let lease = inspection.lease.clone();
        match (self.intent.clone(), lease) {
            // Traffic of a third revision could not be kept as it is (I-4, I-5).
            (Intent::Rollout, None) if !inspection.can_begin() => refuse(format!(
                "stable {} does not have all traffic of app {}: the app has {}",
                inspection.stable.name, inspection.app, inspection.baseline,
            )),
            (Intent::Rollout, None) => Phase::Readiness {
                since: at,
                wait: None,
            },
            (Intent::Rollout, Some(lease)) => refuse(format!(
                "run {} has left its lease on app {} (canary {} at {}, {}): look with `lockgate status`, \
                 then `lockgate abort` or, if it is held, `lockgate resume`",
                lease.run,
                inspection.app,
                lease.canary,
                lease.weight,
                state_word(lease.state),
            )),
            (_, None) => Phase::Ended(Outcome::Idle),
            (Intent::Resume, Some(lease)) => self.resume(inspection, &lease, at),
            (Intent::Abort { by }, Some(lease)) => {
                self.adopt(&lease);
                self.undo(inspection, Cause::Cancelled(by), at)
            }
            (Intent::Recover { .. }, Some(lease)) if lease.state == LeaseState::Held => {
                self.left_held(inspection, &lease)
            }
            (Intent::Recover { as_of, ended }, Some(lease))
                if lease.expires_at > as_of && ended.as_ref() != Some(&lease.run) =>
            {
                refuse(format!(
                    "run {} may still be alive: its lease is good for another {}; `lockgate abort` \
                     restores the baseline all the same; use `lockgate recover --run-id {}` when you know that the \
                     run has ended",
                    lease.run,
                    human(Duration::from_secs(lease.expires_at - as_of)),
                    lease.run
                ))
            }
            (Intent::Recover { ended, .. }, Some(lease)) => {
                self.adopt(&lease);
                let left = if ended.as_ref() == Some(&lease.run) {
                    format!("run {} has ended and left its lease behind", lease.run)
                } else {
                    format!("run {} is silent and left its lease behind", lease.run)
                };
                self.undo(inspection, Cause::Abandoned(left), at)
            }
        }
    }

    /// Begins to undo the run of another process, unless the stable revision cannot serve: a canary that serves badly
    /// is better than a revision that does not serve.
    fn undo(&self, inspection: &Inspection, cause: Cause, at: Timestamp) -> Phase {
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

    /// A held run waits for a person, so recover leaves it as it is.
    fn left_held(&self, inspection: &Inspection, lease: &Lease) -> Phase {
        let run = &lease.run;
        Phase::Ended(match self.classify(&inspection.now) {
            TrafficKind::Split(weight) if weight == lease.weight => Outcome::Held {
                weight: weight.per_cent(),
                reason: format!("run {run} is held on purpose"),
            },
            _ => Outcome::Refused(format!(
                "run {run} is held at {} on purpose, but the app has {}: set the traffic to {}, or restore the \
                 baseline with `lockgate abort`",
                lease.weight,
                inspection.now,
                inspection.split(lease.weight),
            )),
        })
    }

    fn resume(&mut self, inspection: &Inspection, lease: &Lease, at: Timestamp) -> Phase {
        if lease.state != LeaseState::Held {
            return Phase::Ended(Outcome::Refused(format!(
                "run {} is not held but under way or dead: `lockgate recover` or `lockgate abort` restores the \
                 baseline",
                lease.run
            )));
        }
        let stage = self
            .plan
            .stages()
            .iter()
            .position(|stage| stage.weight == lease.weight);
        let Some(stage) = stage else {
            return Phase::Ended(Outcome::Refused(format!(
                "run {} is held at {}, and the plan has no such stage: restore its stages in the configuration, \
                 or restore the baseline with `lockgate abort`",
                lease.run, lease.weight
            )));
        };
        self.adopt(lease);
        if self.classify(&inspection.now) != TrafficKind::Split(lease.weight) {
            let read = Read {
                traffic: &inspection.now,
                lease: Some(lease),
                settled: true,
            };
            let found = self.describe_foreign(&inspection.split(lease.weight), read);
            return Phase::Ended(Outcome::Superseded(found));
        }
        self.ask_gates(stage + 1, at)
    }

    /// Takes over the run that holds the lease: its id, and the next epoch.
    fn adopt(&mut self, lease: &Lease) {
        self.run.clone_from(&lease.run);
        self.epoch = lease.epoch.saturating_add(1);
    }
}

fn state_word(state: LeaseState) -> &'static str {
    match state {
        LeaseState::Running => "under way or dead",
        LeaseState::Held => "held",
    }
}
