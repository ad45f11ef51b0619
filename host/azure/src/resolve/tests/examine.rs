//! Every refusal at once: the first is the one of a rollout, and what one hides is shown too.

use super::*;
use crate::deploy::{Existing, NewRevision, TemplateChanges};

fn aspects(status: &AppStatus, deploys: Option<&NewRevision>) -> Vec<Aspect> {
    let found = examine(status, &Selection::default(), deploys);
    if deploys.is_none() {
        assert_eq!(found.obstacles.is_empty(), found.choice.is_some());
    }
    found.obstacles.iter().map(|one| one.aspect).collect()
}

fn new(ensure_multiple: bool) -> NewRevision {
    NewRevision {
        image: "r.io:5000/web:9".to_owned(),
        container: None,
        suffix: "new".to_owned(),
        ensure_multiple,
        existing: Existing::SameDigest,
        changes: TemplateChanges::default(),
    }
}

/// Returns the app with these parts of its properties changed.
fn changed(changes: &[(&str, Value)]) -> AppStatus {
    let mut document = document();
    for (pointer, value) in changes {
        *document.pointer_mut(pointer).unwrap() = value.clone();
    }
    status(document, revisions())
}

const STATE: &str = "/properties/provisioningState";
const MODE: &str = "/properties/configuration/activeRevisionsMode";
const STICKY: &str = "/properties/configuration/ingress/stickySessions";
const TRAFFIC: &str = "/properties/configuration/ingress/traffic";

#[test]
fn first_obstacle_is_the_refusal_of_a_rollout() {
    let half = json!([{"revisionName": "web--a", "weight": 50}]);
    let apps = [
        changed(&[(STATE, json!("Failed")), (TRAFFIC, half.clone())]),
        changed(&[(MODE, json!("Single")), (STATE, json!("Failed"))]),
        changed(&[(TRAFFIC, half)]),
        changed(&[(STICKY, json!({"affinity": "sticky"}))]),
        changed(&[("/tags", json!({"lockgate-run": "run-1"}))]),
        changed(&[(TRAFFIC, json!([{"revisionName": "web--c", "weight": 100}]))]),
    ];
    for app in apps {
        let any = Selection::default();
        let refusal = resolve(&app, &any, NOW).unwrap_err();
        assert_eq!(examine(&app, &any, None).obstacles[0].why, refusal);
    }
}

#[test]
fn every_obstacle_is_listed_in_the_order_in_which_a_rollout_looks() {
    let app = changed(&[
        (STATE, json!("Failed")),
        (STICKY, json!({"affinity": "sticky"})),
        (TRAFFIC, json!([{"revisionName": "web--a", "weight": 50}])),
    ]);
    let all = [Aspect::App, Aspect::Sessions, Aspect::Traffic];
    assert_eq!(aspects(&app, None), all);
    assert_eq!(aspects(&plain(), None), []);
}

#[test]
fn deployment_that_switches_and_pins_removes_these_obstacles_and_no_other() {
    let latest = json!([{"latestRevision": true, "weight": 100}]);
    let app = changed(&[
        (MODE, json!("Single")),
        (STICKY, json!({"affinity": "sticky"})),
        (TRAFFIC, latest.clone()),
    ]);
    assert_eq!(aspects(&app, Some(&new(true))), [Aspect::Sessions]);
    let still = [Aspect::Mode, Aspect::Sessions];
    assert_eq!(aspects(&app, Some(&new(false))), still);
    let pinned = examine(
        &changed(&[(TRAFFIC, latest)]),
        &Selection::default(),
        Some(&new(false)),
    );
    assert_eq!(pinned.obstacles, []);
    assert_eq!(pinned.stable.as_deref(), Some("web--b"));
}
