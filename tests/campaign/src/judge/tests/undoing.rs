//! The rules about undo.

use super::super::course::Role;
use super::super::forward::{overrides_a_change_it_read, repeats_without_a_read};
use super::super::undoing::*;
use super::Log;

const NONE: [String; 0] = [];
const UNDO: Role = Role::Undo { force: false };

/// A promotion of `a` at 100 ms, and an undo `b` that ends with this code.
fn before(code: i32) -> Log {
    Log::new()
        .labels(&[("old", "v0"), ("live", "v2")])
        .process("a", Role::Rollout, 0)
        .process("b", UNDO, code)
        .write("a", [100, 100, 150], "v2=100", "")
        .reads("a", &[90, 160])
        .noted(&[("live", "v1")])
        .labels(&[("old", "v0"), ("live", "v1")])
}

/// The same, and the undo at 500 ms.
fn undone() -> Log {
    before(0)
        .write("b", [500, 500, 550], "v1=100", "")
        .reads("b", &[400, 560])
}

#[test]
fn undo_breaks_no_rule() {
    assert_eq!(super::super::judge(&undone().course()), []);
}

#[test]
fn undo_writes_over_no_lease() {
    let over = |read: u64| {
        before(0)
            .process("c", Role::Rollout, 31)
            .write("c", [300, 300, 350], "v2=100", "c")
            .write("b", [900, 900, 950], "v1=100", "")
            .reads("b", &[read])
            .course()
    };
    assert_eq!(undoes_over_a_lease(&over(400)).len(), 1);
    assert_eq!(undoes_over_a_lease(&over(290)), NONE, "it could not know");
}

#[test]
fn undo_writes_over_no_change() {
    let over = |split: &str, reads: &[u64]| {
        before(0)
            .write("operator", [300, 300, 350], split, "")
            .write("b", [1_500, 1_500, 1_550], "v1=100", "")
            .reads("b", reads)
            .course()
    };
    assert_eq!(
        undoes_over_a_change(&over("v1=60 v2=40", &[200, 700])).len(),
        1
    );
    assert_eq!(undoes_over_a_change(&over("v1=60 v2=40", &[200])), NONE);
    assert_eq!(undoes_over_a_change(&over("v1=100", &[200, 700])), NONE);
    assert_eq!(undoes_over_a_change(&undone().course()), NONE);
}

#[test]
fn note_that_somebody_takes_away_is_no_change_of_traffic() {
    let mut stripped = before(0)
        .write("operator", [300, 300, 350], "v2=100", "")
        .write("b", [1_500, 1_500, 1_550], "v1=100", "")
        .reads("b", &[200, 700, 1_600])
        .course();
    for write in &mut stripped.writes[1..] {
        if let Some((_, state)) = &mut write.applied {
            state.promotion = None;
        }
    }
    assert_eq!(undoes_over_a_change(&stripped), NONE);
    assert_eq!(claims_an_undo_that_is_not_there(&stripped), NONE);
}

#[test]
fn undo_is_compared_before_each_write() {
    let again = |read: u64| {
        before(0)
            .refused("b", 300, "v1=100")
            .write("b", [900, 900, 950], "v1=100", "")
            .reads("b", &[200, read])
            .course()
    };
    assert_eq!(repeats_without_a_read(&again(250)).len(), 1);
    assert_eq!(repeats_without_a_read(&again(600)), NONE);
    let over = undone()
        .write("operator", [600, 600, 650], "v1=50 v0=50", "")
        .write("b", [1_500, 1_500, 1_550], "v1=100", "")
        .reads("b", &[1_000]);
    assert_eq!(overrides_a_change_it_read(&over.course()).len(), 1);
}

#[test]
fn undo_is_the_whole_array_that_the_note_names() {
    let writes = |split: &str, labels: &[(&str, &str)]| {
        let log = before(0).labels(labels);
        let log = log.write("b", [500, 500, 550], split, "");
        undoes_something_else(&log.reads("b", &[400]).course()).len()
    };
    let right = [("old", "v0"), ("live", "v1")];
    assert_eq!(writes("v1=100", &right), 0);
    assert_eq!(writes("v1=90 v2=10", &right), 1);
    assert_eq!(writes("v1=100", &[("old", "v0"), ("live", "v2")]), 1);
    assert_eq!(writes("v1=100", &[("live", "v1")]), 1, "a label is lost");
    let without_a_note = Log::new()
        .process("b", UNDO, 0)
        .write("b", [500, 500, 550], "v1=100", "")
        .reads("b", &[400]);
    assert_eq!(undoes_something_else(&without_a_note.course()).len(), 1);
}

#[test]
fn label_that_somebody_moved_since_stays() {
    let moved = |labels: &[(&str, &str)]| {
        before(0)
            .labels(&[("live", "v0")])
            .write("operator", [200, 200, 250], "v2=100", "")
            .labels(labels)
            .write("b", [500, 500, 550], "v1=100", "")
            .reads("b", &[400])
            .course()
    };
    assert_eq!(undoes_something_else(&moved(&[("live", "v0")])), NONE);
    assert_eq!(undoes_something_else(&moved(&[("live", "v1")])).len(), 1);
}

#[test]
fn undo_is_claimed_where_the_replaced_revision_has_all_traffic() {
    let claims = |log: Log| claims_an_undo_that_is_not_there(&log.course()).len();
    assert_eq!(claims(undone()), 0);
    assert_eq!(claims(before(0).reads("b", &[400])), 1);
    let unsettled = undone()
        .write("operator", [600, 600, 900], "v2=100", "")
        .reads("b", &[700]);
    assert_eq!(claims(unsettled), 1);
    assert_eq!(claims(before(31).reads("b", &[400])), 0);
}

#[test]
fn undo_that_says_no_sends_nothing() {
    for code in [10, 12, 30] {
        let silent = before(code).reads("b", &[400]);
        assert_eq!(undoes_and_says_no(&silent.course()), NONE);
        let sent = before(code).refused("b", 500, "v1=100");
        assert_eq!(undoes_and_says_no(&sent.course()).len(), 1);
    }
    let superseded = before(31).refused("b", 500, "v1=100");
    assert_eq!(undoes_and_says_no(&superseded.course()), NONE);
}

#[test]
fn undo_that_lands_later_was_not_waited_for() {
    let twice = |last_read: u64| {
        undone()
            .write("b", [570, 2_000, 2_050], "v1=100", "")
            .reads("b", &[last_read])
            .course()
    };
    let speaks = super::super::ending::speaks_before_the_last_write_landed;
    assert_eq!(speaks(&twice(600)).len(), 1);
    assert_eq!(speaks(&twice(2_100)), NONE);
}
