//! `lockgate status --watch`: the run of another machine, seen from its lease and the traffic.

use serde_json::Value;

use super::long;
use crate::support::terminal::Terminal;
use crate::support::{Emulator, Lockgate, Running};

const WATCH: &str = "status --watch --interval 500ms";

/// Starts a rollout that bakes at 10 %.
fn baking(lockgate: &Lockgate) -> Running {
    let mut running = lockgate.start();
    running.read_past(|line| line.contains("baking for"));
    running
}

#[test]
fn run_is_watched_on_a_terminal_until_it_ends() {
    let emulator = Emulator::healthy();
    let lockgate = long(&emulator);
    let running = baking(&lockgate);
    let watching = Lockgate::on(&emulator, WATCH);
    let mut terminal = Terminal::start(watching, 100, 40);
    let screen = terminal.shows("Ctrl-C ends this view and changes nothing; the run goes on");
    for row in [
        "shop: canary shop--v2, stable shop--v1, run ",
        "split    10 % wanted, 10 % read",
        "held by  host ",
        "next     25 % when its bake is over and its gates pass; else it counts as dead in ",
    ] {
        assert!(screen.contains(row), "{row:?}:\n{screen}");
    }
    running.signal("INT");
    running.finish().ends(11, &emulator);
    let left = terminal.finish();
    assert_eq!(left.code, 0, "{}", left.screen);
    assert!(
        left.is_as_it_was && !left.screen.contains("Ctrl-C"),
        "{}",
        left.screen
    );
    assert!(
        left.screen.contains("has ended, and its lease is gone: "),
        "{}",
        left.screen
    );
}

#[test]
fn ctrl_c_ends_the_view_alone() {
    let emulator = Emulator::healthy();
    let lockgate = long(&emulator);
    let running = baking(&lockgate);
    let before = emulator.writes().len();
    let watching = Lockgate::on(&emulator, WATCH);
    let mut terminal = Terminal::start(watching, 60, 40);
    terminal.shows("Ctrl-C ends this view");
    terminal.types(b"\x03");
    let left = terminal.finish();
    assert_eq!(left.code, 0, "{}", left.screen);
    let said = "stopped watching; nothing was changed";
    assert!(left.screen.contains(said), "{}", left.screen);
    assert_eq!(emulator.writes().len(), before);
    assert!(!emulator.lease().is_empty(), "the run goes on");
    running.signal("INT");
    running.finish().ends(11, &emulator);
}

#[test]
fn without_a_terminal_each_change_is_a_line() {
    let emulator = Emulator::healthy();
    let lockgate = long(&emulator);
    let running = baking(&lockgate);
    let watching = Lockgate::on(&emulator, WATCH);
    let mut watched = watching.start();
    watched.read_past(|line| line.contains("canary shop--v2 at 10 %, stage 1 of 4"));
    running.signal("INT");
    running.finish().ends(11, &emulator);
    let watched = watched.finish();
    watched.exits(0).says("has ended, and its lease is gone: ");
    let lines: Vec<&str> = watched.stdout.lines().collect();
    let once: std::collections::BTreeSet<&str> = lines.iter().map(|line| &line[8..]).collect();
    assert_eq!(
        lines.len(),
        once.len(),
        "no line is written twice: {watched}"
    );
    assert!(!watched.stdout.contains('\u{1b}'), "{watched}");
}

#[test]
fn each_change_is_a_document_for_machines() {
    let emulator = Emulator::healthy();
    let lockgate = long(&emulator);
    let running = baking(&lockgate);
    let watching = Lockgate::on(&emulator, "status --watch --interval 500ms --output json");
    let mut watched = watching.start();
    watched.read_past(|line| line.contains("\"lease\":{"));
    running.signal("INT");
    running.finish().ends(11, &emulator);
    let watched = watched.finish();
    watched.exits(0);
    let last = watched.stdout.lines().last().expect("a line");
    let last: Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(last["lease"], Value::Null);
}

#[test]
fn app_without_a_run_is_no_reason_to_wait() {
    let emulator = Emulator::healthy();
    let watched = Lockgate::on(&emulator, WATCH).run();
    watched.exits(0).says("no run holds a lease");
}

#[test]
fn interval_that_would_use_up_the_calls_is_refused() {
    let emulator = Emulator::healthy();
    let watched = Lockgate::on(&emulator, "status --watch --interval 10ms").run();
    watched.exits(2);
    assert!(
        watched.stderr.contains("--interval 10ms is too short"),
        "{watched}"
    );
}
