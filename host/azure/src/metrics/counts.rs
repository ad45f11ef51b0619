//! The counts that Azure Monitor returns for an app, and why there may be none.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::arm::ArmError;

/// The time for one read of the counts. A gate has half a minute by default and does other work in it, too.
pub(super) const BUDGET: Duration = Duration::from_secs(5);

/// Requests of one revision with one class of status.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestCount {
    /// The revision's name, spelled as in the query.
    pub revision: String,
    /// `2xx`, `3xx`, `4xx` or `5xx`.
    pub status_class: String,
    /// The number of requests.
    pub requests: f64,
}

/// The counts of one stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// The beginning.
    pub start: Timestamp,
    /// The end, which belongs to the next slice.
    pub end: Timestamp,
    /// The counts, by revision in the order of the query and then by class. One that is absent is unknown, not zero.
    pub counts: Vec<RequestCount>,
}

/// Why there are no counts. None of these means that there were no requests.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MetricsError {
    /// The read failed.
    #[error(transparent)]
    Arm(Arc<ArmError>),
    /// The service answered with an error of its own.
    #[error("Azure Monitor has no counts: {code}: {message}; ask again in a minute")]
    Refused {
        /// The service's code.
        code: String,
        /// The service's message.
        message: String,
    },
    /// The service did not answer in time.
    #[error("Azure Monitor did not answer within {} s; ask again in a minute", BUDGET.as_secs())]
    Silent,
    /// The service answered, and has counted no request of these revisions.
    #[error(
        "no data yet for {revisions} from {start} to {end}; counts appear minutes after \
         the requests (azure.metrics-lag is {}), and none appear where no request came: ask again \
         later or for more slices", rollout::human(*lag)
    )]
    NoData {
        /// The names of the revisions.
        revisions: String,
        /// The beginning of the oldest slice.
        start: Timestamp,
        /// The end of the newest slice.
        end: Timestamp,
        /// How long the service is given to count.
        lag: Duration,
    },
}

/// The slices of a query, oldest first, or why there are none.
pub(super) type SlicesResult = Result<Vec<Slice>, MetricsError>;
