//! Apps as the runs of these tests find them.

use rollout::{
    Inspection, LEASE_FORMAT, Labels, Lease, LeaseState, Place, Promotion, Revision, RevisionState,
    Share, Traffic, TrafficTarget, Undo, Weight,
};

pub(super) const STABLE: &str = "shop--v1";
pub(super) const CANARY: &str = "shop--v2";

fn revision(name: &str, image: &str) -> Revision {
    Revision {
        name: name.to_owned(),
        url: format!("https://{name}.example.com"),
        image: image.to_owned(),
    }
}

fn share(revision: &str, per_cent: u32, label: Option<&str>) -> Share {
    Share {
        target: TrafficTarget::Revision(revision.to_owned()),
        weight: Weight::new(per_cent).unwrap(),
        label: label.map(str::to_owned),
    }
}

/// The app with the canary at a weight.
pub(super) fn at_weight(per_cent: u32) -> Traffic {
    Traffic(vec![
        share(STABLE, 100 - per_cent, Some("live")),
        share(CANARY, per_cent, None),
    ])
}

/// When the app is read, in seconds since 1970.
const READ_AT: u64 = 1_767_355_200;

/// An app with a new revision and no lease.
pub(super) fn fresh() -> Inspection {
    let baseline = Traffic(vec![share(STABLE, 100, Some("live"))]);
    Inspection {
        app: "shop".to_owned(),
        stable: revision(STABLE, "registry.example/shop:1"),
        canary: revision(CANARY, "registry.example/shop:2"),
        now: baseline.clone(),
        baseline,
        lease: None,
        stable_unfit: None,
        stable_state: Some(RevisionState::Running),
        settled: true,
        labels: Labels::default(),
        undoes: None,
        read_at: READ_AT,
    }
}

/// An app after the promotion of its canary, for an undo.
pub(super) fn after_promotion() -> Inspection {
    let fresh = fresh();
    Inspection {
        stable: fresh.canary.clone(),
        canary: fresh.stable.clone(),
        baseline: at_weight(100),
        now: at_weight(100),
        undoes: Some(Undo {
            promotion: Promotion {
                run: "run-0".to_owned(),
                promoted: CANARY.to_owned(),
                replaced: STABLE.to_owned(),
                labels: Vec::new(),
                at: READ_AT - 600,
            },
            state: RevisionState::Running,
            newer: vec!["shop--v3".to_owned()],
        }),
        ..fresh
    }
}

/// An app whose only revision carries everything.
pub(super) fn first() -> Inspection {
    Inspection {
        canary: revision(STABLE, ""),
        stable: revision(STABLE, ""),
        ..fresh()
    }
}

/// The lease of a run at 25 %.
pub(super) fn lease(state: LeaseState) -> Lease {
    Lease {
        format: LEASE_FORMAT,
        run: "run-0".to_owned(),
        epoch: 1,
        holder: "run-0".to_owned(),
        place: Place {
            host: "runner-1".to_owned(),
            pipeline: Some("https://ci.example/runs/7".to_owned()),
        },
        labels: Labels::default(),
        emergency: None,
        begun_at: READ_AT - 600,
        stages: [10, 25, 50, 100].map(|w| Weight::new(w).unwrap()).to_vec(),
        weight_since: READ_AT - 120,
        stable: STABLE.to_owned(),
        canary: CANARY.to_owned(),
        stage: 1,
        weight: Weight::new(25).unwrap(),
        state,
        baseline: fresh().baseline,
        expires_at: READ_AT - 60,
    }
}

/// An app that another process of a run left at 25 %.
pub(super) fn left_at_25(state: LeaseState) -> Inspection {
    Inspection {
        now: at_weight(25),
        lease: Some(lease(state)),
        ..fresh()
    }
}
