//! What all of the traffic says: the capital that the bets have made.

use crate::constants::{
    AT_STAGE, BETS_AGAINST, BETS_FOR, FIRST, GRID_BAD, GRID_GOOD, GRID_GOOD_ABSOLUTE, LADDER,
    LATER, MARGINS, MEMORY, PRIOR_BAD, PRIOR_FAILURES, PRIOR_REQUESTS,
};
use crate::factor::{Block, Counts, Line, log_factor};
use crate::sum::log_sum_exp;

/// The evidence about one metric, from all blocks of a rollout. Every number is finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The logarithms of the capitals that are bet against the canary.
    pub bad: [f64; BETS_AGAINST],
    /// The logarithm of what is not staked yet.
    pub cash: f64,
    /// For each margin of [`LADDER`], the logarithms of the capitals that are bet for the canary, since the stage began.
    pub good: [[f64; BETS_FOR]; MARGINS],
    /// What stable did, the older the less it counts: the guess of its rate, which only makes bets better or worse.
    pub stable: Counts,
    /// Whether there was a block.
    pub begun: bool,
    /// Whether the weight was raised since the last block.
    pub raised: bool,
}

impl Default for Evidence {
    fn default() -> Evidence {
        Evidence::new()
    }
}

impl Evidence {
    /// Returns the evidence before anything was seen.
    pub fn new() -> Evidence {
        Evidence {
            bad: PRIOR_BAD.map(|share| share.ln() + FIRST.ln()),
            cash: (1.0 - FIRST).ln(),
            good: [even_stakes(); MARGINS],
            stable: Counts::default(),
            begun: false,
            raised: false,
        }
    }

    /// Takes half of the capital away, because earlier looks were lost: with k losses the chance of a false alarm is at
    /// most alpha * (1 + k/2).
    #[must_use]
    pub fn after_a_loss(mut self) -> Evidence {
        for capital in self.bad.iter_mut().chain([&mut self.cash]) {
            *capital -= std::f64::consts::LN_2;
        }
        self
    }

    /// Sets what stable did in the hour before. It improves the bets and is no evidence.
    #[must_use]
    pub fn with_history(mut self, stable: Counts) -> Evidence {
        self.stable = stable;
        self
    }

    /// Begins a stage with a larger weight: evidence against is kept, evidence for begins anew.
    pub fn begin_stage(&mut self) {
        self.raised = self.begun;
        self.good = [even_stakes(); MARGINS];
    }

    /// Returns the guess of the stable's rate of failures.
    pub fn stable_rate(&self) -> f64 {
        (self.stable.failures + PRIOR_FAILURES) / (self.stable.requests + PRIOR_REQUESTS)
    }

    /// Adds one block. `tolerated` is the line that is tolerated; `burst`, at least 1, is the most failures that come in one
    /// bunch. A block without any request is no block.
    pub fn add(&mut self, block: &Block, tolerated: Line, burst: f64) {
        if block.is_empty() {
            return;
        }
        // From earlier blocks alone: this is what keeps the test valid.
        let rate = self.stable_rate();
        if self.begun {
            self.stake_cash();
        }
        (self.begun, self.raised) = (true, false);
        let on_the_line = tolerated.at(rate);
        if on_the_line < 1.0 {
            for (capital, times) in self.bad.iter_mut().zip(GRID_BAD) {
                let bet = (times * on_the_line).min(1.0);
                *capital += log_factor(block, tolerated, rate, bet) / burst;
            }
        }
        for (capitals, margin) in self.good.iter_mut().zip(LADDER) {
            let line = Line {
                difference: margin,
                ..tolerated
            };
            if line.at(rate) < 1.0 {
                for (capital, bet) in capitals.iter_mut().zip(bets_for(line, rate)) {
                    *capital += log_factor(block, line, rate, bet) / burst;
                }
            }
        }
        self.stable.failures = MEMORY * self.stable.failures + block.stable.failures;
        self.stable.requests = MEMORY * self.stable.requests + block.stable.requests;
    }

    /// Returns the logarithm of the evidence against the canary: that it is worse than tolerated.
    pub fn against(&self) -> f64 {
        log_sum_exp(self.bad.iter().copied().chain([self.cash]))
    }

    /// Returns the logarithm of the evidence, of this stage alone, that the canary's rate is below the line with this margin;
    /// minus infinity for a margin below [`LADDER`].
    pub fn in_favour(&self, margin: f64) -> f64 {
        let rung = LADDER
            .iter()
            .rposition(|&rung| rung <= margin * (1.0 + 1e-9));
        rung.map_or(f64::NEG_INFINITY, |rung| self.at_rung(rung))
    }

    /// Returns the smallest margin of [`LADDER`] for which, and for all larger ones, there is evidence enough: "not worse by
    /// more than this". `None` where there is none even for the largest.
    pub fn not_worse_by_more_than(&self, beta: f64) -> Option<f64> {
        let enough = beta.recip().ln();
        let shown = (0..MARGINS)
            .rev()
            .take_while(|&rung| self.at_rung(rung) >= enough);
        shown.last().map(|rung| LADDER[rung])
    }

    fn at_rung(&self, rung: usize) -> f64 {
        log_sum_exp(self.good[rung].iter().copied())
    }

    /// Stakes a part of the cash on "it begins now".
    fn stake_cash(&mut self) {
        let part = if self.raised { AT_STAGE } else { LATER };
        for (capital, share) in self.bad.iter_mut().zip(PRIOR_BAD) {
            let added = self.cash + (part * share).ln();
            *capital = log_sum_exp([*capital, added].into_iter());
        }
        self.cash += (1.0 - part).ln();
    }
}

/// Returns the evidence against the canary by several metrics: the logarithm of the weighted mean, which is valid under any
/// dependence. `metrics` holds each metric's share of alpha, and the logarithm of its evidence; the shares sum to 1.
pub fn together(metrics: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    log_sum_exp(metrics.map(|(share, log)| share.ln() + log))
}

fn even_stakes() -> [f64; BETS_FOR] {
    #[expect(clippy::cast_precision_loss, reason = "3")]
    let share = (BETS_FOR as f64).recip().ln();
    [share; BETS_FOR]
}

/// Returns the rates of the canary that are bet on, between the stable's and the line's.
pub(crate) fn bets_for(line: Line, stable_rate: f64) -> [f64; BETS_FOR] {
    if line.is_absolute() {
        return GRID_GOOD_ABSOLUTE.map(|part| part * line.difference);
    }
    let top = line.at(stable_rate);
    let low = stable_rate.min(top);
    GRID_GOOD.map(|part| low + part * (top - low))
}
