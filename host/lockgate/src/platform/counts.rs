//! The platform's request counts for gates. The `azure` crate reads them, the `gates` crate asks for them, and neither
//! knows the other: this file translates between the two.

use std::sync::Arc;
use std::time::Duration;

use gates::{Count, CountsFuture, PerRevision, TrafficCounts};

use super::app::App;
use super::defaults;

/// The request counts of one app.
pub(crate) struct PlatformCounts {
    metrics: azure::Metrics,
}

impl PlatformCounts {
    /// Prepares the counts of an app. Sends nothing.
    ///
    /// `lag` is how long after a request the platform has counted it; `None` stands for the platform's usual lag.
    pub(crate) fn new(app: &App, lag: Option<Duration>) -> PlatformCounts {
        let lag = lag.unwrap_or(defaults::METRICS_LAG);
        PlatformCounts {
            metrics: azure::Metrics::new(Arc::clone(&app.azure), lag),
        }
    }
}

impl TrafficCounts for PlatformCounts {
    fn counts<'a>(&'a self, window_s: u32, revisions: PerRevision<&'a str>) -> CountsFuture<'a> {
        let revisions = [revisions.stable, revisions.canary];
        let window = Duration::from_secs(u64::from(window_s));
        Box::pin(async move {
            let counts = self.metrics.counts(window, revisions).await;
            let counts = counts.map_err(|error| error.to_string())?;
            Ok(counts.into_iter().map(count).collect())
        })
    }
}

fn count(count: azure::RequestCount) -> Count {
    Count {
        revision: count.revision,
        status_class: count.status_class,
        requests: count.requests,
    }
}
