//! The measurements of replays: many recordings in one command, from process start to exit.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::processes::{Emulator, command, gate, shop};

const CASES: usize = 1_000;
const CALLS: usize = 1_000;
const ROUNDS: usize = 10;

/// Returns a working folder with the run folder of one rollout of the default gate.
fn recorded_rollout() -> tempfile::TempDir {
    let emulator = Emulator::start(&shop());
    let folder = tempfile::tempdir().expect("a folder");
    let plan = "bake = \"50ms\"\ncheck-interval = \"10ms\"";
    let run = command(folder.path(), emulator.endpoint(), "rollout", plan).output();
    assert!(run.expect("lockgate runs").status.success());
    folder
}

fn only(folder: &Path) -> std::path::PathBuf {
    let mut entries = std::fs::read_dir(folder).expect("a folder");
    entries.next().expect("an entry").expect("readable").path()
}

/// Returns the times of a thousand cases, each with a recording of its own.
pub(crate) fn cases() -> Vec<Duration> {
    let folder = recorded_rollout();
    let recordings = only(&folder.path().join(".lockgate/runs")).join("recordings");
    let recorded = only(&recordings);
    for number in 0..CASES {
        let name = |ending: &str| folder.path().join(format!("{number:04}.{ending}"));
        std::fs::copy(&recorded, name("har")).expect("copied");
        let case = format!(
            "gate = \"http-health\"\nrecordings = [\"{number:04}.har\"]\nstrict = true\nexpect = {{ verdict = \"pass\" }}\n"
        );
        std::fs::write(name("case.toml"), case).expect("written");
    }
    timed(folder.path(), &["gate", "test"])
}

/// Returns the times of a backtest of a thousand recorded calls.
pub(crate) fn backtests() -> Vec<Duration> {
    let folder = recorded_rollout();
    let runs = folder.path().join(".lockgate/runs");
    let run = only(&runs);
    let recorded = only(&run.join("recordings"));
    let count = std::fs::read_dir(run.join("recordings"))
        .expect("a folder")
        .count();
    for number in count..CALLS {
        let copy = run.join("recordings").join(format!("copy-{number:04}.har"));
        std::fs::copy(&recorded, copy).expect("copied");
    }
    timed(folder.path(), &["gate", "backtest", "http-health"])
}

fn timed(folder: &Path, arguments: &[&str]) -> Vec<Duration> {
    let once = || {
        let began = Instant::now();
        let output = gate(folder, arguments).output().expect("lockgate runs");
        let took = began.elapsed();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{printed}");
        took
    };
    // The first run fills the compile cache, and is not timed.
    once();
    (0..ROUNDS).map(|_| once()).collect()
}
