//! `lockgate demo` is a real rollout: its exit code agrees with the traffic, and its split is measured.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The demo in a home of its own.
fn command(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockgate"));
    command.arg("demo").env("HOME", home).env("TMPDIR", home);
    command
}

fn demo(args: &[&str]) -> (i32, Vec<Value>) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let output = command(home.path())
        .args(["--output", "json"])
        .args(args)
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
    let (code, events) = demo(&["--bake", "1s"]);
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
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("demo.html");
    let report = path.to_str().expect("UTF-8");
    let (code, events) = demo(&["--break-at", "25", "--bake", "1s", "--report", report]);
    assert_eq!(code, 10, "{events:#?}");
    let page = std::fs::read_to_string(&path).expect("a report");
    assert!(page.contains("from the traffic generator"), "{page}");
    assert!(page.contains("class=\"exchange\""), "{page}");
    let last = events.last().expect("events");
    assert!(
        last["detail"]["serves"]
            .as_str()
            .is_some_and(|text| text.contains("shop--v1 100 %")),
        "{last}"
    );
}

#[test]
fn canary_that_looks_well_and_fails_its_users_is_promoted_without_compare_and_stopped_with_it() {
    let (code, events) = demo(&["--leak", "5"]);
    assert_eq!(code, 10, "{events:#?}");
    let leaks: Vec<&Value> = events
        .iter()
        .filter(|event| event["event"] == "leak")
        .collect();
    let [alone, beside] = leaks[..] else {
        panic!("one for each rollout: {events:#?}");
    };
    assert_eq!(
        (&alone["detail"]["gate"], &alone["detail"]["promoted"]),
        (&"http-health".into(), &true.into())
    );
    assert_eq!(
        (&beside["detail"]["gate"], &beside["detail"]["promoted"]),
        (&"compare".into(), &false.into())
    );
    let failed = |leak: &Value| leak["detail"]["canary-failed"].as_u64().expect("a number");
    assert!(
        0 < failed(beside) && failed(beside) < failed(alone),
        "{leaks:#?}"
    );
    assert!(
        beside["detail"]["weight"]
            .as_u64()
            .is_some_and(|weight| weight < 100),
        "{beside}"
    );
    let last = events
        .iter()
        .rfind(|event| event["detail"]["serves"].is_string())
        .expect("an end");
    let serves = last["detail"]["serves"].as_str();
    assert!(
        serves.is_some_and(|text| text.contains("shop--v1 100 %")),
        "{last}"
    );
}

#[test]
fn numbers_of_the_evidence_are_printed_as_they_come() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let output = command(home.path())
        .args(["--leak", "100", "--bake", "1s"])
        .output();
    let output = output.expect("the demo runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    for part in [
        "fails 0.2 % of its users' requests; shop--v2 is new, answers /health well, and fails 100 %",
        "demo: http-health alone promoted shop--v2: ",
        "the emulator counts requests in slices of 1 s; Azure does by the minute",
        "health check compare: fail: errors: canary ",
        "demo: compare stopped shop--v2 at 10 % of the traffic, ",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn share_that_is_none_is_one_clear_error() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let no_share = "it is no whole number of per cent from 1 to 100";
    for (arguments, complaint) in [
        (&["0"][..], no_share),
        (&["101"], no_share),
        (&["-5"], no_share),
        (&["2.5"], no_share),
        (&["some"], no_share),
        (&["5", "--break-at", "25"], "cannot be used with"),
    ] {
        let output = command(home.path()).arg("--leak").args(arguments).output();
        let output = output.expect("lockgate runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            stderr.contains(complaint) && stderr.contains("--leak"),
            "{stderr}"
        );
        assert_eq!(stderr.matches("error: ").count(), 1, "{stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}
