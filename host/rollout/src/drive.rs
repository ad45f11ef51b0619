//! The loop that does what was decided: get the next action, perform it through a port, journal the fact that follows,
//! apply it, report it to the listener. The only async control flow of a rollout. It must not decide anything: that is
//! the part of `decide`.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use crate::decide::{Action, IllegalEvent, Purpose, Rollout};
use crate::event::{Event, Fact, Timestamp};
use crate::lease::Lease;
use crate::outcome::Outcome;
use crate::ports::{
    Change, Clock, Gates, InspectError, Journal, Observation, Platform, Question, Readiness,
    WriteOutcome,
};
use crate::traffic::Weight;
use crate::verdict::{Kind, human};

/// How long the answer of a write is still awaited after a request to end. After that its outcome is unknown.
const WRITE_GRACE: Duration = Duration::from_secs(2);

/// The time that a call gets even when the run has none left: enough to send it.
const MIN_CALL: Duration = Duration::from_millis(250);

/// What a listener receives.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// The action is about to be performed.
    Begins(&'a Action),
    /// The event has happened. The rollout passed along has it applied already.
    Happened(&'a Event),
}

/// Everything outside the engine that a run needs.
pub struct Ports<'a, P, G, C> {
    /// The platform.
    pub platform: &'a P,
    /// The gates.
    pub gates: &'a G,
    /// The time.
    pub clock: &'a C,
    /// The journal.
    pub journal: &'a mut dyn Journal,
    /// The channel on which the run is asked to end. Each message is one request and names who asks. A closed channel
    /// requests nothing.
    pub cancel: &'a mut Receiver<String>,
}

/// The engine refused a fact that followed its own action: a bug. Traffic may be split at any weight.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// A fact followed that the state does not allow.
    #[error("internal error: {0}")]
    Illegal(#[from] IllegalEvent),
}

/// Drives a rollout to its end and returns how it ended.
///
/// Dropping the future stops the run where it is and leaves the traffic as it is. To end a run, cancel it through
/// [`Ports::cancel`].
///
/// # Errors
/// Only when the engine contradicts itself. The traffic is then as the last event describes it.
pub async fn drive<P: Platform, G: Gates, C: Clock>(
    rollout: &mut Rollout,
    mut ports: Ports<'_, P, G, C>,
    mut report: impl FnMut(&Rollout, Progress<'_>) + Send,
) -> Result<Outcome, DriveError> {
    let mut journal_lost = false;
    loop {
        let action = rollout.next_action();
        if let Action::Finish(outcome) = action {
            return Ok(outcome);
        }
        report(rollout, Progress::Begins(&action));
        for event in perform(rollout, &action, &mut ports).await {
            let at = event.at;
            let kept = if journal_lost {
                Ok(())
            } else {
                ports.journal.append(&event)
            };
            rollout.apply(&event)?;
            report(rollout, Progress::Happened(&event));
            let ended = matches!(rollout.next_action(), Action::Finish(_));
            if let Err(reason) = kept {
                journal_lost = true;
                let fact = Fact::JournalLost { reason };
                let lost = Event { at, fact };
                if !ended {
                    rollout.apply(&lost)?;
                }
                report(rollout, Progress::Happened(&lost));
            }
            if ended {
                break;
            }
        }
    }
}

/// Performs one action. A request to end interrupts every action but a write. A write is awaited a little longer, since
/// dropping it leaves its outcome unknown.
async fn perform<P: Platform, G: Gates, C: Clock>(
    rollout: &Rollout,
    action: &Action,
    ports: &mut Ports<'_, P, G, C>,
) -> Vec<Event> {
    let Ports {
        platform,
        gates,
        clock,
        cancel,
        ..
    } = ports;
    if let Action::Write {
        purpose,
        traffic,
        lease,
        silent_for,
        until,
    } = action
    {
        // A request that arrived while the last fact was journalled must not be followed by a forward write (I-9).
        if let Ok(by) = cancel.try_recv() {
            return vec![now(*clock, Fact::CancelRequested { by })];
        }
        let lease = lease.clone().map(|lease| Lease {
            expires_at: clock.unix_seconds().saturating_add(silent_for.as_secs()),
            ..lease
        });
        let change = Change {
            purpose: *purpose,
            traffic,
            lease: lease.as_ref(),
            needs: *silent_for,
        };
        return write(rollout, *platform, *clock, cancel, change, *until).await;
    }
    let due = call_deadline(rollout, *clock);
    let fact = async {
        match action {
            Action::Inspect => inspect(rollout, *platform).await,
            Action::CheckReadiness => readiness(rollout, *platform).await,
            Action::Observe { within } => {
                let left = due.map(|due| clock.now().until(due));
                let within = within.iter().copied().chain(left).min();
                observe(*platform, *clock, within).await
            }
            Action::Wait { until } => {
                clock.sleep_until(*until).await;
                Fact::Waited
            }
            Action::Ask { kind, .. } => {
                let answers = match question(rollout, action) {
                    Some(question) => gates.ask(question).await,
                    None => Vec::new(),
                };
                Fact::Answered {
                    kind: *kind,
                    answers,
                }
            }
            Action::Write { .. } | Action::Finish(_) => {
                unreachable!("performed by the callers above")
            }
        }
    };
    let fact = tokio::select! {
        biased;
        Some(by) = cancel.recv() => Fact::CancelRequested { by },
        fact = fact => fact,
    };
    vec![now(*clock, fact)]
}

fn now(clock: &impl Clock, fact: Fact) -> Event {
    let at = clock.now();
    Event { at, fact }
}

/// Returns the time at which a call must be over, in a rollback that was asked twice to end.
fn call_deadline(rollout: &Rollout, clock: &impl Clock) -> Option<Timestamp> {
    let due = rollout.hurry_until()?;
    Some(due.max(clock.now().after(MIN_CALL)))
}

async fn inspect(rollout: &Rollout, platform: &impl Platform) -> Fact {
    match platform.inspect(rollout.intent()).await {
        Ok(inspection) => Fact::Inspected {
            inspection: Box::new(inspection),
        },
        Err(InspectError::NoLease) => Fact::NoLease,
        Err(InspectError::Refused(reason) | InspectError::Unreadable(reason)) => {
            Fact::Refused { reason }
        }
    }
}

async fn readiness(rollout: &Rollout, platform: &impl Platform) -> Fact {
    let Some(found) = rollout.inspection() else {
        let reason = "no revision is resolved".to_owned();
        return Fact::NotReady {
            reason,
            finally: true,
        };
    };
    match platform.readiness(&found.canary.name).await {
        Readiness::Ready => Fact::Ready,
        Readiness::NotYet(reason) => Fact::NotReady {
            reason,
            finally: false,
        },
        Readiness::Failed(reason) => Fact::NotReady {
            reason,
            finally: true,
        },
    }
}

async fn observe(platform: &impl Platform, clock: &impl Clock, within: Option<Duration>) -> Fact {
    let seen = match within {
        None => platform.observe().await,
        Some(within) => {
            let end = clock.now().after(within);
            tokio::select! {
                biased;
                seen = platform.observe() => seen,
                () = clock.sleep_until(end) => Err(format!("no answer within {}", human(within))),
            }
        }
    };
    match seen {
        Ok(Observation {
            traffic,
            lease,
            settled,
        }) => Fact::Observed {
            traffic,
            lease,
            settled,
        },
        Err(reason) => Fact::Unobserved { reason },
    }
}

async fn write(
    rollout: &Rollout,
    platform: &impl Platform,
    clock: &impl Clock,
    cancel: &mut Receiver<String>,
    change: Change<'_>,
    until: Option<Timestamp>,
) -> Vec<Event> {
    let rolls_back = change.purpose == Purpose::RollBack;
    let write = platform.write(change);
    tokio::pin!(write);
    let soonest = clock.now().after(WRITE_GRACE);
    let limit = call_deadline(rollout, clock).or(until.map(|until| until.max(soonest)));
    let early = tokio::select! {
        biased;
        outcome = &mut write => Ok(outcome),
        Some(by) = cancel.recv() => Err(Some(now(clock, Fact::CancelRequested { by }))),
        () = sleep_until(clock, limit) => Err(None),
    };
    let (outcome, cancelled) = match early {
        Ok(outcome) => (outcome, None),
        Err(None) => (
            WriteOutcome::Unknown("no answer before the deadline".to_owned()),
            None,
        ),
        Err(Some(cancelled)) => {
            // The request may leave the rollback less time than a write usually gets.
            let mut hurried = rollout.clone();
            let due = if rolls_back && hurried.apply(&cancelled).is_ok() {
                call_deadline(&hurried, clock)
            } else {
                None
            };
            let grace = clock.now().after(WRITE_GRACE);
            let outcome = tokio::select! {
                biased;
                outcome = &mut write => outcome,
                () = clock.sleep_until(due.map_or(grace, |due| due.min(grace))) => unanswered(),
            };
            (outcome, Some(cancelled))
        }
    };
    let written = now(
        clock,
        match outcome {
            WriteOutcome::Applied => Fact::Written,
            WriteOutcome::Refused(reason) => Fact::WriteRefused { reason },
            WriteOutcome::Unknown(reason) => Fact::WriteUnknown { reason },
        },
    );
    match cancelled {
        None => vec![written],
        // A rollback goes on after a request, and its remaining time counts from the request.
        Some(cancelled) if rolls_back => vec![cancelled, written],
        // A forward run must know the outcome of its write before it turns back.
        Some(cancelled) => vec![written, now(clock, cancelled.fact)],
    }
}

fn unanswered() -> WriteOutcome {
    WriteOutcome::Unknown("the run was asked to end before the write was answered".to_owned())
}

async fn sleep_until(clock: &impl Clock, due: Option<Timestamp>) {
    match due {
        Some(due) => clock.sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn question<'a>(rollout: &'a Rollout, action: &Action) -> Option<Question<'a>> {
    let Action::Ask {
        kind,
        stage,
        weight,
        next_weight,
        asked,
    } = *action
    else {
        return None;
    };
    let whole = |weight: Weight| weight.per_cent();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let kind: Kind = kind;
    Some(Question {
        kind,
        gates: rollout.gates_for(kind, stage),
        run: rollout.run(),
        inspection: rollout.inspection()?,
        stage: number(stage),
        stages: number(rollout.plan().stages().len()),
        weight: whole(weight),
        next_weight: whole(next_weight),
        asked,
        memory: rollout.memory(),
    })
}
