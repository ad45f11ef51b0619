//! Time limits of requests and operations, and the pauses between attempts and reads.

use std::time::Duration;

use tokio::time::Instant;

use super::error::Repeat;

/// How long lockgate waits for the management API, and how often it tries again. The defaults are for Azure.
///
/// A `…_timeout` ends one thing. A `…_budget` is the time after which no further attempt begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// For opening a connection, TLS handshake included.
    pub connect_timeout: Duration,
    /// For one attempt of one request, to the last byte of the answer.
    pub attempt_timeout: Duration,
    /// For one attempt to list the revisions: for an app with hundreds the service takes up to a minute.
    pub list_timeout: Duration,
    /// For one attempt of a request of a rollback.
    pub rollback_attempt_timeout: Duration,
    /// For the attempts of a read.
    pub read_budget: Duration,
    /// For the attempts of a request that the service does not take now, where lockgate itself repeats it: a POST, and the
    /// PATCH of a deployment. The engine repeats the writes of a run.
    pub write_budget: Duration,
    /// The longest possible first pause between attempts. It doubles for each further pause; the pause itself is a
    /// random part of it.
    pub backoff_first: Duration,
    /// The upper limit of the doubling of [`RetryPolicy::backoff_first`].
    pub backoff_max: Duration,
    /// The first pause between two reads of a running operation; each further pause is longer by half.
    pub poll_first: Duration,
    /// The longest pause between two reads of a running operation.
    pub poll_max: Duration,
    /// For a new revision to be readable after the platform reported that it was created.
    pub appear_timeout: Duration,
    /// For an operation to end; after it the outcome is unknown.
    pub operation_timeout: Duration,
    /// For an operation of a rollback to end. It is shorter, because reading the app and writing again is faster
    /// than waiting.
    pub rollback_operation_timeout: Duration,
    /// The longest pause (`retry-after`) that a rollback respects, because a rollback has a deadline.
    pub retry_after_max: Duration,
    /// Between two requests that keep a connection and a token ready for a rollback.
    pub keep_ready_interval: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            connect_timeout: Duration::from_secs(3),
            attempt_timeout: Duration::from_secs(10),
            list_timeout: Duration::from_secs(65),
            rollback_attempt_timeout: Duration::from_secs(5),
            read_budget: Duration::from_secs(5),
            write_budget: Duration::from_secs(20),
            backoff_first: Duration::from_millis(500),
            backoff_max: Duration::from_secs(5),
            poll_first: Duration::from_millis(500),
            poll_max: Duration::from_secs(5),
            appear_timeout: Duration::from_secs(30),
            operation_timeout: Duration::from_secs(300),
            rollback_operation_timeout: Duration::from_secs(60),
            retry_after_max: Duration::from_secs(120),
            // Less than the idle time of a connection (`http_client`).
            keep_ready_interval: Duration::from_secs(20),
        }
    }
}

/// The pauses between the attempts of one request: full jitter within a budget.
pub(super) struct Pauses {
    end: Instant,
    /// The longest possible next pause.
    ceiling: Duration,
    ceiling_max: Duration,
}

impl Pauses {
    pub(super) fn new(policy: &RetryPolicy, budget: Duration) -> Pauses {
        Pauses {
            end: Instant::now() + budget,
            ceiling: policy.backoff_first,
            ceiling_max: policy.backoff_max,
        }
    }

    /// Waits before the next attempt and returns true; returns false at once when no attempt may follow.
    ///
    /// A pause that the service asks for is never cut short, because a request that comes earlier is refused and
    /// makes the pause longer. When the pause does not fit the budget, the caller decides whether to wait.
    pub(super) async fn wait(&mut self, repeat: Repeat) -> bool {
        let pause = match repeat {
            Repeat::Never => return false,
            Repeat::After(pause) => pause,
            Repeat::Backoff => {
                let ceiling = self.ceiling.min(self.ceiling_max);
                self.ceiling = ceiling * 2;
                ceiling.mul_f64(rand::random::<f64>())
            }
        };
        let next = Instant::now() + pause;
        if next >= self.end {
            return false;
        }
        tokio::time::sleep_until(next).await;
        true
    }
}
