//! Attestations: what `rollout --attest` writes about a run, and which image it refuses to write about.

use serde_json::{Value, json};

use crate::support::hashes::sha256;
use crate::support::{CANARY, Emulator, Lockgate};

const DIGEST: &str = "sha256:9b2cf535f27731c974343645a3985328a0ea5da9e0b8b8a8dd4d0b0c4e7a1f00";

/// An emulator whose canary runs this image.
fn with_canary(image: &str) -> Emulator {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["revisions"][1]["image"] = json!(image);
    Emulator::start(&scenario)
}

fn by_digest() -> Emulator {
    with_canary(&format!("registry.example/shop:2@{DIGEST}"))
}

fn predicate(lockgate: &Lockgate) -> Value {
    let text = std::fs::read_to_string(lockgate.folder().join("attestation.json"));
    serde_json::from_str(&text.expect("an attestation")).expect("JSON")
}

#[test]
fn promoted_run_is_attested_with_its_gates_verdicts_and_reads() {
    let emulator = by_digest();
    let lockgate = Lockgate::on(&emulator, "rollout --attest attestation.json");
    let outputs = lockgate.folder().join("outputs");
    let lockgate = lockgate.env("GITHUB_OUTPUT", &outputs.to_string_lossy());
    let run = lockgate.run();
    run.ends(0, &emulator)
        .says("attestation: attestation.json is the predicate (urn:lockgate:predicate:rollout:1) about registry.example/shop@sha256:");
    let predicate = predicate(&lockgate);
    assert_eq!(predicate["outcome"]["kind"], "promoted");
    assert_eq!(predicate["canary"]["name"], CANARY);
    assert_eq!(predicate["gates"][0]["name"], "http-health");
    assert_eq!(
        predicate["gates"][0]["sha256"].as_str().map(str::len),
        Some(64)
    );
    let verdicts = predicate["verdicts"].as_array().expect("verdicts");
    assert!(verdicts.len() > 4, "{predicate:#}");
    assert!(verdicts.iter().all(|verdict| verdict["verdict"] == "pass"));
    let weights: Vec<u64> = (predicate["read-back"].as_array().expect("reads").iter())
        .map(|read| {
            let shares = read["traffic"].as_array().expect("an array").iter();
            let of_canary = shares.filter(|share| share["revision"] == CANARY);
            of_canary.filter_map(|share| share["weight"].as_u64()).sum()
        })
        .collect();
    assert_eq!(weights, [0, 10, 25, 50, 100]);
    let outputs = std::fs::read_to_string(outputs).expect("outputs");
    for line in [
        "subject-name=registry.example/shop\n",
        &format!("subject-digest={DIGEST}\n"),
        "predicate-type=urn:lockgate:predicate:rollout:1\n",
        "predicate-path=/",
    ] {
        assert!(outputs.contains(line), "{outputs}");
    }
}

#[test]
fn attestation_names_the_journal_by_its_hash() {
    let emulator = by_digest();
    let lockgate = Lockgate::on(&emulator, "rollout --run-id one --attest attestation.json");
    lockgate.run().ends(0, &emulator);
    let journal = lockgate.folder().join(".lockgate/runs/one/journal.jsonl");
    let journal = std::fs::read(journal).expect("a journal");
    assert_eq!(predicate(&lockgate)["journal"]["sha256"], sha256(&journal));
}

#[test]
fn run_that_was_rolled_back_is_attested_as_such() {
    let emulator = by_digest();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let lockgate = Lockgate::on(&emulator, "rollout --attest attestation.json");
    lockgate.run().ends(10, &emulator);
    let predicate = predicate(&lockgate);
    assert_eq!(predicate["outcome"]["kind"], "rolled-back");
    assert_eq!(predicate["outcome"]["detail"]["kind"], "gate-said-no");
    assert_eq!(predicate["exit-code"], 10);
}

#[test]
fn image_that_is_known_by_a_tag_alone_is_refused_before_anything_is_written() {
    let emulator = with_canary("registry.example/shop:2");
    for command in ["rollout", "plan", "doctor"] {
        let lockgate = Lockgate::on(&emulator, command).arg("--attest=attestation.json");
        let run = lockgate.run();
        run.ends(30, &emulator)
            .says("an attestation is about an image by its digest, and \"registry.example/shop:2\" has none");
        assert!(!lockgate.folder().join("attestation.json").exists());
    }
}

#[test]
fn run_that_is_paused_stays_so_where_its_image_cannot_be_attested() {
    let emulator = with_canary("registry.example/shop:2");
    let pausing = |command| {
        let stages = "[rollout]\nstages = [{ weight = 10, pause = true }, 100]\n";
        Lockgate::on(&emulator, command).replacing("[rollout]\n", stages)
    };
    pausing("rollout").run().exits(13);
    let writes = emulator.writes().len();
    let refused = pausing("resume --attest attestation.json").run();
    refused
        .exits(30)
        .says("has none: deploy it as NAME@sha256:DIGEST");
    assert_eq!(emulator.writes().len(), writes, "{refused}");
    assert_eq!(emulator.lease()["lockgate-lease"], "1/paused");
    pausing("resume").run().ends(0, &emulator);
}

#[test]
fn file_that_cannot_be_written_stops_the_run_before_it_begins() {
    let emulator = by_digest();
    let run = Lockgate::on(&emulator, "rollout --attest nowhere/attestation.json").run();
    run.ends(2, &emulator).says("nowhere/attestation.json");
}
