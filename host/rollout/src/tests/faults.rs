//! Every pair of faults: one of a write with another write, a read, or a request to end.

use std::time::Duration;

use super::course::{run, run_keeping_states};
use super::sample::{self, ms};
use super::sim::{Interrupt, ReadFault, Script};
use super::sim_state::WriteFault;
use crate::Plan;

pub(super) const WRITE_FAULTS: [WriteFault; 8] = [
    WriteFault::Refused,
    WriteFault::NotNow,
    WriteFault::AppliedAnswerLost,
    WriteFault::Lost,
    WriteFault::Late(ms(500)),
    WriteFault::Late(ms(5_000)),
    WriteFault::Late(ms(14_900)),
    WriteFault::Stale(2),
];

pub(super) const READ_FAULTS: [ReadFault; 4] = [
    ReadFault::Unreadable,
    ReadFault::Unsettled,
    ReadFault::Stale,
    ReadFault::ForeignWrite,
];

/// Two stages at real times, so that a run has few calls.
pub(super) fn short_plan() -> Plan {
    let mut draft = sample::draft(&[50, 100]);
    for stage in &mut draft.stages {
        stage.bake = Duration::from_mins(1);
    }
    Plan::new(draft).unwrap()
}

#[test]
fn any_two_write_faults_end_in_a_true_outcome() {
    for first in WRITE_FAULTS {
        for second in WRITE_FAULTS {
            for (one, other) in [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)] {
                run(
                    &short_plan(),
                    Script {
                        writes: [(one, first), (other, second)].into(),
                        ..Script::default()
                    },
                );
            }
        }
    }
}

#[test]
fn any_write_fault_with_any_read_fault_ends_in_a_true_outcome() {
    for write in WRITE_FAULTS {
        for read in READ_FAULTS {
            for (nth_write, nth_read) in (0..3).flat_map(|w| (0..10).map(move |r| (w, r))) {
                run(
                    &short_plan(),
                    Script {
                        writes: [(nth_write, write)].into(),
                        reads: [(nth_read, read)].into(),
                        ..Script::default()
                    },
                );
            }
        }
    }
}

#[test]
fn any_write_fault_with_a_request_to_end_anywhere_ends_in_a_true_outcome() {
    let calls = run(&short_plan(), Script::default()).rest.calls;
    for fault in WRITE_FAULTS {
        for (nth, at) in (0..3).flat_map(|nth| (0..calls + 4).map(move |at| (nth, at))) {
            for interrupt in [Interrupt::Afterwards, Interrupt::Meanwhile] {
                run(
                    &short_plan(),
                    Script {
                        writes: [(nth, fault)].into(),
                        interrupts: [(at, interrupt)].into(),
                        ..Script::default()
                    },
                );
            }
        }
    }
}

#[test]
fn any_read_fault_with_a_request_to_end_anywhere_ends_in_a_true_outcome() {
    let calls = run(&short_plan(), Script::default()).rest.calls;
    for fault in READ_FAULTS {
        for (nth, at) in (0..9).flat_map(|nth| (0..calls + 4).map(move |at| (nth, at))) {
            for interrupt in [
                Interrupt::Afterwards,
                Interrupt::Meanwhile,
                Interrupt::Unanswered { applied: true },
                Interrupt::Unanswered { applied: false },
            ] {
                run(
                    &short_plan(),
                    Script {
                        reads: [(nth, fault)].into(),
                        interrupts: [(at, interrupt)].into(),
                        ..Script::default()
                    },
                );
            }
        }
    }
}

/// What such a write does is right, but after the run it would land over an undo, a resume or the next run.
#[test]
fn promotion_and_pause_are_no_last_word_while_an_earlier_write_of_them_may_land() {
    let mut pausing = sample::draft(&[50, 100]);
    pausing.stages[0].pause = Some(Duration::from_hours(4));
    for plan in [short_plan(), Plan::new(pausing).unwrap()] {
        let alone = run_keeping_states(&plan, Script::default());
        let last = alone.rest.sent.len() - 1;
        for later in [ms(500), ms(5_000), ms(14_900)] {
            let script = Script {
                writes: [(last, WriteFault::Late(later))].into(),
                ..Script::default()
            };
            let course = run_keeping_states(&plan, script);
            let end = course.states.last().unwrap();
            let outcome = &course.outcome;
            assert!(end.landing.is_empty(), "{outcome:?} after {later:?}");
            assert_eq!(*outcome, alone.outcome, "{later:?}");
        }
    }
}
