//! The rules about resume.

use super::super::course::Role;
use super::super::resuming::*;
use super::Log;

const NONE: [String; 0] = [];

/// A run that stands still at 10 % from 150 ms on.
fn held() -> Log {
    Log::new()
        .process("a", Role::Rollout, 13)
        .write("a", [100, 100, 150], "v1=90 v2=10", "a")
        .standing_still()
        .reads("a", &[90, 160])
}

fn resumed(read: u64) -> Log {
    held()
        .process("b", Role::Resume, 0)
        .write("b", [900, 900, 950], "v2=100", "b")
        .write("b", [1_500, 1_500, 1_550], "v2=100", "")
        .reads("b", &[read, 960, 1_560])
}

#[test]
fn resume_of_a_held_run_breaks_no_rule() {
    assert_eq!(super::super::judge(&resumed(800).course()), []);
}

#[test]
fn resume_continues_what_stands_still() {
    let second = |read: u64| {
        resumed(800)
            .process("c", Role::Resume, 31)
            .write("c", [1_300, 1_300, 1_350], "v2=100", "c")
            .reads("c", &[read])
            .course()
    };
    assert_eq!(
        resumes_what_does_not_stand_still(&second(1_000)).len(),
        1,
        "b holds the run"
    );
    assert_eq!(resumes_what_does_not_stand_still(&second(940)), NONE);
}

#[test]
fn resume_continues_from_the_weights_that_were_left() {
    let changed = |read: u64| {
        held()
            .process("b", Role::Resume, 0)
            .write("operator", [300, 300, 350], "v1=60 v2=40", "a")
            .standing_still()
            .write("b", [900, 900, 950], "v2=100", "b")
            .reads("b", &[read])
            .course()
    };
    assert_eq!(resumes_over_a_change(&changed(500)).len(), 1);
    assert_eq!(resumes_over_a_change(&changed(340)), NONE);
}

#[test]
fn one_of_two_resumes_leads_the_run_on() {
    let second = |code: i32, sent: u64| {
        resumed(800)
            .process("c", Role::Resume, code)
            .write("c", [sent, sent, sent + 50], "v2=100", "c")
            .reads("c", &[850])
            .course()
    };
    assert_eq!(two_resumed(&second(0, 3_000)).len(), 1);
    assert_eq!(two_resumed(&second(0, 2_000)), NONE, "it could not know");
    assert_eq!(two_resumed(&second(31, 3_000)), NONE);
}
