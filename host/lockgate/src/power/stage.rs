//! The requests that a stage needs, and whether it lasts long enough for them.

use std::time::Duration;

use evidence::power::{Comparison, requests_to_catch, requests_to_go_on};
use evidence::{Line, smallest_margin};
use rollout::Plan;

use super::judge::{Judge, JudgedMetric, Rate, Times};
use crate::config::first_slice;

/// The stable's rate where nothing is known, and the canaries that a plan speaks of.
const USUAL: f64 = 0.002;
const WORSE: [f64; 2] = [0.01, 0.05];

/// What a judge sees of one stage.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StagePower {
    /// The stage's weight, in per cent.
    pub(crate) weight: u32,
    /// Of each metric, the canaries that are caught.
    pub(crate) catches: Vec<Catch>,
    /// What it takes to go on; `None` at the last stage.
    pub(crate) going_on: Option<GoingOn>,
}

/// A canary that is worse, and what it takes to catch it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Catch {
    /// The metric's name.
    pub(crate) metric: String,
    /// The stable's rate of failures; `None` where the limit is absolute.
    pub(crate) from: Option<f64>,
    /// The canary's.
    pub(crate) to: f64,
    /// Requests to both revisions together; `None` where it is not caught at all.
    pub(crate) requests: Option<f64>,
    /// The time at this weight, where the app's traffic is known.
    pub(crate) time: Option<Duration>,
}

/// What it takes to go on from a stage, for a canary that is as good as stable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GoingOn {
    /// The next weight, in per cent.
    pub(crate) next_weight: u32,
    /// The metric that needs most.
    pub(crate) metric: String,
    /// Times stable's rate that it tolerates; 0 for an absolute limit.
    pub(crate) ratio: f64,
    /// The margin that the canary's rate must be shown to be below, as a share of its requests.
    pub(crate) margin: f64,
    /// Requests to both revisions together; `None` where they never suffice.
    pub(crate) requests: Option<f64>,
    /// The time at this weight, where the app's traffic is known.
    pub(crate) time: Option<Duration>,
    /// The time that the plan leaves: the bake and the deadline of the gates.
    pub(crate) allowed: Duration,
}

impl GoingOn {
    /// Returns whether the plan leaves time enough; `None` where that is not known.
    pub(crate) fn suffices(&self) -> Option<bool> {
        match (self.requests, self.time) {
            (None, _) => Some(false),
            (_, time) => Some(time? <= self.allowed),
        }
    }
}

/// Returns what a judge sees of each stage.
pub(crate) fn stages(judge: &Judge, times: &Times, rate: Option<Rate>) -> Vec<StagePower> {
    let after = |index: usize| times.stages.get(index + 1).map(|(weight, _)| *weight);
    let stages = times.stages.iter().enumerate();
    stages
        .map(|(index, (weight, bake))| {
            let clock = StageClock {
                begins: first_slice(judge.counting, judge.warm_up, times.check_interval),
                slice: judge.counting.slice,
                rate: judge.sees(times.check_interval).or(rate),
            };
            let allowed = bake.saturating_add(times.gate_deadline);
            let going_on =
                after(index).and_then(|next| going_on(judge, [*weight, next], &clock, allowed));
            StagePower {
                weight: *weight,
                catches: judge
                    .metrics
                    .iter()
                    .flat_map(|metric| catches(judge, metric, *weight, &clock))
                    .collect(),
                going_on,
            }
        })
        .collect()
}

impl Judge {
    /// Returns the canary's share of the requests that are judged, at a weight in per cent.
    fn share(&self, weight: u32) -> f64 {
        match self.probes {
            Some(_) => 0.5,
            None => f64::from(weight) / 100.0,
        }
    }

    /// Returns the rate of its own requests; `None` where it judges the app's traffic.
    fn sees(&self, check_interval: Duration) -> Option<Rate> {
        let probes = self.probes?;
        let interval = check_interval.as_secs_f64().max(0.001);
        Some(Rate {
            per_second: 2.0 * probes / interval,
        })
    }
}

impl Times {
    /// Returns the times of a plan.
    pub(crate) fn of(plan: &Plan) -> Times {
        let stages = plan.stages().iter();
        Times {
            stages: stages
                .map(|stage| (stage.weight.per_cent(), stage.bake))
                .collect(),
            gate_deadline: plan.timing().gate_deadline,
            check_interval: plan.timing().check_interval,
        }
    }
}

/// When requests have been counted and judged.
struct StageClock {
    /// When the first slice has.
    begins: Duration,
    slice: Duration,
    rate: Option<Rate>,
}

impl StageClock {
    /// Returns the time at the weight until so many requests have been judged; `None` where the traffic is not known.
    fn time_of(&self, requests: f64) -> Option<Duration> {
        let of_a_slice = self.rate?.per_second * self.slice.as_secs_f64();
        let further = ((requests / of_a_slice).ceil() - 1.0).max(0.0);
        let further = Duration::try_from_secs_f64(further * self.slice.as_secs_f64());
        Some(self.begins.saturating_add(further.unwrap_or(Duration::MAX)))
    }
}

fn catches(judge: &Judge, metric: &JudgedMetric, weight: u32, clock: &StageClock) -> Vec<Catch> {
    let present = present_rate(metric);
    let line = metric.tolerated;
    // At 100 % stable has no requests of the app to compare with.
    if judge.share(weight) >= 1.0 && !line.is_absolute() {
        return Vec::new();
    }
    let pairs: Vec<(f64, f64)> = if line.is_absolute() {
        vec![(present, 2.0 * line.difference)]
    } else {
        let usual = WORSE.map(|worse| (USUAL, worse));
        let doubled = metric.history.map(|_| (present, (2.0 * present).min(1.0)));
        usual.into_iter().chain(doubled).collect()
    };
    let pairs = pairs.into_iter().filter(|(_, to)| *to < 1.0);
    pairs
        .map(|(from, to)| {
            let comparison = Comparison {
                line,
                weight: judge.share(weight),
                stable_rate: from,
            };
            let requests = requests_to_catch(&comparison, to, judge.alpha * metric.share);
            Catch {
                metric: metric.name.clone(),
                from: (!line.is_absolute()).then_some(from),
                to,
                requests,
                time: requests.and_then(|requests| clock.time_of(requests)),
            }
        })
        .collect()
}

/// Returns what the metric that needs most needs.
fn going_on(
    judge: &Judge,
    [weight, next_weight]: [u32; 2],
    clock: &StageClock,
    allowed: Duration,
) -> Option<GoingOn> {
    let share = judge.share(weight);
    let of_metric = |metric: &JudgedMetric| {
        let margin = if metric.tolerated.is_absolute() {
            metric.tolerated.difference
        } else {
            metric.harm * 100.0 / f64::from(next_weight)
        };
        let comparison = Comparison {
            line: Line {
                difference: margin.max(smallest_margin()),
                ..metric.tolerated
            },
            weight: share,
            stable_rate: present_rate(metric),
        };
        // Each revision must have its least, so that the smaller share decides.
        let least = judge.min_requests / share.min(1.0 - share).max(f64::MIN_POSITIVE);
        let requests = requests_to_go_on(&comparison, judge.beta.recip().ln());
        let requests = requests.map(|requests| requests.max(least));
        GoingOn {
            next_weight,
            metric: metric.name.clone(),
            ratio: metric.tolerated.ratio,
            margin,
            requests,
            time: requests.and_then(|requests| clock.time_of(requests)),
            allowed,
        }
    };
    let all = judge.metrics.iter().map(of_metric);
    all.max_by(|one, other| {
        let needs = |going_on: &GoingOn| going_on.requests.unwrap_or(f64::INFINITY);
        needs(one).total_cmp(&needs(other))
    })
}

/// Returns the stable's present rate of failures, or a usual one; never 0, because nothing can be compared with that.
fn present_rate(metric: &JudgedMetric) -> f64 {
    let known = metric.history.filter(|history| history.requests > 0.0);
    known.map_or(USUAL, |history| {
        ((history.failures + 0.5) / (history.requests + 500.0)).clamp(1e-5, 0.99)
    })
}

#[cfg(test)]
mod tests;
