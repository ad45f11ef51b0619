//! What follows from the evidence: the decision table, its first line that fits.

use crate::capital::{Evidence, together};
use crate::factor::{Block, Line};

/// Where a rollout is when it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The canary has no traffic, and the first stage would give it some.
    BeforeTraffic,
    /// A stage bakes.
    Baking,
    /// The next stage would begin.
    Gating,
    /// All traffic is on the canary, or the last stage has baked.
    Last,
}

impl Phase {
    /// Returns the phase from the numbers of a question. Weights are whole per cent.
    pub fn of(index: u32, total: u32, weight: u32, next_weight: u32) -> Phase {
        if weight == 0 {
            Phase::BeforeTraffic
        } else if index >= total || weight >= 100 {
            Phase::Last
        } else if next_weight > weight {
            Phase::Gating
        } else {
            Phase::Baking
        }
    }
}

/// What to do when the evidence does not suffice for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThinEvidence {
    /// Go on holding.
    Hold,
    /// Pass, unless half of the evidence for a rollback is there.
    Pass,
}

/// The settings that the table knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// The chance of a false alarm in the whole rollout.
    pub alpha: f64,
    /// The chance, at each stage, to let a canary on that is beyond the margin.
    pub beta: f64,
    /// Whether the source sees the canary before it has traffic.
    pub sees_before_traffic: bool,
    /// The requests of each revision at this stage before it may end.
    pub min_requests: f64,
    /// The longest silence, in seconds, that is not worth a word.
    pub patience_s: f64,
    /// What to do when the evidence does not suffice for long.
    pub thin_evidence: ThinEvidence,
    /// What is long, in seconds at one weight.
    pub thin_after_s: f64,
}

/// A question, as far as the table looks at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// Where the rollout is.
    pub phase: Phase,
    /// Whether stable and canary are one revision.
    pub same_revision: bool,
    /// The canary's weight after a pass, in whole per cent.
    pub next_weight: u32,
    /// For how long the canary has its weight, in seconds.
    pub at_weight_s: f64,
    /// For how long nothing new was counted, in seconds.
    pub silent_s: f64,
}

/// What is known of one metric.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// Its evidence.
    pub evidence: &'a Evidence,
    /// The tolerated line.
    pub tolerated: Line,
    /// The share of all requests that may additionally fail after a step.
    pub harm: f64,
    /// Its share of alpha; those of all metrics sum to 1.
    pub share: f64,
    /// What was counted at this stage.
    pub stage: Block,
}

/// Why the answer is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Healthy: stable and canary are one revision.
    First,
    /// Healthy: the canary has no traffic yet.
    NoTrafficYet,
    /// Unhealthy: worse than tolerated. Names the metric that says so most.
    Worse {
        /// Its place among the metrics.
        metric: usize,
    },
    /// Unknown: nothing new was counted for too long.
    NoCounts,
    /// Healthy: stable has no traffic any more.
    NoStableTraffic,
    /// Healthy: no evidence against the canary so far.
    SoFar,
    /// Healthy: evidence enough for the next weight.
    Enough,
    /// Healthy: not enough evidence, and the settings say to go on.
    Thin,
    /// Unknown: not enough evidence yet. Names the first metric that lacks some.
    NotYet {
        /// Its place among the metrics.
        metric: usize,
    },
}

impl Judged<'_> {
    /// Returns by how much the canary's rate may lie above `ratio` times the stable's, at the step to `next_weight`, as a
    /// share of its requests.
    pub fn margin(&self, next_weight: u32) -> f64 {
        if self.tolerated.is_absolute() {
            self.tolerated.difference
        } else {
            self.harm * 100.0 / f64::from(next_weight.max(1))
        }
    }

    /// Returns whether this metric lets the canary go on to `next_weight`.
    pub fn lets_on(&self, next_weight: u32, rules: &Rules) -> bool {
        let stable_is_enough =
            self.tolerated.is_absolute() || self.stage.stable.requests >= rules.min_requests;
        self.stage.canary.requests >= rules.min_requests
            && stable_is_enough
            && self.evidence.in_favour(self.margin(next_weight)) >= rules.beta.recip().ln()
    }
}

/// Returns the logarithm of the evidence against the canary, of all metrics together.
pub(crate) fn against(metrics: &[Judged<'_>]) -> f64 {
    together(
        metrics
            .iter()
            .map(|metric| (metric.share, metric.evidence.against())),
    )
}

/// Returns the first line of the decision table that fits. `metrics` is not empty.
pub fn answer(rules: &Rules, question: &Question, metrics: &[Judged<'_>]) -> Reason {
    if question.same_revision {
        return Reason::First;
    }
    let before_traffic = question.phase == Phase::BeforeTraffic;
    if before_traffic && !rules.sees_before_traffic {
        return Reason::NoTrafficYet;
    }
    let against = against(metrics);
    let alarm = rules.alpha.recip().ln();
    if against >= alarm {
        return Reason::Worse {
            metric: loudest(metrics),
        };
    }
    if question.silent_s > rules.patience_s {
        return Reason::NoCounts;
    }
    match question.phase {
        Phase::Last => return Reason::NoStableTraffic,
        Phase::Baking => return Reason::SoFar,
        Phase::BeforeTraffic | Phase::Gating => {}
    }
    let lacking = metrics
        .iter()
        .position(|metric| !metric.lets_on(question.next_weight, rules));
    let Some(metric) = lacking else {
        return Reason::Enough;
    };
    let may_be_thin = rules.thin_evidence == ThinEvidence::Pass
        && question.at_weight_s >= rules.thin_after_s
        && against < alarm / 2.0;
    if may_be_thin {
        Reason::Thin
    } else {
        Reason::NotYet { metric }
    }
}

/// Returns the place of the metric that says most against the canary.
pub(crate) fn loudest(metrics: &[Judged<'_>]) -> usize {
    let loudness = |metric: &Judged<'_>| metric.share.ln() + metric.evidence.against();
    let mut loudest = 0;
    for (place, metric) in metrics.iter().enumerate() {
        if loudness(metric) > loudness(&metrics[loudest]) {
            loudest = place;
        }
    }
    loudest
}
