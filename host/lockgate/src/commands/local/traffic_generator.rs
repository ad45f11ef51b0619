//! The demo's traffic generator: a steady rate of requests to the app, counted by the revision that served them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

/// The longest that one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// How many requests were served in a stretch of time, and by which revision.
#[derive(Debug, Default)]
pub(super) struct ServedCounts {
    by_revision: BTreeMap<String, RevisionCounts>,
    /// Responses of class 5xx and requests without a response.
    pub(super) failed: u64,
}

/// The responses of one revision.
#[derive(Debug, Clone, Copy, Default)]
struct RevisionCounts {
    all: u64,
    /// Those of class 5xx.
    failed: u64,
}

impl ServedCounts {
    /// Returns how many requests a revision served.
    pub(super) fn of(&self, revision: &str) -> u64 {
        self.counts(revision).all
    }

    /// Returns how many of them got a 5xx.
    pub(super) fn failed_of(&self, revision: &str) -> u64 {
        self.counts(revision).failed
    }

    fn counts(&self, revision: &str) -> RevisionCounts {
        self.by_revision.get(revision).copied().unwrap_or_default()
    }

    /// Returns how many requests all revisions served.
    pub(super) fn total(&self) -> u64 {
        self.by_revision.values().map(|counts| counts.all).sum()
    }
}

/// Counts the requests of a traffic generator while it runs.
#[derive(Debug, Default)]
pub(super) struct ServedCounter(Mutex<ServedCounts>);

impl ServedCounter {
    /// Returns the counts since the last call, and starts again from zero.
    pub(super) fn take(&self) -> ServedCounts {
        std::mem::take(&mut *self.lock())
    }

    fn count_served(&self, revision: &str, failed: bool) {
        let mut counts = self.lock();
        let of_revision = counts.by_revision.entry(revision.to_owned()).or_default();
        of_revision.all += 1;
        of_revision.failed += u64::from(failed);
    }

    fn count_failed(&self) {
        self.lock().failed += 1;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ServedCounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends requests until it is dropped.
pub(super) struct TrafficGenerator {
    counter: Arc<ServedCounter>,
    task: JoinHandle<()>,
}

impl TrafficGenerator {
    /// Starts sending `per_second` requests to the URL.
    pub(super) fn start(url: &str, per_second: u32) -> TrafficGenerator {
        let counter = Arc::new(ServedCounter::default());
        let task = tokio::spawn(send_steadily(url.to_owned(), per_second, counter.clone()));
        TrafficGenerator { counter, task }
    }

    /// Returns the counter of its requests.
    pub(super) fn counter(&self) -> Arc<ServedCounter> {
        self.counter.clone()
    }
}

impl Drop for TrafficGenerator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn send_steadily(url: String, per_second: u32, counter: Arc<ServedCounter>) {
    let client = reqwest::Client::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let request = client.get(&url).timeout(REQUEST_TIMEOUT).send();
        let counter = counter.clone();
        tokio::spawn(async move {
            match request.await {
                Ok(response) => {
                    let failed = response.status().is_server_error();
                    let revision = response.headers().get("x-revision");
                    if let Some(revision) = revision.and_then(|name| name.to_str().ok()) {
                        counter.count_served(revision, failed);
                    }
                    if failed {
                        counter.count_failed();
                    }
                }
                Err(_) => counter.count_failed(),
            }
        });
    }
}
