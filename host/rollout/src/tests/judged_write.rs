//! What the judge makes of one write: its purpose, and whether its array is one that a run may write.

use super::sample::{CANARY, STABLE, at_weight, baseline};
use crate::{Lease, LeaseState, Rollout, Traffic, TrafficTarget};

/// What is broken, if anything.
pub(super) type Judgement = Result<(), String>;

/// What a write is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Stage(usize),
    Hold,
    Promote,
    RollBack,
    Mark,
}

pub(super) fn check(holds: bool, otherwise: &str) -> Judgement {
    holds.then_some(()).ok_or_else(|| otherwise.to_owned())
}

/// The canary's weight, 0 for the baseline; `None` where the array is neither.
pub(super) fn shown_weight(traffic: &Traffic) -> Option<u32> {
    let weight = traffic.weight_of(CANARY);
    let wanted = match weight {
        0 => baseline(),
        _ => at_weight(weight.min(100)),
    };
    traffic.same_as(&wanted).then_some(weight)
}

/// I-4 and I-5: the sum is 100, only stable and canary carry weight, every label is where it was.
pub(super) fn check_array(traffic: &Traffic) -> Judgement {
    let shares = &traffic.0;
    let sum: u32 = shares.iter().map(|share| share.weight.per_cent()).sum();
    check(sum == 100, "I-4: the weights do not add up to 100")?;
    for share in shares.iter().filter(|share| share.weight.per_cent() > 0) {
        let ours = |name: &str| share.target == TrafficTarget::Revision(name.to_owned());
        check(ours(STABLE) || ours(CANARY), "I-4: weight for a third")?;
    }
    for kept in baseline().0 {
        let same = |share: &&crate::Share| share.target == kept.target && share.label == kept.label;
        check(
            shares.iter().any(|share| same(&share)),
            "I-5: an entry or its label is lost",
        )?;
    }
    Ok(())
}

pub(super) fn purpose(
    run: &Rollout,
    traffic: &Traffic,
    lease: Option<&Lease>,
) -> Result<Purpose, String> {
    let stages = run.plan().stages();
    let Some(lease) = lease else {
        if *traffic == baseline() {
            return Ok(Purpose::RollBack);
        }
        check(
            traffic.same_as(&at_weight(100)),
            "I-2: neither the baseline nor 100 %",
        )?;
        return Ok(Purpose::Promote);
    };
    let stage = usize::try_from(lease.stage).unwrap();
    let weight = stages[stage].weight;
    check(
        traffic.same_as(&at_weight(weight.per_cent())),
        "I-2: not the stage's weights",
    )?;
    let agrees = lease.weight == weight
        && lease.run == run.run()
        && (lease.stable.as_str(), lease.canary.as_str()) == (STABLE, CANARY)
        && lease.baseline == baseline();
    check(agrees, "the lease does not say what the weights are")?;
    Ok(match lease.state {
        LeaseState::Running => Purpose::Stage(stage),
        LeaseState::Held | LeaseState::Paused => Purpose::Hold,
    })
}
