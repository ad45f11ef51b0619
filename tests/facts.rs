//! The facts of a pipeline on their way: from the file, the flags and the environment to the gates, the plan and the
//! recordings.

use serde_json::{Value, json};

use crate::support::{Emulator, Lockgate};

/// Two facts of the file, of which one is in a variable.
const FACTS: &str = "[facts]\ncommit = \"env:BUILD_SOURCEVERSION\"\nversion = \"1.3.0\"\n";

fn lockgate(emulator: &Emulator, command: &str) -> Lockgate {
    Lockgate::on(emulator, command)
        .gates(FACTS)
        .env("BUILD_SOURCEVERSION", "4b825dc")
}

#[test]
fn facts_reach_the_gates_and_their_recordings() {
    let emulator = Emulator::healthy();
    let lockgate = lockgate(&emulator, "rollout").arg("--fact=version=1.4.0");
    lockgate.run().ends(0, &emulator);
    let runs = lockgate.folder().join(".lockgate/runs");
    let run = std::fs::read_dir(runs).unwrap().next().unwrap().unwrap();
    let mut recordings: Vec<_> = std::fs::read_dir(run.path().join("recordings"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    recordings.sort();
    let ask = |recording: &std::path::PathBuf| -> Value {
        let har: Value = serde_json::from_slice(&std::fs::read(recording).unwrap()).unwrap();
        har["log"]["pages"][0]["_lockgate"]["ask"].clone()
    };
    let first = ask(&recordings[0]);
    assert_eq!(
        first["facts"],
        json!({ "commit": "4b825dc", "version": "1.4.0" })
    );
    let last = ask(recordings.last().unwrap());
    let seconds = |ask: &Value, name: &str| ask[name].as_f64().unwrap();
    assert!(seconds(&first, "now-s") >= seconds(&first, "weight-since-s"));
    assert!(seconds(&last, "weight-since-s") >= seconds(&first, "weight-since-s"));
    assert_eq!(last["weight"], 100);
}

#[test]
fn plan_shows_the_facts() {
    let emulator = Emulator::healthy();
    lockgate(&emulator, "plan")
        .arg("--fact")
        .arg("ticket=OPS-7")
        .run()
        .exits(0)
        .says("facts\n  commit = 4b825dc\n  ticket = OPS-7\n  version = 1.3.0\n");
}

#[test]
fn fact_whose_variable_is_not_set_is_an_error_where_it_stands() {
    let emulator = Emulator::healthy();
    Lockgate::on(&emulator, "plan")
        .gates(FACTS)
        .run()
        .exits(2)
        .says("facts.commit")
        .says("environment variable BUILD_SOURCEVERSION is not set; fact commit takes its value");
    lockgate(&emulator, "plan")
        .arg("--fact=a b=1")
        .run()
        .exits(2)
        .says("'--fact <NAME=VALUE>'")
        .says("is no name of a fact");
    assert!(emulator.writes().is_empty());
}

#[test]
fn slice_of_the_platform_is_at_most_a_minute() {
    let emulator = Emulator::healthy();
    Lockgate::on(&emulator, "plan")
        .gates("[azure]\nmetrics-slice = \"90s\"\n")
        .run()
        .exits(2)
        .says("azure.metrics-slice")
        .says("1 to 60 whole seconds");
}

/// The default gate, which compares the revision that the canary names with a fact.
const NAMED: &str = "[gates.http-health]\nsettings = { interval-ms = 1, body-json-facts = { \"/revision\" = \"revision\" } }\n";

#[test]
fn default_gate_compares_what_the_canary_shows_with_a_fact() {
    let emulator = Emulator::healthy();
    let rollout = "rollout --canary shop--v2";
    let lockgate = |fact: &str| Lockgate::on(&emulator, rollout).gates(NAMED).arg(fact);
    lockgate("--fact=revision=shop--v9")
        .run()
        .ends(10, &emulator)
        .says("/revision in the body is \"shop--v2\" (wanted fact revision, \"shop--v9\")");
    lockgate("--fact=other=1")
        .run()
        .ends(12, &emulator)
        .says("there is no fact `revision`: hand it over with --fact revision=…");
    lockgate("--fact=revision=shop--v2")
        .run()
        .ends(0, &emulator);
}
