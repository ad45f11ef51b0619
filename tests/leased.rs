//! What `recover`, `abort` and `resume` make of a lease and the traffic beside it: every row of the decision table,
//! from an empty machine.

use serde_json::{Value, json};

use crate::support::{Emulator, Finished, Lockgate};

/// The lease of a run that gave `shop--v2` a weight, good until a second since 1970.
fn lease(weight: u32, deadline: u64) -> Value {
    json!({
        "team": "checkout",
        "lockgate-run": "20261101t000000-000001",
        "lockgate-epoch": "1",
        "lockgate-holder": "20261101t000000-000001",
        "lockgate-stable": "shop--v1",
        "lockgate-canary": "shop--v2",
        "lockgate-stage": format!("0/{weight}"),
        "lockgate-mark": "running",
        "lockgate-deadline": deadline.to_string(),
        "lockgate-baseline-0": "shop--v1=100;",
    })
}

/// Long past, and far ahead.
const DEAD: u64 = 1_700_000_000;
const ALIVE: u64 = 4_000_000_000;

fn traffic(weights: &[(&str, u32)]) -> Value {
    let entries = weights
        .iter()
        .map(|(revision, weight)| json!({ "revision": revision, "weight": weight }));
    Value::Array(entries.collect())
}

/// The shop as a process left it.
fn shop(tags: Value, weights: &[(&str, u32)]) -> Value {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["tags"] = tags;
    scenario["apps"][0]["traffic"] = traffic(weights);
    scenario["apps"][0]["revisions"]
        .as_array_mut()
        .expect("revisions")
        .push(json!({ "name": "shop--v0", "image": "registry.example/shop:0" }));
    scenario
}

fn left_at(weight: u32, deadline: u64) -> Emulator {
    let weights = [("shop--v1", 100 - weight), ("shop--v2", weight)];
    Emulator::start(&shop(lease(weight, deadline), &weights))
}

fn take_up(emulator: &Emulator, command: &str) -> Finished {
    Lockgate::on(emulator, command).run()
}

fn own_tags(emulator: &Emulator) -> Value {
    emulator.snapshot()["apps"][0]["tags"].clone()
}

#[test]
fn dead_run_is_given_back_at_any_weight_and_the_second_recover_writes_nothing() {
    for weight in [10, 25, 100] {
        let emulator = left_at(weight, DEAD);
        let run = take_up(&emulator, "recover");
        run.ends(12, &emulator).says("silent");
        assert_eq!(emulator.writes().len(), 1, "{run}");
        assert_eq!(own_tags(&emulator), json!({ "team": "checkout" }), "{run}");
        let again = take_up(&emulator, "recover");
        again.exits(0).says("idle");
        assert_eq!(emulator.writes().len(), 1, "{again}");
    }
}

#[test]
fn dead_run_whose_traffic_is_the_baseline_already_loses_its_lease_alone() {
    let emulator = Emulator::start(&shop(lease(25, DEAD), &[("shop--v1", 100)]));
    let run = take_up(&emulator, "recover");
    run.ends(12, &emulator);
    assert_eq!(emulator.writes().len(), 1, "{run}");
}

#[test]
fn run_that_may_be_alive_is_refused_by_all_but_abort() {
    for command in ["recover", "rollout", "resume"] {
        let emulator = left_at(25, ALIVE);
        let run = take_up(&emulator, command);
        run.exits(30)
            .says("20261101t000000-000001")
            .says("lockgate abort");
        assert!(emulator.writes().is_empty(), "{run}");
    }
    let emulator = left_at(25, ALIVE);
    take_up(&emulator, "abort").ends(11, &emulator);
}

#[test]
fn run_that_the_pipeline_knows_to_have_ended_is_recovered_at_once() {
    let emulator = left_at(25, ALIVE);
    let other = take_up(&emulator, "recover --run-id gh-1");
    other.exits(30).says("--run-id 20261101t000000-000001");
    assert!(emulator.writes().is_empty(), "{other}");
    let run = take_up(&emulator, "recover --run-id 20261101t000000-000001");
    run.ends(12, &emulator);
}

#[test]
fn rollout_bears_the_name_that_the_pipeline_gives_it() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout")
        .replacing("bake = \"300ms\"", "bake = \"60s\"")
        .env("LOCKGATE_RUN_ID", "gh-77-1");
    let mut running = lockgate.start();
    let _stdout = running.read_until(|line| line.contains("read back"));
    assert_eq!(emulator.lease()["lockgate-run"], "gh-77-1");
    let run = Lockgate::on(&emulator, "recover")
        .env("LOCKGATE_RUN_ID", "gh-77-1")
        .run();
    run.ends(12, &emulator);
    // The process that was believed dead finds the run taken from it.
    drop(running);
    let bad = Lockgate::on(&emulator, "rollout --run-id a/b").run();
    bad.exits(2).says("a/b");
}

#[test]
fn silence_can_be_asked_to_last_longer() {
    let emulator = left_at(25, DEAD);
    let run = take_up(&emulator, "recover --expired-for 900000h");
    run.exits(30).says("may still be alive");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn rollout_is_told_to_recover_what_a_dead_run_left() {
    let emulator = left_at(25, DEAD);
    let run = take_up(&emulator, "rollout");
    run.exits(30).says("`lockgate recover`");
    let plan = take_up(&emulator, "plan");
    plan.exits(30).says("`lockgate recover`");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn traffic_that_no_run_wrote_is_left_alone_and_shown() {
    let weights = [("shop--v0", 40), ("shop--v1", 60)];
    for (command, code) in [("recover", 31), ("abort", 31)] {
        let emulator = Emulator::start(&shop(lease(25, DEAD), &weights));
        let run = take_up(&emulator, command);
        run.exits(code)
            .says("should have shop--v1 100 %")
            .says("has shop--v0 40 %, shop--v1 60 %");
        assert!(emulator.writes().is_empty(), "{run}");
    }
}

#[test]
fn stable_that_cannot_serve_is_not_given_the_traffic() {
    let sick = [
        json!({ "active": false }),
        json!({ "provisioning-state": "Failed" }),
        json!({ "health-state": "Unhealthy" }),
    ];
    for (change, command) in sick.iter().zip(["recover", "abort", "recover"]) {
        let mut scenario = shop(lease(25, DEAD), &[("shop--v1", 75), ("shop--v2", 25)]);
        let stable = scenario["apps"][0]["revisions"][0].as_object_mut();
        let change = change.as_object().expect("an object").clone();
        stable.expect("a revision").extend(change);
        let emulator = Emulator::start(&scenario);
        let run = take_up(&emulator, command);
        run.exits(21)
            .says("shop--v1")
            .says("--revision-weight shop--v2=100")
            .says("lockgate abort");
        assert!(emulator.writes().is_empty(), "{run}");
    }
}

#[test]
fn canary_that_was_purged_does_not_keep_traffic_from_being_given_back() {
    let mut tags = lease(10, DEAD);
    tags["lockgate-canary"] = json!("shop--gone");
    let emulator = Emulator::start(&shop(tags, &[("shop--v1", 100)]));
    take_up(&emulator, "abort").ends(11, &emulator);
}

#[test]
fn revisions_are_asked_for_by_name_since_their_list_may_never_end() {
    let emulator = left_at(25, DEAD);
    take_up(&emulator, "recover").ends(12, &emulator);
    let asked: Vec<String> = emulator
        .requests()
        .iter()
        .map(|request| request["path"].as_str().expect("a path").to_owned())
        .filter(|path| path.contains("/revisions"))
        .collect();
    assert_eq!(asked.len(), 2);
    for path in asked {
        assert!(!path.ends_with("/revisions"), "{path}");
    }
}

#[test]
fn damaged_lease_is_refused_and_its_tag_named() {
    for command in ["recover", "abort", "resume", "rollout"] {
        let mut tags = lease(25, DEAD);
        tags["lockgate-epoch"] = json!("seven");
        let weights = [("shop--v1", 75), ("shop--v2", 25)];
        let emulator = Emulator::start(&shop(tags, &weights));
        let run = take_up(&emulator, command);
        run.exits(30).says("lockgate-epoch").says("seven");
        assert!(emulator.writes().is_empty(), "{run}");
    }
}

/// Four apps: one with a dead run, one with a live one, one with traffic of somebody else's, one without any.
fn group() -> Value {
    let app = |name: &str, tags: Value, weights: &[(&str, u32)]| {
        let tags = tags.to_string().replace("shop--", &format!("{name}--"));
        let named = |version: u32| json!({ "name": format!("{name}--v{version}") });
        let weights: Vec<(String, u32)> = weights
            .iter()
            .map(|(revision, weight)| (format!("{name}--{revision}"), *weight))
            .collect();
        let weights: Vec<(&str, u32)> = weights.iter().map(|(r, w)| (r.as_str(), *w)).collect();
        json!({
            "name": name,
            "tags": serde_json::from_str::<Value>(&tags).expect("JSON"),
            "revisions": [named(1), named(2), named(3)],
            "traffic": traffic(&weights),
        })
    };
    json!({ "page-size": 2, "apps": [
        app("dead", lease(25, DEAD), &[("v1", 75), ("v2", 25)]),
        app("alive", lease(25, ALIVE), &[("v1", 75), ("v2", 25)]),
        app("changed", lease(25, DEAD), &[("v1", 60), ("v3", 40)]),
        app("plain", json!({}), &[("v1", 100)]),
        app("also-dead", lease(100, DEAD), &[("v2", 100)]),
    ]})
}

fn recover_all(emulator: &Emulator) -> Finished {
    let all = "recover --all --expired-for 15m --state-dir state";
    Lockgate::at(emulator.endpoint(), all).run()
}

fn weights(emulator: &Emulator, app: &str) -> String {
    let snapshot = emulator.snapshot();
    let apps = snapshot["apps"].as_array().expect("apps").clone();
    let app = apps.iter().find(|found| found["name"] == app);
    let shares = app.expect("the app")["traffic"]
        .as_array()
        .expect("traffic")
        .clone();
    let shown = shares
        .iter()
        .filter(|share| share["weight"] != 0)
        .map(|share| {
            format!(
                "{}={}",
                share["revisionName"].as_str().expect("a name"),
                share["weight"]
            )
        });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_dead_run_of_a_resource_group_is_recovered_and_no_other() {
    let emulator = Emulator::start(&group());
    let run = recover_all(&emulator);
    run.exits(31)
        .says("alive: run 20261101t000000-000001 may be alive")
        .says("5 apps, 4 with a lease, 3 taken up");
    assert_eq!(weights(&emulator, "dead"), "dead--v1=100", "{run}");
    assert_eq!(
        weights(&emulator, "also-dead"),
        "also-dead--v1=100",
        "{run}"
    );
    assert_eq!(
        weights(&emulator, "alive"),
        "alive--v1=75 alive--v2=25",
        "{run}"
    );
    assert_eq!(
        weights(&emulator, "changed"),
        "changed--v1=60 changed--v3=40",
        "{run}"
    );
    assert_eq!(emulator.writes().len(), 2, "{run}");
}

#[test]
fn resource_group_without_dead_runs_is_left_as_it_is() {
    let emulator = Emulator::healthy();
    let run = recover_all(&emulator);
    run.exits(0).says("1 apps, 0 with a lease, 0 taken up");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn resource_group_that_cannot_be_listed_is_an_error() {
    let emulator = Emulator::healthy();
    emulator.fault(&json!({
        "on": { "method": "GET", "path-contains": "/containerapps" },
        "what": { "refuse": { "status": 403, "code": "AuthorizationFailed" } },
    }));
    let run = recover_all(&emulator);
    run.exits(30)
        .says("Microsoft.App/containerApps/read")
        .says("nothing was written");
}
