//! After a run: a revision that is left without traffic is deactivated, where that is configured. The one that a promotion
//! has replaced goes once the new one has carried all traffic for a while; a failed canary goes at once.
//!
//! Never changes how the run ended: a failure here is printed, and the revision stays active.

use std::time::Duration;

use ::rollout::human;
use rollout::CancelRequest;
use serde_json::json;
use tokio::sync::mpsc::Receiver;

use crate::output::Output;
use crate::platform::{Administration, Retired};

/// Waits, then deactivates the revision. A request to end keeps it active.
pub(super) async fn retire(
    platform: &impl Administration,
    revision: &str,
    after: Duration,
    cancel: &mut Receiver<CancelRequest>,
    output: &Output,
) {
    output.text(&format!(
        "{revision} will be deactivated in {}, if nothing changes until then",
        human(after)
    ));
    deactivate_after(platform, revision, after, cancel, output).await;
}

/// Deactivates a canary that a gate said no to.
pub(super) async fn deactivate_failed(
    platform: &impl Administration,
    revision: &str,
    cancel: &mut Receiver<CancelRequest>,
    output: &Output,
) {
    deactivate_after(platform, revision, Duration::ZERO, cancel, output).await;
}

async fn deactivate_after(
    platform: &impl Administration,
    revision: &str,
    after: Duration,
    cancel: &mut Receiver<CancelRequest>,
    output: &Output,
) {
    let retired = tokio::select! {
        biased;
        Some(by) = cancel.recv() => Ok(Retired::Kept(format!("{revision} is kept: cancelled by {by}"))),
        retired = async {
            tokio::time::sleep(after).await;
            platform.retire(revision).await
        } => retired,
    };
    let (done, words) = match retired {
        Ok(Retired::Done) => (true, format!("{revision} is deactivated")),
        Ok(Retired::Kept(why)) => (false, format!("not deactivated: {why}")),
        Err(error) => (false, format!("not deactivated: {error}")),
    };
    output.text(&words);
    output.command_event(json!({
        "event": "retired", "revision": revision, "done": done, "words": words,
    }));
}
