//! An app that cannot be rolled out is refused: exit 30, the reason, the next step, and no write.

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE};

/// Runs a rollout of the shop with one member of the app changed, and asserts that it is refused.
fn refused_with(member: &str, value: Value) -> Finished {
    let mut scenario = Emulator::shop();
    scenario["apps"][0][member] = value;
    refused(&scenario, "rollout")
}

fn refused(scenario: &Value, command: &str) -> Finished {
    let emulator = Emulator::start(scenario);
    let before = emulator.weights();
    let run = Lockgate::on(&emulator, command).run();
    run.exits(30).says("refused").says("nothing was written");
    assert_eq!(emulator.weights(), before, "{run}");
    assert!(emulator.writes().is_empty(), "{run}");
    run
}

#[test]
fn app_in_single_mode() {
    refused_with("revisions-mode", json!("Single"))
        .says("Single")
        .says("set-mode");
}

#[test]
fn app_in_an_unknown_mode() {
    refused_with("revisions-mode", json!("Labels")).says("Labels");
}

#[test]
fn app_without_ingress() {
    refused_with("ingress", json!(false)).says("ingress");
}

#[test]
fn app_with_an_operation_under_way() {
    refused_with("provisioning-state", json!("InProgress")).says("InProgress");
}

#[test]
fn app_with_sticky_sessions() {
    refused_with("sticky-sessions", json!(true)).says("sticky");
}

#[test]
fn canary_equal_to_stable() {
    refused(&Emulator::shop(), &format!("rollout --canary {STABLE}")).says(STABLE);
}

#[test]
fn canary_that_does_not_exist() {
    refused(&Emulator::shop(), "rollout --canary shop--v9")
        .says("shop--v9")
        .says(CANARY);
}

#[test]
fn image_that_no_revision_has() {
    // A tag or a digest alone names no image that can be deployed.
    for image in ["9", "2", "sha256:abab"] {
        let command = format!("rollout --image {image}");
        refused(&Emulator::shop(), &command)
            .says(image)
            .says("whole reference");
    }
}

#[test]
fn image_that_two_revisions_have() {
    let mut scenario = Emulator::shop();
    let revisions = scenario["apps"][0]["revisions"]
        .as_array_mut()
        .expect("a list");
    let image = "registry.example/shop:2@sha256:abab";
    revisions[1]["image"] = json!(image);
    revisions.push(json!({ "name": "shop--v3", "image": image }));
    refused(&scenario, "rollout --image sha256:abab")
        .says(CANARY)
        .says("shop--v3");
}

#[test]
fn two_revisions_that_share_the_traffic() {
    let split = json!([
        { "revision": STABLE, "weight": 60 },
        { "revision": CANARY, "weight": 40 },
    ]);
    refused_with("traffic", split).says(STABLE).says(CANARY);
}

#[test]
fn third_revision_with_weight() {
    let mut scenario = Emulator::shop();
    let app = &mut scenario["apps"][0];
    let revisions = app["revisions"].as_array_mut().expect("a list");
    revisions.push(json!({ "name": "shop--v3", "image": "registry.example/shop:3" }));
    app["traffic"] = json!([
        { "revision": STABLE, "weight": 90 },
        { "revision": "shop--v3", "weight": 10 },
    ]);
    refused(
        &scenario,
        &format!("rollout --stable {STABLE} --canary {CANARY}"),
    )
    .says("shop--v3");
}

#[test]
fn traffic_on_latest_revision() {
    refused_with(
        "traffic",
        json!([{ "latest-revision": true, "weight": 100 }]),
    )
    .says("latestRevision");
}

#[test]
fn no_newer_revision() {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["revisions"]
        .as_array_mut()
        .expect("a list")
        .pop();
    refused(&scenario, "rollout").says("no ");
}

#[test]
fn inactive_canary() {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["revisions"][1]["active"] = json!(false);
    refused(&scenario, &format!("rollout --canary {CANARY}")).says("not active");
}

#[test]
fn app_that_does_not_exist() {
    refused(&Emulator::shop(), "rollout --app shoe").says("shoe");
}
