//! The arithmetic of time: whether the run's deadline and the token's life leave room for every stage with its rollback,
//! counted from the earliest moment at which the stage can begin. The engine refuses to begin a stage otherwise (I-18),
//! which would be too late: the stages before it have moved traffic by then.

use std::time::Duration;

use rollout::{Plan, Weight, human};

use super::check::Check;
use super::finding::Finding;
use crate::config::DurationText;
use crate::platform::Identity;

/// A stage for which there is not time enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shortage {
    weight: Weight,
    /// What the stage and its rollback may need.
    needs: Duration,
    /// The earliest that it begins.
    begins: Duration,
}

/// Judges the run's deadline.
pub(crate) fn deadlines(plan: &Plan) -> Finding {
    let check = Check::Deadlines;
    let (shortest, longest) = (human(plan.best_case()), human(plan.worst_case()));
    let Some(deadline) = plan.timing().run_deadline else {
        let detail = format!("none; a run takes between {shortest} and {longest}");
        return Finding::ok(check, detail);
    };
    let shown = DurationText(deadline);
    if let Some(shortage) = shortage(plan, deadline) {
        let described = shortage.described();
        let detail = format!("rollout.deadline {shown} is shorter than {described}");
        return Finding::unusable(check, detail);
    }
    if let Some((weight, left)) = narrow(plan, deadline) {
        let left = human(left);
        let detail = format!(
            "rollout.deadline {shown} leaves {left} for the shifts and the gates before stage {weight}, and the run \
             may be out of time there"
        );
        return Finding::warn(check, detail).advise("raise it");
    }
    let detail = format!("{shown}; a run takes between {shortest} and {longest}");
    Finding::ok(check, detail)
}

/// Returns the first stage before which less is left than one slow shift for each stage before it, and how much is left.
fn narrow(plan: &Plan, deadline: Duration) -> Option<(Weight, Duration)> {
    let shift = plan.timing().verify_deadline;
    let left = needs(plan).map(|stage| {
        let needs = stage.begins.saturating_add(stage.needs);
        (stage.weight, deadline.saturating_sub(needs))
    });
    let mut short = left.zip(0_u32..);
    short.find_map(|(left, before)| (left.1 < shift.saturating_mul(before)).then_some(left))
}

/// Judges the life of the token, which was renewed already if it could be. `left` is how long it lives, where that is
/// known.
pub(crate) fn token(plan: &Plan, identity: &Identity, left: Option<Duration>) -> Finding {
    let check = Check::Token;
    let Some(left) = left else {
        return Finding::ok(check, "how long it lives sets no limit that is known");
    };
    let advice = "use a credential that lockgate can renew, or a shorter bake";
    let longest = longest_need(plan);
    let lives = human(left);
    // A token that can be renewed is renewed before each stage, so only what one stage needs counts.
    let shortage = if identity.can_renew {
        needs(plan).next().filter(|first| first.needs > left)
    } else {
        shortage(plan, left)
    };
    if let Some(shortage) = shortage {
        let detail = format!(
            "the token expires in {lives}, sooner than {}",
            shortage.described()
        );
        return Finding::refused(check, detail).advise(advice);
    }
    if identity.can_renew && longest > left {
        let detail = format!(
            "a new token lives {lives}, and the longest stage with its rollback may take {}",
            human(longest)
        );
        return Finding::warn(check, detail).advise(advice);
    }
    Finding::ok(
        check,
        format!("it outlives every stage with its rollback: {lives}"),
    )
}

/// Returns the longest that a stage with its rollback may take.
pub(crate) fn longest_need(plan: &Plan) -> Duration {
    needs(plan)
        .map(|stage| stage.needs)
        .max()
        .unwrap_or_default()
}

/// Returns the first stage that does not fit together with its rollback.
fn shortage(plan: &Plan, limit: Duration) -> Option<Shortage> {
    needs(plan).find(|stage| stage.begins.saturating_add(stage.needs) > limit)
}

fn needs(plan: &Plan) -> impl Iterator<Item = Shortage> {
    let mut begins = Duration::ZERO;
    (plan.stages().iter().enumerate()).map(move |(index, stage)| {
        let worst = plan.stage_worst_case(index);
        let needs = Shortage {
            weight: stage.weight,
            needs: worst.saturating_add(plan.timing().rollback_deadline),
            begins,
        };
        begins = begins.saturating_add(stage.bake);
        needs
    })
}

impl Shortage {
    fn described(self) -> String {
        let Shortage {
            weight,
            needs,
            begins,
        } = self;
        let begins = if begins.is_zero() {
            String::new()
        } else {
            format!(", which begins after {} at the earliest", human(begins))
        };
        format!(
            "stage {weight} with its rollback ({}){begins}",
            human(needs)
        )
    }
}

#[cfg(test)]
mod tests {
    use rollout::{Draft, Labels, OnDeadline, Stage, Timing};

    use super::super::finding::Grade;
    use super::*;
    use crate::exit::Exit;
    use crate::platform::TokenLife;

    const MINUTE: u64 = 60;

    /// Returns the default stages with the default times, of which each needs 29 min with its rollback.
    fn plan(deadline: Option<u64>) -> Plan {
        let stage = |weight| Stage {
            weight: Weight::new(weight).unwrap(),
            bake: Duration::from_mins(5),
            gates: Vec::new(),
            advisory_gates: Vec::new(),
            pause: None,
        };
        Plan::new(Draft {
            stages: [10, 25, 50, 100].map(stage).into(),
            health_checks: vec!["health".to_owned()],
            advisory_health_checks: Vec::new(),
            timing: Timing {
                run_deadline: deadline.map(Duration::from_secs),
                ..Timing::default()
            },
            on_deadline: OnDeadline::RollBack,
            labels: Labels::default(),
            emergency: None,
        })
        .unwrap()
    }

    #[test]
    fn deadline_must_leave_room_for_every_stage_with_its_rollback() {
        let judged = |seconds| deadlines(&plan(Some(seconds)));
        let first = judged(MINUTE);
        assert_eq!(
            first.sentence(),
            "rollout.deadline 1m is shorter than stage 10 % with its rollback (29 min)"
        );
        assert_eq!(first.grade, Grade::Refused(Exit::Usage));
        assert_eq!(
            judged(29 * MINUTE).sentence(),
            "rollout.deadline 29m is shorter than stage 25 % with its rollback (29 min), which begins after 5 min at \
             the earliest"
        );
        // The last stage begins after three bakes, and then fits to the second.
        assert_eq!(judged(44 * MINUTE).exit(), None);
        assert_eq!(judged(44 * MINUTE - 1).grade, Grade::Refused(Exit::Usage));
        // Shifts take time too.
        assert_eq!(
            judged(47 * MINUTE).sentence(),
            "rollout.deadline 47m leaves 3 min for the shifts and the gates before stage 100 %, and the run may be out of \
             time there; raise it"
        );
        assert_eq!(judged(50 * MINUTE).grade, Grade::Ok);
        assert_eq!(deadlines(&plan(None)).grade, Grade::Ok);
    }

    #[test]
    fn token_must_live_as_long_as_the_stages_that_it_serves() {
        let graded = |can_renew, minutes: u64| {
            let identity = Identity {
                reason: String::new(),
                skipped: Vec::new(),
                can_renew,
                token: TokenLife::Unknown,
            };
            let left = Duration::from_secs(minutes * MINUTE);
            token(&plan(None), &identity, Some(left)).grade
        };
        let refused = Grade::Refused(Exit::Refused);
        assert_eq!([graded(false, 28), graded(false, 43)], [refused; 2]);
        assert_eq!(graded(false, 44), Grade::Ok);
        assert_eq!([graded(true, 28), graded(true, 29)], [refused, Grade::Ok]);
    }
}
