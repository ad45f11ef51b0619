//! The wait until a revision is ready, for commands outside of a run. Writes nothing.

use std::time::Duration;

use ::rollout::ports::{CancelRequest, Platform, Readiness};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep};

/// The pause between two reads of a revision that is not ready yet.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Why a revision is not ready.
pub(super) enum NotReady {
    /// It will not become ready by itself; the text says why.
    Never(String),
    /// It did not become ready in time; the text says what is missing.
    NotYet(String),
    /// The command was asked to end.
    Cancelled(CancelRequest),
}

/// Waits until a revision is ready, and shows each reason once.
///
/// # Errors
/// When it is not ready within the limit, or never will be, or the command is asked to end.
pub(super) async fn until_ready(
    platform: &impl Platform,
    revision: &str,
    limit: Duration,
    cancel: &mut Receiver<CancelRequest>,
    show: impl Fn(&str),
) -> Result<(), NotReady> {
    let end = Instant::now() + limit;
    let mut shown = String::new();
    loop {
        let reason = match platform.readiness(revision).await {
            Readiness::Ready => return Ok(()),
            Readiness::Failed(reason) => return Err(NotReady::Never(reason)),
            Readiness::NotYet(reason) => reason,
        };
        if Instant::now() >= end {
            return Err(NotReady::NotYet(reason));
        }
        if reason != shown {
            show(&reason);
            shown = reason;
        }
        tokio::select! {
            biased;
            Some(by) = cancel.recv() => return Err(NotReady::Cancelled(by)),
            () = sleep(POLL_INTERVAL.min(end - Instant::now())) => {}
        }
    }
}
