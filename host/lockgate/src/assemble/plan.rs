//! The plan of a run, made once: of a rollout when the kinds of its gates are known, of a restore from its times alone.

use std::time::Duration;

use anyhow::Context as _;
use rollout::{Draft, Kind, Labels, OnDeadline, Plan, Stage, Timing, Weight};

use super::gates::ReadyGate;
use crate::config::{Target, defaults};

/// Makes the plan of a rollout: only health checks check health, only promotion gates stand before stages.
///
/// # Errors
/// When no gate is left that a stage or a health check would ask.
pub(super) fn plan_of_a_rollout(draft: &Draft, ready: &[ReadyGate]) -> anyhow::Result<Plan> {
    let has_kind = |name: &str, kind: Kind| {
        ready
            .iter()
            .any(|gate| gate.config.name == name && gate.kinds.contains(&kind))
    };
    let mut draft = draft.clone();
    for checks in [&mut draft.health_checks, &mut draft.advisory_health_checks] {
        checks.retain(|name| has_kind(name, Kind::HealthCheck));
    }
    for stage in &mut draft.stages {
        for gates in [&mut stage.gates, &mut stage.advisory_gates] {
            gates.retain(|name| has_kind(name, Kind::PromotionGate));
        }
    }
    Plan::new(draft).context("rollout")
}

/// Makes the plan of a run that restores a baseline. It has the deadlines of the configuration; its only stage is never
/// begun and its only gate is never asked, so that no stage or gate of the file can keep a baseline from being restored.
///
/// # Errors
/// Never in practice: the plan is valid whatever the deadlines are.
pub(crate) fn plan_of_a_restore(target: &Target) -> anyhow::Result<Plan> {
    restore(&target.timing)
}

fn restore(configured: &Timing) -> anyhow::Result<Plan> {
    let stage = Stage {
        weight: Weight::ALL,
        bake: Duration::ZERO,
        gates: Vec::new(),
        advisory_gates: Vec::new(),
        pause: None,
    };
    let draft = Draft {
        stages: vec![stage],
        health_checks: vec![defaults::GATE.to_owned()],
        advisory_health_checks: Vec::new(),
        timing: Timing {
            verify_deadline: configured.verify_deadline,
            rollback_deadline: configured.rollback_deadline,
            ..Timing::default()
        },
        on_deadline: OnDeadline::default(),
        labels: Labels::default(),
        emergency: None,
    };
    Plan::new(draft).context("the plan of a restore")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restore_has_a_plan_whatever_the_times_of_the_file_are() {
        for time in [Duration::ZERO, Duration::MAX] {
            let configured = Timing {
                check_interval: time,
                watch_interval: time,
                gate_deadline: time,
                gate_retries: 0,
                retry_interval: time,
                readiness_deadline: time,
                verify_deadline: time,
                rollback_deadline: time,
                run_deadline: Some(time),
                ..Timing::default()
            };
            let plan = restore(&configured).unwrap();
            assert_eq!(plan.timing().rollback_deadline, time);
            assert_eq!(plan.timing().verify_deadline, time);
        }
    }
}
