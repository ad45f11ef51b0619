//! A bad canary is rolled back, at every stage.

use serde_json::json;

use crate::support::{CANARY, Emulator, Lockgate};

#[test]
fn canary_that_is_bad_at_weight_0_never_gets_traffic() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "error-share": 1.0 }));
    let run = Lockgate::on(&emulator, "rollout").run();
    run.ends(10, &emulator)
        .says("health check http-health: fail")
        .says("stopped before any traffic moved");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn canary_that_fails_is_rolled_back_at_every_stage() {
    for weight in [10, 25, 50, 100] {
        let emulator = Emulator::healthy();
        emulator.behave(CANARY, &json!({ "fails-from-weight": weight }));
        let run = Lockgate::on(&emulator, "rollout").run();
        run.ends(10, &emulator)
            .says("rolled back: health check http-health said no")
            .says("production serves shop--v1 100 %");
        let last = emulator.writes().pop().expect("there are writes");
        let traffic = &last["properties"]["configuration"]["ingress"]["traffic"];
        assert_eq!(
            traffic[0]["weight"], 100,
            "one write of the whole baseline: {last}"
        );
    }
}

#[test]
fn canary_that_never_becomes_ready_gets_no_traffic() {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["revisions"][1]["behaviour"] = json!({ "not-ready-for-s": 3600.0 });
    let emulator = Emulator::start(&scenario);
    let run = Lockgate::on(&emulator, "rollout")
        .replacing(
            "readiness-deadline = \"3s\"",
            "readiness-deadline = \"600ms\"",
        )
        .run();
    run.ends(12, &emulator).says("not ready");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn canary_in_a_crash_loop_gets_no_traffic() {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["revisions"][1]["behaviour"] = json!({ "crash-loop": true });
    let emulator = Emulator::start(&scenario);
    let run = Lockgate::on(&emulator, "rollout").run();
    run.ends(12, &emulator);
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn stage_that_may_not_end_before_the_deadline_is_not_begun() {
    let emulator = Emulator::healthy();
    // Every stage fits if the shifts before it take no time, which they do.
    let run = Lockgate::on(&emulator, "rollout --deadline 13300ms").run();
    run.ends(12, &emulator).says("out of time");
}
