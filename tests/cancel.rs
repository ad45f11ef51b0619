//! Every request to end a run restores the baseline: one signal or two, in each phase, and a closed output.
#![cfg(unix)]

use std::io::{Read as _, Write as _};

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Lockgate, STABLE};

/// Starts a rollout, sends the signals at the first event that fits, and asserts that the run rolled back.
fn cancelled_when(emulator: &Emulator, fits: impl Fn(&Value) -> bool, signals: &[&str]) {
    let lockgate = Lockgate::on(emulator, "rollout --output json")
        .replacing("bake = \"300ms\"", "bake = \"60s\"");
    let mut running = lockgate.start();
    let fits = |line: &str| !line.is_empty() && fits(&serde_json::from_str(line).expect("JSON"));
    let mut stdout = running.read_until(fits);
    for signal in signals {
        running.signal(signal);
    }
    let before = emulator.writes().len();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("stdout is read");
    let run = running.finish();
    match (signals.len(), run.code) {
        // The second signal leaves little time to verify. On a slow machine it may not be enough, and the code says so.
        (2.., Some(20)) => emulator.until("the baseline is restored", |emulator| {
            emulator.weights() == [(STABLE.to_owned(), 100)].into()
        }),
        _ => {
            run.ends(11, emulator);
        }
    }
    let written = &emulator.writes()[before..];
    for body in written {
        assert!(
            !body.to_string().contains("\"lockgate-run\":\""),
            "no forward write: {body}"
        );
    }
    let last = rest.lines().last().expect("a final event");
    let last: Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(last["detail"]["exit-code"], run.code.unwrap_or_default());
}

fn phase(name: &'static str) -> impl Fn(&Value) -> bool {
    move |event| event["phase"] == name
}

#[test]
fn sigint_during_a_bake_rolls_back() {
    cancelled_when(&Emulator::healthy(), phase("baking"), &["INT"]);
}

#[test]
fn sigterm_during_a_bake_rolls_back() {
    cancelled_when(&Emulator::healthy(), phase("baking"), &["TERM"]);
}

#[test]
fn sighup_during_a_bake_rolls_back() {
    cancelled_when(&Emulator::healthy(), phase("baking"), &["HUP"]);
}

#[test]
fn two_signals_together_roll_back() {
    cancelled_when(&Emulator::healthy(), phase("baking"), &["INT", "TERM"]);
}

#[test]
fn signal_before_the_first_write_leaves_the_baseline() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "latency-ms": 400 }));
    cancelled_when(&emulator, phase("gating"), &["INT"]);
    assert!(emulator.writes().is_empty());
}

#[test]
fn signal_while_a_shift_is_verified_rolls_back() {
    cancelled_when(&Emulator::healthy(), phase("verifying"), &["INT"]);
}

#[test]
fn closed_output_rolls_back() {
    let emulator = Emulator::healthy();
    let lockgate =
        Lockgate::on(&emulator, "rollout").replacing("bake = \"300ms\"", "bake = \"2s\"");
    let mut running = lockgate.start();
    drop(running.read_until(|line| line.contains("read back")));
    running.finish().ends(11, &emulator);
}

#[test]
fn closed_output_rolls_back_while_nothing_is_printed() {
    let emulator = Emulator::healthy();
    let quiet = Lockgate::on(&emulator, "rollout")
        .replacing("bake = \"300ms\"", "bake = \"60s\"")
        .replacing("check-interval = \"100ms\"", "check-interval = \"60s\"");
    let mut running = quiet.start();
    drop(running.read_until(|line| line.contains("health check http-health: pass")));
    running.finish().ends(11, &emulator);
}

#[test]
fn rollback_does_not_wait_for_a_reader_that_never_reads() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 10 }));
    let (_reader, mut writer) = std::io::pipe().expect("a pipe");
    // The pipe is full before the first line.
    let size = nix::fcntl::fcntl(&writer, nix::fcntl::FcntlArg::F_GETPIPE_SZ).expect("its size");
    let size = usize::try_from(size).expect("a size");
    writer.write_all(&vec![b'.'; size]).expect("it is filled");
    let lockgate = Lockgate::on(&emulator, "rollout --verbose");
    let mut child = lockgate
        .command()
        .stdout(writer.try_clone().expect("a clone"))
        .stderr(writer)
        .spawn()
        .expect("lockgate starts");
    let (sender, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait().expect("lockgate ends")));
    let status = ended.recv_timeout(std::time::Duration::from_mins(1));
    let status = status.expect("the run ends within a minute");
    assert_eq!(status.code(), Some(10), "the canary was rolled back");
    assert_eq!(emulator.weights(), [("shop--v1".to_owned(), 100)].into());
    assert_eq!(emulator.lease(), [].into());
    assert_eq!(
        emulator.writes().len(),
        2,
        "there was something to roll back"
    );
}
