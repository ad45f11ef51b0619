//! What the platform counted, for gates: the platform's answer in the words of the gates' port. The two crates know
//! nothing of each other, and meet here.

use std::sync::Arc;
use std::time::Duration;

use azure::{App, Metrics, RequestCount};
use gates::{Count, Counting, TrafficCounts};

/// The counts of one app.
pub(crate) struct PlatformCounts {
    metrics: Metrics,
}

impl PlatformCounts {
    /// Prepares the counts of an app, which are complete so long after the requests. Nothing is sent.
    pub(crate) fn new(app: Arc<App>, lag: Duration) -> PlatformCounts {
        PlatformCounts {
            metrics: Metrics::new(app, lag),
        }
    }
}

impl TrafficCounts for PlatformCounts {
    fn counts<'a>(&'a self, window_s: u32, revisions: [&'a str; 2]) -> Counting<'a> {
        let window = Duration::from_secs(u64::from(window_s));
        Box::pin(async move {
            let counts = self.metrics.counts(window, revisions).await;
            let counts = counts.map_err(|error| error.to_string())?;
            Ok(counts.into_iter().map(count).collect())
        })
    }
}

fn count(count: RequestCount) -> Count {
    Count {
        revision: count.revision,
        status_class: count.status_class,
        requests: count.requests,
    }
}
