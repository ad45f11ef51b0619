//! Gates in a rollout: a fail ends with 10, a failure to answer with 12, and neither ever passes. The first fail ends the
//! round: nothing waits for a gate that cannot change it.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::{Emulator, Finished, Lockgate, component};

/// Rolls out with this component as the health check.
fn with_health(component: &[u8]) -> (Emulator, Finished) {
    with_gate(component, "")
}

fn with_gate(component: &[u8], more: &str) -> (Emulator, Finished) {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout")
        .gates(&format!("[gates.odd]\nplugin = \"./odd.wasm\"\n{more}"))
        .file("odd.wasm", component)
        .run();
    (emulator, run)
}

#[test]
fn promotion_gate_that_promotes_opens_every_stage() {
    let (emulator, run) = with_gate(&component::deciding(1, "go on"), "");
    run.ends(0, &emulator)
        .says("promotion gate odd: pass: go on");
}

#[test]
fn gate_of_both_kinds_is_asked_as_both() {
    let (emulator, run) = with_gate(&component::both(), "");
    run.ends(0, &emulator)
        .says("health check odd: pass: fine")
        .says("promotion gate odd: pass: fine");
}

#[test]
fn promotion_gate_that_fails_stops_the_run_before_any_traffic() {
    let (emulator, run) = with_gate(&component::deciding(2, "errors doubled"), "");
    run.ends(10, &emulator)
        .says("promotion gate odd: fail: errors doubled");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn promotion_gate_that_holds_past_its_deadline_closes() {
    let (emulator, run) = with_gate(&component::deciding(0, "not yet"), "");
    run.ends(10, &emulator)
        .says("hold: not yet")
        .says("rolling back: gate odd held until its deadline");
}

#[test]
fn health_check_that_cannot_tell_until_its_deadline_is_a_cause_of_its_own() {
    let cannot_tell =
        "(i32.store8 (i32.const 2048) (i32.const 0)) (i32.store8 (i32.const 2052) (i32.const 0))
        (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 17))
        (i32.const 2048)";
    let gate = component::health(cannot_tell, "too few requests!");
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout --output json")
        .gates("[gates.odd]\nplugin = \"./odd.wasm\"\n")
        .file("odd.wasm", &gate);
    let run = lockgate.run();
    run.ends(10, &emulator);
    let events = run.events();
    let ended = &events[events.len() - 1]["detail"];
    assert_eq!(ended["cause"], "held-too-long");
    let cause = &ended["outcome"]["detail"]["detail"];
    assert_eq!(
        (cause["gate"].as_str(), cause["reason"].as_str()),
        (Some("odd"), Some("too few requests!"))
    );
    let text = lockgate.again(&["rollout", "--again"]);
    text.ends(10, &emulator)
        .says("gate odd held until its deadline, and never said no: too few requests!");
    assert!(!text.stdout.contains("said no to"), "{text}");
}

#[test]
fn gate_that_traps_is_a_gate_failure() {
    let (emulator, run) = with_health(&component::health("unreachable", ""));
    run.ends(12, &emulator)
        .says("FAILED TO ANSWER")
        .says("unreachable");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn stderr_of_a_gate_that_traps_is_shown() {
    let (emulator, run) = with_health(&component::complaining("Error: boom at guest.js:7"));
    run.ends(12, &emulator)
        .says("instruction executed: Error: boom at guest.js:7");
}

#[test]
fn trap_is_one_line_in_the_log_and_all_of_it_with_verbose() {
    let divides = "(func $share (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))";
    let gate = component::with_lines(divides, "(call $share (i32.const 0))");
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout")
        .gates("[gates.odd]\nplugin = \"./odd.wasm\"\n")
        .file("odd.wasm", &gate);
    let run = lockgate.run();
    run.ends(12, &emulator)
        .says("the gate trapped: integer divide by zero in share (./gate.wat:");
    assert!(!run.stdout.contains("odd: at"), "{run}");
    lockgate
        .again(&["rollout", "--verbose"])
        .ends(12, &emulator)
        .says("odd: at share (./gate.wat:")
        .says("odd: at ");
}

#[test]
fn gate_that_never_answers_is_stopped_and_is_a_gate_failure() {
    let endless = component::health("(loop $again (br $again)) unreachable", "");
    let (emulator, run) = with_gate(&endless, "limits = { wall-clock = \"200ms\" }\n");
    run.ends(12, &emulator).says("no answer within 200 ms");
}

#[test]
fn gate_that_exceeds_its_memory_is_a_gate_failure() {
    let greedy = "(loop $again
        (br_if $again (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))
        unreachable";
    let (emulator, run) = with_gate(
        &component::health(greedy, ""),
        "limits = { memory-mib = 16 }\n",
    );
    run.ends(12, &emulator).says("memory");
}

#[test]
fn gate_that_returns_err_is_a_gate_failure() {
    // err(string) in memory: the discriminant 1 at 0, the text's address at 4 and its length at 8.
    let declines = "(i32.store8 (i32.const 2048) (i32.const 1))
        (i32.store (i32.const 2052) (i32.const 1024))
        (i32.store (i32.const 2056) (i32.const 11))
        (i32.const 2048)";
    let (emulator, run) = with_health(&component::health(declines, "no evidence"));
    run.ends(12, &emulator)
        .says("could not answer: no evidence");
}

#[test]
fn text_of_a_gate_never_becomes_a_command_of_the_pipeline() {
    let text = "\\0a::set-output name=x::y\\0d##[error]z\\1b[31mred";
    let length = "\n::set-output name=x::y\r##[error]z\u{1b}[31mred".len();
    let says = format!(
        "(i32.store8 (i32.const 2048) (i32.const 0))
         (i32.store8 (i32.const 2052) (i32.const 2))
         (i32.store (i32.const 2056) (i32.const 1024))
         (i32.store (i32.const 2060) (i32.const {length}))
         (i32.const 2048)"
    );
    let (emulator, run) = with_health(&component::health(&says, text));
    run.ends(10, &emulator);
    let odd = component::declaring("##vso[task.complete]");
    let inspected = Lockgate::on(&emulator, "gate inspect ./odd.wasm --output json")
        .file("odd.wasm", &odd)
        .run();
    inspected.exits(0).says("vso[task.complete]");
    let lines = run.stdout.lines().chain(run.stderr.lines());
    for line in lines.chain(inspected.stdout.lines()) {
        assert!(!line.contains("##vso["), "{line:?}");
        assert!(!line.trim_start().starts_with("::"), "{line:?}");
        assert!(!line.contains("##["), "{line:?}");
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
}

#[test]
fn gate_run_needs_no_rollout() {
    let emulator = Emulator::healthy();
    let origin = emulator.app_url().to_owned();
    let run = Lockgate::on(&emulator, "gate run http-health --canary")
        .arg(&origin)
        .run();
    run.exits(0).says("health check http-health: pass");
    let run = Lockgate::on(
        &emulator,
        "gate run http-health --canary http://127.0.0.1:9",
    )
    .run();
    run.exits(10).says("fail");
}

#[test]
fn inspect_shows_the_default_gate() {
    let emulator = Emulator::healthy();
    Lockgate::on(&emulator, "gate inspect http-health")
        .run()
        .exits(0)
        .says("http-health")
        .says("worlds    health-check")
        .says("lockgate:plugin/http")
        .says("expected-status")
        .says("sha256");
}

#[test]
fn gate_whose_origin_is_not_allowed_stops_the_run_before_it_begins() {
    let (emulator, run) = with_health(&component::declaring("https://api.example.com"));
    run.ends(2, &emulator)
        .says("https://api.example.com")
        .says("gates.odd.allow");
    let granted = component::declaring("https://api.example.com");
    let (emulator, run) = with_gate(&granted, "allow = [\"https://api.example.com\"]\n");
    run.ends(12, &emulator);
}

/// The world of the gates below: a health check that can sleep.
const SLEEPING: &str =
    "package test:gates; world made { include lockgate:plugin/health-check@0.1.0; }";
const SLEEP: &str =
    r#"(import "lockgate:plugin/clock@0.1.0" "sleep-ms" (func $sleep (param i32)))"#;
/// How long `slow` would take. Its calls may take 30 s.
const SLOW: Duration = Duration::from_secs(25);

/// Returns a health check that passes below this weight and from there on runs this code, which leaves the case of
/// `health`: 1 healthy, 2 unhealthy. The weight is at offset 72 of the context.
fn from_weight(weight: u32, then: &str) -> Vec<u8> {
    let check = format!(
        "(i32.store8 (i32.const 2048) (i32.const 0))
         (i32.store8 (i32.const 2052)
            (if (result i32) (i32.lt_u (i32.load offset=72 (local.get 0)) (i32.const {weight}))
                (then (i32.const 1))
                (else {then})))
         (i32.store (i32.const 2056) (i32.const 1024))
         (i32.store (i32.const 2060) (i32.const 9))
         (i32.const 2048)"
    );
    component::health_in(SLEEPING, SLEEP, &check, "as it was")
}

/// Rolls out with `fast`, which says no after 50 ms from this weight on, beside `slow`, which runs this code from there.
fn no_beside(weight: u32, slow: &str) -> (Emulator, Lockgate, Finished) {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout")
        .gates("[gates.slow]\nplugin = \"./slow.wasm\"\n[gates.fast]\nplugin = \"./fast.wasm\"\n")
        .file("slow.wasm", &from_weight(weight, slow))
        .file(
            "fast.wasm",
            &from_weight(weight, "(call $sleep (i32.const 50)) (i32.const 2)"),
        );
    let began = Instant::now();
    let run = lockgate.run();
    let took = began.elapsed();
    run.ends(10, &emulator)
        .says("health check fast: fail: as it was")
        .says("health check slow: not waited for: fast said no first");
    assert!(!run.stdout.contains("FAILED TO ANSWER"), "{run}");
    assert!(took < SLOW, "{took:?}: {run}");
    (emulator, lockgate, run)
}

fn sleeps() -> String {
    format!(
        "(call $sleep (i32.const {})) (i32.const 1)",
        SLOW.as_millis()
    )
}

const LOOPS: &str = "(loop $again (br $again)) (i32.const 1)";

#[test]
fn first_no_before_any_traffic_waits_for_no_other_gate() {
    for slow in [&sleeps(), LOOPS] {
        let (emulator, ..) = no_beside(0, slow);
        assert!(emulator.writes().is_empty());
    }
}

#[test]
fn first_no_in_a_bake_begins_the_rollback_while_another_gate_has_not_answered() {
    for slow in [&sleeps(), LOOPS] {
        let (emulator, ..) = no_beside(10, slow);
        let patches: Vec<u64> = emulator
            .requests()
            .iter()
            .filter(|request| request["method"] == "PATCH")
            .map(|request| request["at-ms"].as_u64().expect("a time"))
            .collect();
        // `slow` was asked after the shift, so that its call would have ended this much later at the earliest.
        let [shift, rollback] = patches[..] else {
            panic!("a shift and a rollback: {patches:?}")
        };
        assert!(
            u128::from(rollback - shift) < SLOW.as_millis(),
            "{patches:?}"
        );
    }
}

#[test]
fn gate_that_was_not_waited_for_is_recorded_and_kept_as_such() {
    let (_, lockgate, run) = no_beside(10, &sleeps());
    let unanswered = serde_json::json!({
        "failure": { "kind": "not-waited-for", "detail": { "gate": "fast" } }
    });
    let kept = files_of(lockgate.folder());
    let journal = kept.iter().find(|(name, _)| name == "journal.jsonl");
    let (_, journal) = journal.expect("a journal");
    assert!(
        journal.contains(&unanswered["failure"].to_string()),
        "{journal}\n{run}"
    );
    let recorded = kept
        .iter()
        .filter(|(name, _)| name.ends_with(".har"))
        .map(|(_, text)| serde_json::from_str::<serde_json::Value>(text).expect("JSON"))
        .filter(|har| har["log"]["pages"][0]["_lockgate"]["result"] == unanswered)
        .count();
    assert_eq!(recorded, 1, "{run}");
    // It has no answer that another build of the gate could be compared with.
    let backtest = lockgate.again(&["gate", "backtest", "./slow.wasm", "--name", "slow"]);
    backtest.exits(0);
    assert!(!backtest.stdout.contains("not waited for"), "{backtest}");
}

/// Returns every file below a folder: its name and its text.
fn files_of(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_of(&path));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push((entry.file_name().to_string_lossy().into_owned(), text));
        }
    }
    found
}
