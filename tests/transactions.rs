//! The example of a gate that a team copies, as it is committed: it buys something from the canary, says what went
//! wrong, and leaves nothing behind.

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

fn asked_once(emulator: &Emulator, settings: &str) -> Finished {
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

/// Asserts that the canary was asked so often at least, and remembers neither a basket nor an order.
#[track_caller]
fn nothing_is_left(emulator: &Emulator, requests: u64) {
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
    let run = asked_once(&emulator, r#"{"item": "tea", "quantity": 3}"#);
    run.exits(0)
        .says("pass: bought 3 tea and read the order back");
    run.says("check out").says("total");
    nothing_is_left(&emulator, 7);
}

#[test]
fn checkout_that_fails_is_named_and_the_basket_is_cleaned_up() {
    let emulator = shop(&broken_checkout());
    let run = asked_once(&emulator, "{}");
    run.exits(10)
        .says("check out: POST /baskets/basket-1/checkout answered 500, 201 was expected");
    nothing_is_left(&emulator, 5);
}

#[test]
fn order_that_cannot_be_deleted_is_named() {
    let emulator = shop(&json!({ "fails-paths": ["/orders/order-1"] }));
    let run = asked_once(&emulator, "{}");
    run.exits(10)
        .says("read order: GET /orders/order-1 answered 500")
        .says("clean-up failed, the order /orders/order-1 is left behind");
    let snapshot = emulator.snapshot();
    let left = &snapshot["apps"][0]["revisions"][1]["shop"];
    assert_eq!(*left, json!({ "baskets": 0, "orders": 1 }));
}

#[test]
fn item_that_the_shop_does_not_have_is_a_no_and_a_setting_that_is_misspelt_is_an_error() {
    let emulator = shop(&json!({}));
    asked_once(&emulator, r#"{"item": "gold"}"#)
        .exits(10)
        .says("add item: ")
        .says("answered 404, 200 was expected");
    nothing_is_left(&emulator, 4);
    asked_once(&emulator, r#"{"itme": "tea"}"#)
        .exits(2)
        .says("itme");
}

#[test]
fn canary_that_does_not_answer_is_no_pass_and_no_evidence() {
    let emulator = shop(&json!({ "latency-ms": 60_000 }));
    asked_once(&emulator, r#"{"budget-ms": 50}"#)
        .exits(10)
        .says("hold: log in: no answer within 50 ms");
}

#[test]
fn canary_that_sells_is_promoted() {
    let emulator = shop(&json!({}));
    with_gate(&emulator).run().ends(0, &emulator);
    nothing_is_left(&emulator, 7);
}

#[test]
fn canary_whose_checkout_is_broken_is_rolled_back() {
    let emulator = shop(&broken_checkout());
    with_gate(&emulator)
        .run()
        .ends(10, &emulator)
        .says("check out: POST");
    assert!(emulator.writes().is_empty(), "it never got any traffic");
    nothing_is_left(&emulator, 5);
}

#[test]
fn canary_whose_checkout_breaks_under_way_is_rolled_back() {
    let emulator = shop(&json!({}));
    let lockgate = with_gate(&emulator);
    let mut run = lockgate.start();
    let rest = run.read_until(|line| line.contains("\"phase\":\"baking\""));
    emulator.behave(CANARY, &broken_checkout());
    std::io::read_to_string(rest).expect("the rest is read");
    run.finish().ends(10, &emulator);
    nothing_is_left(&emulator, 7);
}

#[test]
fn its_cases_come_out_as_expected_and_it_conforms() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/gates");
    Lockgate::at("http://127.0.0.1:9", "gate test")
        .arg(&folder.to_string_lossy())
        .run()
        .exits(0)
        .says("5 as expected, 0 not, 0 cannot be run");
    let component = folder.join("synthetic-transaction/synthetic-transaction.wasm");
    Lockgate::at("http://127.0.0.1:9", "gate check")
        .arg(&component.to_string_lossy())
        .run()
        .exits(0);
}
