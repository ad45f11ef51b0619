//! Time as the world sees it: one monotonic instant for durations, and a wall clock derived from
//! it for the timestamps that the service shows. The wall clock is read once, at the start, so
//! that a step of the system's clock never makes a shown time go back.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// One point in time, on both scales.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) instant: Instant,
    pub(crate) wall: Timestamp,
}

/// The world's clock.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Moment,
    last_write: Timestamp,
}

impl Clock {
    /// Starts the clock, `ahead` of this machine's.
    pub(crate) fn start(ahead: SignedDuration) -> Self {
        let machine = Timestamp::now();
        let wall = machine.checked_add(ahead).unwrap_or(machine);
        Self {
            start: Moment {
                instant: Instant::now(),
                wall,
            },
            last_write: wall,
        }
    }

    pub(crate) fn started(&self) -> Moment {
        self.start
    }

    pub(crate) fn now(&self) -> Moment {
        let instant = Instant::now();
        let elapsed = SignedDuration::try_from(instant - self.start.instant)
            .expect("the emulator runs for less than an age of the universe");
        Moment {
            instant,
            wall: self.start.wall + elapsed,
        }
    }

    /// Milliseconds since the start.
    pub(crate) fn elapsed_ms(&self) -> u128 {
        self.start.instant.elapsed().as_millis()
    }

    /// Returns a time for a write that differs, as shown with seven digits, from every earlier one.
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
