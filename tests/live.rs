//! The live view on a real terminal: below the lines while a run goes on, and gone when it ends, whatever ends it. Ctrl-C is
//! typed, windows are resized and closed.
#![cfg(unix)]

mod watch;

use serde_json::json;

use crate::support::terminal::{Left, Terminal};
use crate::support::{CANARY, Emulator, Lockgate, STABLE};

/// What a row of the live view holds and no line does.
const ROWS: [&str; 4] = ["━━", "──", "split    ", "Ctrl-C rolls back"];

/// A rollout that stays at 10 % for as long as the test needs.
fn long(emulator: &Emulator) -> Lockgate {
    Lockgate::on(emulator, "rollout").replacing("bake = \"300ms\"", "bake = \"60s\"")
}

fn on_a_terminal(lockgate: Lockgate) -> Terminal {
    Terminal::start(lockgate, 100, 40)
}

impl Left {
    /// Asserts that the run has ended so, and that its terminal has the lines and nothing else.
    #[track_caller]
    fn ended(&self, code: u32) -> &Left {
        assert_eq!(self.code, code, "{}", self.screen);
        assert!(self.is_as_it_was, "{self:?}");
        assert_eq!(self.cursor.1, 0, "a shell writes on in a row of its own");
        for row in ROWS {
            assert!(
                !self.screen.contains(row),
                "{row:?} is left:\n{}",
                self.screen
            );
        }
        let last = self.screen.trim_end().lines().last().unwrap_or_default();
        assert!(
            last.contains(&format!("exit code {code}")),
            "{}",
            self.screen
        );
        self
    }
}

/// Asserts that the live view is on the screen once.
#[track_caller]
fn is_once(screen: &str) -> bool {
    ["Ctrl-C rolls back", "\nsplit ", "\nnext "]
        .iter()
        .all(|row| screen.matches(row).count() == 1)
}

#[test]
fn promotion_shows_its_view_below_the_lines_and_leaves_the_lines() {
    let emulator = Emulator::healthy();
    let mut terminal = Terminal::start(Lockgate::on(&emulator, "rollout"), 100, 80);
    let left = terminal.finish();
    left.ended(0);
    for row in ROWS {
        assert!(left.written.contains(row), "{row:?} was shown");
    }
    assert_eq!(emulator.weights(), [(CANARY.to_owned(), 100)].into());
    for line in ["lockgate 0.1.0, run ", "shifting: writing", "read back: "] {
        assert!(left.screen.contains(line), "{line:?}:\n{}", left.screen);
    }
}

#[test]
fn stages_split_gates_and_what_comes_next_are_on_the_screen() {
    let emulator = Emulator::healthy();
    let mut terminal = on_a_terminal(long(&emulator));
    let screen = terminal.until("the bake", |screen| {
        screen.contains("s left") && screen.contains("✓✓") && is_once(screen)
    });
    for row in [
        "shop: canary shop--v2, stable shop--v1, run ",
        "split    10 % wanted, 10 % read",
        "http-health  ✓",
        "next     25 % in ",
        ", when http-health passes",
        "Ctrl-C rolls back",
    ] {
        assert!(screen.contains(row), "{row:?}:\n{screen}");
    }
    terminal.types(b"\x03");
    terminal.finish().ended(11);
}

#[test]
fn ctrl_c_that_is_typed_rolls_back_and_shows_how_far_it_is() {
    let emulator = Emulator::healthy();
    emulator.fault(&json!({
        "on": { "method": "PATCH", "body-contains": "\"weight\":100" }, "nth": 1,
        "what": { "delay": { "ms": 1_500 } },
    }));
    let mut terminal = on_a_terminal(long(&emulator));
    terminal.shows("Ctrl-C rolls back");
    terminal.types(b"\x03");
    let screen = terminal.shows("Ctrl-C changes nothing: the baseline is being restored");
    assert!(screen.contains("rolling back: cancelled by "), "{screen}");
    assert!(screen.contains("next     writing the baseline"), "{screen}");
    terminal.finish().ended(11);
    assert_eq!(emulator.weights(), [(STABLE.to_owned(), 100)].into());
    assert_eq!(emulator.lease(), [].into());
}

#[test]
fn terminal_that_is_resized_in_the_middle_shows_one_view() {
    let emulator = Emulator::healthy();
    let mut terminal = on_a_terminal(long(&emulator));
    terminal.until("the bake", |screen| {
        screen.contains("s left") && is_once(screen)
    });
    for (columns, rows) in [(40, 40), (120, 40), (60, 24), (100, 40)] {
        terminal.resize(columns, rows);
        // The longest bar goes with the width.
        let bar = "─".repeat(usize::from(columns).saturating_sub(26).min(30));
        terminal.until("one view", |screen| {
            is_once(screen) && screen.contains(&bar)
        });
    }
    terminal.types(b"\x03");
    terminal.finish().ended(11);
}

#[test]
fn forty_columns_are_enough() {
    let emulator = Emulator::healthy();
    let mut terminal = Terminal::start(long(&emulator), 40, 60);
    let screen = terminal.until("the bake", |screen| {
        screen.contains("s left") && screen.contains("✓") && is_once(screen)
    });
    // A sentence goes on under its beginning.
    assert!(screen.contains("\n                "), "{screen}");
    terminal.types(b"\x03");
    terminal.finish().ended(11);
}

/// Runs a rollout on a terminal with these variables, and returns what it wrote.
fn written_with(variables: &[(&str, &str)], command: &str) -> String {
    let emulator = Emulator::healthy();
    let mut lockgate = Lockgate::on(&emulator, command);
    for (name, value) in variables {
        lockgate = lockgate.env(name, value);
    }
    let left = on_a_terminal(lockgate).finish();
    left.ended(0);
    left.written
}

#[test]
fn lines_alone_are_written_where_a_view_is_not_wanted_or_cannot_be() {
    for (variables, command) in [
        (&[("TERM", "dumb")][..], "rollout"),
        (&[("TERM", "")], "rollout"),
        (&[("CI", "true")], "rollout"),
        (&[("TF_BUILD", "True")], "rollout"),
        (&[("LOCKGATE_PROGRESS", "plain")], "rollout"),
        (&[], "rollout --progress plain"),
        (&[], "rollout --output json"),
    ] {
        let lockgate_json = command.contains("json");
        let emulator = Emulator::healthy();
        let mut lockgate = Lockgate::on(&emulator, command);
        for (name, value) in variables {
            lockgate = lockgate.env(name, value);
        }
        let left = on_a_terminal(lockgate).finish();
        assert_eq!(left.code, 0, "{variables:?}: {}", left.screen);
        assert!(!left.written.contains('\u{1b}'), "{variables:?}, {command}");
        assert!(
            lockgate_json || left.written.contains("exit code 0"),
            "{}",
            left.screen
        );
    }
}

#[test]
fn view_that_is_asked_for_is_shown_in_a_pipeline_with_a_terminal() {
    let written = written_with(&[("CI", "true")], "rollout --progress live");
    assert!(written.contains("Ctrl-C rolls back"));
}

#[test]
fn view_that_is_asked_for_and_cannot_be_is_noted_and_changes_nothing() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout --progress live").run();
    run.ends(0, &emulator);
    let why = "no live view: stdout and stderr are not both the terminal";
    assert!(run.stderr.contains(why), "{run}");
    assert!(!run.stdout.contains('\u{1b}'), "{run}");
}

#[test]
fn no_color_leaves_the_view_and_takes_the_colours() {
    let is_coloured =
        |written: &str| written.contains("\u{1b}[32m") || written.contains("\u{1b}[2m");
    let coloured = written_with(&[], "rollout");
    assert!(is_coloured(&coloured));
    let plain = written_with(&[("NO_COLOR", "1")], "rollout");
    assert!(!is_coloured(&plain) && plain.contains("Ctrl-C rolls back"));
}

#[test]
fn terminal_that_is_closed_rolls_the_run_back() {
    let emulator = Emulator::healthy();
    let mut terminal = on_a_terminal(long(&emulator));
    terminal.until("the bake", |screen| screen.contains("s left"));
    terminal.close();
    assert_eq!(terminal.finish().code, 11);
    assert_eq!(emulator.weights(), [(STABLE.to_owned(), 100)].into());
    assert_eq!(emulator.lease(), [].into());
}

#[test]
fn process_that_is_killed_leaves_its_last_rows_and_a_terminal_as_it_was() {
    let emulator = Emulator::healthy();
    let mut terminal = on_a_terminal(long(&emulator));
    terminal.until("the bake", |screen| screen.contains("s left"));
    terminal.kill();
    let left = terminal.finish();
    assert!(left.is_as_it_was, "{left:?}");
    assert_eq!(left.cursor.1, 0, "{left:?}");
    let last = left.screen.trim_end().lines().count();
    assert_eq!(
        usize::from(left.cursor.0),
        last,
        "below its rows:\n{}",
        left.screen
    );
}
