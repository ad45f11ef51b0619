//! The clocks of a run: [`RunClock`], monotonic and zero at the start of this process's part of the run (I-18), and the
//! machine's time of day. A run that is taken up by another process has a new [`RunClock`].

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rollout::Timestamp;
use rollout::ports::Clock;

/// Returns the time of day with its time zone, for reports.
pub(crate) type WallClock = fn() -> jiff::ZonedDateTime;

/// Time since the run began.
pub(crate) struct RunClock {
    began: Instant,
}

impl RunClock {
    /// Returns a clock that starts now.
    pub(crate) fn start() -> RunClock {
        RunClock {
            began: Instant::now(),
        }
    }
}

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        Timestamp::default().after(self.began.elapsed())
    }

    async fn sleep_until(&self, until: Timestamp) {
        let until = self.began + Duration::from_millis(until.0);
        tokio::time::sleep_until(until.into()).await;
    }
}

/// Returns the seconds since 1970 on the machine's clock; 0 where that is set to an earlier time.
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
