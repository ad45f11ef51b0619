//! `lockgate demo` is a real rollout: its exit code agrees with the traffic, and its split is measured.

use std::process::Command;

use serde_json::Value;

fn demo(args: &[&str]) -> (i32, Vec<Value>) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(["demo", "--output", "json", "--bake", "1s"])
        .args(args)
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .output()
        .expect("the demo runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let events = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    (
        output.status.code().expect("an exit code"),
        events.collect(),
    )
}

#[test]
fn demo_promotes_and_measures_the_split_of_every_stage() {
    let (code, events) = demo(&[]);
    assert_eq!(code, 0, "{events:#?}");
    let splits: Vec<&Value> = events
        .iter()
        .filter(|event| event["event"] == "split")
        .collect();
    assert_eq!(splits.len(), 4, "one for each stage: {splits:#?}");
    for split in splits {
        let detail = &split["detail"];
        let number = |key: &str| detail[key].as_f64().expect("a number");
        let share = number("canary") * 100.0 / number("total");
        // Requests that were under way during the shift belong to either side.
        let off = (share - number("wanted-per-cent")).abs();
        assert!(number("total") >= 10.0 && off < 15.0, "{split}");
    }
}

#[test]
fn demo_that_breaks_at_25_rolls_back() {
    let (code, events) = demo(&["--break-at", "25"]);
    assert_eq!(code, 10, "{events:#?}");
    let last = events.last().expect("events");
    assert!(
        last["serves"]
            .as_str()
            .is_some_and(|text| text.contains("shop--v1 100 %")),
        "{last}"
    );
}
