//! The disk of the state folder hangs: neither the rollback nor the exit code waits for it, and no step forward is made
//! without its journal. A stopped writer of the journal is what a frozen file system looks like from the run.
#![cfg(target_os = "linux")]

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Lockgate, Running, STABLE};

/// A rollout that bakes for a minute.
fn rollout(emulator: &Emulator) -> Lockgate {
    Lockgate::on(emulator, "rollout --output json").replacing("bake = \"300ms\"", "bake = \"60s\"")
}

/// Starts a command and reads its events up to the one of a phase.
fn started(lockgate: &Lockgate, phase: &str) -> Running {
    let mut running = lockgate.start();
    let is_there = |line: &str| {
        let event = serde_json::from_str::<Value>(line);
        event.is_ok_and(|event| event["phase"] == phase)
    };
    running.read_past(is_there);
    running
}

/// Stops the writer of the files of a run, as a hanging disk does.
struct Frozen(Pid);

impl Frozen {
    fn of(running: &Running) -> Frozen {
        let keeper = running.keeper();
        kill(keeper, Signal::SIGSTOP).expect("it is stopped");
        Frozen(keeper)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = kill(self.0, Signal::SIGKILL);
    }
}

#[test]
fn cancelled_run_restores_the_baseline_and_hands_on_its_exit_code_while_the_disk_hangs() {
    let emulator = Emulator::healthy();
    let running = started(&rollout(&emulator), "baking");
    let _frozen = Frozen::of(&running);
    running.signal("INT");
    // Reads both outputs to their ends: the writer holds neither.
    let run = running.finish();
    run.ends(11, &emulator)
        .says("lacks the last")
        .says("the disk does not answer");
}

#[test]
fn bad_canary_is_rolled_back_while_the_disk_hangs() {
    let emulator = Emulator::healthy();
    let lockgate = rollout(&emulator);
    let running = started(&lockgate, "baking");
    let _frozen = Frozen::of(&running);
    emulator.behave(CANARY, &json!({ "fails-from-weight": 0 }));
    running.finish().ends(10, &emulator);
}

#[test]
fn no_step_forward_is_made_without_its_journal() {
    let emulator = Emulator::healthy();
    let running = started(&rollout(&emulator), "baking");
    let _frozen = Frozen::of(&running);
    let run = running.finish();
    run.ends(12, &emulator)
        .says("an event is not kept within 5 s");
    assert_eq!(
        emulator.writes().len(),
        2,
        "one step and its rollback\n{run}"
    );
}

#[test]
fn run_whose_writer_is_killed_rolls_back() {
    let emulator = Emulator::healthy();
    let running = started(&rollout(&emulator), "baking");
    kill(running.keeper(), Signal::SIGKILL).expect("it is killed");
    running
        .finish()
        .ends(12, &emulator)
        .says("its writer has ended");
}

#[test]
fn abort_restores_the_baseline_while_the_disk_hangs() {
    let emulator = Emulator::healthy();
    let lockgate = rollout(&emulator);
    let killed = started(&lockgate, "baking");
    killed.signal("KILL");
    killed.finish();
    let abort = Lockgate::on(&emulator, "abort --output json");
    let running = started(&abort, "rolling-back");
    let _frozen = Frozen::of(&running);
    let run = running.finish();
    run.exits(11).says("the disk does not answer");
    assert_eq!(emulator.weights(), [(STABLE.to_owned(), 100)].into());
}

#[test]
fn signal_to_the_whole_process_group_leaves_a_complete_journal() {
    use std::os::unix::process::CommandExt as _;
    let emulator = Emulator::healthy();
    let lockgate = rollout(&emulator);
    let mut command = lockgate.command();
    command.process_group(0);
    let mut running = Running::start(&mut command);
    running.read_past(|line| line.contains("\"phase\":\"baking\""));
    let keeper = running.keeper();
    let group = Pid::from_raw(running.id().try_into().expect("a process"));
    killpg(group, Signal::SIGINT).expect("it is sent");
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        kill(keeper, signal).expect("it is sent");
    }
    let run = running.finish();
    run.ends(11, &emulator);
    assert!(!run.stderr.contains("lacks"), "{run}");
    let runs = std::fs::read_dir(lockgate.folder().join(".lockgate/runs")).expect("runs");
    let folder = runs.flatten().next().expect("a folder").path();
    let journal = std::fs::read_to_string(folder.join("journal.jsonl")).expect("a journal");
    let events = run.events();
    let facts = events
        .iter()
        .filter(|event| event["event"] != "ended")
        .count();
    assert!(facts > 0 && journal.ends_with("}\n"), "{journal}");
    let lines: Vec<Value> = (journal.lines())
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let [.., read, ended] = &lines[..] else {
        panic!("{journal}")
    };
    assert_eq!(read["event"], "observed", "the last read is kept");
    assert_eq!(ended["event"], "ended");
}
