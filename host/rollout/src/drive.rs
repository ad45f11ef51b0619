//! The loop that does what was decided: get the next action, perform it through a port, journal the fact that follows,
//! apply it, report it to the listener. The only async control flow of a rollout. It must not decide anything: that is
//! the part of `decide`.

use std::fmt;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use crate::decide::{Action, IllegalEvent, Purpose, Rollout};
use crate::event::{Event, Fact, Timestamp};
use crate::lease::{Ended, Lease};
use crate::outcome::Outcome;
use crate::ports::{
    Change, Clock, Gates, InspectError, Journal, Platform, Question, Readiness, WriteOutcome,
};
use crate::traffic::Weight;
use crate::verdict::{Kind, human};
use crate::watch::{Watch, observed};

/// How long the answer of a write forward is still awaited after a request to end: enough for a platform that is about to
/// answer, and little enough that the rollback is on its way in time (I-10). After that its outcome is unknown.
const WRITE_GRACE: Duration = Duration::from_millis(150);

/// The least that a write which ends a run is awaited when its deadline is past.
const LAST_WRITE_GRACE: Duration = Duration::from_secs(2);

/// The time that a call gets even when the run has none left: enough to send it.
const MIN_CALL: Duration = Duration::from_millis(250);

/// A request to end a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelRequest {
    /// The person or event that asks.
    pub by: String,
    /// True when the process is about to be killed: a rollback that has begun has only moments left.
    pub hurry: bool,
}

/// Writes who asks.
impl fmt::Display for CancelRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.by)
    }
}

impl CancelRequest {
    fn into_fact(self) -> Fact {
        let CancelRequest { by, hurry } = self;
        Fact::CancelRequested { by, hurry }
    }
}

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
    /// The channel on which the run is asked to end. Each message is one request. A closed channel requests nothing.
    pub cancel: &'a mut Receiver<CancelRequest>,
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
    let platform = ports.platform;
    let mut watch = Watch::new(platform);
    let mut journal_lost = false;
    loop {
        let action = rollout.next_action();
        if let Action::Finish(outcome) = action {
            return Ok(outcome);
        }
        report(rollout, Progress::Begins(&action));
        for event in perform(rollout, &action, &mut ports, &mut watch, journal_lost).await {
            if let Fact::JournalLost { .. } = event.fact {
                journal_lost = true;
            } else if !journal_lost {
                ports.journal.append(&event);
            }
            rollout.apply(&event)?;
            report(rollout, Progress::Happened(&event));
            if matches!(rollout.next_action(), Action::Finish(_)) {
                break;
            }
        }
    }
}

/// Performs one action. A request to end and the loss of the journal interrupt every action but a write; a look that
/// shows something interrupts an action beside which the run looks at the app. A write is awaited a little longer after a
/// request to end, since dropping it leaves its outcome unknown.
async fn perform<'p, P: Platform, G: Gates, C: Clock>(
    rollout: &Rollout,
    action: &Action,
    ports: &mut Ports<'p, P, G, C>,
    watch: &mut Watch<'p, P>,
    journal_lost: bool,
) -> Vec<Event> {
    let Ports {
        platform,
        gates,
        clock,
        cancel,
        journal,
    } = ports;
    // Nothing waits for the journal of a rollback (I-8).
    let needs_journal = !journal_lost && rollout.goes_forward();
    if let Action::Write { .. } = action {
        // A forward write waits until what led to it is kept. A request that arrived meanwhile must not be followed by
        // one either (I-9).
        if needs_journal && let Some(event) = kept(&mut **journal, *clock, cancel).await {
            return vec![event];
        }
        if let Ok(request) = cancel.try_recv() {
            return vec![now(*clock, request.into_fact())];
        }
        return write_action(rollout, *platform, *clock, cancel, action).await;
    }
    let due = call_deadline(rollout, *clock);
    let fact = async {
        match action {
            Action::Inspect => inspect(rollout, *platform).await,
            Action::CheckReadiness => readiness(rollout, *platform).await,
            Action::Observe { within, stable } => {
                let left = due.map(|due| clock.now().until(due));
                let within = within.iter().copied().chain(left).min();
                let stable = rollout.stable_to_read(*stable);
                observe(*platform, *clock, within, stable).await
            }
            Action::Activate => activate(rollout, *platform, *clock, due).await,
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
        Some(request) = cancel.recv() => request.into_fact(),
        reason = lost(&mut **journal), if needs_journal => Fact::JournalLost { reason },
        news = watch.news(rollout, *clock), if rollout.look().is_some() => news,
        fact = fact => fact,
    };
    vec![now(*clock, fact)]
}

/// Completes when the journal cannot keep an event in time, and never otherwise.
async fn lost(journal: &mut dyn Journal) -> String {
    match journal.kept().await {
        Ok(()) => std::future::pending().await,
        Err(reason) => reason,
    }
}

/// Waits until the journal has kept every event. Returns what happened instead, if anything.
async fn kept(
    journal: &mut dyn Journal,
    clock: &impl Clock,
    cancel: &mut Receiver<CancelRequest>,
) -> Option<Event> {
    tokio::select! {
        biased;
        Some(request) = cancel.recv() => Some(now(clock, request.into_fact())),
        kept = journal.kept() => kept.err().map(|reason| now(clock, Fact::JournalLost { reason })),
    }
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
        Err(InspectError::NoLease(seen)) => Fact::NoLease {
            traffic: seen.traffic,
            settled: seen.settled,
        },
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

async fn observe(
    platform: &impl Platform,
    clock: &impl Clock,
    within: Option<Duration>,
    stable: Option<&str>,
) -> Fact {
    let seen = match within {
        None => platform.observe(stable).await,
        Some(within) => {
            let end = clock.now().after(within);
            tokio::select! {
                biased;
                seen = platform.observe(stable) => seen,
                () = clock.sleep_until(end) => Err(format!("no answer within {}", human(within))),
            }
        }
    };
    match seen {
        Ok(seen) => observed(seen),
        Err(reason) => Fact::Unobserved { reason },
    }
}

async fn activate(
    rollout: &Rollout,
    platform: &impl Platform,
    clock: &impl Clock,
    due: Option<Timestamp>,
) -> Fact {
    let Some(stable) = rollout.stable_to_read(true) else {
        let reason = "no revision is resolved".to_owned();
        return Fact::NotActivated { reason };
    };
    let activated = tokio::select! {
        biased;
        activated = platform.activate(stable) => activated,
        () = sleep_until(clock, due) => Err("no answer in time".to_owned()),
    };
    match activated {
        Ok(()) => Fact::Activated,
        Err(reason) => Fact::NotActivated { reason },
    }
}

/// Performs a write: compares again first when the comparison that licensed it is no longer fresh (I-19).
async fn write_action(
    rollout: &Rollout,
    platform: &impl Platform,
    clock: &impl Clock,
    cancel: &mut Receiver<CancelRequest>,
    action: &Action,
) -> Vec<Event> {
    let Action::Write {
        purpose,
        traffic,
        lease,
        ended,
        compared_until,
        silent_for,
        until,
    } = action
    else {
        unreachable!("called for writes alone")
    };
    if compared_until.is_some_and(|fresh_until| clock.now() > fresh_until) {
        let stable = rollout.stable_to_read(true);
        let fact = tokio::select! {
            biased;
            Some(request) = cancel.recv() => request.into_fact(),
            fact = observe(platform, clock, None, stable) => fact,
        };
        return vec![now(clock, fact)];
    }
    let time = platform.unix_seconds();
    let lease = lease.clone().map(|lease| Lease {
        expires_at: time.saturating_add(silent_for.as_secs()),
        weight_since: match lease.weight_since {
            0 => time,
            since => since,
        },
        ..lease
    });
    let ended = ended.clone().map(|ended| Ended { at: time, ..ended });
    let change = Change {
        purpose: *purpose,
        traffic,
        lease: lease.as_ref(),
        ended: ended.as_ref(),
        needs: *silent_for,
    };
    write(rollout, platform, clock, cancel, change, *until).await
}

async fn write(
    rollout: &Rollout,
    platform: &impl Platform,
    clock: &impl Clock,
    cancel: &mut Receiver<CancelRequest>,
    change: Change<'_>,
    until: Option<Timestamp>,
) -> Vec<Event> {
    let rolls_back = change.purpose == Purpose::RollBack;
    let write = platform.write(change);
    tokio::pin!(write);
    let soonest = clock.now().after(LAST_WRITE_GRACE);
    let limit = call_deadline(rollout, clock).or(until.map(|until| until.max(soonest)));
    let early = tokio::select! {
        biased;
        outcome = &mut write => Ok(outcome),
        Some(request) = cancel.recv() => Err(Some(now(clock, request.into_fact()))),
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
            // A write that ends the run is finished all the same; one forward is undone, so it is not waited for.
            let grace = match change.purpose {
                Purpose::Shift => Some(clock.now().after(WRITE_GRACE)),
                Purpose::Settle => Some(clock.now().after(LAST_WRITE_GRACE)),
                Purpose::RollBack => limit,
            };
            let end = due.into_iter().chain(grace).min();
            let outcome = tokio::select! {
                biased;
                outcome = &mut write => outcome,
                () = sleep_until(clock, end) => unanswered(),
            };
            (outcome, Some(cancelled))
        }
    };
    let written = now(
        clock,
        match outcome {
            WriteOutcome::Applied => Fact::Written,
            WriteOutcome::Refused(reason) => Fact::WriteRefused { reason },
            WriteOutcome::NotNow { reason, pause } => Fact::WriteNotNow {
                reason,
                pause_ms: pause.map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
            },
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
