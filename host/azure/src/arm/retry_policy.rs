//! How long the management API is waited for, and how long it is left alone between two attempts.

use std::time::Duration;

use tokio::time::Instant;

use super::error::Repeat;

/// How long lockgate waits for the management API. The defaults are for Azure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// For a connection, with its TLS handshake.
    pub connect: Duration,
    /// For one attempt of one request, to the last byte of the answer.
    pub attempt: Duration,
    /// The same for the list of revisions: of an app with hundreds the service itself takes up to a minute.
    pub list: Duration,
    /// For one attempt of a request that gives traffic back.
    pub rollback_attempt: Duration,
    /// After this much time no further attempt of a read is begun.
    pub read: Duration,
    /// After this much time no further attempt of a write that was not applied is begun.
    pub write: Duration,
    /// The same for a write that gives traffic back; its caller goes on trying after it.
    pub rollback_write: Duration,
    /// The longest first pause between attempts; doubled each time, and shortened by chance.
    pub backoff: Duration,
    /// The longest pause between attempts.
    pub backoff_max: Duration,
    /// The first pause between looks at a running operation; grows by half each time.
    pub poll: Duration,
    /// The longest pause between looks at a running operation.
    pub poll_max: Duration,
    /// For a new revision to be shown once the platform says that it was made.
    pub appears: Duration,
    /// For an operation to end; then its outcome is unknown.
    pub operation: Duration,
    /// The same for an operation that gives traffic back: then it is better to look and send again.
    pub rollback_operation: Duration,
    /// The longest pause of the service's own asking that a rollback respects; it has a deadline.
    pub asked_pause_max: Duration,
    /// Between two requests that keep a connection and a token ready for a rollback.
    pub keep_ready: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            connect: Duration::from_secs(3),
            attempt: Duration::from_secs(10),
            list: Duration::from_secs(65),
            rollback_attempt: Duration::from_secs(5),
            read: Duration::from_secs(5),
            write: Duration::from_secs(20),
            rollback_write: Duration::from_secs(60),
            backoff: Duration::from_millis(500),
            backoff_max: Duration::from_secs(5),
            poll: Duration::from_millis(500),
            poll_max: Duration::from_secs(5),
            appears: Duration::from_secs(30),
            operation: Duration::from_secs(300),
            rollback_operation: Duration::from_secs(60),
            asked_pause_max: Duration::from_secs(120),
            // Less than the idle time of a connection.
            keep_ready: Duration::from_secs(20),
        }
    }
}

/// The pauses between the attempts of one request: full jitter, within a budget.
pub(super) struct Pauses {
    end: Instant,
    longest: Duration,
    longest_ever: Duration,
}

impl Pauses {
    pub(super) fn new(policy: &RetryPolicy, budget: Duration) -> Pauses {
        Pauses {
            end: Instant::now() + budget,
            longest: policy.backoff,
            longest_ever: policy.backoff_max,
        }
    }

    /// Waits before the next attempt; returns false at once when there is to be none.
    ///
    /// A pause that the service asks for is never cut short: requests that come earlier are refused
    /// and make it longer. When it does not fit the budget, waiting is the caller's business.
    pub(super) async fn wait(&mut self, repeat: Repeat) -> bool {
        let pause = match repeat {
            Repeat::Never => return false,
            Repeat::After(pause) => pause,
            Repeat::Backoff => {
                let longest = self.longest.min(self.longest_ever);
                self.longest = longest * 2;
                longest.mul_f64(rand::random::<f64>())
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
