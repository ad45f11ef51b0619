//! The platform's request counts for gates. The `azure` crate reads them, the `gates` crate asks for them, and neither
//! knows the other: this file translates between the two.

use std::sync::Arc;

use gates::{Count, PerRevision, Slice, SlicesFuture, TrafficSlices};

use super::app::App;
use crate::config::Counting;

/// The request counts of one app, by slices of time.
pub(crate) struct PlatformSlices {
    metrics: azure::Metrics,
}

impl PlatformSlices {
    /// Prepares the counts of an app. Sends nothing.
    pub(crate) fn new(app: &App, counting: Counting) -> PlatformSlices {
        let Counting { lag, slice } = counting;
        PlatformSlices {
            metrics: azure::Metrics::new(Arc::clone(&app.azure), lag, slice),
        }
    }
}

impl TrafficSlices for PlatformSlices {
    fn slices<'a>(&'a self, newest: u32, revisions: PerRevision<&'a str>) -> SlicesFuture<'a> {
        let revisions = [revisions.stable, revisions.canary];
        Box::pin(async move {
            let slices = self.metrics.slices(newest, revisions).await;
            let slices = slices.map_err(|error| error.to_string())?;
            Ok(slices.into_iter().map(slice).collect())
        })
    }
}

fn slice(slice: azure::Slice) -> Slice {
    Slice {
        start_s: seconds(slice.start.as_second()),
        end_s: seconds(slice.end.as_second()),
        counts: slice.counts.into_iter().map(count).collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact for 285 million years")]
fn seconds(since_1970: i64) -> f64 {
    since_1970 as f64
}

fn count(count: azure::RequestCount) -> Count {
    Count {
        revision: count.revision,
        status_class: count.status_class,
        requests: count.requests,
    }
}
