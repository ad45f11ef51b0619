//! `lockgate pin`: traffic that follows `latestRevision` becomes traffic of a named revision.

use serde_json::{Value, json};

use crate::support::{Emulator, Finished, Lockgate};

fn following(traffic: &Value) -> Emulator {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["traffic"] = traffic.clone();
    Emulator::start(&scenario)
}

fn pin(emulator: &Emulator) -> Finished {
    Lockgate::on(emulator, "pin").run()
}

fn traffic(emulator: &Emulator) -> Value {
    emulator.snapshot()["apps"][0]["traffic"].clone()
}

#[test]
fn pin_names_the_latest_revision_and_changes_nothing_else() {
    let emulator = following(&json!([
        { "revision": "shop--v1", "weight": 0, "label": "blue" },
        { "latest-revision": true, "weight": 100 },
    ]));
    let run = pin(&emulator);
    run.exits(0)
        .says("pinned: shop--v2")
        .says("production serves shop--v1 0 % (label blue), shop--v2 100 %");
    assert_eq!(
        traffic(&emulator),
        json!([
            { "revisionName": "shop--v1", "weight": 0, "label": "blue" },
            { "revisionName": "shop--v2", "weight": 100 },
        ]),
        "{run}"
    );
    assert_eq!(emulator.writes().len(), 1, "{run}");
    assert_eq!(
        emulator.writes()[0]
            .as_object()
            .expect("a body")
            .keys()
            .collect::<Vec<_>>(),
        ["properties"],
        "nothing but the traffic is written: {run}"
    );
}

#[test]
fn entries_of_the_same_revision_are_merged() {
    let emulator = following(&json!([
        { "revision": "shop--v2", "weight": 30, "label": "green" },
        { "latest-revision": true, "weight": 70 },
    ]));
    pin(&emulator).exits(0);
    let pinned = json!([{ "revisionName": "shop--v2", "weight": 100, "label": "green" }]);
    assert_eq!(traffic(&emulator), pinned);
}

#[test]
fn pin_writes_nothing_when_no_entry_follows_the_latest_revision() {
    let emulator = Emulator::healthy();
    let run = pin(&emulator);
    run.exits(0).says("nothing was written");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn traffic_that_cannot_be_pinned_is_refused() {
    let two_labels = following(&json!([
        { "revision": "shop--v2", "weight": 0, "label": "green" },
        { "latest-revision": true, "weight": 100, "label": "blue" },
    ]));
    pin(&two_labels).exits(30).says("green").says("blue");
    assert!(two_labels.writes().is_empty());
    let mut single = Emulator::shop();
    single["apps"][0]["revisions-mode"] = json!("Single");
    single["apps"][0]["traffic"] = json!([{ "latest-revision": true, "weight": 100 }]);
    let single = Emulator::start(&single);
    pin(&single).exits(30).says("Single");
    assert!(single.writes().is_empty());
}

#[test]
fn write_whose_answer_is_lost_is_verified_by_reading() {
    let emulator = following(&json!([{ "latest-revision": true, "weight": 100 }]));
    emulator.fault(&json!({
        "on": { "method": "PATCH" }, "nth": 1, "what": "applied-but-answer-lost",
    }));
    pin(&emulator).exits(0).says("pinned: shop--v2");
}

#[test]
fn refused_write_names_the_missing_permission() {
    let emulator = following(&json!([{ "latest-revision": true, "weight": 100 }]));
    emulator.fault(&json!({
        "on": { "method": "PATCH" }, "what": { "refuse": { "status": 403, "code": "AuthorizationFailed" } },
    }));
    pin(&emulator)
        .exits(30)
        .says("Microsoft.App/containerApps/write");
}

#[test]
fn pin_that_the_platform_does_not_apply_says_that_nothing_was_pinned() {
    let pinned = |command: &str| {
        let emulator = following(&json!([{ "latest-revision": true, "weight": 100 }]));
        emulator.fault(&json!({
            "on": { "method": "PATCH" },
            "what": { "operation-failed": { "code": "Ignored", "message": "the write was dropped" } },
        }));
        Lockgate::on(&emulator, command).run()
    };
    let run = pinned("pin");
    run.exits(12)
        .says("not pinned: ")
        .says("the write was dropped");
    assert!(!run.stdout.contains("deployed"), "{run}");
    let run = pinned("pin --output json");
    let events = run.exits(12).events();
    assert_eq!(events[0]["event"], "not-pinned", "{run}");
}
