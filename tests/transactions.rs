//! The example gate for teams to copy, as the committed component: it buys something from the canary, names the step that
//! failed, and deletes what it created.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate};

const CONFIG: &str = r#"
[gates.synthetic-transaction]
plugin = "./synthetic-transaction.wasm"
settings = { item = "coffee", quantity = 2 }
"#;

fn component() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/gates");
    let path = folder.join("synthetic-transaction/synthetic-transaction.wasm");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shop(behaviour: &Value) -> Emulator {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["revisions"][1]["behaviour"] = behaviour.clone();
    Emulator::start(&scenario)
}

fn broken_checkout() -> Value {
    json!({ "fails-paths": ["/checkout"] })
}

fn called_once(emulator: &Emulator, settings: &str) -> Finished {
    let gate = "./synthetic-transaction.wasm";
    let canary = emulator.revision_url(CANARY);
    Lockgate::on(emulator, &format!("gate run {gate} --canary {canary}"))
        .arg("--settings")
        .arg(settings)
        .file(gate, &component())
        .run()
}

fn with_gate(emulator: &Emulator) -> Lockgate {
    Lockgate::on(emulator, "rollout --output json")
        .gates(CONFIG)
        .file("synthetic-transaction.wasm", &component())
}

/// Asserts that the canary got at least so many requests, and keeps neither a basket nor an order.
#[track_caller]
fn assert_cleaned_up(emulator: &Emulator, requests: u64) {
    let snapshot = emulator.snapshot();
    let revisions = snapshot["apps"][0]["revisions"].as_array();
    for revision in revisions.expect("revisions") {
        let left = &revision["shop"];
        assert_eq!(*left, json!({ "baskets": 0, "orders": 0 }), "{revision}");
        if revision["name"] == CANARY {
            let served = revision["served"]["direct"]["requests"].as_u64();
            assert!(
                served.is_some_and(|served| served >= requests),
                "{revision}"
            );
        }
    }
}

#[test]
fn canary_that_sells_passes_and_keeps_no_basket_and_no_order() {
    let emulator = shop(&json!({}));
    let run = called_once(&emulator, r#"{"item": "tea", "quantity": 3}"#);
    run.exits(0)
        .says("pass: bought 3 tea and read the order back");
    run.says("check out").says("total");
    assert_cleaned_up(&emulator, 7);
}

#[test]
fn failed_checkout_is_named_and_the_basket_is_deleted() {
    let emulator = shop(&broken_checkout());
    let run = called_once(&emulator, "{}");
    run.exits(10)
        .says("check out: POST /baskets/basket-1/checkout answered 500, 201 was expected");
    assert_cleaned_up(&emulator, 5);
}

#[test]
fn order_that_cannot_be_deleted_is_named() {
    let emulator = shop(&json!({ "fails-paths": ["/orders/order-1"] }));
    let run = called_once(&emulator, "{}");
    run.exits(10)
        .says("read order: GET /orders/order-1 answered 500")
        .says("clean-up failed, the order /orders/order-1 is left behind");
    let snapshot = emulator.snapshot();
    let left = &snapshot["apps"][0]["revisions"][1]["shop"];
    assert_eq!(*left, json!({ "baskets": 0, "orders": 1 }));
}

#[test]
fn unknown_item_fails_and_a_misspelt_setting_is_an_error() {
    let emulator = shop(&json!({}));
    called_once(&emulator, r#"{"item": "gold"}"#)
        .exits(10)
        .says("add item: ")
        .says("answered 404, 200 was expected");
    assert_cleaned_up(&emulator, 4);
    called_once(&emulator, r#"{"itme": "tea"}"#)
        .exits(2)
        .says("itme");
}

#[test]
fn canary_that_does_not_answer_is_a_hold() {
    let emulator = shop(&json!({ "latency-ms": 60_000 }));
    called_once(&emulator, r#"{"budget-ms": 50}"#)
        .exits(10)
        .says("hold: log in: no answer within 50 ms");
}

#[test]
fn canary_that_sells_is_promoted() {
    let emulator = shop(&json!({}));
    with_gate(&emulator).run().ends(0, &emulator);
    assert_cleaned_up(&emulator, 7);
}

#[test]
fn canary_with_a_broken_checkout_gets_no_traffic() {
    let emulator = shop(&broken_checkout());
    with_gate(&emulator)
        .run()
        .ends(10, &emulator)
        .says("check out: POST");
    assert!(emulator.writes().is_empty(), "it never got any traffic");
    assert_cleaned_up(&emulator, 5);
}

#[test]
fn canary_whose_checkout_breaks_during_a_bake_is_rolled_back() {
    let emulator = shop(&json!({}));
    let lockgate = with_gate(&emulator);
    let mut run = lockgate.start();
    let rest = run.read_until(|line| line.contains("\"phase\":\"baking\""));
    emulator.behave(CANARY, &broken_checkout());
    std::io::read_to_string(rest).expect("the rest is read");
    run.finish().ends(10, &emulator);
    assert_cleaned_up(&emulator, 7);
}

#[test]
fn its_cases_pass_and_it_conforms() {
    let folder = "../../examples/gates/synthetic-transaction";
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    Lockgate::at("http://127.0.0.1:9", "gate test")
        .arg(&folder.to_string_lossy())
        .run()
        .exits(0)
        .says("6 passed, 0 failed, 0 could not run");
    let component = folder.join("synthetic-transaction.wasm");
    Lockgate::at("http://127.0.0.1:9", "gate check")
        .arg(&component.to_string_lossy())
        .run()
        .exits(0);
}

#[test]
fn gate_with_a_recording_of_its_service_passes_the_conformance_checks() {
    let gate = "../../examples/gates/synthetic-transaction";
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(gate);
    let check = |more: &[String]| {
        let component = folder.join("synthetic-transaction.wasm");
        let check =
            Lockgate::at("http://127.0.0.1:9", "gate check").arg(&component.to_string_lossy());
        more.iter().fold(check, |check, arg| check.arg(arg)).run()
    };
    let recording = folder.join("cases/whole.har");
    check(&[format!("--recording={}", recording.display())])
        .exits(0)
        .says("ok    health check: gives a verdict where one is due");
}
