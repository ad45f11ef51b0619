//! What is known when the table has decided: what sentences and measurements are made of.

use evidence::power::{Comparison, requests_to_go_on};
use evidence::{Judged, Line, together};

use crate::asked::Asked;
use crate::minutes::History;
use crate::settings::{Metric, Settings};
use crate::state::{Known, State};

/// What is known.
pub(crate) struct View<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) state: &'a State,
    pub(crate) asked: &'a Asked,
    /// The stable before the rollout, where this call has read it.
    pub(crate) history: Option<History>,
    /// Why the source could not be read in this call.
    pub(crate) unread: Option<&'a str>,
}

impl<'a> View<'a> {
    /// Returns each metric with what is known of it.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = (&'a Metric, &'a Known)> + use<'a> {
        self.settings.metrics.iter().zip(&self.state.metrics)
    }

    /// Returns the metrics as the table judges them.
    pub(crate) fn judged(&self) -> Vec<Judged<'a>> {
        judged(self.settings, self.state)
    }

    /// Returns the logarithm of the evidence against the canary, of all metrics together.
    pub(crate) fn against(&self) -> f64 {
        let metrics = self.metrics();
        let logs: Vec<(f64, f64)> = metrics
            .map(|(metric, known)| (metric.share, known.evidence.against()))
            .collect();
        together(logs.into_iter())
    }

    /// Returns about how many requests to the canary are missing before this metric lets it go on; `None` where no number of
    /// them would do.
    pub(crate) fn still_needed(&self, metric: &Metric, known: &Known) -> Option<f64> {
        let judged = judge_of(metric, known);
        let rules = &self.settings.rules;
        let margin = judged.margin(self.asked.next_weight);
        let missing = rules.beta.recip().ln() - known.evidence.in_favour(margin);
        let share = self.canary_share(known);
        let comparison = Comparison {
            line: Line {
                difference: margin,
                ..metric.tolerated
            },
            weight: share,
            stable_rate: known.evidence.stable_rate(),
        };
        // Where the line is above 100 %, nothing is bet.
        let is_bet = comparison.line.at(comparison.stable_rate) < 1.0;
        let by_evidence = if missing > 0.0 {
            if !is_bet {
                return None;
            }
            requests_to_go_on(&comparison, missing)? * share * known.burst
        } else {
            0.0
        };
        let by_canary = rules.min_requests - known.stage.canary.requests;
        let by_stable = if metric.tolerated.is_absolute() {
            0.0
        } else {
            (rules.min_requests - known.stage.stable.requests) * share / (1.0 - share)
        };
        let needed = by_evidence.max(by_canary).max(by_stable).max(0.0);
        Some(needed).filter(|needed| needed.is_finite())
    }

    /// Returns the canary's share of what was judged at this stage; what it should be, where one of the two had nothing.
    fn canary_share(&self, known: &Known) -> f64 {
        let by_weight = if self.settings.rules.sees_before_traffic {
            0.5
        } else {
            f64::from(self.asked.weight) / 100.0
        };
        let is_seen = known.stage.stable.requests > 0.0;
        share_of(known).filter(|_| is_seen).unwrap_or(by_weight)
    }
}

/// Returns the canary's share of what was judged at this stage; `None` where that is nothing.
pub(crate) fn share_of(known: &Known) -> Option<f64> {
    let (canary, stable) = (known.stage.canary.requests, known.stage.stable.requests);
    (canary > 0.0).then(|| canary / (canary + stable))
}

/// Returns the metrics as the table judges them.
pub(crate) fn judged<'a>(settings: &Settings, state: &'a State) -> Vec<Judged<'a>> {
    let metrics = settings.metrics.iter().zip(&state.metrics);
    metrics
        .map(|(metric, known)| judge_of(metric, known))
        .collect()
}

fn judge_of<'a>(metric: &Metric, known: &'a Known) -> Judged<'a> {
    Judged {
        evidence: &known.evidence,
        tolerated: metric.tolerated,
        harm: metric.harm,
        share: metric.share,
        stage: known.stage,
    }
}
