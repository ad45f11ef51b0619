//! What is to happen: stages, checks and every bound. A [`Plan`] is always valid; a [`Draft`] may not be.

use std::collections::BTreeSet;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::labels::Labels;
use crate::list::listed;
use crate::timing::Timing;
use crate::traffic::Weight;

/// A weight, how long it bakes, and the gates that must pass before it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Stage {
    /// The canary's weight, 1 to 100.
    pub weight: Weight,
    /// The time at this weight before gates are asked about the next stage.
    #[serde(rename = "bake-ms", with = "crate::milliseconds")]
    #[schemars(with = "u64")]
    pub bake: Duration,
    /// The promotion gates that are asked before this stage begins.
    pub gates: Vec<String>,
    /// The promotion gates that are asked beside those, and decide nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advisory_gates: Vec<String>,
    /// How long the run waits for an approval after this stage at the most; `None` goes on by itself.
    #[serde(
        rename = "pause-ms",
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::milliseconds::optional"
    )]
    #[schemars(with = "Option<u64>")]
    pub pause: Option<Duration>,
}

/// What happens when a gate holds longer than the plan allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnDeadline {
    /// Restore the baseline.
    #[default]
    RollBack,
    /// Stay at the weight, end the run, and leave the decision to a person. At weight 0 the run ends as a rollback
    /// without a write.
    Freeze,
}

/// A valid plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", try_from = "Draft", into = "Draft")]
pub struct Plan {
    stages: Vec<Stage>,
    health_checks: Vec<String>,
    advisory_health_checks: Vec<String>,
    timing: Timing,
    on_deadline: OnDeadline,
    labels: Labels,
    emergency: Option<String>,
}

/// A plan before it is checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Draft {
    /// The stages, in order.
    pub stages: Vec<Stage>,
    /// The names of the health checks, asked at weight 0, during each bake and after it.
    pub health_checks: Vec<String>,
    /// The names of the health checks that are asked beside those, and decide nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advisory_health_checks: Vec<String>,
    /// The waits and bounds.
    pub timing: Timing,
    /// What happens when a hold outlives its deadline.
    pub on_deadline: OnDeadline,
    /// The labels that move with the write of 100 %.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Why promotion gates decide nothing in this run; `None` where they do. A plan has them among the advisory ones then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<String>,
}

/// Why a draft is not a valid plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is no stage.
    #[error("the list of stages is empty; write for example stages = [10, 25, 50, 100]")]
    NoStages,
    /// A weight does not rise.
    #[error("stage weights must rise: {after} comes after {before}")]
    NotRising {
        /// The weight before.
        before: u32,
        /// The offending weight.
        after: u32,
    },
    /// A stage of weight 0.
    #[error("a stage of weight 0 moves no traffic; the first stage must be between 1 and 100")]
    ZeroStage,
    /// The last stage is not 100 %.
    #[error("the last stage must be 100, not {0}: a rollout ends with all traffic on the canary")]
    NotComplete(u32),
    /// The plan has neither a health check nor a promotion gate.
    #[error(
        "the plan asks no gate, so no gate could say no; name at least one health check or gate"
    )]
    NoGates,
    /// The plan has neither a required health check nor a required promotion gate.
    #[error(
        "every gate is advisory ({}), so nothing would stop this rollout; make one of them required, or add a gate that is", listed(.0)
    )]
    OnlyAdvisory(Vec<String>),
    /// A gate would be asked the same kind of question as one that decides and as one that does not.
    #[error("gate {0} is named as required and as advisory")]
    RequiredAndAdvisory(String),
    /// One label for both roles.
    #[error("label {0} would be on two revisions, the canary and the one before it")]
    LabelTwice(String),
    /// An interval that would make the run spin.
    #[error("{name} must be at least 10 ms")]
    TooShort {
        /// The name of the interval in the configuration.
        name: &'static str,
    },
}

impl Plan {
    /// Checks a draft.
    ///
    /// # Errors
    /// The first rule that the draft breaks.
    pub fn new(draft: Draft) -> Result<Plan, PlanError> {
        let Draft {
            mut stages,
            health_checks,
            advisory_health_checks,
            timing,
            on_deadline,
            labels,
            emergency,
        } = draft;
        let mut before = 0;
        for stage in &stages {
            let after = stage.weight.per_cent();
            if after == 0 {
                return Err(PlanError::ZeroStage);
            }
            if after <= before {
                return Err(PlanError::NotRising { before, after });
            }
            before = after;
        }
        match before {
            0 => return Err(PlanError::NoStages),
            100 => {}
            last => return Err(PlanError::NotComplete(last)),
        }
        check_modes(&health_checks, &advisory_health_checks, &stages)?;
        if emergency.is_some() {
            for stage in &mut stages {
                stage.advisory_gates.append(&mut stage.gates);
            }
        } else if health_checks.is_empty() && stages.iter().all(|stage| stage.gates.is_empty()) {
            let advisory = advisory(&advisory_health_checks, &stages);
            if advisory.is_empty() {
                return Err(PlanError::NoGates);
            }
            let advisory = advisory.into_iter().map(str::to_owned);
            return Err(PlanError::OnlyAdvisory(advisory.collect()));
        }
        if let Some(label) = labels
            .canary
            .as_ref()
            .filter(|l| labels.stable.as_ref() == Some(*l))
        {
            return Err(PlanError::LabelTwice(label.clone()));
        }
        let shortest = Duration::from_millis(10);
        for (name, interval) in [
            ("check-interval", timing.check_interval),
            ("retry-interval", timing.retry_interval),
            ("poll-interval", timing.poll_interval),
            ("watch-interval", timing.watch_interval),
        ] {
            if interval < shortest {
                return Err(PlanError::TooShort { name });
            }
        }
        Ok(Plan {
            stages,
            health_checks,
            advisory_health_checks,
            timing,
            on_deadline,
            labels,
            emergency,
        })
    }

    /// Returns the stages, weights rising to 100.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Returns the names of the health checks.
    pub fn health_checks(&self) -> &[String] {
        &self.health_checks
    }

    /// Returns the names of the health checks that are asked beside those, and decide nothing.
    pub fn advisory_health_checks(&self) -> &[String] {
        &self.advisory_health_checks
    }

    /// Returns the name of every gate that is asked about something and decides nothing about that.
    pub fn advisory_gates(&self) -> BTreeSet<&str> {
        advisory(&self.advisory_health_checks, &self.stages)
    }

    /// Returns the waits and bounds.
    pub fn timing(&self) -> &Timing {
        &self.timing
    }

    /// Returns what happens when a hold outlives its deadline.
    pub fn on_deadline(&self) -> OnDeadline {
        self.on_deadline
    }

    /// Returns the labels that move with the write of 100 %.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Returns why promotion gates decide nothing in this run; `None` where they do.
    pub fn emergency(&self) -> Option<&str> {
        self.emergency.as_deref()
    }

    /// Returns the canary's weight before a stage begins: 0 before the first.
    pub fn weight_before(&self, stage: usize) -> Weight {
        match stage.checked_sub(1) {
            Some(before) => self.stages[before.min(self.stages.len() - 1)].weight,
            None => Weight::ZERO,
        }
    }

    /// Returns the longest that one stage can take: its shift, its bake and the gates after it.
    pub fn stage_worst_case(&self, stage: usize) -> Duration {
        let timing = &self.timing;
        let verifying = timing.verify_deadline.saturating_mul(2);
        let moving = self.stages[stage].bake.saturating_add(verifying);
        moving.saturating_add(timing.gate_deadline)
    }

    /// Returns the longest that a whole run can take, including a rollback at its end.
    pub fn worst_case(&self) -> Duration {
        let timing = &self.timing;
        let stages = (0..self.stages.len()).map(|stage| self.stage_worst_case(stage));
        let around = [
            timing.readiness_deadline,
            timing.gate_deadline,
            timing.rollback_deadline,
        ];
        stages
            .chain(around)
            .fold(Duration::ZERO, Duration::saturating_add)
    }

    /// Returns the shortest that a promotion can take: the bakes alone.
    pub fn best_case(&self) -> Duration {
        let bakes = self.stages.iter().map(|stage| stage.bake);
        bakes.fold(Duration::ZERO, Duration::saturating_add)
    }
}

fn advisory<'a>(health_checks: &'a [String], stages: &'a [Stage]) -> BTreeSet<&'a str> {
    let gates = stages.iter().flat_map(|stage| &stage.advisory_gates);
    health_checks
        .iter()
        .chain(gates)
        .map(String::as_str)
        .collect()
}

/// Refuses a gate that is required and advisory for one kind of question: it has one state for both.
fn check_modes(
    health_checks: &[String],
    advisory_health_checks: &[String],
    stages: &[Stage],
) -> Result<(), PlanError> {
    let gates: BTreeSet<&String> = stages.iter().flat_map(|stage| &stage.gates).collect();
    let mut advisory_gates = stages.iter().flat_map(|stage| &stage.advisory_gates);
    let twice = advisory_gates.find(|gate| gates.contains(gate));
    let is_required = |name: &&String| health_checks.contains(name);
    match twice.or(advisory_health_checks.iter().find(is_required)) {
        Some(gate) => Err(PlanError::RequiredAndAdvisory(gate.clone())),
        None => Ok(()),
    }
}

impl TryFrom<Draft> for Plan {
    type Error = PlanError;
    fn try_from(draft: Draft) -> Result<Plan, PlanError> {
        Plan::new(draft)
    }
}

impl From<Plan> for Draft {
    fn from(plan: Plan) -> Draft {
        Draft {
            stages: plan.stages,
            health_checks: plan.health_checks,
            advisory_health_checks: plan.advisory_health_checks,
            timing: plan.timing,
            on_deadline: plan.on_deadline,
            labels: plan.labels,
            emergency: plan.emergency,
        }
    }
}
