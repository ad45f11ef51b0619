//! What people read of past runs, pinned whole: one run that was promoted, one that a gate rolled back, one that was held and
//! resumed, and one that was killed.

use regex::Regex;
use serde_json::json;

use crate::support::{CANARY, Emulator, Lockgate};

/// Runs the four, each against an emulator of its own, with their files in one folder.
fn four_runs() -> Lockgate {
    let killed = Emulator::healthy();
    let lockgate = Lockgate::on(&killed, "rollout --run-id killed").replacing("300ms", "60s");
    lockgate.killed_while_baking();
    let lockgate = lockgate.replacing("60s", "300ms");
    let rollout = |lockgate: &Lockgate, run: &str, emulator: &Emulator| {
        lockgate.again(&[
            "rollout",
            "--run-id",
            run,
            "--endpoint",
            emulator.endpoint(),
        ])
    };

    let good = Emulator::healthy();
    rollout(&lockgate, "good", &good).ends(0, &good);

    let bad = Emulator::healthy();
    bad.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    rollout(&lockgate, "bad", &bad).ends(10, &bad);

    let held = Emulator::healthy();
    let stages = "[rollout]\nstages = [10, { weight = 25, pause = \"4h\" }, 100]\n";
    let lockgate = lockgate.replacing("[rollout]\n", stages);
    rollout(&lockgate, "held", &held).exits(13);
    let resume = ["resume", "--endpoint", held.endpoint()];
    lockgate.again(&resume).ends(0, &held);
    lockgate
}

/// Returns a text without what differs each time: times, and how often was asked within them.
fn steady(text: &str) -> String {
    let mut text = text.to_owned();
    for (differs, instead) in [
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE"),
        (r"\b\d+(\.\d+)? (ms|s|min)( \d+ s)?\b", "TIME"),
        (r"\b\d+ (calls|events|passes|files|times)\b", "N $1"),
        (r"\b\d+\.\d MB\b", "N MB"),
        (r"latency of canary \d+(\.\d+)?", "latency of canary N"),
        (r" {2,}(\S)", "  $1"),
    ] {
        let differs = Regex::new(differs).expect("a pattern");
        text = differs.replace_all(&text, instead).into_owned();
    }
    text
}

#[test]
fn four_runs_are_listed_explained_verified_and_pruned_as_this_reads() {
    let lockgate = four_runs();
    for (name, args, code) in [
        ("runs", &["runs"][..], 0),
        ("explain_good", &["explain", "good"], 0),
        ("explain_bad", &["explain", "bad"], 0),
        ("explain_held", &["explain", "held"], 0),
        ("explain_killed", &["explain", "killed"], 0),
        ("verify_bad", &["verify", "bad"], 0),
        ("verify_held", &["verify", "held"], 0),
        ("verify_killed", &["verify", "killed"], 1),
        ("bundle", &["runs", "bundle", "bad", "--out", "bad.zip"], 0),
        (
            "prune",
            &["runs", "prune", "--keep-last", "0", "--dry-run"],
            0,
        ),
        ("unknown", &["explain", "helt"], 2),
    ] {
        let run = lockgate.again(args);
        run.exits(code);
        let text = format!("{}{}", run.stdout, run.stderr);
        insta::assert_snapshot!(format!("past_runs_{name}"), steady(&text));
    }
}
