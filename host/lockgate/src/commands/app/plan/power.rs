//! What the gates that judge real traffic can see of the planned rollout. Asks the platform once for what stable did in
//! the last hour; without an answer the times are not known, and the plan stands all the same.

use std::time::Duration;

use gates::{PerRevision, Slice, TrafficSlices as _};
use rollout::Plan;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::assemble::ReadyGate;
use crate::config::{AzureSection, Counting};
use crate::platform::{App, PlatformSlices, RevisionChoice};
use crate::power::{self, Judge, Rate, StagePower, Times};

/// How long the plan waits for the counts, which are advice.
const COUNTS_TIMEOUT: Duration = Duration::from_secs(5);
/// The time that is asked for, in slices of a minute.
const SLICES: u32 = 60;

/// What the judges of a plan can see.
#[derive(Debug, Clone, Default)]
pub(super) struct PlannedPower {
    judges: Vec<Judge>,
    stages: Vec<Vec<StagePower>>,
    rate: Option<Rate>,
    /// Why the traffic is not known.
    unknown: Option<String>,
}

impl PlannedPower {
    /// Works out what each judge sees. `choice` names the revisions whose counts are read.
    pub(super) async fn of(
        ready: &[ReadyGate],
        plan: &Plan,
        azure: &AzureSection,
        app: &App,
        choice: Option<&RevisionChoice>,
    ) -> PlannedPower {
        let mut judges = power::judges(ready, azure, plan.timing().check_interval);
        if judges.is_empty() {
            return PlannedPower::default();
        }
        let (slices, unknown) = match read(azure, app, choice).await {
            Ok(slices) => (slices, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let stable = choice.map(|choice| choice.inspection.stable.name.as_str());
        for judge in &mut judges {
            judge.learn(&slices, stable.unwrap_or_default());
        }
        PlannedPower::new(judges, plan, power::rate(&slices), unknown)
    }

    /// Works out what each judge sees, at a rate that is known or not.
    pub(super) fn new(
        judges: Vec<Judge>,
        plan: &Plan,
        rate: Option<Rate>,
        unknown: Option<String>,
    ) -> PlannedPower {
        let times = Times::of(plan);
        let stages = judges
            .iter()
            .map(|judge| power::stages(judge, &times, rate));
        PlannedPower {
            stages: stages.collect(),
            judges,
            rate,
            unknown,
        }
    }

    pub(super) fn as_text(&self) -> Vec<String> {
        let judges = self.judges.iter().zip(&self.stages);
        let mut lines: Vec<String> = judges
            .flat_map(|(judge, stages)| judge.as_text(stages, self.rate, self.unknown.as_deref()))
            .collect();
        lines.extend(power::alphas(&self.judges));
        lines
    }

    pub(super) fn as_json(&self) -> Value {
        let judges = self.judges.iter().zip(&self.stages);
        let judges: Vec<Value> = judges
            .map(|(judge, stages)| judge.as_json(stages, self.rate))
            .collect();
        json!(judges)
    }
}

/// Reads the counts of the last hour.
///
/// # Errors
/// Why there are none, for the plan's reader.
async fn read(
    azure: &AzureSection,
    app: &App,
    choice: Option<&RevisionChoice>,
) -> Result<Vec<Slice>, String> {
    let Some(choice) = choice else {
        return Err("the canary is not deployed yet".to_owned());
    };
    let revisions = PerRevision {
        stable: choice.inspection.stable.name.as_str(),
        canary: choice.inspection.canary.name.as_str(),
    };
    let counts = PlatformSlices::new(app, Counting::of(azure));
    let read = timeout(COUNTS_TIMEOUT, counts.slices(SLICES, revisions)).await;
    read.unwrap_or_else(|_| {
        let limit = rollout::human(COUNTS_TIMEOUT);
        Err(format!("the platform's counts took longer than {limit}"))
    })
}
