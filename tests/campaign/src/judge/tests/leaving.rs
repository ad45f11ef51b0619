//! The rules about what a trial leaves behind.

use super::super::course::Role;
use super::super::leaving::*;
use super::{Log, promoted};

const NONE: [String; 0] = [];

/// A rollout that ends with this code at 10 %, with or without its lease.
fn left(code: i32, lease: &str) -> Log {
    Log::new()
        .process("a", Role::Rollout, code)
        .write("a", [100, 100, 150], "v1=90 v2=10", lease)
        .reads("a", &[90, 160])
}

#[test]
fn split_without_a_lease_needs_somebody_who_says_so() {
    assert_eq!(split_without_a_lease(&left(11, "").course()).len(), 1);
    assert_eq!(split_without_a_lease(&left(11, "a").course()), NONE);
    for code in [20, 21, 31] {
        assert_eq!(split_without_a_lease(&left(code, "").course()), NONE);
    }
}

#[test]
fn split_of_an_operator_needs_no_lease() {
    let by_hand = left(11, "").write("operator", [500, 500, 550], "v1=60 v2=40", "");
    assert_eq!(split_without_a_lease(&by_hand.course()), NONE);
    let stripped = left(11, "a").write("operator", [500, 500, 550], "v1=90 v2=10", "");
    assert_eq!(
        split_without_a_lease(&stripped.course()).len(),
        1,
        "the weights are still a lockgate's"
    );
}

#[test]
fn command_that_is_refused_over_the_split_says_so() {
    let stripped = || left(13, "a").write("operator", [500, 500, 550], "v1=90 v2=10", "");
    for role in [Role::Resume, Role::Abort, Role::Recover] {
        let said = stripped().process("b", role, 30).reads("b", &[600]);
        assert_eq!(split_without_a_lease(&said.course()), NONE);
        let before = stripped().process("b", role, 30).reads("b", &[400]);
        assert_eq!(split_without_a_lease(&before.course()).len(), 1);
        let never_began = stripped().process("b", role, 2);
        assert_eq!(split_without_a_lease(&never_began.course()), NONE);
    }
    let rollout = stripped()
        .process("b", Role::Rollout, 30)
        .reads("b", &[600]);
    assert_eq!(split_without_a_lease(&rollout.course()).len(), 1);
}

#[test]
fn promotion_explains_the_canary() {
    assert_eq!(split_without_a_lease(&promoted().course()), NONE);
    let killed = Log::new()
        .killed("a")
        .write("a", [100, 100, 150], "v2=100", "");
    assert_eq!(split_without_a_lease(&killed.course()), NONE);
    let unsaid =
        Log::new()
            .process("a", Role::Rollout, 10)
            .write("a", [100, 100, 150], "v2=100", "");
    assert_eq!(split_without_a_lease(&unsaid.course()).len(), 1);
}

#[test]
fn lease_is_left_by_those_who_say_so_or_cannot() {
    assert_eq!(lease_without_a_run(&left(11, "a").course()).len(), 1);
    for code in [13, 20, 21, 31] {
        assert_eq!(lease_without_a_run(&left(code, "a").course()), NONE);
    }
    assert_eq!(
        lease_without_a_run(&left(11, "a").killed("b").course()),
        NONE
    );
    let untidy =
        Log::new()
            .process("a", Role::Rollout, 0)
            .write("a", [100, 100, 150], "v2=100", "a");
    assert_eq!(lease_without_a_run(&untidy.course()), NONE);
}

#[test]
fn two_rollouts_under_way_together_are_not_both_promoted() {
    let second = |code: i32, from: u64| {
        promoted()
            .process("b", Role::Rollout, code)
            .write("b", [from, from, from + 50], "v1=50 v2=50", "b")
            .write("a", [2_000, 2_000, 2_050], "v2=100", "a")
            .write("b", [2_500, 2_500, 2_550], "v2=100", "")
            .course()
    };
    assert_eq!(two_promoted(&second(0, 1_500)).len(), 1);
    assert_eq!(two_promoted(&second(31, 1_500)), NONE);
    let after = promoted()
        .process("b", Role::Rollout, 0)
        .write("operator", [1_500, 1_500, 1_550], "v1=100", "")
        .write("b", [2_500, 2_500, 2_550], "v2=100", "b");
    assert_eq!(two_promoted(&after.course()), NONE);
}
