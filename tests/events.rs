//! Events as a contract: the schema that lockgate prints, and the same events in the output and in the journal. Every line that
//! any other test sees is held to the schema by `support/event_schema.rs`.

use std::path::Path;

use serde_json::Value;

use crate::support::hashes::sha256;
use crate::support::{Emulator, Lockgate};

fn lines(folder: &Path) -> Vec<String> {
    let runs = std::fs::read_dir(folder.join(".lockgate/runs")).expect("runs");
    let run = runs.flatten().next().expect("one run").path();
    let journal = std::fs::read_to_string(run.join("journal.jsonl")).expect("a journal");
    journal.lines().map(str::to_owned).collect()
}

fn parsed(lines: &[String]) -> Vec<Value> {
    let parse = |line: &String| serde_json::from_str(line).expect("JSON");
    lines.iter().map(parse).collect()
}

#[test]
fn schema_of_events_is_a_schema() {
    let run = Lockgate::at("http://127.0.0.1:9", "schema events").run();
    let schema: Value = serde_json::from_str(&run.exits(0).stdout).expect("JSON");
    assert!(jsonschema::meta::is_valid(&schema));
    assert_eq!(
        schema["properties"]["schema"]["const"], "lockgate.event/1",
        "{run}"
    );
}

#[test]
fn journal_holds_the_events_of_the_output_and_each_line_the_hash_of_the_one_before() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --output json");
    let run = lockgate.run();
    run.ends(0, &emulator);
    let lines = lines(lockgate.folder());
    let journal = parsed(&lines);
    let (mut printed, mut kept) = (run.events(), journal.clone());
    for event in printed.iter_mut().chain(&mut kept) {
        let members = event.as_object_mut().expect("an object");
        // A line is stamped where it is made, a moment apart; the rest is the output's own or the journal's own.
        for own in [
            "time",
            "phase",
            "would-have",
            "next",
            "recording",
            "replay",
            "previous",
        ] {
            members.remove(own);
        }
    }
    assert_eq!(printed, kept);
    assert_eq!(journal[0]["previous"], Value::Null);
    for (before, after) in lines.iter().zip(&journal[1..]) {
        assert_eq!(after["previous"], sha256(before), "{after}");
    }
}

#[test]
fn journal_of_a_restore_begins_and_ends_as_that_of_a_rollout() {
    let emulator = Emulator::healthy();
    let rollout = Lockgate::on(&emulator, "rollout").replacing("300ms", "60s");
    rollout.killed_while_baking();
    let abort = Lockgate::on(&emulator, "abort");
    abort.run().ends(11, &emulator);
    let journal = parsed(&lines(abort.folder()));
    let (first, last) = (&journal[0], &journal[journal.len() - 1]);
    assert_eq!(first["detail"]["intent"]["kind"], "abort");
    assert_eq!(first["detail"]["app"]["name"], "shop");
    assert_eq!(last["event"], "ended");
    assert_eq!(last["detail"]["exit-code"], 11);
}

#[test]
fn errors_are_events_too() {
    let run = Lockgate::at("http://127.0.0.1:9", "rollout --stages 10,5 --output json").run();
    let events = run.exits(2).events();
    let [error] = &events[..] else {
        panic!("{run}")
    };
    assert_eq!(error["schema"], "lockgate.event/1");
    assert_eq!(error["event"], "error");
    assert!(error["detail"]["message"].is_string(), "{error}");
}
