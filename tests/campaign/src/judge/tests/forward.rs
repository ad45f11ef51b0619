//! The rules about forward writes.

use super::super::course::Role;
use super::super::forward::*;
use super::{Log, promoted};

const NONE: [String; 0] = [];

#[test]
fn refused_write_that_is_repeated_without_a_read() {
    let repeated = |reads: &[u64]| {
        Log::new()
            .process("a", Role::Rollout, 0)
            .refused("a", 100, "v1=50 v2=50")
            .write("a", [900, 900, 950], "v1=50 v2=50", "a")
            .reads("a", reads)
            .course()
    };
    assert_eq!(repeats_without_a_read(&repeated(&[90])).len(), 1);
    assert_eq!(repeats_without_a_read(&repeated(&[90, 890])), NONE);
}

#[test]
fn refused_write_without_any_read_counts_too() {
    let blind = Log::new()
        .process("a", Role::Rollout, 12)
        .refused("a", 100, "v1=50 v2=50");
    assert_eq!(repeats_without_a_read(&blind.course()).len(), 1);
}

#[test]
fn read_after_a_lost_answer_licenses_the_repetition() {
    let lost = |late: bool| {
        let log = Log::new().process("a", Role::Rollout, 0).write(
            "a",
            [100, 2_000, 2_050],
            "v1=50 v2=50",
            "a",
        );
        let log = if late { log.lost_at_once() } else { log };
        log.refused("a", 500, "v1=50 v2=50").reads("a", &[90, 450])
    };
    assert_eq!(repeats_without_a_read(&lost(true).course()), NONE);
    // A read that was answered before its own write was: not a comparison after it.
    assert_eq!(repeats_without_a_read(&lost(false).course()).len(), 1);
}

#[test]
fn change_of_an_operator_that_was_read_is_not_overridden() {
    let after = |reads: &[u64]| {
        Log::new()
            .process("a", Role::Rollout, 0)
            .write("a", [100, 100, 150], "v1=90 v2=10", "a")
            .write("operator", [500, 500, 550], "v1=100", "a")
            .write("a", [1_500, 1_500, 1_550], "v1=50 v2=50", "a")
            .reads("a", &[90, 160])
            .reads("a", reads)
            .course()
    };
    assert_eq!(overrides_a_change_it_read(&after(&[1_000])).len(), 1);
    // The answer may still be on its way, and the read before it showed what was left.
    assert_eq!(overrides_a_change_it_read(&after(&[540, 1_400])), NONE);
    assert_eq!(overrides_a_change_it_read(&promoted().course()), NONE);
}

#[test]
fn change_before_the_first_write_is_not_overridden_either() {
    let before = |read: u64| {
        Log::new()
            .process("a", Role::Rollout, 0)
            .refused("a", 100, "v1=90 v2=10")
            .write("operator", [120, 120, 550], "v1=50 v0=50", "")
            .write("a", [1_500, 1_500, 1_550], "v1=90 v2=10", "a")
            .reads("a", &[90, read])
            .course()
    };
    assert_eq!(overrides_a_change_it_read(&before(1_000)).len(), 1);
    assert_eq!(overrides_a_change_it_read(&before(110)), NONE);
}

#[test]
fn own_write_that_a_read_does_not_show_yet_is_no_change() {
    let slow = Log::new()
        .process("a", Role::Rollout, 0)
        .write("a", [100, 100, 150], "v2=100", "a")
        .write("a", [500, 500, 3_000], "v2=100", "")
        .refused("a", 1_500, "v2=100")
        .reads("a", &[90, 160, 1_000]);
    assert_eq!(overrides_a_change_it_read(&slow.course()), NONE);
}

#[test]
fn lease_that_was_taken_is_a_change_although_the_weights_are_the_same() {
    let taken = Log::new()
        .process("a", Role::Rollout, 0)
        .process("b", Role::Rollout, 0)
        .write("a", [100, 100, 150], "v1=90 v2=10", "a")
        .write("b", [500, 500, 550], "v1=90 v2=10", "b")
        .write("a", [1_500, 1_500, 1_550], "v1=50 v2=50", "a")
        .reads("a", &[90, 160, 1_000])
        .reads("b", &[50, 560]);
    let found = overrides_a_change_it_read(&taken.course());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("a at 1500 ms"), "{found:?}");
}

#[test]
fn restore_of_another_process_ends_the_run() {
    let restored = |read: u64| {
        Log::new()
            .process("a", Role::Rollout, 0)
            .process("b", Role::Abort, 11)
            .write("a", [100, 100, 150], "v1=90 v2=10", "a")
            .write("b", [500, 500, 550], "v1=100", "")
            .write("a", [1_200, 1_200, 1_250], "v1=50 v2=50", "a")
            .reads("a", &[90, 160, read])
            .reads("b", &[400, 560])
            .course()
    };
    assert_eq!(overrides_a_change_it_read(&restored(700)).len(), 1);
    assert_eq!(overrides_a_change_it_read(&restored(490)), NONE);
}

#[test]
fn operation_of_another_is_waited_for() {
    let during = |read: u64| {
        Log::new()
            .process("a", Role::Rollout, 0)
            .write("a", [100, 100, 150], "v1=90 v2=10", "a")
            .write("operator", [500, 500, 1_500], "v1=100", "a")
            .write("a", [1_600, 1_600, 1_650], "v1=50 v2=50", "a")
            .reads("a", &[90, 160, read])
            .course()
    };
    assert_eq!(does_not_wait_for_another(&during(1_000)).len(), 1);
    assert_eq!(does_not_wait_for_another(&during(490)), NONE);
}

#[test]
fn own_operation_is_not_another() {
    let own = Log::new()
        .process("a", Role::Rollout, 0)
        .write("a", [100, 100, 1_000], "v1=90 v2=10", "a")
        .refused("a", 900, "v1=50 v2=50")
        .reads("a", &[90, 500]);
    assert_eq!(does_not_wait_for_another(&own.course()), NONE);
}

#[test]
fn read_that_is_older_than_a_change_is_repeated_when_there_is_time() {
    let old = |changed: u64, sent: u64| {
        Log::new()
            .process("a", Role::Rollout, 0)
            .write("a", [100, 100, 150], "v1=90 v2=10", "a")
            .write("operator", [changed, changed, changed + 50], "v1=100", "a")
            .write("a", [sent, sent, sent + 50], "v1=50 v2=50", "a")
            .reads("a", &[90, 160])
            .course()
    };
    assert_eq!(acts_on_an_old_read(&old(500, 4_000)).len(), 1);
    assert_eq!(acts_on_an_old_read(&old(500, 1_000)), NONE, "no time");
    assert_eq!(acts_on_an_old_read(&old(3_900, 4_000)), NONE, "just before");
}

#[test]
fn change_of_somebody_else_is_read_within_seconds() {
    let noticed = |read: u64| {
        Log::new()
            .process("a", Role::Rollout, 31)
            .write("a", [100, 100, 150], "v1=90 v2=10", "a")
            .write("operator", [500, 500, 550], "v1=100", "")
            .reads("a", &[90, 160, read])
            .course()
    };
    assert_eq!(looks_too_late(&noticed(9_000)).len(), 1);
    assert_eq!(looks_too_late(&noticed(5_000)), NONE);
    let nothing_to_see = promoted().reads("a", &[30_000]);
    assert_eq!(looks_too_late(&nothing_to_see.course()), NONE);
}

#[test]
fn rollout_begins_where_no_lease_is() {
    let second = |b_reads: u64| {
        Log::new()
            .process("a", Role::Rollout, 31)
            .process("b", Role::Rollout, 0)
            .write("a", [100, 100, 150], "v1=90 v2=10", "a")
            .write("b", [900, 900, 950], "v1=50 v2=50", "b")
            .reads("a", &[90, 160])
            .reads("b", &[b_reads])
            .course()
    };
    assert_eq!(begins_over_a_lease(&second(400)).len(), 1);
    assert_eq!(begins_over_a_lease(&second(120)), NONE);
}

#[test]
fn resume_begins_over_the_lease_that_it_resumes() {
    let resumed = Log::new()
        .process("a", Role::Rollout, 13)
        .process("b", Role::Resume, 0)
        .write("a", [100, 100, 150], "v1=90 v2=10", "a")
        .write("b", [900, 900, 950], "v1=50 v2=50", "b")
        .reads("a", &[90, 160])
        .reads("b", &[400]);
    assert_eq!(begins_over_a_lease(&resumed.course()), NONE);
}
