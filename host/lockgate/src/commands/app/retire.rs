//! After a promotion: the revision that was replaced is deactivated, where that is configured, once the new one has
//! carried everything for a while.
//!
//! Never changes how the run ended: what goes wrong here is said, and the old revision stays active.

use std::time::Duration;

use azure::{App, Retired};
use serde_json::json;
use tokio::sync::mpsc::Receiver;

use crate::output::Output;

/// Waits, then deactivates. A request to end keeps the revision.
pub(super) async fn retire(
    app: &App,
    revision: &str,
    after: Duration,
    cancel: &mut Receiver<String>,
    output: &Output,
) {
    output.text(&format!(
        "{revision} is deactivated in {}, if nothing changes until then",
        ::rollout::human(after)
    ));
    let retired = tokio::select! {
        biased;
        Some(by) = cancel.recv() => Ok(Retired::Kept(format!("{revision} is kept: cancelled by {by}"))),
        retired = async {
            tokio::time::sleep(after).await;
            app.retire(revision).await
        } => retired,
    };
    let (done, words) = match retired {
        Ok(Retired::Done) => (true, format!("{revision} is deactivated")),
        Ok(Retired::Kept(why)) => (false, format!("not deactivated: {why}")),
        Err(error) => (false, format!("not deactivated: {error}")),
    };
    output.text(&words);
    output.json(&json!({
        "event": "retired", "revision": revision, "done": done, "words": words,
    }));
}
