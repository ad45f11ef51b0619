//! A run that holds the lease: its revisions come from the lease, and no other run begins.

use rollout::{Intent, LeaseState};

use super::*;
use crate::scripted::app_id;
use crate::tags;

fn lease_tags() -> Value {
    json!({
        "team": "shop", "lockgate-lease": "1/running", "lockgate-run": "run-1", "lockgate-holder": "2/run-1",
        "lockgate-since": "1795400000/1795401000", "lockgate-expires": "1795406400",
        "lockgate-stable": "web--old", "lockgate-canary": "web--a", "lockgate-stage": "1/25",
        "lockgate-stages": "10,25,50,100", "lockgate-baseline-0": "web--old=100@live;",
    })
}

/// Returns the refusal of an app whose lease expires in `left` seconds.
fn occupied(left: i64, state: &str) -> String {
    let mut tags = lease_tags();
    tags["lockgate-lease"] = json!(format!("1/{state}"));
    let status = with("/tags", tags);
    resolve(&status, &Selection::default(), 1_795_406_400 - left).unwrap_err()
}

fn lease() -> Lease {
    let tags = serde_json::from_value(lease_tags()).unwrap();
    tags::decode(&tags).unwrap().unwrap()
}

/// A leased revision with some of its properties changed.
fn here(name: &str, changes: &[(&str, Value)]) -> LeasedRevision {
    let mut document = revision(name, "2026-11-20T00:00:00Z", "web:1");
    for (key, value) in changes {
        document["properties"][*key] = value.clone();
    }
    let mut status = status(self::document(), vec![document]);
    LeasedRevision::Present(Box::new(status.revisions.remove(0)))
}

fn inspected(
    intent: &Intent,
    stable: LeasedRevision,
    canary: LeasedRevision,
) -> Result<Inspection, String> {
    let now = status(document(), revisions()).traffic;
    let revisions = LeasedRevisions { stable, canary };
    follow_lease(&app_id(), &lease(), now, &revisions, intent)
}

const ABORT: Intent = Intent::Recover {
    expired_for: 0,
    ended: None,
    passed: false,
};

#[test]
fn no_run_begins_while_the_lease_of_another_has_not_expired() {
    let reason = occupied(90, "running");
    for word in [
        "run-1",
        "web--a",
        "25 %",
        "the lease expires in 90 s",
        "`lockgate abort --app web",
    ] {
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn run_whose_lease_has_expired_is_refused_with_the_command_to_recover_it() {
    let reason = occupied(-1, "running");
    assert!(reason.contains("`lockgate recover --app web"), "{reason}");
}

#[test]
fn held_run_is_refused_with_the_command_to_resume_it() {
    let reason = occupied(-1, "held");
    assert!(reason.contains("`lockgate resume --app web"), "{reason}");
    assert_eq!(lease().state, LeaseState::Running);
}

#[test]
fn revisions_and_baseline_are_those_of_the_lease() {
    let inspection = inspected(&ABORT, here("web--old", &[]), here("web--a", &[])).unwrap();
    assert_eq!(inspection.stable.name, "web--old");
    assert_eq!(inspection.canary.name, "web--a");
    assert_eq!(
        inspection.baseline.to_string(),
        "web--old 100 % (label live)"
    );
    assert_eq!(inspection.stable_unfit, None);
    assert_eq!(inspection.lease, Some(lease()));
}

#[test]
fn missing_canary_does_not_prevent_a_rollback() {
    for canary in [
        LeasedRevision::Gone,
        LeasedRevision::Unknown("503".to_owned()),
    ] {
        let inspection = inspected(&ABORT, here("web--old", &[]), canary).unwrap();
        assert_eq!(
            (inspection.canary.url.as_str(), inspection.stable_unfit),
            ("", None)
        );
    }
}

#[test]
fn stable_that_cannot_serve_is_named_with_both_remedies() {
    let unfit_revisions = [
        LeasedRevision::Gone,
        here("web--old", &[("provisioningState", json!("Failed"))]),
        here("web--old", &[("healthState", json!("Unhealthy"))]),
        here("web--old", &[("runningState", json!("Failed"))]),
    ];
    for stable in unfit_revisions {
        let inspection = inspected(&ABORT, stable, here("web--a", &[])).unwrap();
        let unfit = inspection.stable_unfit.unwrap();
        for word in [
            "web--old",
            "`lockgate abort --app web",
            "--revision-weight web--a=100",
        ] {
            assert!(unfit.contains(word), "{unfit}");
        }
    }
}

#[test]
fn stable_that_is_scaled_to_zero_or_cannot_be_read_is_not_unfit() {
    let asleep = here(
        "web--old",
        &[
            ("replicas", json!(0)),
            ("runningState", json!("ScaledToZero")),
        ],
    );
    for stable in [asleep, LeasedRevision::Unknown("503".to_owned())] {
        let inspection = inspected(&ABORT, stable, here("web--a", &[])).unwrap();
        assert_eq!(inspection.stable_unfit, None);
    }
}

#[test]
fn run_is_resumed_only_with_both_its_revisions() {
    let resume = |stable, canary| inspected(&Intent::Resume, stable, canary);
    assert!(resume(here("web--old", &[]), here("web--a", &[])).is_ok());
    for (stable, canary, name) in [
        (LeasedRevision::Gone, here("web--a", &[]), "web--old"),
        (here("web--old", &[]), LeasedRevision::Gone, "web--a"),
        (
            here("web--old", &[]),
            here("web--a", &[("fqdn", json!(""))]),
            "web--a",
        ),
        (
            here("web--old", &[]),
            LeasedRevision::Unknown("503".to_owned()),
            "web--a",
        ),
    ] {
        let reason = resume(stable, canary).unwrap_err();
        for word in ["run-1", name, "`lockgate abort --app web"] {
            assert!(reason.contains(word), "{reason}");
        }
    }
}

#[test]
fn damaged_lease_is_refused_and_does_not_count_as_missing() {
    let mut tags = lease_tags();
    tags.as_object_mut().unwrap().remove("lockgate-holder");
    let words = ["lockgate-holder", "missing", "`lockgate status --app web"];
    refused(&with("/tags", tags), &Selection::default(), &words);
}
