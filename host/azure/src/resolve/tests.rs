//! Which revisions are chosen, and when the choice is refused. `refusals` has the apps that are always refused.

mod changes;
mod commands;
mod examine;
mod leased;
mod refusals;

use rollout::{Inspection, Lease, Revision};
use serde_json::{Value, json};

use super::*;
use crate::endpoint::Endpoint;
use crate::scripted::app_id;
use crate::status::AppStatus;
use crate::wire;

const NOW: i64 = 1_795_406_400;

/// An app with `web--a` at 100 %, an older idle revision, and two newer ones; the newest is
/// inactive.
fn document() -> Value {
    json!({"tags": {"team": "shop"}, "properties": {
        "provisioningState": "Succeeded", "latestReadyRevisionName": "web--b",
        "configuration": {"activeRevisionsMode": "Multiple", "ingress": {
            "fqdn": "web.io", "stickySessions": null,
            "traffic": [{"revisionName": "web--a", "weight": 100, "label": "live"},
                        {"latestRevision": true, "weight": 0}]}}}})
}

fn revision(name: &str, created: &str, image: &str) -> Value {
    json!({"name": name, "properties": {
        "active": true, "createdTime": created, "fqdn": format!("{name}.io"),
        "template": {"containers": [{"image": image}, {"image": "proxy:9"}]}}})
}

fn inactive_revision(name: &str, created: &str, image: &str) -> Value {
    let mut revision = revision(name, created, image);
    revision["properties"]["active"] = json!(false);
    revision
}

fn revisions() -> Vec<Value> {
    vec![
        revision("web--old", "2026-11-01T00:00:00+00:00", "r.io:5000/web:1"),
        revision("web--a", "2026-11-20T00:00:00+00:00", "r.io:5000/web:2"),
        revision(
            "web--b",
            "2026-11-22T00:00:00+00:00",
            "r.io:5000/web:3@sha256:abc",
        ),
        inactive_revision("web--c", "2026-11-23T00:00:00+00:00", "r.io:5000/web:4"),
    ]
}

fn status(document: Value, revisions: Vec<Value>) -> AppStatus {
    let document: wire::App = serde_json::from_value(document).unwrap();
    let revisions = serde_json::from_value(Value::Array(revisions)).unwrap();
    AppStatus::new(&app_id(), &document, revisions, &Endpoint::default()).unwrap()
}

/// Changes one value of the app's document.
fn with(pointer: &str, value: Value) -> AppStatus {
    let mut document = document();
    *document.pointer_mut(pointer).unwrap() = value;
    status(document, revisions())
}

fn with_traffic(traffic: Value) -> AppStatus {
    with("/properties/configuration/ingress/traffic", traffic)
}

fn named(revision: &str) -> Selection {
    Selection {
        stable: None,
        canary: Some(CanaryChoice::Revision(revision.to_owned())),
        ..Selection::default()
    }
}

fn by_image(image: &str) -> Selection {
    Selection {
        stable: None,
        canary: Some(CanaryChoice::Image(ImageChoice {
            image: image.to_owned(),
            ..ImageChoice::default()
        })),
        ..Selection::default()
    }
}

/// Returns the app whose revisions of these names run these images.
fn with_images(images: &[(&str, &str)]) -> AppStatus {
    let mut revisions = revisions();
    for revision in &mut revisions {
        let of = images.iter().find(|(name, _)| revision["name"] == *name);
        if let Some((_, image)) = of {
            revision["properties"]["template"]["containers"][0]["image"] = json!(image);
        }
    }
    status(document(), revisions)
}

#[track_caller]
fn refused(status: &AppStatus, selection: &Selection, words: &[&str]) {
    let reason = resolve(status, selection, NOW).unwrap_err();
    for word in words {
        assert!(reason.contains(word), "{word:?} is missing in: {reason}");
    }
}

fn plain() -> AppStatus {
    status(document(), revisions())
}

#[test]
fn canary_is_the_newest_active_revision_without_traffic() {
    let inspection = resolve(&plain(), &Selection::default(), NOW).unwrap();
    assert_eq!(inspection.app, "web");
    assert_eq!(inspection.stable.name, "web--a");
    assert_eq!(
        inspection.canary,
        Revision {
            name: "web--b".to_owned(),
            url: "https://web--b.io".to_owned(),
            image: "r.io:5000/web:3@sha256:abc".to_owned(),
        }
    );
    assert_eq!(inspection.baseline.to_string(), "web--a 100 % (label live)");
    assert_eq!(inspection.now, inspection.baseline);
    assert_eq!(inspection.lease, None);
}

#[test]
fn chosen_revisions_are_used() {
    let selection = Selection {
        stable: Some("web--a".to_owned()),
        ..named("web--old")
    };
    let inspection = resolve(&plain(), &selection, NOW).unwrap();
    assert_eq!(inspection.canary.name, "web--old");
}

#[test]
fn canary_is_found_by_every_form_of_its_digest() {
    let whole = "c".repeat(64);
    let mut revisions = revisions();
    revisions[2] = revision(
        "web--b",
        "2026-11-20T00:00:00+00:00",
        &format!("r.io:5000/web:3@sha256:{whole}"),
    );
    let status = status(document(), revisions);
    for image in [
        &format!("r.io:5000/web:3@sha256:{whole}"),
        &format!("r.io:5000/web@sha256:{whole}"),
        &format!("mirror.io/web:latest@sha256:{whole}"),
        &format!("sha256:{whole}"),
        &whole,
    ] {
        let inspection = resolve(&status, &by_image(image), NOW).unwrap();
        assert_eq!(inspection.canary.name, "web--b", "{image}");
    }
}

#[test]
fn name_that_can_move_finds_no_revision() {
    let words = ["no revision of web is proven to run image", "web--b ("];
    for image in ["r.io:5000/web:3", "3", "proxy:9", "5000/web", "abc"] {
        refused(&plain(), &by_image(image), &words);
    }
}

#[test]
fn digest_that_does_not_name_one_revision_is_refused_with_the_candidates() {
    let mut revisions = revisions();
    for name in ["web--d", "web--e"] {
        let image = "r.io/web@sha256:abc";
        revisions.push(revision(name, "2026-11-21T00:00:00+00:00", image));
    }
    let status = status(document(), revisions);
    let words = ["several", "web--d (", "web--e (", "--canary"];
    refused(&status, &by_image("sha256:abc"), &words);
}

#[test]
fn digest_with_all_traffic_is_promoted_already_and_a_tag_never_is() {
    let mut revisions = revisions();
    let image = "r.io:5000/web:2@sha256:aaa";
    revisions[1] = revision("web--a", "2026-11-10T00:00:00+00:00", image);
    let status = status(document(), revisions);
    let promoted = |image: &str| examine(&status, &by_image(image), None).promoted;
    assert_eq!(promoted("r.io/web@sha256:aaa").as_deref(), Some("web--a"));
    for other in ["r.io:5000/web:2", "r.io/web@sha256:abc"] {
        assert_eq!(promoted(other), None, "{other}");
    }
    // An older revision with the same image is no canary: a rollout that is repeated would go back to it.
    let mut with_older = with_images(&[("web--old", image), ("web--a", image)]);
    assert_eq!(
        examine(&with_older, &by_image("sha256:aaa"), None)
            .promoted
            .as_deref(),
        Some("web--a")
    );
    // A newer one is: the image may have got another configuration.
    with_older = with_images(&[("web--a", image), ("web--b", image)]);
    let newer = resolve(&with_older, &by_image("sha256:aaa"), NOW).unwrap();
    assert_eq!(newer.canary.name, "web--b");
    let by_name = examine(&status, &named("web--a"), None);
    assert_eq!(by_name.promoted, None, "a name may be a mistake");
}

#[test]
fn chosen_canary_that_cannot_be_the_canary_is_refused() {
    let words = [
        "no revision web--x",
        "web--b (",
        "web--old (",
        "3 days old",
        "100 %",
    ];
    refused(&plain(), &named("web--x"), &words);
    refused(
        &plain(),
        &named("web--a"),
        &["already carries 100 %", "nothing to roll out"],
    );
    refused(
        &plain(),
        &named("web--c"),
        &["not active", "revision activate"],
    );
}

#[test]
fn chosen_stable_must_be_the_one_that_carries_the_traffic() {
    let selection = Selection {
        stable: Some("web--b".to_owned()),
        canary: None,
        ..Selection::default()
    };
    refused(
        &plain(),
        &selection,
        &[
            "web--b was chosen",
            "web--a carries",
            "`lockgate plan --stable web--a ",
        ],
    );
}

#[test]
fn without_a_newer_revision_there_is_no_default_canary() {
    let mut list = revisions();
    list.truncate(2);
    let words = ["web--old, is not newer than web--a", "--canary web--old"];
    refused(
        &status(document(), list.clone()),
        &Selection::default(),
        &words,
    );
    list.remove(0);
    let words = [
        "no active revision beside web--a",
        "`lockgate deploy --image IMAGE ",
    ];
    refused(&status(document(), list), &Selection::default(), &words);
}

#[test]
fn two_newest_revisions_of_the_same_second_are_refused() {
    let mut list = revisions();
    list.push(revision("web--d", "2026-11-22T00:00:00Z", "web:5"));
    let words = ["web--b and web--d", "--canary"];
    refused(&status(document(), list), &Selection::default(), &words);
}

#[test]
fn app_whose_only_revision_is_chosen_is_a_first_deployment() {
    let mut list = revisions();
    list.retain(|revision| revision["name"] == "web--a");
    for latest in [false, true] {
        let mut document = document();
        let share = if latest {
            json!({"latestRevision": true, "weight": 100})
        } else {
            json!({"revisionName": "web--a", "weight": 100})
        };
        document["properties"]["configuration"]["ingress"]["traffic"] = json!([share]);
        document["properties"]["latestReadyRevisionName"] = json!("web--a");
        let status = status(document, list.clone());
        let inspection = resolve(&status, &named("web--a"), NOW).unwrap();
        assert!(inspection.is_first());
        assert!(resolve(&status, &Selection::default(), NOW).is_err());
    }
}

#[test]
fn list_of_candidates_is_limited() {
    let mut list = revisions();
    let extra = |i| revision(&format!("web--x{i}"), "2026-10-01T00:00:00Z", "web:0");
    list.extend((0..20).map(extra));
    refused(
        &status(document(), list),
        &named("web--y"),
        &["and 13 more"],
    );
}

#[test]
fn age_has_the_unit_that_people_use() {
    for (seconds, text) in [
        (-5, "0 s old"),
        (119, "119 s old"),
        (120, "2 min old"),
        (7_200, "2 h old"),
        (172_800, "2 days old"),
    ] {
        assert_eq!(candidates::age(seconds), text);
    }
}

#[test]
fn reasons_name_what_was_not_chosen_and_what_stays() {
    let mut list = revisions();
    list.push(revision("web--c", "2026-11-01T00:00:00Z", "web:0"));
    list.push(inactive_revision(
        "web--gone",
        "2026-10-01T00:00:00Z",
        "web:0",
    ));
    let mut document = document();
    document["properties"]["configuration"]["ingress"]["traffic"] = json!([
        {"revisionName": "web--a", "weight": 100, "label": "live"},
        {"revisionName": "web--gone", "weight": 0},
    ]);
    let status = status(document, list);
    let reasons = |selection: &Selection| {
        let inspection = resolve(&status, selection, NOW).unwrap();
        explain(&status, selection, &inspection, NOW)
    };
    let derived = reasons(&Selection::default());
    assert_eq!(derived.stable, "carries all traffic");
    assert!(derived.canary.contains("newest"), "{}", derived.canary);
    let others = derived.others.join("\n");
    for words in [
        "not chosen: web--c",
        "web--gone is not active",
        "labels stay as they are: live with web--a",
    ] {
        assert!(others.contains(words), "{others}");
    }
    assert_eq!(reasons(&named("web--b")).canary, "was named");
}
