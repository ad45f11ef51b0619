//! `lockgate undo`: after a promotion all traffic goes back to the revision that was replaced, from the app's tags alone.

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE};

/// Returns an app on which a rollout has promoted its canary.
fn promoted(scenario: &Value) -> Emulator {
    let emulator = Emulator::start(scenario);
    let run = Lockgate::on(&emulator, "rollout --stages 50,100").run();
    run.ends(0, &emulator).says("`lockgate undo");
    emulator
}

/// Runs a command on a machine that has nothing of the run.
fn elsewhere(emulator: &Emulator, command: &str) -> Finished {
    Lockgate::on(emulator, command).run()
}

fn serves(emulator: &Emulator, revision: &str) {
    assert_eq!(emulator.weights(), [(revision.to_owned(), 100)].into());
    assert!(emulator.lease().is_empty());
}

#[test]
fn undo_gives_all_traffic_back_in_one_write_and_a_second_one_writes_nothing() {
    let emulator = promoted(&Emulator::shop());
    let before = emulator.writes().len();
    let status = elsewhere(&emulator, "status");
    status
        .exits(0)
        .says("shop--v2 replaced shop--v1")
        .says("would write shop--v1 100 %");
    let run = elsewhere(&emulator, "undo");
    run.exits(0)
        .says("health check http-health: pass")
        .says("undone: shop--v1 has all traffic again")
        .says("production serves shop--v1 100 %");
    serves(&emulator, STABLE);
    assert_eq!(emulator.writes().len(), before + 1, "{run}");
    let again = elsewhere(&emulator, "undo");
    again
        .exits(0)
        .says("undone already")
        .says("production serves shop--v1 100 %");
    assert_eq!(emulator.writes().len(), before + 1, "{again}");
    elsewhere(&emulator, "status")
        .exits(0)
        .says("has all traffic again");
}

#[test]
fn replaced_revision_that_is_unhealthy_gets_nothing_unless_it_is_forced() {
    let emulator = promoted(&Emulator::shop());
    let before = emulator.writes().len();
    emulator.behave(STABLE, &json!({ "error-share": 1.0 }));
    let run = elsewhere(&emulator, "undo");
    run.exits(10)
        .says("health check http-health: fail")
        .says("`lockgate undo --force");
    serves(&emulator, CANARY);
    assert_eq!(emulator.writes().len(), before, "{run}");
    assert_eq!(emulator.tag("lockgate-failed"), "", "an undo marks nothing");
    let forced = elsewhere(&emulator, "undo --force");
    forced.exits(0).says("undone");
    serves(&emulator, STABLE);
}

#[test]
fn replaced_revision_that_is_inactive_is_activated_and_ready_first() {
    for flags in ["", " --force"] {
        let emulator = promoted(&Emulator::shop());
        emulator.deactivate(STABLE);
        let run = elsewhere(&emulator, &format!("undo{flags}"));
        run.exits(0)
            .says("activating shop--v1")
            .says("shop--v1 is ready");
        assert!(emulator.is_active(STABLE), "{run}");
        serves(&emulator, STABLE);
    }
}

#[test]
fn nothing_to_undo_is_refused_with_what_the_app_has() {
    let emulator = Emulator::healthy();
    let run = elsewhere(&emulator, "undo");
    run.ends(30, &emulator)
        .says("there is nothing to undo")
        .says("shop--v1 100 %");
}

#[test]
fn undo_during_a_run_is_refused() {
    let emulator = promoted(&Emulator::shop());
    emulator.operate(
        &json!([
            { "revision": CANARY, "weight": 90 }, { "revision": STABLE, "weight": 10 },
        ]),
        &json!({
            "lockgate-run": "run-9", "lockgate-lease": "1/running", "lockgate-holder": "1/run-9",
            "lockgate-since": "1690000000/1690000100", "lockgate-stages": "10,100",
            "lockgate-stable": CANARY, "lockgate-canary": STABLE, "lockgate-stage": "0/10",
            "lockgate-expires": "4000000000", "lockgate-baseline-0": "shop--v2=100;",
        }),
    );
    let before = emulator.writes().len();
    for command in ["undo", "undo --force", "forget"] {
        let run = elsewhere(&emulator, command);
        run.exits(30)
            .says("run run-9 holds the lease")
            .says("lockgate abort");
        assert_eq!(emulator.writes().len(), before, "{run}");
    }
}

/// What is served already may be on its way to something else.
#[test]
fn undone_already_is_said_only_when_no_write_is_under_way() {
    let emulator = promoted(&Emulator::shop());
    elsewhere(&emulator, "undo").exits(0);
    let before = emulator.writes().len();
    let slow = json!({ "slow-operation": { "ms": 3_000 } });
    emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": 1, "what": slow }));
    let lockgate = Lockgate::on(&emulator, "rollout --canary shop--v2");
    let rollout = lockgate.start();
    emulator.until("the first shift is under way", |emulator| {
        emulator.writes().len() > before
    });
    let run = elsewhere(&emulator, "undo");
    run.exits(30).says("holds the lease");
    rollout.finish();
}

#[test]
fn revision_that_was_deleted_cannot_be_gone_back_to() {
    let emulator = Emulator::start(&json!({ "apps": [{
        "name": "shop",
        "revisions": [{ "name": CANARY, "image": "registry.example/shop:2" }],
        "traffic": [{ "revision": CANARY, "weight": 100 }],
        "tags": { "lockgate-replaced": "run-1;shop--v2;shop--v1;1700000000;" },
    }]}));
    let run = elsewhere(&emulator, "undo");
    run.exits(30).says("shop--v1").says("no longer exists");
    serves(&emulator, CANARY);
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn traffic_that_somebody_changed_since_is_not_taken_back() {
    for (weights, command) in [
        (
            [(CANARY, 80), (STABLE, 20)],
            "`lockgate abort --to shop--v1",
        ),
        (
            [("shop--v0", 100), (CANARY, 0)],
            "`az containerapp ingress traffic set",
        ),
    ] {
        let mut scenario = Emulator::shop();
        let old = json!({ "name": "shop--v0", "image": "registry.example/shop:0" });
        let revisions = scenario["apps"][0]["revisions"].as_array_mut();
        revisions.expect("revisions").insert(0, old);
        let emulator = promoted(&scenario);
        let traffic = weights.map(|(name, weight)| json!({ "revision": name, "weight": weight }));
        emulator.operate(&json!(traffic), &json!({}));
        let (before, found) = (emulator.writes().len(), emulator.weights());
        let run = elsewhere(&emulator, "undo");
        run.exits(30)
            .says("somebody has changed it since")
            .says(command);
        assert_eq!(
            (emulator.writes().len(), emulator.weights()),
            (before, found),
            "{run}"
        );
    }
}

#[test]
fn deployment_in_between_is_seen_and_said() {
    let emulator = promoted(&Emulator::shop());
    let deploy = elsewhere(
        &emulator,
        "deploy --image registry.example/shop:3 --suffix v3",
    );
    deploy.exits(0);
    let run = elsewhere(&emulator, "undo");
    run.exits(0).says("created since then: shop--v3");
    serves(&emulator, STABLE);
}

#[test]
fn undo_after_a_rollout_that_was_rolled_back_undoes_the_promotion_before_it() {
    let emulator = promoted(&Emulator::shop());
    elsewhere(
        &emulator,
        "deploy --image registry.example/shop:3 --suffix v3",
    )
    .exits(0);
    emulator.behave("shop--v3", &json!({ "fails-from-weight": 10 }));
    elsewhere(&emulator, "rollout").exits(10);
    serves(&emulator, CANARY);
    elsewhere(&emulator, "undo").exits(0);
    serves(&emulator, STABLE);
}

#[test]
fn undo_needs_no_gate_where_it_is_forced() {
    let emulator = promoted(&Emulator::shop());
    let gates = "[gates.gone]\nplugin = \"gone.wasm\"\n";
    let undo = |command| Lockgate::on(&emulator, command).gates(gates).run();
    undo("undo").exits(2).says("gone.wasm");
    serves(&emulator, CANARY);
    undo("undo --force").exits(0);
    serves(&emulator, STABLE);
}

#[test]
fn plan_shows_what_an_undo_would_do() {
    let emulator = promoted(&Emulator::shop());
    elsewhere(
        &emulator,
        "deploy --image registry.example/shop:3 --suffix v3",
    )
    .exits(0);
    let plan = elsewhere(&emulator, "plan");
    plan.exits(0).says("undo     shop--v2 replaced shop--v1");
}
