//! What arithmetic needs of a gate that judges real traffic, of the app, and of the plan.

use std::time::Duration;

use evidence::{Counts, Line};

use crate::config::Counting;

/// A gate that judges real traffic, as configured.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judge {
    /// The gate's name in the configuration.
    pub(crate) name: String,
    /// Whether the rollout goes by it.
    pub(crate) decides: bool,
    /// The chance of a false alarm in the whole rollout.
    pub(crate) alpha: f64,
    /// The chance, at each stage, to let on a canary that is beyond the margin.
    pub(crate) beta: f64,
    /// How its source counts.
    pub(crate) counting: Counting,
    /// The canary's traffic after each shift that is not judged.
    pub(crate) warm_up: Duration,
    /// The requests of each revision at a stage before it may end.
    pub(crate) min_requests: f64,
    /// The requests that it sends to each revision at each check; `None` where it judges the app's own traffic.
    pub(crate) probes: Option<f64>,
    /// What it judges.
    pub(crate) metrics: Vec<JudgedMetric>,
}

/// A metric of a judge.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JudgedMetric {
    /// Its name.
    pub(crate) name: String,
    /// The tolerated line.
    pub(crate) tolerated: Line,
    /// The share of all requests that may additionally fail after a step.
    pub(crate) harm: f64,
    /// Its share of alpha.
    pub(crate) share: f64,
    /// The classes of status that the platform counts as failures, such as `5xx`; empty where another source counts.
    pub(crate) failures: Vec<String>,
    /// What stable did in the last hour; `None` where nobody has counted it.
    pub(crate) history: Option<Counts>,
}

/// The traffic of an app.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    /// Requests a second, above 0.
    pub(crate) per_second: f64,
}

/// The times of a plan, as far as a judge goes by them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Times {
    /// The weight and the bake of each stage, in order.
    pub(crate) stages: Vec<(u32, Duration)>,
    /// How long gates may hold.
    pub(crate) gate_deadline: Duration,
    /// The time between two health checks.
    pub(crate) check_interval: Duration,
}

#[cfg(test)]
impl Judge {
    /// Returns one that judges nothing yet, with the defaults of `compare`, by counts as Azure has them.
    pub(crate) fn sample() -> Judge {
        Judge {
            name: "compare".to_owned(),
            decides: true,
            alpha: 0.01,
            beta: 0.05,
            counting: Counting {
                slice: Duration::from_mins(1),
                lag: Duration::from_mins(3),
            },
            warm_up: Duration::from_mins(1),
            min_requests: 100.0,
            probes: None,
            metrics: Vec::new(),
        }
    }
}
