//! The environment's clocks as WASI's clocks. Holds no time of its own.

use std::sync::Arc;
use std::time::Duration;

use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

use super::environment::Environment;

/// The monotonic and the wall clock of one call.
pub(crate) struct WasiClock(pub(crate) Arc<Environment>);

impl HostMonotonicClock for WasiClock {
    fn resolution(&self) -> u64 {
        1_000
    }

    fn now(&self) -> u64 {
        self.0.monotonic_ns()
    }
}

impl HostWallClock for WasiClock {
    fn resolution(&self) -> Duration {
        Duration::from_micros(1)
    }

    fn now(&self) -> Duration {
        self.0.wall()
    }
}
