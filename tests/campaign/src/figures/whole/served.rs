//! What the two revisions of an app serve, and what the platform counts of it: each minute once, and late.

use evidence::{Block, Counts};

use crate::figures::chance::{Chance, binomial, poisson};
use crate::figures::traffic::float;

/// The length of what the platform counts at a time, in seconds.
const SLICE_S: f64 = 60.0;
/// How long after its end a slice is complete, in seconds: Azure's.
const LAG_S: f64 = 180.0;
/// For how long stable has served before, in seconds.
const BEFORE_S: f64 = 4_200.0;

/// The app and its users.
#[derive(Debug, Clone, Copy)]
pub(crate) struct App {
    /// Requests in a second.
    pub(crate) per_second: f64,
    /// Stable's rate of failures.
    pub(crate) stable: f64,
    /// The canary's.
    pub(crate) canary: f64,
    /// The weight from which on the canary has that rate, in per cent; below it fails as stable does.
    pub(crate) from_weight: u32,
}

/// What was counted in one slice of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice {
    /// Its beginning, in Unix seconds.
    pub(crate) start_s: f64,
    /// Its end.
    pub(crate) end_s: f64,
    /// The counts.
    pub(crate) block: Block,
}

/// All that was served so far.
pub(crate) struct Served {
    app: App,
    chance: Chance,
    /// Until when, in Unix seconds.
    until: f64,
    weight: u32,
    slices: Vec<Slice>,
    /// The slice that is not over.
    open: Block,
    /// The requests that failed because they were the canary's.
    extra_failures: u64,
}

impl Served {
    /// Returns an app whose stable revision has all traffic. `begin_s` is when the rollout begins, in Unix seconds.
    pub(crate) fn before(app: App, chance: Chance, begin_s: f64) -> Served {
        Served {
            app,
            chance,
            until: ((begin_s - BEFORE_S) / SLICE_S).floor() * SLICE_S,
            weight: 0,
            slices: Vec::new(),
            open: Block::default(),
            extra_failures: 0,
        }
    }

    /// Serves until a time, at the present weight.
    pub(crate) fn serve_until(&mut self, time_s: f64) {
        while self.until < time_s {
            let end = (self.until / SLICE_S).floor() * SLICE_S + SLICE_S;
            let stop = end.min(time_s);
            let block = self.serve(stop - self.until);
            self.open += block;
            self.until = stop;
            if stop >= end {
                self.slices.push(Slice {
                    start_s: end - SLICE_S,
                    end_s: end,
                    block: std::mem::take(&mut self.open),
                });
            }
        }
    }

    /// Gives the canary another weight from that time on.
    pub(crate) fn set_weight(&mut self, time_s: f64, weight: u32) {
        self.serve_until(time_s);
        self.weight = weight;
    }

    /// Returns the slices that are complete in the platform's counts at that time, oldest first.
    pub(crate) fn counted_at(&mut self, time_s: f64) -> &[Slice] {
        self.serve_until(time_s);
        let complete = |slice: &Slice| slice.end_s + LAG_S <= time_s;
        &self.slices[..self.slices.partition_point(complete)]
    }

    /// Returns how many requests failed because they were the canary's.
    pub(crate) fn extra_failures(&self) -> u64 {
        self.extra_failures
    }

    fn serve(&mut self, seconds: f64) -> Block {
        let App {
            per_second,
            stable,
            canary,
            from_weight,
        } = self.app;
        let chance = &mut self.chance;
        let rate = if self.weight >= from_weight {
            canary
        } else {
            stable
        };
        let requests = poisson(chance, per_second * seconds);
        let of_canary = binomial(chance, requests, f64::from(self.weight) / 100.0);
        let failed = binomial(chance, of_canary, rate);
        if rate > stable {
            self.extra_failures += binomial(chance, failed, 1.0 - stable / rate);
        }
        let of_stable = requests - of_canary;
        let stable_failed = binomial(chance, of_stable, stable);
        let counts = |requests, failures| Counts {
            requests: float(requests),
            failures: float(failures),
        };
        Block {
            canary: counts(of_canary, failed),
            stable: counts(of_stable, stable_failed),
        }
    }
}
