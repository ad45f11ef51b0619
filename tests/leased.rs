//! How `recover`, `abort` and `resume` act on a lease and the traffic beside it: every row of the decision table, without
//! the folder of the run.

use serde_json::{Value, json};

use crate::support::{Emulator, Finished, Lockgate};

/// Returns the tags of a run that shifted this weight to `shop--v2`. `deadline` is in seconds since 1970.
fn lease(weight: u32, deadline: u64) -> Value {
    json!({
        "team": "checkout",
        "lockgate-run": "20261101t000000-000001",
        "lockgate-lease": "1/running",
        "lockgate-holder": "1/20261101t000000-000001",
        "lockgate-since": "1690000000/1690000100",
        "lockgate-stages": "10,25,50,100",
        "lockgate-stable": "shop--v1",
        "lockgate-canary": "shop--v2",
        "lockgate-stage": format!("0/{weight}"),
        "lockgate-expires": deadline.to_string(),
        "lockgate-baseline-0": "shop--v1=100;",
    })
}

/// A time long past.
const DEAD: u64 = 1_700_000_000;
/// A time far ahead.
const ALIVE: u64 = 4_000_000_000;

fn traffic(weights: &[(&str, u32)]) -> Value {
    let entries = weights
        .iter()
        .map(|(revision, weight)| json!({ "revision": revision, "weight": weight }));
    Value::Array(entries.collect())
}

/// Returns the scenario of the shop as a run left it.
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

fn run_command(emulator: &Emulator, command: &str) -> Finished {
    Lockgate::on(emulator, command).run()
}

fn own_tags(emulator: &Emulator) -> Value {
    let mut tags = emulator.snapshot()["apps"][0]["tags"].clone();
    if let Some(tags) = tags.as_object_mut() {
        // What tells a live run who ended it.
        tags.remove("lockgate-ended");
    }
    tags
}

#[test]
fn dead_run_is_rolled_back_at_any_weight_and_a_second_recover_writes_nothing() {
    for weight in [10, 25, 100] {
        let emulator = left_at(weight, DEAD);
        let run = run_command(&emulator, "recover");
        run.ends(12, &emulator).says("silent");
        assert_eq!(emulator.writes().len(), 1, "{run}");
        assert_eq!(own_tags(&emulator), json!({ "team": "checkout" }), "{run}");
        let again = run_command(&emulator, "recover");
        again.exits(0).says("idle");
        assert_eq!(emulator.writes().len(), 1, "{again}");
    }
}

#[test]
fn dead_run_at_the_baseline_only_loses_its_lease() {
    let emulator = Emulator::start(&shop(lease(25, DEAD), &[("shop--v1", 100)]));
    let run = run_command(&emulator, "recover");
    run.ends(12, &emulator);
    assert_eq!(emulator.writes().len(), 1, "{run}");
}

#[test]
fn run_that_may_be_alive_is_touched_only_by_abort() {
    for command in ["recover", "rollout", "resume"] {
        let emulator = left_at(25, ALIVE);
        let run = run_command(&emulator, command);
        run.exits(30)
            .says("20261101t000000-000001")
            .says("lockgate abort");
        assert!(emulator.writes().is_empty(), "{run}");
    }
    let emulator = left_at(25, ALIVE);
    run_command(&emulator, "abort").ends(11, &emulator);
}

#[test]
fn run_named_with_run_id_is_recovered_before_its_lease_expires() {
    let emulator = left_at(25, ALIVE);
    let other = run_command(&emulator, "recover --run-id gh-1");
    other.exits(30).says("--run-id 20261101t000000-000001");
    assert!(emulator.writes().is_empty(), "{other}");
    let run = run_command(&emulator, "recover --run-id 20261101t000000-000001");
    run.ends(12, &emulator);
}

#[test]
fn rollout_takes_its_run_id_from_the_pipeline() {
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
    // The first process, which is still alive, finds the lease gone and is killed here.
    drop(running);
    let bad = Lockgate::on(&emulator, "rollout --run-id a/b").run();
    bad.exits(2).says("a/b");
}

#[test]
fn expired_for_asks_for_a_longer_silence() {
    let emulator = left_at(25, DEAD);
    let run = run_command(&emulator, "recover --expired-for 900000h");
    run.exits(30).says("may still be alive");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn rollout_after_a_dead_run_is_refused_and_names_recover() {
    let emulator = left_at(25, DEAD);
    let run = run_command(&emulator, "rollout");
    run.exits(30).says("`lockgate recover --app shop ");
    let plan = run_command(&emulator, "plan");
    plan.exits(30).says("`lockgate recover --app shop ");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn foreign_traffic_beside_a_lease_is_left_as_it_is_and_shown() {
    let weights = [("shop--v0", 40), ("shop--v1", 60)];
    for (command, code) in [("recover", 31), ("abort", 31)] {
        let emulator = Emulator::start(&shop(lease(25, DEAD), &weights));
        let run = run_command(&emulator, command);
        run.exits(code)
            .says("should have shop--v1 100 %")
            .says("has shop--v0 40 %, shop--v1 60 %");
        assert!(emulator.writes().is_empty(), "{run}");
    }
}

#[test]
fn stable_that_cannot_serve_gets_no_traffic() {
    let sick = [
        json!({ "provisioning-state": "Failed" }),
        json!({ "health-state": "Unhealthy" }),
    ];
    for (change, command) in sick.iter().zip(["abort", "recover"]) {
        let mut scenario = shop(lease(25, DEAD), &[("shop--v1", 75), ("shop--v2", 25)]);
        let stable = scenario["apps"][0]["revisions"][0].as_object_mut();
        let change = change.as_object().expect("an object").clone();
        stable.expect("a revision").extend(change);
        let emulator = Emulator::start(&scenario);
        let run = run_command(&emulator, command);
        run.exits(21)
            .says("shop--v1")
            .says("--revision-weight shop--v2=100")
            .says("lockgate abort");
        assert!(emulator.writes().is_empty(), "{run}");
    }
}

#[test]
fn stable_that_is_inactive_is_activated_before_it_gets_traffic() {
    for (command, code) in [("recover", 12), ("abort", 11)] {
        let mut scenario = shop(lease(25, DEAD), &[("shop--v1", 75), ("shop--v2", 25)]);
        scenario["apps"][0]["revisions"][0]["active"] = json!(false);
        let emulator = Emulator::start(&scenario);
        let run = run_command(&emulator, command);
        run.ends(code, &emulator)
            .says("activating the stable revision");
    }
}

#[test]
fn abort_restores_the_baseline_although_the_canary_was_purged() {
    let mut tags = lease(10, DEAD);
    tags["lockgate-canary"] = json!("shop--gone");
    let emulator = Emulator::start(&shop(tags, &[("shop--v1", 100)]));
    run_command(&emulator, "abort").ends(11, &emulator);
}

#[test]
fn recover_reads_revisions_by_name_because_their_list_may_never_end() {
    let emulator = left_at(25, DEAD);
    run_command(&emulator, "recover").ends(12, &emulator);
    let asked: Vec<String> = emulator
        .requests()
        .iter()
        .map(|request| request["path"].as_str().expect("a path").to_owned())
        .filter(|path| path.contains("/revisions"))
        .collect();
    // The two of the lease, and at the end the one that has the traffic.
    assert_eq!(asked.len(), 3);
    for path in asked {
        assert!(!path.ends_with("/revisions"), "{path}");
    }
}

#[test]
fn damaged_lease_is_refused_and_the_tag_is_named() {
    for command in ["recover", "abort", "resume", "rollout"] {
        let mut tags = lease(25, DEAD);
        tags["lockgate-holder"] = json!("seven");
        let weights = [("shop--v1", 75), ("shop--v2", 25)];
        let emulator = Emulator::start(&shop(tags, &weights));
        let run = run_command(&emulator, command);
        run.exits(30).says("lockgate-holder").says("seven");
        assert!(emulator.writes().is_empty(), "{run}");
    }
}

/// Returns five apps: two with a dead run, one with a live run, one whose traffic was changed by another writer, and one
/// without a run.
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
fn recover_all_recovers_every_dead_run_of_a_resource_group_and_no_other() {
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
fn recover_all_without_dead_runs_writes_nothing() {
    let emulator = Emulator::healthy();
    let run = recover_all(&emulator);
    run.exits(0).says("1 apps, 0 with a lease, 0 taken up");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn recover_all_is_refused_when_apps_cannot_be_listed() {
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
