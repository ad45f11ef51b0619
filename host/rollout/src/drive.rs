//! The loop that does what was decided: get the next action, perform it through a port, journal the fact that follows,
//! apply it, report it to the listener. The only async control flow of a rollout. It must not decide anything: that is
//! the part of `decide`.

use tokio::sync::mpsc::Receiver;

use crate::advisor::Advisor;
use crate::calls::{activate, call_deadline, inspect, now, observe, readiness};
use crate::decide::{Action, IllegalEvent, Rollout};
use crate::event::{Event, Fact};
use crate::outcome::Outcome;
use crate::ports::{CancelRequest, Clock, Gates, Journal, Platform};
use crate::question::question;
use crate::watch::Watch;
use crate::writing::{Writing, late_answer, write_action};

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
    let mut advisor = Advisor::new(ports.gates);
    let mut unanswered = None;
    let mut journal_lost = false;
    loop {
        let action = rollout.next_action();
        if let Action::Finish(outcome) = action {
            return Ok(outcome);
        }
        report(rollout, Progress::Begins(&action));
        let beside = Beside {
            watch: &mut watch,
            advisor: &mut advisor,
            unanswered: &mut unanswered,
        };
        let mut events = perform(rollout, &action, &mut ports, beside, journal_lost).await;
        if let Some(advice) = advisor.heard() {
            events.insert(0, now(ports.clock, advice));
        }
        for event in events {
            if let Fact::JournalLost { .. } = event.fact {
                journal_lost = true;
            } else if !journal_lost {
                ports.journal.append(&event);
            }
            rollout.apply(&event)?;
            watch.note(&event);
            advisor.follow(rollout, platform.unix_seconds());
            report(rollout, Progress::Happened(&event));
            if matches!(rollout.next_action(), Action::Finish(_)) {
                break;
            }
        }
    }
}

/// What goes on beside the actions of a run.
struct Beside<'a, 'p, P, G> {
    watch: &'a mut Watch<'p, P>,
    advisor: &'a mut Advisor<'p, G>,
    /// A write forward that is still under way.
    unanswered: &'a mut Option<Writing<'p>>,
}

/// Performs one action. A request to end and the loss of the journal interrupt every action but a write; a look that
/// shows something interrupts an action beside which the run looks at the app. A write is awaited a little longer after a
/// request to end, since dropping it leaves its outcome unknown.
async fn perform<'p, P: Platform, G: Gates, C: Clock>(
    rollout: &Rollout,
    action: &Action,
    ports: &mut Ports<'p, P, G, C>,
    beside: Beside<'_, 'p, P, G>,
    journal_lost: bool,
) -> Vec<Event> {
    let Beside {
        watch,
        advisor,
        unanswered,
    } = beside;
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
        return write_action(rollout, *platform, *clock, cancel, unanswered, action).await;
    }
    let due = call_deadline(rollout, *clock);
    let reads_stable = watch.reads_stable(rollout, action, clock.now());
    let fact = async {
        match action {
            Action::Inspect => inspect(rollout, *platform).await,
            Action::CheckReadiness => readiness(rollout, *platform).await,
            Action::Observe { within, .. } => {
                let left = due.map(|due| clock.now().until(due));
                let within = within.iter().copied().chain(left).min();
                let stable = rollout.stable_to_read(reads_stable);
                observe(*platform, *clock, within, stable).await
            }
            Action::Activate => activate(rollout, *platform, *clock, due).await,
            Action::Wait { until } => {
                clock.sleep_until(*until).await;
                Fact::Waited
            }
            Action::Ask { kind, .. } => {
                let answers = match question(rollout, action, platform.unix_seconds()) {
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
        applied = late_answer(unanswered) => Fact::LateAnswer { applied },
        news = watch.news(rollout, *clock), if rollout.look().is_some() => news,
        () = advisor.go_on() => unreachable!("it never completes"),
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
