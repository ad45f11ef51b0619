//! Reports of a run as files: a page, JSON, JUnit and Markdown, at the end of the run and later from its journal.

mod browser;
mod journal;

use std::path::Path;

use serde_json::{Value, json};

use crate::support::component;
use crate::support::{CANARY, Emulator, Lockgate};

const FILES: [&str; 4] = ["run.html", "run.json", "run.xml", "run.md"];

/// A rollout with a report of each kind.
fn reported(emulator: &Emulator) -> Lockgate {
    let flags = FILES.map(|file| format!("--report={file}")).join(" ");
    Lockgate::on(emulator, &format!("rollout --run-id one {flags}"))
}

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn promoted_run_has_a_report_of_each_kind() {
    let emulator = Emulator::healthy();
    let lockgate = reported(&emulator);
    lockgate.run().ends(0, &emulator);
    let [html, json, xml, markdown] = FILES.map(|file| read(lockgate.folder(), file));
    assert!(html.contains("promoted: shop--v2 carries 100 %") && html.len() < 500_000);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["schema"], "lockgate.report/1");
    let process = &json["processes"][0];
    assert_eq!(process["ended"]["exit-code"], 0);
    let stages = process["stages"].as_array().expect("stages");
    assert_eq!(stages.len(), 4);
    assert!(
        stages.iter().all(|stage| stage["reached-ms"].is_u64()),
        "{json:#}"
    );
    let verdicts: Vec<&Value> = (process["happened"].as_array().expect("a list").iter())
        .filter(|one| one["what"] == "verdict")
        .collect();
    assert!(
        verdicts
            .iter()
            .all(|one| one["detail"]["exchanges"][0]["answer"] == "200"),
        "{json:#}"
    );
    assert!(
        xml.contains("name=\"stage 25 %\"") && xml.contains("failures=\"0\""),
        "{xml}"
    );
    assert!(
        markdown.contains("**promoted: shop--v2 carries 100 %**"),
        "{markdown}"
    );
    assert!(markdown.contains("| 25 % |"), "{markdown}");
}

#[test]
fn rollback_shows_the_gate_and_what_it_saw() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let lockgate = reported(&emulator);
    lockgate.run().ends(10, &emulator);
    let [html, json, xml, markdown] = FILES.map(|file| read(lockgate.folder(), file));
    for text in [&html, &markdown] {
        assert!(text.contains("health check http-health said no"), "{text}");
    }
    assert!(
        html.contains("This answer turned the run back.")
            && html.contains("health</code> <strong class=\"bad\">503</strong>"),
        "{html}"
    );
    assert!(json.contains("\"what\": \"turned-back\""), "{json}");
    assert!(
        xml.contains("<failure message=\"GET /health answered 503"),
        "{xml}"
    );
}

#[test]
fn report_of_a_past_run_is_the_one_that_the_run_wrote() {
    let emulator = Emulator::healthy();
    let lockgate = reported(&emulator);
    lockgate.run().ends(0, &emulator);
    let later: Vec<String> = FILES
        .iter()
        .map(|file| format!("--out=later-{file}"))
        .collect();
    let mut args = vec!["report", "one"];
    args.extend(later.iter().map(String::as_str));
    lockgate
        .again(&args)
        .exits(0)
        .says("later-run.html: run one");
    for file in FILES {
        let (then, now) = (
            read(lockgate.folder(), file),
            read(lockgate.folder(), &format!("later-{file}")),
        );
        // A report that JUnit stamps has the time of its writing.
        assert_eq!(then, now, "{file}");
    }
    let printed = lockgate.again(&["report"]);
    assert_eq!(
        printed.exits(0).stdout.trim_end(),
        read(lockgate.folder(), "run.md").trim_end()
    );
}

#[test]
fn restore_is_reported_too_and_no_report_holds_it_up() {
    let emulator = Emulator::healthy();
    let rollout = Lockgate::on(&emulator, "rollout").replacing("300ms", "60s");
    rollout.killed_while_baking();
    let abort = Lockgate::on(
        &emulator,
        "abort --report abort.md --report nowhere/abort.html",
    );
    let run = abort.run();
    run.ends(11, &emulator)
        .says("continuing without a report: cannot write nowhere/abort.html");
    let again = Lockgate::on(&emulator, "abort --report abort.md");
    again.run().exits(0);
    assert!(read(again.folder(), "abort.md").contains("## Abort of shop"));
}

#[test]
fn report_that_cannot_be_written_stops_a_rollout_before_it_begins() {
    let emulator = Emulator::healthy();
    for (flag, expected) in [
        (
            "--report=run.pdf",
            "run.pdf is no report: its name has to end in .html, .json, .xml (JUnit) or .md",
        ),
        (
            "--report=nowhere/run.html",
            "there is no folder nowhere; make it first",
        ),
    ] {
        let run = Lockgate::on(&emulator, "rollout").arg(flag).run();
        run.ends(2, &emulator).says(expected);
    }
}

#[test]
fn text_of_a_gate_is_text_in_every_report() {
    let emulator = Emulator::healthy();
    let reason = "<script>alert(1)</script> | **x** `y` ]]> &amp; @team";
    let lockgate = reported(&emulator)
        .gates("[gates.odd]\nplugin = \"./odd.wasm\"\n")
        .file("odd.wasm", &component::deciding(2, reason));
    lockgate.run().ends(10, &emulator);
    let [html, json, xml, markdown] = FILES.map(|file| read(lockgate.folder(), file));
    for text in [&html, &xml, &markdown] {
        assert!(!text.contains("<script>alert"), "{text}");
    }
    assert!(
        !markdown.contains("| **x**") && !markdown.contains("@team"),
        "{markdown}"
    );
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert!(
        json.to_string().contains("<script>alert(1)</script>"),
        "the reason is whole in JSON"
    );
}
