//! Traffic: what the two revisions serve in a minute, for each kind of traffic in the tables.

use evidence::{Block, Counts, Line};

use super::chance::{Chance, binomial, geometric, normal, poisson, swing};

/// Minutes that stable alone has served before the canary's first request.
const HISTORY_MINUTES: u32 = 60;
/// Of a rate that wanders: how much of it stays from one minute to the next, and how far its logarithm goes.
const WANDER_KEEPS: f64 = 0.9;
const WANDER_DEVIATION: f64 = 0.7;
/// The share of failures in an incident.
const INCIDENT_RATE: f64 = 0.2;

/// Minutes at one weight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    /// The canary's share of the requests.
    pub(crate) weight: f64,
    /// How long.
    pub(crate) minutes: u32,
}

/// 20 minutes each at 10, 25 and 50 %.
pub(crate) const LADDER: [Stretch; 3] = [stretch(0.10, 20), stretch(0.25, 20), stretch(0.50, 20)];

/// Returns an hour at one weight.
pub(crate) const fn hour_at(weight: f64) -> [Stretch; 1] {
    [stretch(weight, 60)]
}

const fn stretch(weight: f64, minutes: u32) -> Stretch {
    Stretch { weight, minutes }
}

/// How the canary fails, beside stable.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Canary {
    /// As stable does.
    Same,
    /// As stable does, and at this rate from a minute on.
    Worse {
        /// Its rate.
        rate: f64,
        /// The first minute, from 0.
        from: u32,
    },
    /// Exactly on a line above stable's rate.
    OnLine(Line),
}

/// What the traffic is like.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Nature {
    /// Requests come at one rate, and fail at one rate.
    Steady,
    /// The number of requests swings by 80 % in an hour.
    Tides,
    /// The rate of both is another one each minute, with this coefficient of variation.
    BothSwing(f64),
    /// For some minutes 20 % of both fail.
    Incident {
        /// The first minute, from 0.
        from: u32,
        /// The first minute after it.
        to: u32,
    },
    /// The rate of both wanders.
    BothWander,
    /// Failures come so many at a time, on one revision.
    Bunches(u64),
    /// The same with sizes of geometric distribution, with this mean.
    GeometricBunches(f64),
    /// Each revision's rate is another one each minute, by itself.
    EachSwings(f64),
    /// Each revision's rate wanders by itself.
    EachWanders,
}

/// Traffic of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traffic {
    /// Requests in a second, to both revisions together.
    pub(crate) per_second: f64,
    /// The share of stable's requests that fail.
    pub(crate) rate: f64,
    /// The canary.
    pub(crate) canary: Canary,
    /// What it is like.
    pub(crate) nature: Nature,
}

/// What stable did in the hour before, by the minute.
#[derive(Debug)]
pub(crate) struct History(pub(crate) Vec<Counts>);

/// One minute of a rollout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Minute {
    /// Its number, from 0.
    pub(crate) number: u32,
    /// What was counted.
    pub(crate) block: Block,
    /// Whether the canary's weight was raised before it.
    pub(crate) raised: bool,
}

/// The traffic of one rollout, minute by minute.
pub(crate) struct Stream<'a> {
    traffic: &'a Traffic,
    chance: &'a mut Chance,
    /// The logarithms of the rates that wander: the canary's, or both; and stable's.
    wander: [f64; 2],
}

impl<'a> Stream<'a> {
    pub(crate) fn new(traffic: &'a Traffic, chance: &'a mut Chance) -> Stream<'a> {
        let wander = [(); 2].map(|()| WANDER_DEVIATION * normal(chance));
        Stream {
            traffic,
            chance,
            wander,
        }
    }

    /// Returns the hour before the rollout. It comes before every minute.
    pub(crate) fn history(&mut self) -> History {
        let minutes = 0..HISTORY_MINUTES;
        History(minutes.map(|_| self.minute(None, 0.0).stable).collect())
    }

    /// Returns every minute of a rollout.
    pub(crate) fn minutes(&mut self, stretches: &'a [Stretch]) -> impl Iterator<Item = Minute> {
        let each = stretches
            .iter()
            .flat_map(|at| (0..at.minutes).map(|nth| (at.weight, nth == 0)));
        (0..).zip(each).map(|(number, (weight, first))| Minute {
            number,
            block: self.minute(Some(number), weight),
            raised: first && number > 0,
        })
    }

    /// Returns the next minute; `number` is `None` before the rollout.
    fn minute(&mut self, number: Option<u32>, weight: f64) -> Block {
        let tide = match (self.traffic.nature, number) {
            (Nature::Tides, Some(number)) => {
                1.0 + 0.8 * (f64::from(number) / 60.0 * std::f64::consts::TAU).sin()
            }
            _ => 1.0,
        };
        let requests = poisson(self.chance, self.traffic.per_second * 60.0 * tide);
        let of_canary = binomial(self.chance, requests, weight);
        let [canary, stable] = self.rates(number);
        Block {
            canary: self.serve(of_canary, canary),
            stable: self.serve(requests - of_canary, stable),
        }
    }

    /// Returns the rates of this minute: the canary's, and stable's.
    fn rates(&mut self, number: Option<u32>) -> [f64; 2] {
        let [of_canary, of_stable] = self.factors();
        let incident = match (self.traffic.nature, number) {
            (Nature::Incident { from, to }, Some(number)) => (from..to).contains(&number),
            _ => false,
        };
        let base = if incident {
            INCIDENT_RATE
        } else {
            self.traffic.rate
        };
        let stable = (base * of_stable).min(1.0);
        let canary = match self.traffic.canary {
            Canary::Worse { rate, from } if number.is_some_and(|number| number >= from) => {
                rate.max(base)
            }
            Canary::Same | Canary::Worse { .. } => base * of_canary,
            Canary::OnLine(line) => line.at(stable),
        };
        [canary.min(1.0), stable]
    }

    /// Returns by what the rates are multiplied in this minute.
    fn factors(&mut self) -> [f64; 2] {
        let chance = &mut *self.chance;
        match self.traffic.nature {
            Nature::BothSwing(variation) => [swing(chance, variation); 2],
            Nature::EachSwings(variation) => [(); 2].map(|()| swing(chance, variation)),
            Nature::BothWander => [self.step(0); 2],
            Nature::EachWanders => [0, 1].map(|side| self.step(side)),
            _ => [1.0; 2],
        }
    }

    /// Lets a rate wander on, and returns its factor, of mean 1.
    fn step(&mut self, side: usize) -> f64 {
        let shock = WANDER_DEVIATION * (1.0 - WANDER_KEEPS.powi(2)).sqrt();
        self.wander[side] = WANDER_KEEPS * self.wander[side] + shock * normal(self.chance);
        (self.wander[side] - WANDER_DEVIATION.powi(2) / 2.0).exp()
    }

    /// Returns what becomes of requests that fail at a rate.
    fn serve(&mut self, requests: u64, rate: f64) -> Counts {
        let chance = &mut *self.chance;
        let failures = match self.traffic.nature {
            Nature::Bunches(size) => {
                size * binomial(chance, requests / size, rate)
                    + binomial(chance, requests % size, rate)
            }
            Nature::GeometricBunches(mean) => {
                let causes = poisson(chance, float(requests) * rate / mean);
                let failures: u64 = (0..causes).map(|_| geometric(chance, mean)).sum();
                failures.min(requests)
            }
            _ => binomial(chance, requests, rate),
        };
        Counts {
            requests: float(requests),
            failures: float(failures),
        }
    }
}

impl History {
    /// Returns the whole hour.
    pub(crate) fn total(&self) -> Counts {
        let mut total = Counts::default();
        for minute in &self.0 {
            total += *minute;
        }
        total
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
