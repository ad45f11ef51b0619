//! What the live view shows in each situation of a run, at several widths.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rollout::{
    Action, Draft, Fact, Inspection, Intent, LeaseState, Measurement, OnDeadline, Plan, Rollout,
    Timestamp, Verdict,
};

use super::super::live::draw::draw;
use super::super::live::fold::Fold;
use super::play::{Play, report, rollout};
use super::samples::{after_promotion, first, fresh, left_at_25};
use crate::event::{RunEvent, Split};
use crate::output::{Row, Size};
use crate::report::{Remark, Reporter, Update, What};

/// Folds a run as the live view does, by the times of its events.
#[derive(Clone, Default)]
struct Follower(Arc<Mutex<(Fold, Timestamp)>>);

impl Reporter for Follower {
    fn report(&mut self, update: &Update<'_>) {
        let mut followed = self.0.lock().unwrap();
        if let What::Happened(event, _) = &update.what {
            followed.1 = event.at;
        }
        let now = followed.1;
        followed.0.update(update, now);
    }
}

/// A run that the live view follows.
struct Followed {
    follower: Follower,
    play: Play,
}

impl Followed {
    fn new(rollout: Rollout, found: Inspection) -> Followed {
        let follower = Follower::default();
        let play = Play::followed_by(follower.clone(), rollout, found);
        Followed { follower, play }
    }

    fn rollout() -> Followed {
        Followed::new(rollout(Intent::Rollout, OnDeadline::RollBack), fresh())
    }

    /// Returns the rows, this long after the last event.
    fn rows(&self, size: Size, later: Duration) -> Vec<Row> {
        let followed = self.follower.0.lock().unwrap();
        draw(&followed.0.view(), size, followed.1.after(later))
    }

    /// Returns the rows at each width, this long after the last event.
    fn at_each_width(&self, later: Duration) -> String {
        let mut shown = String::new();
        for width in [40, 60, 80, 120] {
            writeln!(shown, "--- {width} columns").unwrap();
            for row in self.rows(Size { width, height: 23 }, later) {
                // As the region does it.
                let row = row.cut(width);
                assert!(row.width() <= width, "{row:?}");
                writeln!(shown, "{}", row.text().trim_end()).unwrap();
            }
        }
        shown
    }
}

/// Compares the rows with their snapshot, this long after the last event.
fn assert_rows(name: &str, followed: &Followed, later: Duration) {
    insta::assert_snapshot!(format!("live_{name}"), followed.at_each_width(later));
}

const SOON: Duration = Duration::from_millis(2_400);

/// A hold of the gate that counts what speaks for and against the canary.
fn counted() -> rollout::Report {
    let measured_of = |subject: &str, name: &str, value| Measurement {
        name: name.to_owned(),
        subject: subject.to_owned(),
        value,
        unit: "log10".to_owned(),
    };
    let measured = |name: &str, value| measured_of("errors", name, value);
    rollout::Report {
        measurements: vec![
            measured("evidence-against", 0.08),
            measured("evidence-for", 0.9),
            measured("requests-needed", 120.0),
            measured_of("canary", "failures", 1.0),
            measured_of("canary", "requests", 260.0),
            measured_of("stable", "failures", 7.0),
            measured_of("stable", "requests", 812.0),
            measured_of("canary", "canary-share", 24.25),
        ],
        ..report(
            Verdict::Hold { ask_again_ms: None },
            "too few requests to tell: 260 of the 380 that it takes, none of which failed",
        )
    }
}

fn cancelled() -> Fact {
    Fact::CancelRequested {
        by: "SIGINT (Ctrl-C)".to_owned(),
        hurry: false,
    }
}

#[test]
fn before_anything_is_read() {
    assert_rows("preflight", &Followed::rollout(), SOON);
}

#[test]
fn canary_becomes_ready() {
    let mut followed = Followed::rollout();
    followed
        .play
        .until(|action| *action == Action::CheckReadiness);
    assert_rows("readiness", &followed, SOON);
}

#[test]
fn stage_bakes() {
    let mut followed = Followed::rollout();
    followed.play.until_weight(25);
    followed.play.remark(&Remark {
        sentence: "",
        event: &RunEvent::Split(Split {
            wanted_per_cent: 25,
            canary: 101,
            total: 400,
            failed: 0,
        }),
    });
    assert_rows("baking", &followed, Duration::from_secs(20));
}

#[test]
fn gate_holds_and_shows_what_it_has_counted() {
    let mut followed = Followed::rollout();
    followed.play.until_gates_at(25);
    followed.play.answer(Ok(counted())).until_gates_at(25);
    followed.play.begin();
    assert_rows("asking", &followed, SOON);
    followed.play.answer(Ok(counted()));
    assert_rows("hold", &followed, SOON);
}

#[test]
fn weight_is_shifted_and_read_back() {
    let mut followed = Followed::rollout();
    followed.play.until_weight(10).until_write().begin();
    assert_rows("shifting", &followed, SOON);
    followed.play.fact(Fact::Written);
    assert_rows("verifying", &followed, SOON);
}

#[test]
fn ctrl_c_rolls_back_and_its_progress_shows() {
    let mut followed = Followed::rollout();
    followed.play.until_weight(25).interrupt(cancelled());
    followed.play.until_write().begin();
    assert_rows("rolling_back", &followed, SOON);
    followed.play.interrupt(Fact::WriteRefused {
        reason: "the platform answers 503".to_owned(),
    });
    followed.play.until_write().begin();
    assert_rows("rolling_back_again", &followed, SOON);
}

#[test]
fn ctrl_c_before_any_traffic_moved_says_that_nothing_is_written() {
    let mut followed = Followed::rollout();
    followed.play.until_weight(0).interrupt(cancelled());
    assert_rows("cancelled_at_0", &followed, SOON);
}

#[test]
fn run_is_held_at_its_weight() {
    let held = rollout(Intent::Rollout, OnDeadline::Freeze);
    let mut followed = Followed::new(held, fresh());
    followed.play.until_gates_at(25);
    while !matches!(
        followed.play.rollout().next_action(),
        Action::Write { .. } | Action::Observe { .. }
    ) {
        let is_asked = matches!(followed.play.rollout().next_action(), Action::Ask { .. });
        if is_asked {
            followed.play.answer(Ok(counted()));
        } else {
            followed.play.fact(Fact::Waited);
        }
    }
    assert_rows("held", &followed, SOON);
}

#[test]
fn run_of_each_other_intent() {
    let abort = Intent::Abort {
        by: "`lockgate abort`".to_owned(),
        to: None,
    };
    let undo = Intent::Undo {
        by: "`lockgate undo`".to_owned(),
        force: false,
    };
    for (name, intent, found) in [
        ("abort", abort, left_at_25(LeaseState::Running)),
        ("resume", Intent::Resume, left_at_25(LeaseState::Held)),
        ("undo", undo, after_promotion()),
        ("first_deployment", Intent::Rollout, first()),
    ] {
        let mut followed = Followed::new(rollout(intent, OnDeadline::RollBack), found);
        let is_worth_a_look =
            |action: &Action| matches!(action, Action::Ask { .. } | Action::Write { .. });
        followed.play.until(is_worth_a_look).begin();
        assert_rows(name, &followed, SOON);
    }
}

#[test]
fn ended_run_has_no_next() {
    let mut followed = Followed::rollout();
    followed.play.until_end();
    assert_rows("ended", &followed, SOON);
}

#[test]
fn many_gates_and_stages_fit_any_height_and_what_matters_stays() {
    let mut draft = Draft::from(
        rollout(Intent::Rollout, OnDeadline::RollBack)
            .plan()
            .clone(),
    );
    let stage = draft.stages[0].clone();
    draft.stages = (1..=20)
        .map(|fifth| rollout::Stage {
            weight: rollout::Weight::new(fifth * 5).unwrap(),
            ..stage.clone()
        })
        .collect();
    let plan = Plan::new(draft).unwrap();
    let many = Rollout::new("run-1".to_owned(), plan, Intent::Rollout);
    let mut followed = Followed::new(many, fresh());
    followed.play.until_gates_at(50);
    followed.play.answer(Ok(counted()));
    for height in 1..30 {
        for width in 1..200 {
            let rows = followed.rows(Size { width, height }, SOON);
            assert!(rows.len() <= height, "{rows:?}");
            let rows: Vec<String> = rows.iter().map(Row::text).collect();
            if height >= 8 && width >= 40 {
                let is_there = |wanted: &str| rows.iter().any(|row| row.contains(wanted));
                assert!(
                    is_there("Ctrl-C rolls back") && is_there("next "),
                    "{rows:#?}"
                );
            }
        }
    }
    assert_rows("many_stages", &followed, SOON);
}

#[test]
fn texts_of_others_are_one_row_and_control_nothing() {
    let mut followed = Followed::rollout();
    followed.play.until_weight(10);
    let hostile = "\u{1b}[2J\u{1b}[?1049h no\n::error::x ##vso[y] \u{202e}\u{9b}31m";
    followed.play.answer(Ok(report(Verdict::Fail, hostile)));
    for row in followed.rows(
        Size {
            width: 200,
            height: 40,
        },
        SOON,
    ) {
        let text = row.text();
        assert!(
            !text
                .chars()
                .any(|c| c.is_control() || gates::is_invisible(c)),
            "{text:?}"
        );
        assert!(
            !text.trim_start().starts_with("::") && !text.contains("##"),
            "{text:?}"
        );
    }
}

#[test]
fn view_of_an_event_is_made_within_a_tenth_of_a_millisecond() {
    let mut followed = Followed::rollout();
    followed.play.until_gates_at(25);
    let rollout = followed.play.rollout().clone();
    let time = "2026-01-02T12:00:00+00:00[UTC]".parse().unwrap();
    let update = Update {
        time: &time,
        rollout: &rollout,
        what: What::Begins(&rollout.next_action()),
    };
    let mut followed = followed.follower.0.lock().unwrap();
    let took = |fold: &mut Fold| {
        let began = Instant::now();
        fold.update(&update, Timestamp(0));
        let _ = fold.view();
        began.elapsed()
    };
    // The machine may be busy: the best of many is what it costs.
    let best = (0..1_000).map(|_| took(&mut followed.0)).min().unwrap();
    assert!(best < Duration::from_micros(100), "{best:?}");
}
