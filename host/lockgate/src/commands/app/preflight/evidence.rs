//! The arithmetic of evidence: whether a stage lasts until a gate that judges real traffic has seen some of it. Counts come
//! late, so that a stage may end before its first slice can be judged.

use rollout::{Plan, Stage, Weight, human};

use super::check::Check;
use super::finding::Finding;
use crate::config::first_slice;
use crate::power::Judge;

const ADVICE: &str = "raise rollout.bake, or write rollout.profile = \"platform-counts\"";

/// Judges the times of a plan by what each gate needs. No finding without such a gate.
pub(crate) fn evidence(judges: &[Judge], plan: &Plan) -> Vec<Finding> {
    judges.iter().map(|judge| of(judge, plan)).collect()
}

fn of(judge: &Judge, plan: &Plan) -> Finding {
    let check = Check::Evidence;
    let timing = plan.timing();
    let needs = first_slice(judge.counting, judge.warm_up, timing.check_interval);
    let (name, shown) = (&judge.name, human(needs));
    // At 100 % there is no stable traffic to compare with.
    let stages = || {
        plan.stages()
            .iter()
            .filter(|stage| stage.weight != Weight::ALL)
    };
    let never = |stage: &&Stage| stage.bake.saturating_add(timing.gate_deadline) < needs;
    if let (true, Some(stage)) = (judge.decides, stages().find(never)) {
        let (weight, allowed) = (
            stage.weight,
            human(stage.bake.saturating_add(timing.gate_deadline)),
        );
        let detail = format!(
            "{name} judges the first slice of a stage up to {shown} after its shift, and stage {weight} has {allowed} with its \
             gate deadline: it would never go on"
        );
        return Finding::unusable(check, detail).advise(ADVICE);
    }
    match stages().find(|stage| stage.bake < needs) {
        None => Finding::ok(
            check,
            format!("{name} judges the first slice of a stage up to {shown} after its shift"),
        ),
        Some(stage) => {
            let (weight, bake) = (stage.weight, human(stage.bake));
            let detail = format!(
                "stage {weight} bakes {bake}, and {name} judges its first slice up to {shown} after the shift: no alarm comes \
                 before, and the gate holds until then"
            );
            Finding::warn(check, detail).advise(ADVICE)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rollout::{Draft, Labels, OnDeadline, Timing};

    use super::super::finding::Grade;
    use super::*;
    use crate::exit::Exit;

    fn found(bake: u64, gate_deadline: u64, decides: bool) -> Finding {
        let stage = |weight| Stage {
            weight: Weight::new(weight).unwrap(),
            bake: Duration::from_mins(bake),
            gates: Vec::new(),
            advisory_gates: Vec::new(),
            pause: None,
        };
        let plan = Plan::new(Draft {
            stages: [10, 100].map(stage).into(),
            health_checks: vec!["compare".to_owned()],
            advisory_health_checks: Vec::new(),
            timing: Timing {
                gate_deadline: Duration::from_mins(gate_deadline),
                ..Timing::default()
            },
            on_deadline: OnDeadline::RollBack,
            labels: Labels::default(),
            emergency: None,
        });
        let judge = Judge {
            decides,
            ..Judge::sample()
        };
        evidence(&[judge], &plan.unwrap()).remove(0)
    }

    #[test]
    fn stage_that_ends_before_its_first_slice_is_judged_is_a_warning() {
        assert_eq!(found(8, 20, true).grade, Grade::Ok);
        let short = found(5, 10, true);
        assert_eq!(short.grade, Grade::Warn);
        assert_eq!(
            short.sentence(),
            "stage 10 % bakes 5 min, and compare judges its first slice up to 6 min 30 s after the shift: no alarm comes \
             before, and the gate holds until then; raise rollout.bake, or write rollout.profile = \"platform-counts\""
        );
    }

    #[test]
    fn stage_that_could_never_go_on_is_refused() {
        let never = found(5, 1, true);
        assert_eq!(never.grade, Grade::Refused(Exit::Usage));
        assert!(
            never.detail.contains("it would never go on"),
            "{}",
            never.detail
        );
        // A gate that decides nothing holds nothing up.
        assert_eq!(found(5, 1, false).grade, Grade::Warn);
    }
}
