//! Time in the world: a monotonic instant for durations, and a wall clock derived from it for the
//! timestamps that the service shows. The system's wall clock is read once, at the start, so that
//! changing it never makes a shown time go backwards.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A time, on both scales.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorldTime {
    pub(crate) instant: Instant,
    pub(crate) wall: Timestamp,
}

/// The world's clock.
#[derive(Debug)]
pub(crate) struct WorldClock {
    start: WorldTime,
    last_write: Timestamp,
}

impl WorldClock {
    /// Starts a clock that is `ahead` of this machine's.
    pub(crate) fn start(ahead: SignedDuration) -> Self {
        let machine = Timestamp::now();
        let wall = machine.checked_add(ahead).unwrap_or(machine);
        Self {
            start: WorldTime {
                instant: Instant::now(),
                wall,
            },
            last_write: wall,
        }
    }

    pub(crate) fn started(&self) -> WorldTime {
        self.start
    }

    pub(crate) fn now(&self) -> WorldTime {
        let instant = Instant::now();
        let elapsed = SignedDuration::try_from(instant - self.start.instant)
            .expect("an emulator does not run for 290 billion years");
        WorldTime {
            instant,
            wall: self.start.wall + elapsed,
        }
    }

    /// Returns the milliseconds since the start.
    pub(crate) fn elapsed_ms(&self) -> u128 {
        self.start.instant.elapsed().as_millis()
    }

    /// Returns the time of a write, later than that of every earlier write by at least the 100 ns
    /// that the service can show.
    pub(crate) fn time_of_write(&mut self) -> Timestamp {
        let tick = Duration::from_nanos(100);
        self.last_write = self.now().wall.max(self.last_write + tick);
        self.last_write
    }
}

/// Renders a time as `systemData` shows it: seven fractional digits and no zone.
pub(crate) fn zoneless(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.7f").to_string()
}

/// Renders a time as a revision shows it: whole seconds and an offset.
pub(crate) fn with_offset(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}
