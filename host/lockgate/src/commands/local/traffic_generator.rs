//! The demo's load: a steady rate of requests to the app, counted by the revision that served them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

/// The longest that one request may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was served since the last look.
#[derive(Debug, Default)]
pub(super) struct Counts {
    served: BTreeMap<String, u64>,
    /// Answers of class 5xx and requests without an answer.
    pub(super) failed: u64,
}

impl Counts {
    /// Returns how many requests a revision served.
    pub(super) fn share_of(&self, revision: &str) -> u64 {
        self.served.get(revision).copied().unwrap_or_default()
    }

    /// Returns how many requests any revision served.
    pub(super) fn total(&self) -> u64 {
        self.served.values().sum()
    }
}

/// The running counts.
#[derive(Debug, Default)]
pub(super) struct Split(Mutex<Counts>);

impl Split {
    /// Returns the counts and starts anew.
    pub(super) fn take(&self) -> Counts {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count(&self, revision: Option<&str>, failed: bool) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(revision) = revision {
            *counts.served.entry(revision.to_owned()).or_default() += 1;
        }
        counts.failed += u64::from(failed);
    }
}

/// A load that ends when this is dropped.
pub(super) struct Load {
    split: Arc<Split>,
    task: JoinHandle<()>,
}

impl Load {
    /// Starts sending `per_second` requests to the URL.
    pub(super) fn start(url: &str, per_second: u32) -> Load {
        let split = Arc::new(Split::default());
        let task = tokio::spawn(send_steadily(url.to_owned(), per_second, split.clone()));
        Load { split, task }
    }

    /// Returns the running counts.
    pub(super) fn split(&self) -> Arc<Split> {
        self.split.clone()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn send_steadily(url: String, per_second: u32, split: Arc<Split>) {
    let client = reqwest::Client::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let request = client.get(&url).timeout(PATIENCE).send();
        let split = split.clone();
        tokio::spawn(async move {
            match request.await {
                Ok(answer) => {
                    let revision = answer.headers().get("x-revision");
                    let revision = revision.and_then(|name| name.to_str().ok());
                    split.count(revision, answer.status().is_server_error());
                }
                Err(_) => split.count(None, true),
            }
        });
    }
}
