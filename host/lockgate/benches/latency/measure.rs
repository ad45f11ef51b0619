//! The measurements of runs against the emulator: rollbacks, shifts and recoveries. `offline` measures replays.

use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::component;
use crate::processes::{Emulator, RecordingProxy, command, events, shop};

/// The plan of a run that a gate holds at 10 %.
const HOLDING: &str = r#"bake = "10ms"
check-interval = "10ms"
stages = [{ weight = 10, gates = [] }, 100]
[gates.holds]
plugin = "./holds.wasm""#;

/// The case of a decision to hold, in the contract.
const HOLD: u8 = 0;

const CANCELLATIONS: usize = 50;
const CANCELLATIONS_OF_A_SHIFT: usize = 20;
const ROLLOUTS: usize = 10;
/// Each watches for 15 s whether a write of the dead run still lands.
const RECOVERIES: usize = 4;

/// When a run is cancelled.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CancelledWhile {
    /// While gates are asked about the second stage.
    Gating,
    /// While the first write is applied, which takes so many milliseconds.
    Shifting(u64),
    /// Once the first write is reported as done.
    Verifying,
    /// In the first bake.
    Baking,
    /// While a promotion gate holds the run before the second stage.
    Holding,
}

/// Returns the times from a signal to the PATCH of the rollback.
pub(crate) fn signal_to_rollback(when: CancelledWhile) -> Vec<Duration> {
    let mut scenario = shop();
    let mut runs = CANCELLATIONS;
    if let CancelledWhile::Shifting(ms) = when {
        scenario["operation"] = json!({ "polls": 1_000_000, "settle-ms": ms });
        runs = CANCELLATIONS_OF_A_SHIFT;
    }
    let bake = match when {
        CancelledWhile::Gating => "bake = \"10ms\"\ncheck-interval = \"10ms\"",
        CancelledWhile::Holding => HOLDING,
        _ => "bake = \"60s\"",
    };
    (0..runs)
        .map(|_| {
            let emulator = Emulator::start(&scenario);
            let proxy = RecordingProxy::before(&emulator);
            let folder = tempfile::tempdir().expect("a folder");
            let gate = component::deciding(HOLD, "it holds");
            std::fs::write(folder.path().join("holds.wasm"), gate).expect("it is written");
            let mut run = command(folder.path(), proxy.endpoint(), "rollout", bake)
                .spawn()
                .expect("lockgate starts");
            let mut events = events(&mut run);
            let mut reaches = |event: &str, phase: &str| {
                let is = |line: &Value| line["event"] == event && line["phase"] == phase;
                assert!(events.any(|line| is(&line)), "{event} while {phase}");
            };
            match when {
                CancelledWhile::Gating => {
                    reaches("observed", "baking");
                    reaches("waited", "gating");
                }
                CancelledWhile::Shifting(_) => {
                    while proxy.patches().is_empty() {
                        std::thread::yield_now();
                    }
                }
                CancelledWhile::Verifying => reaches("written", "verifying"),
                CancelledWhile::Baking => reaches("observed", "baking"),
                CancelledWhile::Holding => {
                    reaches("observed", "baking");
                    reaches("answered", "gating");
                }
            }
            let signalled = Instant::now();
            let process = Pid::from_raw(run.id().try_into().expect("a process"));
            kill(process, Signal::SIGINT).expect("lockgate runs");
            let last = events.last().expect("a final event");
            assert_eq!(last["detail"]["exit-code"], 11, "{last}");
            run.wait().expect("lockgate ends");
            let patch = proxy.patches().into_iter().find(|at| *at > signalled);
            patch.expect("the rollback") - signalled
        })
        .collect()
}

/// The costs of shifts.
pub(crate) struct Shifts {
    /// From each decision to the read that verified it, to the millisecond.
    pub(crate) took: Vec<Duration>,
    /// The calls to ARM by which a rollout of four stages exceeds one of three.
    pub(crate) arm_calls: usize,
}

/// Measures the shifts of rollouts.
pub(crate) fn shifts() -> Shifts {
    let mut took = Vec::new();
    let calls = [1, ROLLOUTS].map(|rollouts| {
        let stages = if rollouts == 1 {
            "[10, 25, 100]"
        } else {
            "[10, 25, 50, 100]"
        };
        let plan = format!("bake = \"50ms\"\ncheck-interval = \"50ms\"\nstages = {stages}");
        let mut calls = 0;
        for _ in 0..rollouts {
            let emulator = Emulator::start(&shop());
            let proxy = RecordingProxy::before(&emulator);
            let folder = tempfile::tempdir().expect("a folder");
            let mut run = command(folder.path(), proxy.endpoint(), "rollout", &plan)
                .spawn()
                .expect("lockgate starts");
            took.extend(shifts_of(events(&mut run)));
            assert!(run.wait().expect("lockgate ends").success(), "promoted");
            calls = proxy.calls();
        }
        calls
    });
    Shifts {
        took,
        arm_calls: calls[1] - calls[0],
    }
}

fn shifts_of(events: impl Iterator<Item = Value>) -> Vec<Duration> {
    let mut began = None;
    let mut took = Vec::new();
    for event in events {
        let at = event["at-ms"].as_u64().unwrap_or_default();
        match (event["phase"].as_str(), began) {
            (Some("shifting"), None) => began = Some(at),
            (Some("baking"), Some(since)) => {
                took.push(Duration::from_millis(at - since));
                began = None;
            }
            _ => {}
        }
    }
    took
}

/// Returns how long `recover` took after a dead run that left its canary at 25 per cent.
pub(crate) fn recoveries() -> Vec<Duration> {
    let mut scenario = shop();
    let app = &mut scenario["apps"][0];
    app["traffic"] = json!([
        { "revision": "shop--v1", "weight": 75 },
        { "revision": "shop--v2", "weight": 25 },
    ]);
    app["tags"] = json!({
        "lockgate-run": "20261101t000000-000001",
        "lockgate-lease": "1/running",
        "lockgate-holder": "1/20261101t000000-000001",
        "lockgate-since": "1690000000/1690000100",
        "lockgate-stages": "10,25,50,100",
        "lockgate-stable": "shop--v1",
        "lockgate-canary": "shop--v2",
        "lockgate-stage": "1/25",
        "lockgate-expires": "1700000000",
        "lockgate-baseline-0": "shop--v1=100;",
    });
    (0..RECOVERIES)
        .map(|_| {
            let emulator = Emulator::start(&scenario);
            let folder = tempfile::tempdir().expect("a folder");
            let mut recover = command(folder.path(), emulator.endpoint(), "recover", "");
            let began = Instant::now();
            let mut run = recover.spawn().expect("lockgate starts");
            let last = events(&mut run).last().expect("a final event");
            run.wait().expect("lockgate ends");
            let took = began.elapsed();
            assert_eq!(last["detail"]["exit-code"], 12, "{last}");
            took
        })
        .collect()
}
