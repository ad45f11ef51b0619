//! What a gate reads beside HTTP: clocks, randomness, and the platform's counts.
//!
//! In a live call every reading is recorded. In a replayed call the recorded readings are returned in order; after the
//! last one, time is virtual. A gate must not be able to tell the two apart.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::randomness::Seed;
use super::services::Slice;
use crate::lock::lock;

/// The most readings of one kind that are recorded of one call. A gate that waits by reading the clock makes millions.
const READINGS_MAX: usize = 10_000;
/// The time that passes on a virtual clock with each reading, so that a gate that waits by reading the clock gets there.
const TIME_PER_READING: Duration = Duration::from_micros(1);

/// Everything that a call read beside HTTP, in order.
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
    pub slices: Vec<SlicesReading>,
}

/// One reading of the platform's counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SlicesReading {
    /// The number of slices that were asked for.
    pub newest: u32,
    /// The slices, or why there are none.
    pub result: Result<Vec<Slice>, String>,
}

/// Slices of the platform that stand as they are, however often a call asks for them; or why there are none.
pub type StandingTraffic = Result<Vec<Slice>, String>;

/// The environment of one call.
pub(crate) struct Environment {
    began: Instant,
    seed: Seed,
    recorded: Mutex<Readings>,
    /// `None` in a live call.
    playback: Option<Mutex<Playback>>,
}

/// The recorded readings that a replayed call has not read yet.
struct Playback {
    now_ms: VecDeque<f64>,
    monotonic_ns: VecDeque<u64>,
    wall: VecDeque<(u64, u32)>,
    slices: Vec<SlicesReading>,
    /// What every question about traffic is answered from, where it is not from the readings.
    standing: Option<StandingTraffic>,
    wall_began: Duration,
    /// Readings of virtual time so far.
    virtual_readings: u32,
    /// Virtual time never goes behind these.
    latest: Latest,
    /// How many slices were asked for, where the recording has not so many.
    missed: Vec<u32>,
}

/// The latest reading of each clock, since the call began.
#[derive(Default)]
struct Latest {
    now: Duration,
    monotonic: Duration,
    /// Virtual readings only.
    wall: Duration,
}

impl Environment {
    /// Returns the environment of a live call.
    pub(crate) fn live(seed: Seed) -> Arc<Environment> {
        Arc::new(Environment {
            began: Instant::now(),
            seed,
            recorded: Mutex::default(),
            playback: None,
        })
    }

    /// Returns the environment of a replayed call. Where the readings have none of the wall clock, it shows `began_at`, a
    /// time since 1970, at first.
    pub(crate) fn replayed(
        seed: Seed,
        readings: Readings,
        standing: Option<StandingTraffic>,
        began_at: Duration,
    ) -> Arc<Environment> {
        let wall_began = readings.wall.first();
        let wall_began = wall_began.map_or(began_at, |(s, ns)| Duration::new(*s, *ns));
        Arc::new(Environment {
            began: Instant::now(),
            seed,
            recorded: Mutex::default(),
            playback: Some(Mutex::new(Playback {
                now_ms: readings.now_ms.into(),
                monotonic_ns: readings.monotonic_ns.into(),
                wall: readings.wall.into(),
                slices: readings.slices,
                standing,
                wall_began,
                virtual_readings: 0,
                latest: Latest::default(),
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

    /// Returns the time since the call began; virtual in a replay.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Returns what the call has read so far.
    pub(crate) fn readings(&self) -> Readings {
        lock(&self.recorded).clone()
    }

    /// Reads the clock of the contract: milliseconds since the call began.
    pub(crate) fn now_ms(&self) -> f64 {
        let elapsed = self.elapsed();
        let ms = match &self.playback {
            None => elapsed.as_secs_f64() * 1_000.0,
            Some(playback) => lock(playback).now_ms(elapsed),
        };
        record(&mut lock(&self.recorded).now_ms, ms);
        ms
    }

    /// Reads WASI's monotonic clock: nanoseconds since the call began.
    pub(super) fn monotonic_ns(&self) -> u64 {
        let elapsed = self.elapsed();
        let ns = match &self.playback {
            None => whole_ns(elapsed),
            Some(playback) => lock(playback).monotonic_ns(elapsed),
        };
        record(&mut lock(&self.recorded).monotonic_ns, ns);
        ns
    }

    /// Reads WASI's wall clock: the time since 1970.
    pub(super) fn wall(&self) -> Duration {
        let elapsed = self.elapsed();
        let now = match &self.playback {
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
            Some(playback) => lock(playback).wall(elapsed),
        };
        let reading = (now.as_secs(), now.subsec_nanos());
        record(&mut lock(&self.recorded).wall, reading);
        now
    }

    /// Returns the next recorded slices, as many as asked for; `None` in a live call.
    pub(crate) fn recorded_slices(&self, newest: u32) -> Option<Result<Vec<Slice>, String>> {
        let playback = &mut *lock(self.playback.as_ref()?);
        if let Some(standing) = &playback.standing {
            return Some(standing.clone().map(|slices| newest_of(slices, newest)));
        }
        // More slices than were asked for have those that are asked for now at their end.
        let mut slices = playback.slices.iter();
        let index = slices.position(|reading| reading.newest >= newest);
        Some(match index {
            Some(index) => {
                let reading = playback.slices.remove(index);
                reading.result.map(|slices| newest_of(slices, newest))
            }
            None => {
                record(&mut playback.missed, newest);
                Err("so many slices of traffic were never recorded".to_owned())
            }
        })
    }

    /// Records a reading of the platform's counts.
    pub(crate) fn record_slices(&self, newest: u32, result: &Result<Vec<Slice>, String>) {
        let result = result.clone();
        let reading = SlicesReading { newest, result };
        record(&mut lock(&self.recorded).slices, reading);
    }

    /// Returns how many slices a replayed call asked for, each time that the recording had not so many.
    pub(crate) fn missed_slices(&self) -> Vec<u32> {
        let playback = self.playback.as_ref();
        playback
            .map(|playback| lock(playback).missed.clone())
            .unwrap_or_default()
    }
}

/// Returns the last ones of a list of slices.
fn newest_of(mut slices: Vec<Slice>, newest: u32) -> Vec<Slice> {
    let newest = usize::try_from(newest).unwrap_or(usize::MAX);
    slices.drain(..slices.len().saturating_sub(newest));
    slices
}

impl Playback {
    fn now_ms(&mut self, elapsed: Duration) -> f64 {
        if let Some(ms) = self.now_ms.pop_front() {
            let now = Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default();
            self.latest.now = self.latest.now.max(now);
            return ms;
        }
        self.latest.now = self.virtual_time(elapsed, self.latest.now);
        self.latest.now.as_secs_f64() * 1_000.0
    }

    fn monotonic_ns(&mut self, elapsed: Duration) -> u64 {
        if let Some(ns) = self.monotonic_ns.pop_front() {
            self.latest.monotonic = self.latest.monotonic.max(Duration::from_nanos(ns));
            return ns;
        }
        self.latest.monotonic = self.virtual_time(elapsed, self.latest.monotonic);
        whole_ns(self.latest.monotonic)
    }

    fn wall(&mut self, elapsed: Duration) -> Duration {
        if let Some((s, ns)) = self.wall.pop_front() {
            return Duration::new(s, ns);
        }
        self.latest.wall = self.virtual_time(elapsed, self.latest.wall);
        self.wall_began + self.latest.wall
    }

    /// Returns the next virtual time of a clock: later than its latest reading, and later with every reading of any clock.
    fn virtual_time(&mut self, elapsed: Duration, latest: Duration) -> Duration {
        self.virtual_readings = self.virtual_readings.saturating_add(1);
        let after_latest = latest.max(elapsed) + TIME_PER_READING;
        after_latest.max(elapsed + TIME_PER_READING * self.virtual_readings)
    }
}

fn whole_ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn record<T>(readings: &mut Vec<T>, reading: T) {
    if readings.len() < READINGS_MAX {
        readings.push(reading);
    }
}
