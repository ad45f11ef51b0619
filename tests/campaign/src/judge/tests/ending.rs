//! The rules about final words.

use super::super::course::{Course, Role};
use super::super::ending::*;
use super::{Log, promoted};

const NONE: [String; 0] = [];

/// A rollout that restores at 500 ms and reads at these times.
fn rolled_back(code: i32, reads: &[u64]) -> Log {
    Log::new()
        .process("a", Role::Rollout, code)
        .write("a", [100, 100, 150], "v1=90 v2=10", "a")
        .write("a", [500, 500, 900], "v1=100", "")
        .reads("a", &[90, 160])
        .reads("a", reads)
}

#[test]
fn baseline_is_claimed_from_a_settled_read_after_the_restore() {
    for code in [10, 11, 12] {
        let claims = |reads: &[u64]| {
            claims_a_baseline_that_is_not_there(&rolled_back(code, reads).course()).len()
        };
        assert_eq!(claims(&[]), 1, "the last read shows the canary");
        assert_eq!(claims(&[600]), 1, "unsettled");
        assert_eq!(claims(&[600, 950]), 0);
    }
    let hands_off = rolled_back(31, &[]).course();
    assert_eq!(claims_a_baseline_that_is_not_there(&hands_off), NONE);
}

#[test]
fn read_that_a_process_gave_up_on_is_not_its_last() {
    let given_up = rolled_back(11, &[950])
        .read_late("a", 910, 1_020)
        .write("a", [1_000, 1_000, 1_050], "v1=100", "")
        .tags_alone();
    let waited_for = rolled_back(11, &[950])
        .write("a", [1_000, 1_000, 1_050], "v1=100", "")
        .read_late("a", 1_010, 1_020);
    assert_eq!(
        claims_a_baseline_that_is_not_there(&given_up.course()),
        NONE
    );
    assert_eq!(
        claims_a_baseline_that_is_not_there(&waited_for.course()).len(),
        1
    );
}

#[test]
fn baseline_that_an_operator_changed_is_not_claimed() {
    let changed = |read: u64| {
        rolled_back(11, &[950])
            .write("operator", [1_000, 1_000, 1_050], "v1=50 v0=50", "")
            .reads("a", &[read])
            .course()
    };
    assert_eq!(
        claims_a_baseline_that_is_not_there(&changed(1_100)).len(),
        1
    );
    assert_eq!(claims_a_baseline_that_is_not_there(&changed(960)), NONE);
}

#[test]
fn baseline_is_what_the_run_read_and_not_what_came_between() {
    let crossed = Log::new()
        .process("a", Role::Rollout, 31)
        .process("b", Role::Rollout, 31)
        .process("c", Role::Abort, 11)
        .write("b", [100, 100, 150], "v1=90 v2=10", "b")
        .write("a", [95, 200, 250], "v1=90 v2=10", "a")
        .write("c", [500, 500, 550], "v1=100", "")
        .reads("a", &[90])
        .reads("b", &[80])
        .reads("c", &[400, 560]);
    assert_eq!(claims_a_baseline_that_is_not_there(&crossed.course()), NONE);
}

#[test]
fn rollout_that_wrote_nothing_claims_no_more() {
    let beside = rolled_back(10, &[950])
        .process("b", Role::Rollout, 12)
        .reads("b", &[200]);
    assert_eq!(claims_a_baseline_that_is_not_there(&beside.course()), NONE);
}

/// A rollout whose write is under way for long, killed; a recover restores before it lands.
fn recovered() -> Log {
    Log::new()
        .killed("a")
        .process("b", Role::Recover, 12)
        .write("a", [100, 100, 150], "v1=90 v2=10", "a")
        .write("b", [500, 500, 550], "v1=100", "")
        .write("a", [450, 2_500, 2_550], "v1=50 v2=50", "a")
        .reads("b", &[400, 560])
}

#[test]
fn last_word_comes_after_the_last_write_of_the_run_that_was_taken_over() {
    let hasty = recovered().course();
    assert_eq!(speaks_before_the_last_write_landed(&hasty).len(), 1);
    let restored_again = recovered()
        .write("b", [2_700, 2_700, 2_750], "v1=100", "")
        .reads("b", &[2_600, 2_800])
        .course();
    assert_eq!(speaks_before_the_last_write_landed(&restored_again), NONE);
}

#[test]
fn last_word_comes_after_ones_own_last_write() {
    let lost = |last_read: u64| {
        Log::new()
            .process("a", Role::Rollout, 11)
            .write("a", [200, 200, 250], "v1=100", "")
            .write("a", [100, 1_000, 1_050], "v1=90 v2=10", "a")
            .lost_at_once()
            .reads("a", &[90, last_read])
            .course()
    };
    assert_eq!(speaks_before_the_last_write_landed(&lost(300)).len(), 1);
    assert_eq!(speaks_before_the_last_write_landed(&lost(1_100)), NONE);
}

#[test]
fn restore_that_lands_late_is_waited_for_too() {
    let twice = |last_read: u64| {
        rolled_back(11, &[950])
            .write("a", [400, 1_500, 1_550], "v1=100", "")
            .lost_at_once()
            .reads("a", &[last_read])
            .course()
    };
    assert_eq!(speaks_before_the_last_write_landed(&twice(1_000)).len(), 1);
    assert_eq!(speaks_before_the_last_write_landed(&twice(1_600)), NONE);
}

#[test]
fn promotion_and_pause_that_land_late_are_waited_for() {
    let late = |code: i32, split: &str, last_read: u64| {
        Log::new()
            .process("a", Role::Rollout, code)
            .write("a", [100, 100, 150], split, "a")
            .write("a", [500, 500, 550], split, "")
            .write("a", [400, 1_500, 1_550], split, "")
            .lost_at_once()
            .reads("a", &[90, 160, last_read])
            .course()
    };
    for (code, split) in [(0, "v2=100"), (13, "v1=50 v2=50")] {
        let speaks = |at| speaks_before_the_last_write_landed(&late(code, split, at)).len();
        assert_eq!(speaks(600), 1);
        assert_eq!(speaks(1_600), 0);
    }
}

#[test]
fn restorer_that_found_no_lease_has_taken_nothing_over() {
    let late = Log::new()
        .process("a", Role::Rollout, 13)
        .process("b", Role::Abort, 0)
        .write("a", [100, 1_500, 1_550], "v1=90 v2=10", "a")
        .reads("a", &[90, 1_600])
        .reads("b", &[500]);
    assert_eq!(speaks_before_the_last_write_landed(&late.course()), NONE);
}

#[test]
fn run_that_begins_afterwards_is_another() {
    let next = rolled_back(10, &[950])
        .process("b", Role::Rollout, 0)
        .write("b", [2_000, 2_000, 2_050], "v1=90 v2=10", "b")
        .reads("b", &[1_900, 2_100]);
    assert_eq!(speaks_before_the_last_write_landed(&next.course()), NONE);
}

#[test]
fn promotion_is_claimed_where_the_canary_has_all_traffic() {
    let undone = |read: u64| {
        promoted()
            .write("operator", [1_000, 1_000, 1_050], "v1=100", "")
            .reads("a", &[read])
            .course()
    };
    assert_eq!(
        claims_a_promotion_that_is_not_there(&undone(1_100)).len(),
        1
    );
    assert_eq!(claims_a_promotion_that_is_not_there(&undone(970)), NONE);
    let nothing = Log::new().process("a", Role::Rollout, 0).reads("a", &[10]);
    assert_eq!(
        claims_a_promotion_that_is_not_there(&nothing.course()).len(),
        1
    );
}

/// A first write that takes 2 s, and a restorer that reads once and finds nothing to do.
fn idle(read: u64) -> Course {
    Log::new()
        .killed("a")
        .process("b", Role::Recover, 0)
        .write("a", [100, 100, 2_100], "v1=90 v2=10", "a")
        .reads("a", &[90])
        .reads("b", &[read])
        .course()
}

#[test]
fn idle_is_said_after_a_settled_read() {
    assert_eq!(idle_from_an_unsettled_read(&idle(500)).len(), 1);
    assert_eq!(idle_from_an_unsettled_read(&idle(95)), NONE);
}

#[test]
fn idle_is_not_said_over_a_split() {
    let stripped = |split: &str| {
        Log::new()
            .process("a", Role::Rollout, 31)
            .process("b", Role::Abort, 0)
            .write("a", [100, 100, 150], split, "a")
            .write("operator", [500, 500, 550], split, "")
            .reads("b", &[900])
            .course()
    };
    assert_eq!(idle_over_a_split(&stripped("v1=90 v2=10")).len(), 1);
    assert_eq!(idle_over_a_split(&stripped("v1=100")), NONE);
}

#[test]
fn refusal_writes_nothing() {
    for code in [2, 30] {
        assert_eq!(
            refuses_after_writing(&rolled_back(code, &[950]).course()).len(),
            1
        );
        let refused = Log::new()
            .process("a", Role::Rollout, code)
            .refused("a", 100, "v1=90 v2=10");
        assert_eq!(refuses_after_writing(&refused.course()), NONE);
    }
}

#[test]
fn superseded_needs_another_writer() {
    assert_eq!(
        superseded_by_itself(&rolled_back(31, &[]).course()).len(),
        1
    );
    let operator = rolled_back(31, &[]).write("operator", [1_000, 1_000, 1_050], "v2=100", "");
    assert_eq!(superseded_by_itself(&operator.course()), NONE);
    let nothing_new = rolled_back(31, &[]).write("operator", [1_000, 1_000, 1_050], "v1=100", "");
    assert_eq!(superseded_by_itself(&nothing_new.course()).len(), 1);
}

#[test]
fn process_ends() {
    assert_eq!(never_ends(&Log::new().never("a").course()), ["a"]);
    assert_eq!(never_ends(&rolled_back(10, &[]).course()), NONE);
}
