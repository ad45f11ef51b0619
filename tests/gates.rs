//! Gates in a rollout: a fail ends with 10, a failure to answer with 12, and neither ever passes.

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
    let (emulator, run) = with_gate(&component::deciding(0, "go on"), "");
    run.ends(0, &emulator)
        .says("promotion gate odd: pass: go on");
}

#[test]
fn promotion_gate_that_fails_stops_the_run_before_any_traffic() {
    let (emulator, run) = with_gate(&component::deciding(2, "errors doubled"), "");
    run.ends(10, &emulator)
        .says("promotion gate odd said no: errors doubled");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn promotion_gate_that_holds_past_its_deadline_closes() {
    let (emulator, run) = with_gate(&component::deciding(1, "not yet"), "");
    run.ends(10, &emulator)
        .says("held until its deadline: not yet");
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
        .says("it wrote: Error: boom at guest.js:7");
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
         (i32.store8 (i32.const 2052) (i32.const 1))
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
