//! One app, its revisions and a few plans, written out by hand: the code under test computes none of it.

use std::time::Duration;

use crate::{
    Draft, GateAnswer, GateFailure, Inspection, LEASE_FORMAT, LabelBefore, Labels, Lease,
    LeaseState, OnDeadline, Place, Plan, Promotion, Report, Revision, RevisionState, Share, Stage,
    Timing, Traffic, TrafficTarget, Trap, Verdict, Weight,
};

pub(super) const RUN: &str = "run-1";
pub(super) const STABLE: &str = "app--v1";
pub(super) const CANARY: &str = "app--v2";
/// A third revision, without weight but with a label that must survive.
pub(super) const OLD: &str = "app--v0";

pub(super) const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(super) fn weight(per_cent: u32) -> Weight {
    Weight::new(per_cent).unwrap()
}

pub(super) fn share(revision: &str, per_cent: u32, label: Option<&str>) -> Share {
    Share {
        target: TrafficTarget::Revision(revision.to_owned()),
        weight: weight(per_cent),
        label: label.map(str::to_owned),
    }
}

/// The app before the run: stable and an old revision have labels, the canary has no entry at all.
pub(super) fn baseline() -> Traffic {
    Traffic(vec![
        share(STABLE, 100, Some("blue")),
        share(OLD, 0, Some("old")),
    ])
}

/// The app with the canary at a weight.
pub(super) fn at_weight(per_cent: u32) -> Traffic {
    Traffic(vec![
        share(STABLE, 100 - per_cent, Some("blue")),
        share(OLD, 0, Some("old")),
        share(CANARY, per_cent, None),
    ])
}

/// An array that no run writes.
pub(super) fn foreign() -> Traffic {
    Traffic(vec![share(STABLE, 60, Some("blue")), share(OLD, 40, None)])
}

pub(super) fn revision(name: &str) -> Revision {
    Revision {
        name: name.to_owned(),
        url: format!("https://{name}.example.com"),
        image: format!("registry.example.com/{name}:latest"),
    }
}

pub(super) fn inspection() -> Inspection {
    Inspection {
        app: "app".to_owned(),
        stable: revision(STABLE),
        canary: revision(CANARY),
        baseline: baseline(),
        now: baseline(),
        lease: None,
        stable_unfit: None,
        stable_state: Some(RevisionState::Running),
        settled: true,
        labels: Labels::default(),
        undoes: None,
        read_at: 1_700_000_000,
    }
}

/// What the promotion of the sample's canary has left, with a label that it moved.
pub(super) fn promotion() -> Promotion {
    Promotion {
        run: RUN.to_owned(),
        promoted: CANARY.to_owned(),
        replaced: STABLE.to_owned(),
        labels: vec![LabelBefore {
            label: "live".to_owned(),
            revision: Some(STABLE.to_owned()),
        }],
        at: 1_700_000_000,
    }
}

/// Returns what a later process finds of a run that stopped at a weight.
pub(super) fn inspection_of(lease: Lease) -> Inspection {
    Inspection {
        now: at_weight(lease.weight.per_cent()),
        lease: Some(lease),
        ..inspection()
    }
}

pub(super) fn lease(stage: u32, per_cent: u32, state: LeaseState) -> Lease {
    Lease {
        format: LEASE_FORMAT,
        run: RUN.to_owned(),
        epoch: 1,
        holder: RUN.to_owned(),
        place: place(),
        begun_at: 1_700_000_000,
        labels: Labels::default(),
        emergency: None,
        stages: vec![weight(50), weight(100)],
        weight_since: 1_700_000_010,
        stable: STABLE.to_owned(),
        canary: CANARY.to_owned(),
        stage,
        weight: weight(per_cent),
        state,
        baseline: baseline(),
        expires_at: 0,
    }
}

/// Where the processes of the tests run.
pub(super) fn place() -> Place {
    Place {
        host: "runner-1".to_owned(),
        pipeline: Some("https://ci.example.com/runs/7".to_owned()),
    }
}

pub(super) fn draft(weights: &[u32]) -> Draft {
    let stage = |per_cent: &u32| Stage {
        weight: weight(*per_cent),
        bake: Duration::from_mins(5),
        gates: vec!["errors".to_owned()],
        advisory_gates: Vec::new(),
        pause: None,
    };
    Draft {
        stages: weights.iter().map(stage).collect(),
        health_checks: vec!["health".to_owned()],
        advisory_health_checks: Vec::new(),
        timing: Timing {
            // The looks of the watch are switched on by the tests that are about them.
            watch_interval: Duration::from_hours(24),
            ..Timing::default()
        },
        on_deadline: OnDeadline::RollBack,
        labels: Labels::default(),
        emergency: None,
    }
}

/// The default stages and times.
pub(super) fn four_stages() -> Plan {
    Plan::new(draft(&[10, 25, 50, 100])).unwrap()
}

/// Two stages whose every duration is a few milliseconds, so that all their histories can be walked.
pub(super) fn two_stages(on_deadline: OnDeadline) -> Plan {
    let mut draft = draft(&[50, 100]);
    for stage in &mut draft.stages {
        stage.bake = ms(10);
    }
    draft.on_deadline = on_deadline;
    draft.timing = Timing {
        check_interval: ms(10),
        gate_deadline: ms(20),
        gate_retries: 1,
        retry_interval: ms(10),
        readiness_deadline: ms(10),
        poll_interval: ms(10),
        watch_interval: ms(10),
        verify_deadline: ms(10),
        late_write_window: ms(20),
        rollback_deadline: ms(20),
        compare_deadline: ms(5),
        hurry_deadline: ms(5),
        run_deadline: None,
    };
    Plan::new(draft).unwrap()
}

/// How a gate may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    Pass,
    Fail,
    Hold,
    Broke,
    /// The gate's answer is missing.
    Silent,
}

impl Reply {
    pub(super) const ALL: [Reply; 5] = [
        Reply::Pass,
        Reply::Fail,
        Reply::Hold,
        Reply::Broke,
        Reply::Silent,
    ];
}

pub(super) fn report(verdict: Verdict) -> Report {
    Report {
        reason: format!("it says {}", verdict.word()),
        verdict,
        measurements: Vec::new(),
        state: Vec::new(),
    }
}

/// Returns the same reply of each gate.
pub(super) fn answers(gates: &[String], reply: Reply) -> Vec<GateAnswer> {
    let result = match reply {
        Reply::Pass => Ok(report(Verdict::Pass)),
        Reply::Fail => Ok(report(Verdict::Fail)),
        Reply::Hold => Ok(report(Verdict::Hold { ask_again_ms: None })),
        Reply::Broke => Err(GateFailure::Trap(Trap::of("unreachable"))),
        Reply::Silent => return Vec::new(),
    };
    let answer = |gate: &String| GateAnswer {
        gate: gate.clone(),
        result: result.clone(),
        took_ms: 7,
    };
    gates.iter().map(answer).collect()
}
