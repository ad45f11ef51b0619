//! The rules about restores.

use super::super::course::Role;
use super::super::restoring::*;
use super::Log;

const NONE: [String; 0] = [];

#[test]
fn restorer_never_raises_the_canary() {
    let writing = |split: &str| {
        Log::new()
            .killed("a")
            .process("b", Role::Recover, 12)
            .write("a", [100, 100, 150], "v1=90 v2=10", "a")
            .write("b", [500, 500, 550], split, "")
            .reads("a", &[90])
            .reads("b", &[400, 560])
            .course()
    };
    assert_eq!(raises_the_canary(&writing("v1=75 v2=25")).len(), 1);
    assert_eq!(raises_the_canary(&writing("v1=90 v2=10")), NONE);
    assert_eq!(raises_the_canary(&writing("v1=100")), NONE);
}

#[test]
fn restore_over_an_operator_needs_that_nobody_read_the_operators_write() {
    let restoring = |reads: &[u64], split: &str| {
        Log::new()
            .process("a", Role::Rollout, 11)
            .write("a", [100, 100, 150], "v1=90 v2=10", "a")
            .write("operator", [500, 500, 550], "v1=50 v0=50", "a")
            .write("a", [2_000, 2_000, 2_050], split, "")
            .reads("a", &[90, 160])
            .reads("a", reads)
            .course()
    };
    assert_eq!(
        restores_over_an_operator(&restoring(&[700, 900], "v1=100")).len(),
        1
    );
    let free = |reads: &[u64], split: &str| {
        assert_eq!(restores_over_an_operator(&restoring(reads, split)), NONE);
    };
    free(&[700], "v1=100");
    free(&[], "v1=100");
    free(&[700, 900], "v1=50 v0=50");
}

#[test]
fn restore_of_what_a_lockgate_wrote_is_right() {
    let landed_late = Log::new()
        .killed("a")
        .process("b", Role::Abort, 11)
        .write("a", [100, 100, 150], "v1=90 v2=10", "a")
        .write("b", [500, 500, 550], "v1=100", "")
        .write("a", [200, 900, 950], "v1=50 v2=50", "a")
        .write("b", [2_000, 2_000, 2_050], "v1=100", "")
        .reads("b", &[400, 560, 1_000, 1_500, 2_060]);
    assert_eq!(restores_over_an_operator(&landed_late.course()), NONE);
}

#[test]
fn abort_of_what_it_found_was_asked_for() {
    let aborted = |read: u64| {
        Log::new()
            .process("a", Role::Rollout, 31)
            .process("b", Role::Abort, 11)
            .write("a", [100, 100, 150], "v1=90 v2=10", "a")
            .write("operator", [500, 500, 550], "v1=60 v2=40", "a")
            .write("b", [2_000, 2_000, 2_050], "v1=100", "")
            .reads("b", &[read, 1_000, 1_500])
            .course()
    };
    assert_eq!(restores_over_an_operator(&aborted(600)), NONE);
    assert_eq!(restores_over_an_operator(&aborted(400)).len(), 1);
}
