//! Values for the tests of what `status`, `plan` and `doctor` print: an app called shop with two revisions, and its
//! lease.

use rollout::{
    LEASE_FORMAT, Labels, Lease, LeaseState, Place, Share, Traffic, TrafficTarget, Weight,
};

use crate::platform::{AppDescription, AppId, Mode, Provisioning, RevisionStatus};

/// The time of every sample, in seconds since 1970.
pub(super) const NOW: u64 = 1_764_000_000;

pub(super) fn app_id() -> AppId {
    AppId::new("00000000-0000-0000-0000-000000000001", "demo", "shop").unwrap()
}

/// Returns an app at rest: `shop--v1` carries all traffic, `shop--v2` is active without any.
pub(super) fn idle() -> AppDescription {
    AppDescription {
        app: app_id(),
        mode: Mode::Multiple,
        host: Some("shop.example.net".to_owned()),
        provisioning: Provisioning::Succeeded,
        traffic: traffic(&[("shop--v1", 100)]),
        lease: Ok(None),
        ended: None,
        promotion: None,
        undo: Err(String::new()),
        failed: Vec::new(),
        kept: Vec::new(),
        read_at: NOW,
        revisions: vec![revision("shop--v2", 0), revision("shop--v1", 100)],
    }
}

/// Returns the app in the middle of a rollout, with this lease at 25 %.
pub(super) fn leased(state: LeaseState, expires_at: u64) -> AppDescription {
    AppDescription {
        traffic: traffic(&[("shop--v1", 75), ("shop--v2", 25)]),
        lease: Ok(Some(lease(state, expires_at))),
        revisions: vec![revision("shop--v2", 25), revision("shop--v1", 75)],
        ..idle()
    }
}

pub(super) fn lease(state: LeaseState, expires_at: u64) -> Lease {
    Lease {
        format: LEASE_FORMAT,
        run: "20251124t160000-00abcd".to_owned(),
        epoch: 2,
        holder: "20251124t160500-00ef01".to_owned(),
        place: Place {
            host: "runner-1".to_owned(),
            pipeline: Some("https://ci.example/runs/7".to_owned()),
        },
        labels: Labels::default(),
        emergency: None,
        begun_at: NOW - 600,
        stages: [10, 25, 50, 100].map(|w| Weight::new(w).unwrap()).to_vec(),
        weight_since: NOW - 120,
        stable: "shop--v1".to_owned(),
        canary: "shop--v2".to_owned(),
        stage: 1,
        weight: Weight::new(25).unwrap(),
        state,
        baseline: traffic(&[("shop--v1", 100)]),
        expires_at,
    }
}

pub(super) fn revision(name: &str, weight: u32) -> RevisionStatus {
    RevisionStatus {
        name: name.to_owned(),
        weight,
        active: true,
        created: Some(1_763_900_000),
        health: "Healthy".to_owned().into(),
        running: "Running".to_owned().into(),
        provisioning: "Provisioned".to_owned().into(),
        provisioning_error: String::new(),
        replicas: Some(2),
        replicas_min: 1,
        replicas_max: Some(10),
        images: vec![format!("registry.example/{}", name.replace("--v", ":"))],
        url: Some(format!("https://{name}.example.net")),
        template: Default::default(),
    }
}

pub(super) fn traffic(shares: &[(&str, u32)]) -> Traffic {
    let named = |(name, per_cent): &(&str, u32)| {
        share(TrafficTarget::Revision((*name).to_owned()), *per_cent)
    };
    Traffic(shares.iter().map(named).collect())
}

pub(super) fn follows_latest() -> Traffic {
    Traffic(vec![share(TrafficTarget::LatestReady, 100)])
}

fn share(target: TrafficTarget, per_cent: u32) -> Share {
    Share {
        target,
        weight: Weight::new(per_cent).unwrap(),
        label: None,
    }
}
