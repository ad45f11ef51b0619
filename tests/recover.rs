//! A run that is dead or held: `abort`, `recover` and `resume`, without the folder of the run.
#![cfg(unix)]

use crate::support::{Emulator, Finished, Lockgate, component};

/// Starts a rollout and kills it with SIGKILL after its first shift.
fn killed_during_the_first_bake() -> Emulator {
    let emulator = Emulator::healthy();
    let lockgate =
        Lockgate::on(&emulator, "rollout").replacing("bake = \"300ms\"", "bake = \"60s\"");
    let mut running = lockgate.start();
    let _stdout = running.read_until(|line| line.contains("read back"));
    running.signal("KILL");
    assert_eq!(running.finish().code, None);
    assert_eq!(emulator.weights()["shop--v2"], 10);
    assert!(!emulator.lease().is_empty(), "the lease outlives the run");
    emulator
}

/// Runs a rollout that freezes at its first stage.
fn held() -> (Emulator, Finished) {
    let emulator = Emulator::healthy();
    let run = freezing(&emulator, "rollout").run();
    run.exits(13).says("held at 10 %").says("lockgate resume");
    assert_eq!(emulator.weights()["shop--v2"], 10, "{run}");
    assert_eq!(emulator.lease()["lockgate-lease"], "1/held", "{run}");
    (emulator, run)
}

fn freezing(emulator: &Emulator, command: &str) -> Lockgate {
    let component = component::deciding(0, "not yet");
    Lockgate::on(emulator, command)
        .replacing(
            "bake = \"300ms\"",
            "bake = \"300ms\"\non-deadline = \"freeze\"\n\
             stages = [{ weight = 10, gates = [] }, 50, 100]",
        )
        .replacing("gate-deadline = \"2s\"", "gate-deadline = \"200ms\"")
        .replacing(
            "[gates.http-health]",
            "[gates.holds]\nplugin = \"./holds.wasm\"\n\n[gates.http-health]",
        )
        .file("holds.wasm", &component)
}

#[test]
fn abort_restores_the_baseline_of_a_dead_run() {
    let emulator = killed_during_the_first_bake();
    let run = Lockgate::on(&emulator, "abort").run();
    run.ends(11, &emulator).says("rolled back");
}

#[test]
fn second_abort_writes_nothing() {
    let emulator = killed_during_the_first_bake();
    Lockgate::on(&emulator, "abort").run().ends(11, &emulator);
    let writes = emulator.writes().len();
    let run = Lockgate::on(&emulator, "abort").run();
    run.ends(0, &emulator_at_baseline(&emulator, writes, &run))
        .says("idle");
}

/// Asserts the baseline, because exit 0 means "nothing to do" here. Returns another emulator, in which 0 means promoted.
fn emulator_at_baseline(emulator: &Emulator, writes: usize, run: &Finished) -> Emulator {
    assert_eq!(
        emulator.weights(),
        [("shop--v1".to_owned(), 100)].into(),
        "{run}"
    );
    assert_eq!(
        emulator.writes().len(),
        writes,
        "nothing is written twice: {run}"
    );
    promoted()
}

fn promoted() -> Emulator {
    let emulator = Emulator::healthy();
    Lockgate::on(&emulator, "rollout").run().ends(0, &emulator);
    emulator
}

#[test]
fn recover_is_refused_while_the_run_may_be_alive() {
    let emulator = killed_during_the_first_bake();
    let writes = emulator.writes().len();
    let run = Lockgate::on(&emulator, "recover").run();
    run.exits(30)
        .says("may still be alive")
        .says("lockgate abort");
    assert_eq!(emulator.writes().len(), writes, "{run}");
}

#[test]
fn second_rollout_is_refused_while_there_is_a_lease() {
    let emulator = killed_during_the_first_bake();
    let writes = emulator.writes().len();
    let run = Lockgate::on(&emulator, "rollout").run();
    run.exits(30)
        .says("may still be running")
        .says("lockgate abort");
    assert_eq!(emulator.writes().len(), writes, "{run}");
}

#[test]
fn status_shows_the_run_that_holds_the_lease() {
    let emulator = killed_during_the_first_bake();
    Lockgate::on(&emulator, "status")
        .run()
        .exits(0)
        .says("canary shop--v2 at 10 %")
        .says("lockgate abort");
}

#[test]
fn abort_recover_and_resume_write_nothing_without_a_lease() {
    for (command, code, says) in [
        ("abort", 0, "idle"),
        ("recover", 0, "idle"),
        ("resume", 30, "there is no run to resume"),
    ] {
        let emulator = Emulator::healthy();
        let run = Lockgate::on(&emulator, command).run();
        run.exits(code).says(says);
        assert!(emulator.writes().is_empty(), "{run}");
    }
}

#[test]
fn abort_recover_and_resume_write_nothing_after_a_promotion() {
    let emulator = promoted();
    let writes = emulator.writes().len();
    for command in ["abort", "recover"] {
        let run = Lockgate::on(&emulator, command).run();
        run.ends(0, &emulator).says("idle");
    }
    let resumed = Lockgate::on(&emulator, "resume").run();
    resumed.exits(30).says("there is no run to resume");
    assert_eq!(emulator.writes().len(), writes);
}

#[test]
fn gate_that_holds_freezes_the_run_when_configured() {
    let _ = held();
}

#[test]
fn held_run_is_aborted() {
    let (emulator, _) = held();
    Lockgate::on(&emulator, "abort").run().ends(11, &emulator);
}

#[test]
fn held_run_is_not_recovered() {
    let (emulator, _) = held();
    let run = Lockgate::on(&emulator, "recover").run();
    run.exits(13).says("on purpose").says("lockgate resume");
    assert_eq!(emulator.weights()["shop--v2"], 10, "{run}");
}

#[test]
fn held_run_resumes_without_the_gate() {
    let (emulator, _) = held();
    let run = Lockgate::on(&emulator, "resume")
        .replacing(
            "bake = \"300ms\"",
            "bake = \"300ms\"\nstages = [10, 50, 100]",
        )
        .run();
    run.ends(0, &emulator);
}
