//! A run that holds the lease: who is who comes from it, and nobody else begins meanwhile.

use rollout::{Intent, LeaseState};

use super::*;
use crate::scripted::app_id;
use crate::tags;

fn lease_tags() -> Value {
    json!({
        "team": "shop", "lockgate-run": "run-1", "lockgate-epoch": "2", "lockgate-holder": "run-1",
        "lockgate-stable": "web--old", "lockgate-canary": "web--a", "lockgate-stage": "1/25",
        "lockgate-mark": "running",
        "lockgate-deadline": "1795406400", "lockgate-baseline-0": "web--old=100@live;",
    })
}

/// The app with a lease, as of the second when it still counts as alive for `left`.
fn occupied(left: i64, state: &str) -> String {
    let mut tags = lease_tags();
    tags["lockgate-mark"] = json!(state);
    let status = with("/tags", tags);
    resolve(&status, &Selection::default(), 1_795_406_400 - left).unwrap_err()
}

fn lease() -> Lease {
    let tags = serde_json::from_value(lease_tags()).unwrap();
    tags::decode(&tags).unwrap().unwrap()
}

/// A leased revision with some of its properties changed.
fn here(name: &str, changes: &[(&str, Value)]) -> Found {
    let mut document = revision(name, "2026-11-20T00:00:00Z", "web:1", true);
    for (key, value) in changes {
        document["properties"][*key] = value.clone();
    }
    let mut status = status(self::document(), vec![document]);
    Found::Here(Box::new(status.revisions.remove(0)))
}

fn taken_up(intent: &Intent, stable: Found, canary: Found) -> Result<Inspection, String> {
    let now = status(document(), revisions()).traffic;
    leased(&app_id(), &lease(), now, &Pair { stable, canary }, intent)
}

const ABORT: Intent = Intent::Recover {
    as_of: 0,
    ended: None,
};

#[test]
fn nothing_begins_beside_a_run_that_may_be_alive() {
    let reason = occupied(90, "running");
    for word in [
        "run-1",
        "web--a",
        "25 %",
        "alive for another 90 s",
        "`lockgate abort`",
    ] {
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn run_that_has_been_silent_too_long_is_offered_to_recover() {
    let reason = occupied(-1, "running");
    assert!(reason.contains("`lockgate recover`"), "{reason}");
}

#[test]
fn held_run_is_left_to_a_person() {
    let reason = occupied(-1, "held");
    assert!(reason.contains("`lockgate resume`"), "{reason}");
    assert_eq!(lease().state, LeaseState::Running);
}

#[test]
fn lease_says_who_is_who() {
    let found = taken_up(&ABORT, here("web--old", &[]), here("web--a", &[])).unwrap();
    assert_eq!(found.stable.name, "web--old");
    assert_eq!(found.canary.name, "web--a");
    assert_eq!(found.baseline.to_string(), "web--old 100 % (label live)");
    assert_eq!(found.stable_unfit, None);
    assert_eq!(found.lease, Some(lease()));
}

#[test]
fn canary_that_is_gone_does_not_keep_traffic_from_being_given_back() {
    for canary in [Found::Gone, Found::Unknown("503".to_owned())] {
        let found = taken_up(&ABORT, here("web--old", &[]), canary).unwrap();
        assert_eq!((found.canary.url.as_str(), found.stable_unfit), ("", None));
    }
}

#[test]
fn stable_that_cannot_serve_is_named_with_both_ways_out() {
    let sick = [
        Found::Gone,
        here("web--old", &[("active", json!(false))]),
        here("web--old", &[("provisioningState", json!("Failed"))]),
        here("web--old", &[("healthState", json!("Unhealthy"))]),
        here("web--old", &[("runningState", json!("Failed"))]),
    ];
    for stable in sick {
        let found = taken_up(&ABORT, stable, here("web--a", &[])).unwrap();
        let unfit = found.stable_unfit.unwrap();
        for word in [
            "web--old",
            "`lockgate abort`",
            "--revision-weight web--a=100",
        ] {
            assert!(unfit.contains(word), "{unfit}");
        }
    }
}

#[test]
fn stable_that_sleeps_or_cannot_be_read_is_given_its_traffic() {
    let asleep = here(
        "web--old",
        &[
            ("replicas", json!(0)),
            ("runningState", json!("ScaledToZero")),
        ],
    );
    for stable in [asleep, Found::Unknown("503".to_owned())] {
        let found = taken_up(&ABORT, stable, here("web--a", &[])).unwrap();
        assert_eq!(found.stable_unfit, None);
    }
}

#[test]
fn run_goes_on_only_with_both_its_revisions() {
    let resume = |stable, canary| taken_up(&Intent::Resume, stable, canary);
    assert!(resume(here("web--old", &[]), here("web--a", &[])).is_ok());
    for (stable, canary, name) in [
        (Found::Gone, here("web--a", &[]), "web--old"),
        (here("web--old", &[]), Found::Gone, "web--a"),
        (
            here("web--old", &[]),
            here("web--a", &[("fqdn", json!(""))]),
            "web--a",
        ),
        (
            here("web--old", &[]),
            Found::Unknown("503".to_owned()),
            "web--a",
        ),
    ] {
        let reason = resume(stable, canary).unwrap_err();
        for word in ["run-1", name, "`lockgate abort`"] {
            assert!(reason.contains(word), "{reason}");
        }
    }
}

#[test]
fn damaged_lease_is_refused_and_not_taken_for_none() {
    let mut tags = lease_tags();
    tags.as_object_mut().unwrap().remove("lockgate-epoch");
    let words = ["lockgate-epoch", "missing", "`lockgate status`"];
    refused(&with("/tags", tags), &Selection::default(), &words);
}
