//! Preflight: from what was found on the app to the first phase, for each intent. Writes nothing (I-6).
//!
//! A rollout begins only on an app without a lease. Abort, recover and resume are runs of their own that begin from
//! the lease on the app: they need no journal and no other trace of the process that wrote it (I-13).

use std::sync::Arc;
use std::time::Duration;

use super::action::Intent;
use super::compare::Read;
use super::final_write::{FinalWrite, Step};
use super::late_write::{LateWrite, LateWriter};
use super::phase::Phase;
use super::rollout::Rollout;
use super::traffic_kind::TrafficKind;
use crate::event::{Fact, Timestamp};
use crate::inspection::Inspection;
use crate::labels::Labels;
use crate::lease::{Lease, LeaseState};
use crate::outcome::{Cause, Outcome};
use crate::traffic::{Traffic, TrafficTarget, Weight};
use crate::verdict::human;

impl Rollout {
    pub(super) fn after_preflight(
        &mut self,
        fact: &Fact,
        since: Option<Timestamp>,
        at: Timestamp,
    ) -> Option<Phase> {
        match fact {
            Fact::Waited => Some(Phase::Preflight { since, wait: None }),
            Fact::Refused { reason } => Some(refused(reason.clone())),
            Fact::NoLease { traffic, settled } if self.intent != Intent::Rollout => {
                Some(self.without_lease(traffic, *settled, since, at))
            }
            Fact::Inspected { inspection } => {
                let waits = matches!(self.intent, Intent::Resume | Intent::Undo { .. });
                if !inspection.settled && waits {
                    return Some(self.unsettled(since, at));
                }
                self.begun_at = inspection.read_at;
                self.stable_state = inspection.stable_state;
                let labels = match &inspection.lease {
                    Some(lease) => lease.labels.clone(),
                    None if self.intent == Intent::Rollout => self.plan.labels().clone(),
                    None => Labels::default(),
                };
                let found = Arc::new(Inspection {
                    labels,
                    ..(**inspection).clone()
                });
                self.inspection = Some(Arc::clone(&found));
                Some(self.begin(&found, at))
            }
            _ => None,
        }
    }

    /// There is no lease to follow. That is no last word while the platform applies a write, which may carry one (I-12),
    /// nor where traffic is split and nothing says what it was before.
    fn without_lease(
        &self,
        traffic: &Traffic,
        settled: bool,
        since: Option<Timestamp>,
        at: Timestamp,
    ) -> Phase {
        if !settled {
            return self.unsettled(since, at);
        }
        let shares = || traffic.0.iter().filter(|share| share.weight > Weight::ZERO);
        match (&self.intent, shares().count()) {
            (Intent::Resume, 0 | 1) => refused(
                "there is no run to resume: the app carries no lease, so nothing is held; `lockgate status` shows it"
                    .to_owned(),
            ),
            (_, 0 | 1) => Phase::Ended(Outcome::Idle),
            _ if shares().any(|share| share.target == TrafficTarget::LatestReady) => refused(format!(
                "the app has {traffic}, and no lease explains this split: first `lockgate pin`, which keeps it and names \
                 the revision, then `lockgate abort --to REVISION` gives all traffic to the one that you name"
            )),
            _ => refused(format!(
                "the app has {traffic}, and no lease explains this split, so the baseline is not known: \
                 `lockgate abort --to REVISION` gives all traffic to the revision that you name"
            )),
        }
    }

    /// The platform is applying a write: the app is read again, until a deadline.
    fn unsettled(&self, since: Option<Timestamp>, at: Timestamp) -> Phase {
        let timing = self.timing();
        let began = since.unwrap_or(at);
        if at < began.after(timing.verify_deadline) {
            return Phase::Preflight {
                since: Some(began),
                wait: Some(at.after(timing.poll_interval)),
            };
        }
        let problem = format!(
            "the platform has been applying a change for {}, and what it leads to is not known: `lockgate status` shows it",
            human(timing.verify_deadline)
        );
        match &self.intent {
            Intent::Abort { by, .. } => Phase::Ended(Outcome::Unverified {
                cause: Cause::Cancelled(by.clone()),
                problem,
            }),
            Intent::Recover { .. } => Phase::Ended(Outcome::Unverified {
                cause: Cause::Abandoned("no lease is readable yet".to_owned()),
                problem,
            }),
            Intent::Rollout | Intent::Resume | Intent::Undo { .. } => refused(problem),
        }
    }

    fn begin(&mut self, inspection: &Inspection, at: Timestamp) -> Phase {
        let lease = inspection.lease.clone();
        match (self.intent.clone(), lease) {
            // Traffic of a third revision could not be kept as it is (I-4, I-5).
            (Intent::Rollout, None) if !inspection.can_begin() => refused(format!(
                "stable {} does not have all traffic of app {}: the app has {}; look with `lockgate status`",
                inspection.stable.name, inspection.app, inspection.baseline,
            )),
            (Intent::Rollout, None) => Phase::Readiness {
                since: at,
                wait: None,
                is_inactive: false,
            },
            (Intent::Undo { .. }, _) => self.begin_undo(inspection, at),
            (Intent::Rollout, Some(lease)) => refused(format!(
                "run {} has left its lease on app {} (canary {} at {}, {}, from {}): look with `lockgate status`, \
                 then `lockgate abort` or, if it is held, `lockgate resume`",
                lease.run,
                inspection.app,
                lease.canary,
                lease.weight,
                state_word(lease.state),
                lease.place,
            )),
            (Intent::Abort { by, to: Some(_) }, None) => {
                self.restore_unless_unfit(inspection, Cause::Cancelled(by), at)
            }
            (_, None) => Phase::Ended(Outcome::Idle),
            (Intent::Abort { to: Some(_), .. }, Some(lease)) => refused(format!(
                "run {} holds the app, and its lease says what the baseline is ({}): `lockgate abort` without --to \
                 restores it",
                lease.run, lease.baseline,
            )),
            (Intent::Resume, Some(lease)) => self.resume(inspection, &lease, at),
            (Intent::Abort { by, .. }, Some(lease)) => {
                self.take_over(&lease, at);
                self.restore_unless_unfit(inspection, Cause::Cancelled(by), at)
            }
            (
                Intent::Recover {
                    expired_for,
                    ended,
                    passed,
                },
                Some(lease),
            ) => self.recover(
                inspection,
                &lease,
                expired_for,
                ended.as_deref(),
                passed,
                at,
            ),
        }
    }

    fn recover(
        &mut self,
        inspection: &Inspection,
        lease: &Lease,
        expired_for: u64,
        ended: Option<&str>,
        passed: bool,
        at: Timestamp,
    ) -> Phase {
        let run = &lease.run;
        let is_named = ended == Some(run);
        if let Some(other) = ended.filter(|_| !is_named) {
            return refused(format!(
                "the run that holds the app is {run} (from {}), not {other}: `lockgate recover --run-id {run}` \
                 recovers that one once it has ended",
                lease.place
            ));
        }
        if passed {
            return self.tidy(lease, at);
        }
        let now = inspection.read_at;
        let is_paused = lease.state == LeaseState::Paused;
        let pause_end = lease.expires_at.saturating_add(expired_for);
        if lease.state == LeaseState::Held || (is_paused && pause_end > now) {
            return self.left_held(inspection, lease);
        }
        if is_paused {
            self.take_over(lease, at);
            let over = human(Duration::from_secs(now.saturating_sub(lease.expires_at)));
            let over =
                format!("run {run} was paused for an approval, and its time was over {over} ago");
            return self.restore_unless_unfit(inspection, Cause::PauseOver(over), at);
        }
        let dead_at = lease.expires_at.saturating_add(expired_for);
        if dead_at > now && !is_named {
            let ago = human(Duration::from_secs(now.saturating_sub(lease.weight_since)));
            return refused(format!(
                "run {run} may still be alive: it last wrote {ago} ago, from {}, and counts as alive for another {}; \
                 `lockgate abort` restores the baseline all the same; use `lockgate recover --run-id {run}` when you \
                 know that the run has ended",
                lease.place,
                human(Duration::from_secs(dead_at - now)),
            ));
        }
        self.take_over(lease, at);
        let left = if is_named {
            format!("run {run} has ended and left its lease behind")
        } else {
            format!("run {run} is silent and left its lease behind")
        };
        self.restore_unless_unfit(inspection, Cause::Abandoned(left), at)
    }

    /// Removes the lease of a run that has passed every check, and nothing else.
    fn tidy(&mut self, lease: &Lease, at: Timestamp) -> Phase {
        if lease.weight != Weight::ALL || lease.state != LeaseState::Running {
            return refused(format!(
                "run {} has not passed every check: its canary was last written at {}; `lockgate abort` restores the \
                 baseline",
                lease.run, lease.weight
            ));
        }
        self.adopt(lease);
        let deadline = at.after(self.timing().verify_deadline);
        Phase::Promoting(FinalWrite::starting_with(Step::Compare, deadline))
    }

    /// Begins to restore the baseline of another process's run, unless the stable revision cannot serve: a canary that serves badly
    /// is better than a revision that does not serve.
    fn restore_unless_unfit(&self, inspection: &Inspection, cause: Cause, at: Timestamp) -> Phase {
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
                reason: match lease.state {
                    LeaseState::Paused => {
                        let left = lease.expires_at.saturating_sub(inspection.read_at);
                        let left = human(Duration::from_secs(left));
                        format!(
                            "run {run} is paused for an approval, which may take another {left}"
                        )
                    }
                    _ => format!("run {run} is held on purpose"),
                },
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
        if lease.state == LeaseState::Running {
            return refused(format!(
                "run {} is not held but under way or dead: `lockgate recover` or `lockgate abort` restores the \
                 baseline",
                lease.run
            ));
        }
        if lease.state == LeaseState::Paused && lease.expires_at <= inspection.read_at {
            return refused(format!(
                "run {} was paused for an approval, and its time was over {} ago: `lockgate recover` restores the \
                 baseline",
                lease.run,
                human(Duration::from_secs(inspection.read_at - lease.expires_at))
            ));
        }
        if lease.is_newer() {
            return refused(format!(
                "run {} was begun by a newer lockgate, whose lease this one cannot continue: resume it with that \
                 version, or restore the baseline with `lockgate abort`",
                lease.run
            ));
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
                ended: None,
                stable: None,
                settled: true,
            };
            let found = self.describe_foreign(&inspection.split(lease.weight), read);
            return Phase::Ended(Outcome::Superseded(found));
        }
        self.approved = Some(stage);
        self.ask_gates(stage + 1, at)
    }

    /// Continues as the run that holds the lease: its id and times, and the next epoch.
    fn adopt(&mut self, lease: &Lease) {
        self.run.clone_from(&lease.run);
        self.epoch = lease.epoch.saturating_add(1);
        self.begun_at = lease.begun_at;
        self.weight_since = lease.weight_since;
    }

    /// Takes the run over to end it. A process that moves traffic may be alive or have sent a last write, which may
    /// still land (I-12). One that holds has ended.
    fn take_over(&mut self, lease: &Lease, at: Timestamp) {
        self.adopt(lease);
        let until = match lease.state {
            LeaseState::Running => at.after(self.timing().late_write_window),
            LeaseState::Held | LeaseState::Paused => at,
        };
        self.late_write = Some(LateWrite {
            of: LateWriter::Predecessor,
            until,
        });
    }
}

fn refused(why: String) -> Phase {
    Phase::Ended(Outcome::Refused(why))
}

fn state_word(state: LeaseState) -> &'static str {
    match state {
        LeaseState::Running => "under way or dead",
        LeaseState::Held => "held",
        LeaseState::Paused => "paused for an approval",
    }
}
