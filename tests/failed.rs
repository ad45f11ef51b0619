//! The memory of failures: a canary that a gate said no to is marked on the app and not rolled out again by itself.

use serde_json::json;

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE};

const FAILED: &str = "lockgate-failed";

fn run(emulator: &Emulator, command: &str) -> Finished {
    Lockgate::on(emulator, command).run()
}

#[test]
fn canary_is_marked_by_exit_10_at_every_weight_and_not_chosen_again() {
    for behaviour in [
        json!({ "error-share": 1.0 }),
        json!({ "fails-from-weight": 10 }),
        json!({ "fails-from-weight": 100 }),
    ] {
        let emulator = Emulator::healthy();
        emulator.behave(CANARY, &behaviour);
        run(&emulator, "rollout").ends(10, &emulator);
        assert_eq!(emulator.tag(FAILED), CANARY);
        let writes = emulator.requests().len();
        for command in ["plan", "rollout"] {
            let again = run(&emulator, command);
            again
                .exits(30)
                .says("shop--v2 did not pass its gates")
                .says("`lockgate rollout --canary shop--v2")
                .says("`lockgate rollout --again");
        }
        let patched = emulator.requests().into_iter().skip(writes);
        assert!(
            patched
                .into_iter()
                .all(|request| request["method"] == "GET")
        );
        run(&emulator, "status")
            .exits(0)
            .says("failed     shop--v2");
    }
}

#[test]
fn mark_of_a_canary_without_traffic_writes_no_traffic() {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["tags"] = json!({ "team": "checkout" });
    let emulator = Emulator::start(&scenario);
    emulator.behave(CANARY, &json!({ "error-share": 1.0 }));
    run(&emulator, "rollout").ends(10, &emulator);
    let patches = emulator
        .requests()
        .into_iter()
        .filter(|r| r["method"] == "PATCH");
    let bodies: Vec<_> = patches.map(|request| request["body"].clone()).collect();
    let [body] = &bodies[..] else {
        panic!("one write of tags: {bodies:?}");
    };
    assert!(body.get("properties").is_none(), "{body}");
    // It may be under way for long, and land when the next run has its lease on the app.
    let tags = body["tags"].as_object().expect("tags");
    assert!(tags.values().all(|value| value.is_string()), "{body}");
    assert_eq!(emulator.tag("team"), "checkout");
}

#[test]
fn failed_canary_that_is_named_is_rolled_out_and_then_forgotten() {
    for command in ["rollout --canary shop--v2", "rollout --again"] {
        let emulator = Emulator::healthy();
        emulator.behave(CANARY, &json!({ "fails-from-weight": 10 }));
        run(&emulator, "rollout").ends(10, &emulator);
        emulator.behave(CANARY, &json!({}));
        run(&emulator, command).ends(0, &emulator);
        assert_eq!(emulator.tag(FAILED), "");
    }
}

#[test]
fn nothing_but_a_no_marks_a_canary() {
    let broken = "[gates.slow]\nplugin = \"http-health\"\nlimits = { wall-clock = \"1ms\" }\n";
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "latency-ms": 300 }));
    let infrastructure = Lockgate::on(&emulator, "rollout").gates(broken).run();
    infrastructure.ends(12, &emulator);
    assert_eq!(emulator.tag(FAILED), "");

    let emulator = Emulator::healthy();
    let lockgate =
        Lockgate::on(&emulator, "rollout").replacing("bake = \"300ms\"", "bake = \"60s\"");
    let mut running = lockgate.start();
    let _stdout = running.read_until(|line| line.contains("read back"));
    running.signal("INT");
    running.finish().ends(11, &emulator);
    assert_eq!(emulator.tag(FAILED), "");
}

#[test]
fn image_of_a_failed_revision_is_not_deployed_again_by_itself() {
    let digest = format!("registry.example/shop@sha256:{}", "a".repeat(64));
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["revisions"][1] = json!({
        "name": "shop--next", "image": digest, "behaviour": { "fails-from-weight": 10 },
    });
    let emulator = Emulator::start(&scenario);
    let rollout = format!("rollout --image {digest} --on-failure deactivate");
    let first = run(&emulator, &rollout);
    first.exits(10).says("shop--next is deactivated");
    assert_eq!(emulator.weights(), [(STABLE.to_owned(), 100)].into());
    assert!(!emulator.is_active("shop--next"), "{first}");
    let again = run(
        &emulator,
        &format!("rollout --image {digest} --suffix other"),
    );
    again
        .exits(30)
        .says("shop--next did not pass its gates")
        .says("its image is not deployed again by itself");
    let retried = run(
        &emulator,
        &format!("rollout --image {digest} --suffix other --again"),
    );
    retried.exits(0).says("promoted: shop--other");
}

#[test]
fn failed_canary_is_kept_unless_it_is_to_go() {
    for (flag, is_active) in [
        ("", true),
        (" --on-failure keep", true),
        (" --on-failure deactivate", false),
    ] {
        let emulator = Emulator::healthy();
        emulator.behave(CANARY, &json!({ "fails-from-weight": 10 }));
        run(&emulator, &format!("rollout{flag}")).ends(10, &emulator);
        assert_eq!(emulator.is_active(CANARY), is_active, "{flag}");
        assert!(emulator.is_active(STABLE));
    }
}

#[test]
fn forget_lists_what_is_kept_and_removes_it() {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["tags"] = json!({ "team": "checkout" });
    let emulator = Emulator::start(&scenario);
    emulator.behave(CANARY, &json!({ "fails-from-weight": 10 }));
    run(&emulator, "rollout").ends(10, &emulator);
    let writes = emulator.writes().len();
    let forgotten = run(&emulator, "forget");
    forgotten
        .exits(0)
        .says("lockgate-failed = shop--v2")
        .says("forgotten")
        .says("production serves shop--v1 100 %");
    assert_eq!(
        emulator.snapshot()["apps"][0]["tags"],
        json!({ "team": "checkout" })
    );
    assert_eq!(emulator.writes().len(), writes, "no traffic is written");
    run(&emulator, "forget")
        .exits(0)
        .says("keeps nothing on the app");
    emulator.behave(CANARY, &json!({}));
    run(&emulator, "rollout").ends(0, &emulator);
}
