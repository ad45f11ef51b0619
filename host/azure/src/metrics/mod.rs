//! What Azure Monitor counted: requests by revision and class of status.
//!
//! Answers one question (how many requests of these two revisions, in each of the newest slices) and never guesses: what the
//! service has not counted yet is absent, not zero. Knows nothing of gates and decides nothing. An answer is
//! cached for some seconds, because reads of metrics are the most common cause of a throttled subscription.
//! `query` is what is sent, `wire` what is received.

mod counts;
mod query;
mod timespan;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use self::counts::{BUDGET, SlicesResult};
use self::query::MetricsQuery;
use self::timespan::Timespan;
use self::wire::MetricsBody;
use crate::app::App;
use crate::arm::{ArmError, Subject};

pub use self::counts::{MetricsError, RequestCount, Slice};

/// How long an answer is cached.
const CACHE_LIFE: Duration = Duration::from_secs(15);

/// The request counts of one app.
#[derive(Debug)]
pub struct Metrics {
    app: Arc<App>,
    lag: Duration,
    slice: Duration,
    budget: Duration,
    cached: Mutex<Vec<CachedSlices>>,
}

#[derive(Debug)]
struct CachedSlices {
    query: MetricsQuery,
    read_at: Instant,
    result: SlicesResult,
}

impl Metrics {
    /// How long Azure takes to complete its counts. Others who read them wait 2 to 5 minutes.
    pub const DEFAULT_LAG: Duration = Duration::from_mins(3);

    /// The length of a slice: Azure counts by the minute, and refuses queries for less.
    pub const DEFAULT_SLICE: Duration = Duration::from_mins(1);

    /// Prepares the counts of an app. Nothing is sent. `lag` is how long after its end the service completes a slice.
    /// `slice` is the length of one, in whole seconds.
    pub fn new(app: Arc<App>, lag: Duration, slice: Duration) -> Metrics {
        Metrics {
            app,
            lag,
            slice,
            budget: BUDGET,
            cached: Mutex::default(),
        }
    }

    /// Returns the newest slices of the requests of two revisions that were over `lag` ago by the service's clock, oldest
    /// first: as many as asked for, at least one.
    ///
    /// # Errors
    /// When the service does not answer within 5 s, or has no data for either revision in any of the slices. A revision or
    /// class that is absent from a slice is unknown, not zero.
    pub async fn slices(
        &self,
        newest: u32,
        revisions: [&str; 2],
    ) -> Result<Vec<Slice>, MetricsError> {
        let query = MetricsQuery {
            revisions: revisions.map(str::to_owned),
            timespan: Timespan::of_newest(newest, self.slice, self.lag, self.now()),
        };
        let answered = timeout(self.budget, self.cached_or_read(query));
        answered.await.unwrap_or(Err(MetricsError::Silent))
    }

    /// Returns the service's time where its clock is known: a time by this machine's clock could lie in the
    /// service's future.
    fn now(&self) -> Timestamp {
        let skew = self.app.connection().skew().unwrap_or_default();
        Timestamp::now()
            .saturating_add(skew)
            .unwrap_or_else(|_| Timestamp::now())
    }

    async fn cached_or_read(&self, query: MetricsQuery) -> SlicesResult {
        let asked_at = Instant::now();
        // Held while the query is sent, so that concurrent callers with the same query share one answer.
        let mut cached = self.cached.lock().await;
        cached.retain(|cached| cached.serves(asked_at));
        if let Some(found) = cached.iter().find(|cached| cached.query.covers(&query)) {
            return self.newest(&query, found.result.clone());
        }
        let result = self.read(&query).await;
        cached.push(CachedSlices {
            query: query.clone(),
            read_at: Instant::now(),
            result: result.clone(),
        });
        self.newest(&query, result)
    }

    async fn read(&self, query: &MetricsQuery) -> SlicesResult {
        let below = ["providers", "Microsoft.Insights", "metrics"];
        let connection = self.app.connection();
        let mut call = connection.call(self.app.id(), &below, Subject::Metrics);
        call.url.set_query(Some(&query.to_query_string()));
        let read: Result<MetricsBody, ArmError> = connection.read(&call).await;
        let body = read.map_err(|error| MetricsError::Arm(Arc::new(error)))?;
        body.slices(query)
    }

    /// Returns the newest slices of an answer to a query that asked for at least as many. Without any count there are none.
    fn newest(&self, query: &MetricsQuery, result: SlicesResult) -> SlicesResult {
        let mut slices = result?;
        slices.drain(..slices.len().saturating_sub(query.timespan.count()));
        if slices.iter().any(|slice| !slice.counts.is_empty()) {
            return Ok(slices);
        }
        Err(MetricsError::NoData {
            revisions: query.names().join(" and "),
            start: query.timespan.start,
            end: query.timespan.end,
            lag: self.lag,
        })
    }
}

impl CachedSlices {
    /// Returns whether it answers a query of this time. An error answers only those who asked before it came.
    fn serves(&self, asked_at: Instant) -> bool {
        match self.result {
            Ok(_) => asked_at < self.read_at + CACHE_LIFE,
            Err(_) => asked_at <= self.read_at,
        }
    }
}

#[cfg(test)]
mod tests;
