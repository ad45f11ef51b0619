//! What `lockgate status` prints about apps in every state that a person may find one in.

use std::fmt::Write as _;

use rollout::{Ended, EndedBy, Lease, LeaseState};

use super::super::samples::{self, NOW};
use super::*;
use crate::platform::{Mode, Provisioning, TagError};

/// Every sample with its name.
fn apps() -> Vec<(&'static str, AppDescription)> {
    vec![
        ("idle", samples::idle()),
        (
            "run under way",
            samples::leased(LeaseState::Running, NOW + 240),
        ),
        ("run held", samples::leased(LeaseState::Held, NOW - 4_000)),
        (
            "run dead, its lease has just expired",
            samples::leased(LeaseState::Running, NOW),
        ),
        ("run at 100 %", at_all()),
        ("run of a newer lockgate", of_newer()),
        ("run that was ended from elsewhere", ended_elsewhere()),
        ("damaged lease", damaged()),
        ("first deployment", first_deployment()),
        ("traffic follows latestRevision", following_latest()),
        ("mode Single, a write under way", single()),
        ("no ingress", without_ingress()),
        ("many revisions", many_revisions()),
    ]
}

fn with_lease(change: impl FnOnce(&mut Lease)) -> AppDescription {
    let mut lease = samples::lease(LeaseState::Running, NOW + 240);
    change(&mut lease);
    AppDescription {
        lease: Ok(Some(lease)),
        ..samples::leased(LeaseState::Running, NOW)
    }
}

fn at_all() -> AppDescription {
    with_lease(|lease| lease.weight = Weight::ALL)
}

fn of_newer() -> AppDescription {
    with_lease(|lease| {
        lease.format += 1;
        lease.expires_at = u64::MAX;
    })
}

fn ended_elsewhere() -> AppDescription {
    let lease = samples::lease(LeaseState::Running, NOW);
    AppDescription {
        ended: Some(Ended {
            run: lease.run,
            holder: lease.holder,
            by: EndedBy::Abort,
            place: lease.place,
            at: NOW - 30,
        }),
        ..samples::idle()
    }
}

fn damaged() -> AppDescription {
    AppDescription {
        lease: Err(TagError::Damaged {
            tag: "lockgate-holder".to_owned(),
            value: "two".to_owned(),
            wanted: "a number and the id of a process",
        }),
        ..samples::idle()
    }
}

fn first_deployment() -> AppDescription {
    AppDescription {
        revisions: vec![samples::revision("shop--v1", 100)],
        ..samples::idle()
    }
}

fn following_latest() -> AppDescription {
    AppDescription {
        traffic: samples::follows_latest(),
        revisions: vec![
            samples::revision("shop--v2", 100),
            samples::revision("shop--v1", 0),
        ],
        ..samples::idle()
    }
}

fn single() -> AppDescription {
    AppDescription {
        mode: Mode::Single,
        provisioning: Provisioning::InProgress,
        ..samples::idle()
    }
}

fn without_ingress() -> AppDescription {
    let revision = |name| RevisionStatus {
        url: None,
        ..samples::revision(name, 0)
    };
    AppDescription {
        host: None,
        traffic: samples::traffic(&[]),
        revisions: vec![revision("shop--v1")],
        ..samples::idle()
    }
}

/// Words that the platform does not list, a revision that failed, one that is inactive, one scaled to zero, one with a
/// long name and two images.
fn many_revisions() -> AppDescription {
    AppDescription {
        traffic: samples::traffic(&[("shop--v1", 60), ("shop--v2", 40), ("shop--v3", 0)]),
        revisions: vec![
            RevisionStatus {
                replicas: None,
                provisioning: "Failed".to_owned().into(),
                running: "ActivationFailed".to_owned().into(),
                health: "Unhealthy".to_owned().into(),
                ..samples::revision("shop--v5", 0)
            },
            RevisionStatus {
                images: vec!["registry.example/shop:4".into(), "envoy:1".into()],
                health: "Shimmering".to_owned().into(),
                ..samples::revision("shop--a-suffix-that-is-longer-than-the-column", 0)
            },
            RevisionStatus {
                replicas: Some(0),
                running: "ScaledToZero".to_owned().into(),
                health: "None".to_owned().into(),
                ..samples::revision("shop--v3", 0)
            },
            samples::revision("shop--v2", 40),
            samples::revision("shop--v1", 60),
            RevisionStatus {
                active: false,
                running: "Stopped".to_owned().into(),
                ..samples::revision("shop--v0", 0)
            },
        ],
        ..samples::idle()
    }
}

#[test]
fn status_as_text() {
    let mut printed = String::new();
    for (name, app) in apps() {
        writeln!(printed, "# {name}\n{}\n", as_text(&app)).unwrap();
    }
    insta::assert_snapshot!(printed);
}

#[test]
fn status_as_json() {
    let mut printed = String::new();
    for (name, app) in apps() {
        let json = serde_json::to_string_pretty(&as_json(&app)).unwrap();
        writeln!(printed, "# {name}\n{json}\n").unwrap();
    }
    insta::assert_snapshot!(printed);
}
