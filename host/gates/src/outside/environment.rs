//! What a gate notices of the world beside HTTP: time, randomness, and what the platform counted. In a live call every
//! reading is kept; in a replay the same readings are given back, and time beyond them is virtual. A gate cannot tell.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

use crate::outside::randomness::Seed;
use crate::outside::services::Count;

/// Readings of one kind that are kept of one call. A gate that waits by looking at the clock makes millions.
const READINGS_MAX: usize = 10_000;
/// By how much virtual time goes on with each look at it, so that whoever waits by looking gets there.
const LOOK: Duration = Duration::from_micros(1);
/// The wall clock of a replay whose recording has none: a moment that nobody takes for now.
const LONG_AGO: Duration = Duration::from_secs(946_684_800);

/// Everything that a call read, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Readings {
    /// Of `lockgate:plugin/clock`, in milliseconds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub now_ms: Vec<f64>,
    /// Of `wasi:clocks/monotonic-clock`, in nanoseconds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub monotonic_ns: Vec<u64>,
    /// Of `wasi:clocks/wall-clock`, as seconds and nanoseconds since 1970.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wall: Vec<(u64, u32)>,
    /// Of `lockgate:plugin/traffic`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Counted>,
}

/// What the platform was asked to count, and said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counted {
    /// The window in seconds.
    pub window_s: u32,
    /// The counts, or why there are none.
    pub result: Result<Vec<Count>, String>,
}

/// The senses of one call.
pub(crate) struct Senses {
    began: Instant,
    seed: Seed,
    taken: Mutex<Readings>,
    /// `None` in a live call.
    given: Option<Mutex<Given>>,
}

/// What is left to be given back.
struct Given {
    now_ms: VecDeque<f64>,
    monotonic_ns: VecDeque<u64>,
    wall: VecDeque<(u64, u32)>,
    counts: Vec<Counted>,
    began_at: Duration,
    looks: u32,
    /// The latest reading of each clock: none goes back.
    latest: [Duration; 3],
    /// Windows that were asked for and never recorded.
    missed: Vec<u32>,
}

impl Senses {
    pub(crate) fn live(seed: Seed) -> Arc<Senses> {
        Arc::new(Senses {
            began: Instant::now(),
            seed,
            taken: Mutex::default(),
            given: None,
        })
    }

    pub(crate) fn replayed(seed: Seed, readings: Readings) -> Arc<Senses> {
        let began_at = readings.wall.first();
        let began_at = began_at.map_or(LONG_AGO, |(s, ns)| Duration::new(*s, *ns));
        Arc::new(Senses {
            began: Instant::now(),
            seed,
            taken: Mutex::default(),
            given: Some(Mutex::new(Given {
                now_ms: readings.now_ms.into(),
                monotonic_ns: readings.monotonic_ns.into(),
                wall: readings.wall.into(),
                counts: readings.counts,
                began_at,
                looks: 0,
                latest: [Duration::ZERO; 3],
                missed: Vec::new(),
            })),
        })
    }

    pub(crate) fn seed(&self) -> &Seed {
        &self.seed
    }

    pub(crate) fn began(&self) -> Instant {
        self.began
    }

    /// Since the call began; virtual in a replay.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn readings(&self) -> Readings {
        lock(&self.taken).clone()
    }

    pub(crate) fn now_ms(&self) -> f64 {
        let elapsed = self.elapsed();
        let ms = match &self.given {
            None => elapsed.as_secs_f64() * 1_000.0,
            Some(given) => {
                let given = &mut *lock(given);
                match given.now_ms.pop_front() {
                    Some(ms) => {
                        given.latest[0] = given.latest[0].max(from_ms(ms));
                        ms
                    }
                    None => given.beyond(0, elapsed).as_secs_f64() * 1_000.0,
                }
            }
        };
        keep(&mut lock(&self.taken).now_ms, ms);
        ms
    }

    fn monotonic_ns(&self) -> u64 {
        let elapsed = self.elapsed();
        let in_ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let ns = match &self.given {
            None => in_ns(elapsed),
            Some(given) => {
                let given = &mut *lock(given);
                match given.monotonic_ns.pop_front() {
                    Some(ns) => {
                        given.latest[1] = given.latest[1].max(Duration::from_nanos(ns));
                        ns
                    }
                    None => in_ns(given.beyond(1, elapsed)),
                }
            }
        };
        keep(&mut lock(&self.taken).monotonic_ns, ns);
        ns
    }

    fn wall(&self) -> Duration {
        let elapsed = self.elapsed();
        let now = match &self.given {
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
            Some(given) => {
                let given = &mut *lock(given);
                match given.wall.pop_front() {
                    Some((s, ns)) => Duration::new(s, ns),
                    None => given.began_at + given.beyond(2, elapsed),
                }
            }
        };
        let reading = (now.as_secs(), now.subsec_nanos());
        keep(&mut lock(&self.taken).wall, reading);
        now
    }

    /// Returns what the platform had counted in such a window; `None` in a live call.
    pub(crate) fn counted(&self, window_s: u32) -> Option<Result<Vec<Count>, String>> {
        let given = &mut *lock(self.given.as_ref()?);
        let mut counts = given.counts.iter();
        let index = counts.position(|counted| counted.window_s == window_s);
        Some(match index {
            Some(index) => given.counts.remove(index).result,
            None => {
                keep(&mut given.missed, window_s);
                Err("the counts of this window were never recorded".to_owned())
            }
        })
    }

    /// Returns the windows that a replayed call asked for in vain.
    pub(crate) fn missed_counts(&self) -> Vec<u32> {
        let given = self.given.as_ref();
        given
            .map(|given| lock(given).missed.clone())
            .unwrap_or_default()
    }

    pub(crate) fn keep_counts(&self, window_s: u32, result: &Result<Vec<Count>, String>) {
        let result = result.clone();
        keep(&mut lock(&self.taken).counts, Counted { window_s, result });
    }
}

impl Given {
    /// Where the readings of a clock end, virtual time goes on from the last.
    fn beyond(&mut self, clock: usize, elapsed: Duration) -> Duration {
        self.looks = self.looks.saturating_add(1);
        let now = self.latest[clock].max(elapsed) + LOOK;
        let now = now.max(elapsed + LOOK * self.looks);
        self.latest[clock] = now;
        now
    }
}

fn keep<T>(kept: &mut Vec<T>, reading: T) {
    if kept.len() < READINGS_MAX {
        kept.push(reading);
    }
}

fn from_ms(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default()
}

/// What a panic of another thread left behind is whole: every change is one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The senses as WASI's clocks.
pub(crate) struct WasiClock(pub(crate) Arc<Senses>);

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
