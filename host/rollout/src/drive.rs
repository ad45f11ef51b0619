//! The loop that does what was decided: get the next action, perform it through a port, journal the fact that follows,
//! apply it, report it to the listener. The only async control flow of a rollout. It must not decide anything: that is
//! the part of `decide`.

use std::pin::pin;

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
    ports: Ports<'_, P, G, C>,
    report: impl FnMut(&Rollout, Progress<'_>) + Send,
) -> Result<Outcome, DriveError> {
    let Ports {
        platform,
        gates,
        clock,
        journal,
        cancel,
    } = ports;
    let mut beside = Beside {
        watch: Watch::new(platform),
        advisor: Advisor::new(gates),
        unanswered: None,
    };
    let mut listeners = Listeners {
        journal,
        journal_lost: false,
        report,
    };
    loop {
        let action = rollout.next_action();
        if let Action::Finish(outcome) = action {
            for event in beside.advisor.close(clock.now()) {
                listeners.happened(rollout, &event)?;
            }
            return Ok(outcome);
        }
        (listeners.report)(rollout, Progress::Begins(&action));
        let ports = (platform, gates, clock);
        let events = perform(rollout, &action, ports, cancel, &mut beside, &mut listeners).await?;
        for event in events {
            listeners.happened(rollout, &event)?;
            beside.watch.note(&event);
            if matches!(rollout.next_action(), Action::Finish(_)) {
                break;
            }
        }
    }
}

/// What goes on beside the actions of a run.
struct Beside<'p, P, G> {
    watch: Watch<'p, P>,
    advisor: Advisor<'p, G>,
    /// A write forward that is still under way.
    unanswered: Option<Writing<'p>>,
}

/// Who hears of each event: the rollout itself, its journal and its report.
struct Listeners<'a, R> {
    journal: &'a mut dyn Journal,
    journal_lost: bool,
    report: R,
}

impl<R: FnMut(&Rollout, Progress<'_>) + Send> Listeners<'_, R> {
    fn happened(&mut self, rollout: &mut Rollout, event: &Event) -> Result<(), IllegalEvent> {
        if let Fact::JournalLost { .. } = event.fact {
            self.journal_lost = true;
        } else if !self.journal_lost {
            self.journal.append(event);
        }
        rollout.apply(event)?;
        (self.report)(rollout, Progress::Happened(event));
        Ok(())
    }
}

/// Performs one action. A request to end and the loss of the journal interrupt every action but a write; a look that
/// shows something interrupts an action beside which the run looks at the app. A write is awaited a little longer after a
/// request to end, since dropping it leaves its outcome unknown. What gates answer that decide nothing is heard meanwhile.
async fn perform<'p, P: Platform, G: Gates, C: Clock, R: FnMut(&Rollout, Progress<'_>) + Send>(
    rollout: &mut Rollout,
    action: &Action,
    ports: (&'p P, &'p G, &'p C),
    cancel: &mut Receiver<CancelRequest>,
    beside: &mut Beside<'p, P, G>,
    listeners: &mut Listeners<'_, R>,
) -> Result<Vec<Event>, IllegalEvent> {
    let Beside {
        watch,
        advisor,
        unanswered,
    } = beside;
    let (platform, _, clock) = ports;
    // An action goes by the state that decided it, and nothing that is heard beside it changes that state.
    let decided = rollout.clone();
    // Nothing waits for the journal of a rollback (I-8).
    let needs_journal = !listeners.journal_lost && decided.goes_forward();
    if let Action::Write { .. } = action {
        // A forward write waits until what led to it is kept. A request that arrived meanwhile must not be followed by
        // one either (I-9).
        if needs_journal && let Some(event) = kept(&mut *listeners.journal, clock, cancel).await {
            return Ok(vec![event]);
        }
        if let Ok(request) = cancel.try_recv() {
            return Ok(vec![now(clock, request.into_fact())]);
        }
        let writing = write_action(&decided, platform, clock, cancel, unanswered, action);
        let mut writing = pin!(writing);
        loop {
            tokio::select! {
                biased;
                events = &mut writing => return Ok(events),
                heard = advisor.next(rollout, clock, platform) => listeners.happened(rollout, &heard)?,
            }
        }
    }
    let reads_stable = watch.reads_stable(&decided, action, clock.now());
    let mut fact = pin!(call(&decided, action, ports, reads_stable));
    loop {
        let fact = tokio::select! {
            biased;
            Some(request) = cancel.recv() => request.into_fact(),
            reason = lost(&mut *listeners.journal), if needs_journal => Fact::JournalLost { reason },
            applied = late_answer(unanswered) => Fact::LateAnswer { applied },
            news = watch.news(&decided, clock), if decided.look().is_some() => news,
            fact = &mut fact => fact,
            heard = advisor.next(rollout, clock, platform) => {
                listeners.happened(rollout, &heard)?;
                continue;
            }
        };
        return Ok(vec![now(clock, fact)]);
    }
}

/// Performs one action that is no write, and returns what has come of it.
async fn call<P: Platform, G: Gates, C: Clock>(
    rollout: &Rollout,
    action: &Action,
    (platform, gates, clock): (&P, &G, &C),
    reads_stable: bool,
) -> Fact {
    let due = call_deadline(rollout, clock);
    match action {
        Action::Inspect => inspect(rollout, platform).await,
        Action::CheckReadiness => readiness(rollout, platform).await,
        Action::Observe { within, .. } => {
            let left = due.map(|due| clock.now().until(due));
            let within = within.iter().copied().chain(left).min();
            let stable = rollout.stable_to_read(reads_stable);
            observe(platform, clock, within, stable).await
        }
        Action::Activate => activate(rollout, platform, clock, due).await,
        Action::Wait { until } => {
            clock.sleep_until(*until).await;
            Fact::Waited
        }
        Action::Ask { kind, stage, .. } => {
            let gates_asked = rollout.gates_for(*kind, *stage);
            let answers = match question(rollout, action, gates_asked, platform.unix_seconds()) {
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
