//! `lockgate verify`: a run whose files prove it, and one for each way in which they do not.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::component;
use crate::support::hashes::chained;
use crate::support::{CANARY, Emulator, Finished, Lockgate};

/// A run that was promoted, and its folder.
fn promoted() -> (Lockgate, PathBuf) {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --run-id one");
    lockgate.run().ends(0, &emulator);
    let folder = lockgate.folder().join(".lockgate/runs/one");
    (lockgate, folder)
}

fn verify(lockgate: &Lockgate) -> Finished {
    lockgate.again(&["verify", "one"])
}

/// Changes a file of the run.
fn change(path: &Path, change: impl Fn(&str) -> String) {
    let before = std::fs::read_to_string(path).expect("a file");
    let after = change(&before);
    assert_ne!(before, after, "{}", path.display());
    std::fs::write(path, after).expect("it is written");
}

/// Changes a line of the journal and makes the chain of hashes whole again, as somebody would who knows how.
fn forge(journal: &Path, from: &str, to: &str) {
    let event =
        |line: &str| -> Value { serde_json::from_str(&line.replace(from, to)).expect("JSON") };
    change(journal, |text| chained(text.lines().map(event)));
}

#[test]
fn promoted_run_is_proved_by_its_files() {
    let (lockgate, _) = promoted();
    verify(&lockgate)
        .exits(0)
        .says("each with the hash of the one before")
        .says("its facts lead to its end (read back at 10, 25, 50, 100 %): promoted: shop--v2 carries 100 %")
        .says("every recorded call gives the same verdict again")
        .says("run one is proved by its files");
    let json = lockgate.again(&["verify", "latest", "--output", "json"]);
    let event = json.exits(0).events().remove(0);
    assert_eq!(event["detail"]["holds"], true);
}

#[test]
fn run_that_a_gate_of_ones_own_has_rolled_back_is_proved_without_the_gates_file() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --run-id one")
        .gates("[gates.odd]\nplugin = \"./odd.wasm\"\n")
        .file("odd.wasm", &component::deciding(2, "errors doubled"));
    lockgate.run().ends(10, &emulator);
    std::fs::remove_file(lockgate.folder().join("odd.wasm")).expect("it is removed");
    verify(&lockgate)
        .exits(0)
        .says("odd said no: errors doubled");
    let components = lockgate.folder().join(".lockgate/components");
    let kept = std::fs::read_dir(&components)
        .expect("components")
        .flatten()
        .next();
    let kept = kept.expect("the component").path();
    std::fs::write(&kept, component::deciding(0, "all is well")).expect("it is written");
    verify(&lockgate).exits(1).says("was changed");
    std::fs::remove_file(kept).expect("it is removed");
    verify(&lockgate).exits(1).says("is not here");
}

#[test]
fn held_and_resumed_run_is_proved_process_by_process() {
    let emulator = Emulator::healthy();
    let stages = "[rollout]\nstages = [10, { weight = 25, pause = \"4h\" }, 100]\n";
    let lockgate = Lockgate::on(&emulator, "rollout --run-id one").replacing("[rollout]\n", stages);
    lockgate.run().exits(13);
    lockgate.again(&["resume"]).ends(0, &emulator);
    let run = verify(&lockgate);
    run.exits(0)
        .says("read back at 10, 25 %")
        .says("read back at 100 %");
}

#[test]
fn changed_removed_and_cut_lines_are_found() {
    let (lockgate, folder) = promoted();
    let journal = folder.join("journal.jsonl");
    let whole = std::fs::read_to_string(&journal).expect("a journal");
    let without = |nth: usize| {
        let lines = whole.lines().enumerate().filter(|(index, _)| *index != nth);
        lines
            .map(|(_, line)| format!("{line}\n"))
            .collect::<String>()
    };
    let cases = [
        (
            whole.replace("\"kind\":\"rollout\"", "\"kind\":\"resume\""),
            "line 2: the line before it was changed",
        ),
        (
            without(3),
            "line 4: the line before it was changed, or lines are missing",
        ),
        (
            whole[..whole.len() - 40].to_owned(),
            "stops before the run has ended",
        ),
        (
            whole.replace("lockgate.event/1", "lockgate.event/2"),
            "is of the format lockgate.event/2",
        ),
        (String::new(), "is empty"),
        (
            whole.replacen("\"time\"", "\"tyme\"", 1),
            "line 1: unknown field `tyme`",
        ),
    ];
    for (text, expected) in cases {
        std::fs::write(&journal, text).expect("it is written");
        verify(&lockgate).exits(1).says(expected);
    }
    std::fs::write(&journal, whole).expect("it is written");
}

#[test]
fn forged_chain_is_found_by_what_it_leads_to() {
    for (from, to, expected) in [
        (
            "\"exit-code\":0",
            "\"exit-code\":10",
            "states the exit code 10, and its facts lead to 0",
        ),
        (
            "carries 100 %\"",
            "carries 90 %\"",
            "states the result promoted: shop--v2 carries 90 %",
        ),
        (
            "answered 200",
            "answered 204",
            "and no recording of it has that answer",
        ),
        ("\"verdict\":\"pass\"", "\"verdict\":\"fail\"", "line "),
    ] {
        let (lockgate, folder) = promoted();
        forge(&folder.join("journal.jsonl"), from, to);
        verify(&lockgate).exits(1).says(expected);
    }
}

#[test]
fn changed_and_missing_recordings_are_found() {
    let (lockgate, folder) = promoted();
    let recordings = folder.join("recordings");
    let first = std::fs::read_dir(&recordings)
        .expect("recordings")
        .flatten()
        .next();
    let first = first.expect("a recording").path();
    let whole = std::fs::read_to_string(&first).expect("a recording");
    change(&first, |text| {
        text.replace("\"status\": 200", "\"status\": 500")
    });
    verify(&lockgate)
        .exits(1)
        .says("and the gate answers \"fail: GET /health answered 500");
    std::fs::write(&first, &whole[..whole.len() / 2]).expect("it is written");
    verify(&lockgate).exits(1).says("is not a HAR file");
    std::fs::remove_file(&first).expect("it is removed");
    verify(&lockgate)
        .exits(1)
        .says("and no recording of it has that answer");
}

#[test]
fn run_that_is_not_there_is_named_with_the_one_that_is_like_it() {
    let (lockgate, _) = promoted();
    let run = lockgate.again(&["verify", "ome"]);
    run.exits(2)
        .says("there is no run \"ome\" in .lockgate/runs; is it one?");
    let run = lockgate.again(&["verify", "one", "--state-dir", "nowhere"]);
    run.exits(2).says("there are no runs in nowhere/runs");
}

/// A run with an attestation, which is returned.
fn attested() -> (Lockgate, Value) {
    let digest = "9b2cf535f27731c974343645a3985328a0ea5da9e0b8b8a8dd4d0b0c4e7a1f00";
    let mut scenario = Emulator::shop();
    let image = json!(format!("registry.example/shop@sha256:{digest}"));
    scenario["apps"][0]["revisions"][1]["image"] = image;
    let emulator = Emulator::start(&scenario);
    let lockgate = Lockgate::on(&emulator, "rollout --run-id one --attest attestation.json");
    lockgate.run().ends(0, &emulator);
    let path = lockgate.folder().join("attestation.json");
    let text = std::fs::read_to_string(path).expect("an attestation");
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "registry.example/shop", "digest": { "sha256": digest } }],
        "predicateType": "urn:lockgate:predicate:rollout:1",
        "predicate": serde_json::from_str::<Value>(&text).expect("JSON"),
    });
    (lockgate, statement)
}

#[test]
fn statement_is_compared_in_every_form_that_it_comes_in() {
    let (lockgate, statement) = attested();
    let payload = STANDARD.encode(statement.to_string());
    let envelope = json!({ "payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": [] });
    let bundle = json!({ "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": envelope });
    let lines = format!("{bundle}\n{bundle}\n");
    let forms = [
        statement.to_string(),
        envelope.to_string(),
        bundle.to_string(),
        lines,
    ];
    for form in &forms {
        std::fs::write(lockgate.folder().join("form.json"), form).expect("it is written");
        lockgate
            .again(&["verify", "one", "--attestation", "form.json"])
            .exits(0)
            .says("form.json says the same");
    }
    lockgate
        .again(&["verify", "one", "--attestation", "attestation.json"])
        .exits(0);
}

#[test]
fn statement_about_something_else_is_found() {
    let (lockgate, statement) = attested();
    let mut other_image = statement.clone();
    other_image["subject"][0]["digest"]["sha256"] = json!("00".repeat(32));
    let mut other_type = statement.clone();
    other_type["predicateType"] = json!("https://slsa.dev/provenance/v1");
    let mut other_end = statement.clone();
    other_end["predicate"]["canary"]["name"] = json!(format!("{CANARY}0"));
    for (statement, expected) in [
        (other_image.to_string(), "no subject is the canary's image"),
        (
            other_type.to_string(),
            "predicateType is \"https://slsa.dev/provenance/v1\"",
        ),
        (
            other_end.to_string(),
            "/canary/name is \"shop--v20\" in the attestation, and \"shop--v2\" in the journal",
        ),
    ] {
        std::fs::write(lockgate.folder().join("form.json"), statement).expect("it is written");
        lockgate
            .again(&["verify", "one", "--attestation", "form.json"])
            .exits(1)
            .says(expected);
    }
    for (text, expected) in [("{}", "it has no statement"), ("text", "is no attestation")] {
        std::fs::write(lockgate.folder().join("form.json"), text).expect("it is written");
        lockgate
            .again(&["verify", "one", "--attestation", "form.json"])
            .exits(2)
            .says(expected);
    }
}

/// A run of five calls of a gate of its own that always gives the same answer, and its recordings in order.
fn always_the_same() -> (Lockgate, Vec<PathBuf>) {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --run-id one")
        .gates("[gates.odd]\nplugin = \"./odd.wasm\"\n")
        .file("odd.wasm", &component::deciding(1, "fine"));
    lockgate.run().ends(0, &emulator);
    let recordings = lockgate.folder().join(".lockgate/runs/one/recordings");
    let entries = std::fs::read_dir(recordings).expect("recordings").flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    assert!(paths.len() >= 4, "{paths:?}");
    (lockgate, paths)
}

#[test]
fn pass_of_an_earlier_stage_proves_no_later_one() {
    let (lockgate, recordings) = always_the_same();
    verify(&lockgate).exits(0);
    std::fs::copy(&recordings[0], &recordings[2]).expect("it is copied");
    verify(&lockgate)
        .exits(1)
        .says("promotion gate odd answered \"pass: fine\"")
        .says("has it, to another question: stage ");
}

#[test]
fn recording_of_another_run_gate_or_component_is_found() {
    let (lockgate, recordings) = always_the_same();
    let recording = &recordings[1];
    let whole = std::fs::read_to_string(recording).expect("a recording");
    let sha256 = whole
        .split("\"sha256\": \"")
        .nth(1)
        .and_then(|rest| rest.get(..64))
        .expect("the digest of the component");
    for (from, to, expected) in [
        (
            "\"run\": \"one\"",
            "\"run\": \"two\"",
            "it is of run two, not one",
        ),
        (
            "\"gate\": \"odd\"",
            "\"gate\": \"even\"",
            "the run began without a promotion gate even",
        ),
        (
            sha256,
            &"0".repeat(64),
            "its component has the SHA-256 0000",
        ),
    ] {
        change(recording, |text| text.replace(from, to));
        verify(&lockgate)
            .exits(1)
            .says("0002-odd.har")
            .says(expected);
        std::fs::write(recording, &whole).expect("it is written");
    }
    verify(&lockgate).exits(0);
}

#[test]
fn path_of_one_process_stands_for_the_whole_run() {
    let emulator = Emulator::healthy();
    let stages = "[rollout]\nstages = [10, { weight = 25, pause = \"4h\" }, 100]\n";
    let lockgate = Lockgate::on(&emulator, "rollout --run-id one").replacing("[rollout]\n", stages);
    lockgate.run().exits(13);
    lockgate.again(&["resume"]).ends(0, &emulator);
    for folder in ["one", "one-2"] {
        let run = lockgate.again(&["verify", &format!(".lockgate/runs/{folder}")]);
        run.exits(0)
            .says("read back at 10, 25 %")
            .says("read back at 100 %")
            .says("run one is proved by its files");
    }
    let run = lockgate.again(&["verify", ".lockgate/runs/none"]);
    run.exits(2).says("there is no folder .lockgate/runs/none");
    let run = lockgate.again(&["verify", ""]);
    run.exits(2).says("there is no run \"\"");
}

#[test]
fn run_that_was_killed_proves_nothing_and_is_as_whole_as_its_journal_goes() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --run-id one").replacing("300ms", "60s");
    lockgate.killed_while_baking();
    verify(&lockgate)
        .exits(1)
        .says("its facts follow from each other, as far as it goes")
        .says("stops before the run has ended, so it states no outcome");
    let folder = lockgate.folder().join(".lockgate/runs/one");
    std::fs::remove_file(folder.join("journal.jsonl")).expect("it is removed");
    verify(&lockgate)
        .exits(1)
        .says("one/journal.jsonl: No such file or directory");
}
