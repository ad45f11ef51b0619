//! The first deployment of an app: its only revision already has all traffic, and is named by the command or its image.

use serde_json::{Value, json};

use crate::support::{Emulator, Finished, Lockgate};

fn only_revision(traffic: &Value, behaviour: &Value) -> Emulator {
    let revision = json!({
        "name": "shop--v1", "image": "registry.example/shop@sha256:abab", "behaviour": behaviour,
    });
    let app = json!({ "name": "shop", "revisions": [revision], "traffic": [traffic] });
    Emulator::start(&json!({ "apps": [app] }))
}

fn by_name() -> Value {
    json!({ "revision": "shop--v1", "weight": 100 })
}

fn rollout(emulator: &Emulator, chosen: &str) -> Finished {
    Lockgate::on(emulator, &format!("rollout {chosen}")).run()
}

#[test]
fn first_revision_is_good_when_its_gates_pass() {
    let latest = json!({ "latest-revision": true, "weight": 100 });
    for traffic in [by_name(), latest] {
        for chosen in [
            "--canary shop--v1",
            "--image registry.example/shop@sha256:abab",
        ] {
            let emulator = only_revision(&traffic, &json!({}));
            let run = rollout(&emulator, chosen);
            run.exits(0).says("good: shop--v1").says("http-health");
            assert!(emulator.writes().is_empty(), "{run}");
        }
    }
}

#[test]
fn first_revision_is_not_good_when_its_gates_fail() {
    let emulator = only_revision(&by_name(), &json!({ "error-share": 1.0 }));
    let run = rollout(&emulator, "--canary shop--v1");
    run.exits(10)
        .says("not good")
        .says("no revision to roll back to");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn only_revision_without_a_choice_is_nothing_to_roll_out() {
    let emulator = only_revision(&by_name(), &json!({}));
    let run = rollout(&emulator, "");
    run.exits(30).says("nothing to roll out");
}
