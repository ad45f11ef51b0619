//! One write: sent, awaited as long as the run can, and heard when it is answered later.
//!
//! Decides nothing. A write forward is not waited for after a request to end (I-10), but it may still land, so the run
//! keeps listening for its answer.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use crate::calls::{call_deadline, now, observe, sleep_until};
use crate::decide::{Action, Purpose, Rollout};
use crate::event::{Event, Fact, Timestamp};
use crate::lease::Lease;
use crate::note::{Ended, Note, Promotion};
use crate::ports::{CancelRequest, Change, Clock, Platform, WriteOutcome};
use crate::traffic::Traffic;

/// How long the answer of a write forward is still awaited after a request to end: enough for a platform that is about to
/// answer, and little enough that the rollback is on its way in time (I-10). After that its outcome is unknown.
const WRITE_GRACE: Duration = Duration::from_millis(150);

/// The least that a write which ends a run is awaited when its deadline is past.
const LAST_WRITE_GRACE: Duration = Duration::from_secs(2);

/// A write forward that is still under way after a request to end: it is not waited for, but its answer is heard.
pub(crate) type Writing<'p> = Pin<Box<dyn Future<Output = WriteOutcome> + Send + 'p>>;

/// Completes when a write that was not waited for is answered: then it cannot land any more. Never otherwise.
pub(crate) async fn late_answer(unanswered: &mut Option<Writing<'_>>) -> bool {
    let Some(writing) = unanswered else {
        return std::future::pending().await;
    };
    let outcome = writing.await;
    *unanswered = None;
    match outcome {
        WriteOutcome::Applied => true,
        WriteOutcome::Refused(_) | WriteOutcome::NotNow { .. } => false,
        // Its outcome is as open as before.
        WriteOutcome::Unknown(_) => std::future::pending().await,
    }
}

/// Performs a write: compares again first when the comparison that licensed it is no longer fresh (I-19).
pub(crate) async fn write_action<'p, P: Platform>(
    rollout: &Rollout,
    platform: &'p P,
    clock: &impl Clock,
    cancel: &mut Receiver<CancelRequest>,
    unanswered: &mut Option<Writing<'p>>,
    action: &Action,
) -> Vec<Event> {
    let Action::Write {
        purpose,
        traffic,
        lease,
        note,
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
    let note = note.clone().map(|note| at_time(note, time));
    let request = WriteRequest {
        purpose: *purpose,
        traffic: traffic.clone(),
        lease,
        note,
        needs: *silent_for,
    };
    write(
        rollout, platform, clock, cancel, unanswered, request, *until,
    )
    .await
}

/// Returns the note with the time of its write.
fn at_time(note: Note, at: u64) -> Note {
    match note {
        Note::Ended(ended) => Note::Ended(Ended { at, ..ended }),
        Note::Promoted(promotion) => Note::Promoted(Promotion { at, ..promotion }),
        failed @ Note::Failed(_) => failed,
    }
}

/// What is needed to send one write.
struct WriteRequest {
    purpose: Purpose,
    traffic: Traffic,
    lease: Option<Lease>,
    note: Option<Note>,
    needs: Duration,
}

fn send<'p, P: Platform>(platform: &'p P, request: WriteRequest) -> Writing<'p> {
    Box::pin(async move {
        let change = Change {
            purpose: request.purpose,
            traffic: &request.traffic,
            lease: request.lease.as_ref(),
            note: request.note.as_ref(),
            needs: request.needs,
        };
        platform.write(change).await
    })
}

async fn write<'p, P: Platform>(
    rollout: &Rollout,
    platform: &'p P,
    clock: &impl Clock,
    cancel: &mut Receiver<CancelRequest>,
    unanswered: &mut Option<Writing<'p>>,
    request: WriteRequest,
    until: Option<Timestamp>,
) -> Vec<Event> {
    let purpose = request.purpose;
    let rolls_back = purpose == Purpose::RollBack;
    let mut write = send(platform, request);
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
            let grace = match purpose {
                Purpose::Shift => Some(clock.now().after(WRITE_GRACE)),
                Purpose::Settle | Purpose::Mark => Some(clock.now().after(LAST_WRITE_GRACE)),
                Purpose::RollBack => limit,
            };
            let end = due.into_iter().chain(grace).min();
            let outcome = tokio::select! {
                biased;
                outcome = &mut write => outcome,
                () = sleep_until(clock, end) => {
                    // A request that is on its way may still land: its answer is heard while the run turns back.
                    *unanswered = (purpose == Purpose::Shift).then_some(write);
                    not_awaited()
                }
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

fn not_awaited() -> WriteOutcome {
    WriteOutcome::Unknown("the run was asked to end before the write was answered".to_owned())
}
