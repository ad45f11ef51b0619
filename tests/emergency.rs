//! `--emergency`: promotion gates are asked and decide nothing; everything else stays, and the reason is kept.

use serde_json::json;

use crate::support::{CANARY, Emulator, Lockgate, component};

const REASON: &str = "stable loses orders, see INC-123";
const GATE: &str =
    "[gates.odd]\nplugin = \"./odd.wasm\"\n[gates.http-health]\nsettings = { interval-ms = 10 }\n";

/// Prepares a rollout whose promotion gate says no.
fn rollout(emulator: &Emulator, command: &str) -> Lockgate {
    let gate = component::deciding(2, "errors doubled");
    Lockgate::on(emulator, command)
        .gates(GATE)
        .file("odd.wasm", &gate)
}

#[test]
fn promotion_gate_that_says_no_is_heard_and_stops_nothing() {
    let emulator = Emulator::healthy();
    rollout(&emulator, "rollout").run().ends(10, &emulator);
    let again = rollout(&emulator, "rollout --again")
        .arg("--emergency")
        .arg(REASON);
    let run = again.run();
    run.ends(0, &emulator)
        .says("promotion gate odd (advisory): would have rolled back: errors doubled");
    let lines: Vec<&str> = run.stdout.lines().collect();
    let [first, .., last] = &lines[..] else {
        panic!("{run}");
    };
    assert!(first.contains(REASON), "{first}");
    assert!(
        last.contains("exit code 0") && last.contains(REASON),
        "{last}"
    );
    for body in emulator.writes() {
        let tags = &body["tags"];
        let is_ours = tags["lockgate-run"].is_string() && tags["lockgate-stage"].is_string();
        if is_ours {
            assert_eq!(tags["lockgate-emergency"], REASON, "{body}");
        }
    }
    assert_eq!(
        emulator.tag("lockgate-emergency"),
        "",
        "it goes with the lease"
    );
    let journals = std::fs::read_dir(again.folder().join(".lockgate/runs")).expect("runs");
    let texts = journals
        .flatten()
        .map(|run| std::fs::read_to_string(run.path().join("journal.jsonl")));
    assert!(
        texts.flatten().any(|text| text.contains(REASON)),
        "the journal has it"
    );
}

#[test]
fn health_checks_decide_as_ever() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let run = rollout(&emulator, "rollout")
        .arg("--emergency")
        .arg(REASON)
        .run();
    run.ends(10, &emulator).says("health check http-health");
}

#[test]
fn plan_and_json_say_it_too() {
    let emulator = Emulator::healthy();
    let plan = rollout(&emulator, "plan")
        .arg("--emergency")
        .arg(REASON)
        .run();
    plan.exits(0).says("EMERGENCY").says(REASON);
    let run = rollout(&emulator, "rollout --output json")
        .arg("--emergency")
        .arg(REASON)
        .run();
    run.ends(0, &emulator);
    let events = run.events();
    assert_eq!(events[0]["detail"]["plan"]["emergency"], REASON);
    assert_eq!(events[events.len() - 1]["detail"]["emergency"], REASON);
    assert!(
        events.iter().any(|event| event["event"] == "advised"),
        "{run}"
    );
}

#[test]
fn reason_that_says_nothing_is_refused() {
    for reason in ["", "quick", "         ", "two\nlines of it"] {
        let run = rollout(&Emulator::healthy(), "rollout")
            .arg("--emergency")
            .arg(reason)
            .run();
        run.exits(2).says("--emergency");
    }
}
