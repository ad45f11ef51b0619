//! A request to end, and the loss of the journal, at every point of a run.

use super::course::{Course, run, run_course_and, run_keeping_states};
use super::judge::Judge;
use super::sample::{self, Reply, four_stages};
use super::sim::{Interrupt, ReadFault, Script, SimPlatform};
use crate::{Action, Event, Fact, Intent, Kind, Outcome, Progress, Rollout};

const INTERRUPTS: [Interrupt; 4] = [
    Interrupt::Afterwards,
    Interrupt::Meanwhile,
    Interrupt::Unanswered { applied: true },
    Interrupt::Unanswered { applied: false },
];

/// The run rolled back, or was being promoted already; after the request there is no forward write (I-9).
fn assert_turned_back(course: &Course, requested_in: usize, what: &str) {
    let words = ["Refused", "Cancelled", "JournalLost", "Promoted"];
    assert!(
        words.contains(&course.cause().as_str()),
        "{what}: {:?}",
        course.outcome
    );
    let later = course
        .rest
        .sent
        .iter()
        .filter(|sent| sent.call > requested_in + 1);
    for sent in later {
        assert!(
            sent.lease.is_none(),
            "{what}: a forward write of {}",
            sent.traffic
        );
    }
    if course.outcome == Outcome::Promoted {
        let last = course.rollout.plan().stages().len() - 1;
        let weights = course.writes();
        assert!(
            weights.len() > last,
            "{what}: promoted before every stage was written"
        );
    }
}

#[test]
fn request_to_end_at_every_point_restores_the_baseline() {
    let calls = run(&four_stages(), Script::default()).rest.calls;
    for at in 0..calls {
        for interrupt in INTERRUPTS {
            let script = Script {
                interrupts: [(at, interrupt)].into(),
                ..Script::default()
            };
            let course = run(&four_stages(), script);
            assert_turned_back(&course, at, &format!("call {at} {interrupt:?}"));
        }
    }
}

#[test]
fn two_requests_at_any_two_points_still_send_the_baseline() {
    let calls = run(&four_stages(), Script::default()).rest.calls;
    for first in 0..calls {
        for second in first + 1..first + 6 {
            for interrupt in [Interrupt::Afterwards, Interrupt::Meanwhile] {
                let script = Script {
                    interrupts: [(first, interrupt), (second, interrupt)].into(),
                    ..Script::default()
                };
                let course = run(&four_stages(), script);
                assert_turned_back(&course, first, &format!("calls {first}, {second}"));
            }
        }
    }
}

#[test]
fn second_request_before_the_first_read_is_answered_still_sends_the_baseline() {
    // Reads fail from the request on, so the time that is left ends before a read succeeds.
    let bake = run(&four_stages(), Script::default()).rest.calls / 2;
    let script = Script {
        interrupts: (bake..bake + 2)
            .map(|at| (at, Interrupt::Meanwhile))
            .collect(),
        reads: (4..1_000).map(|nth| (nth, ReadFault::Unreadable)).collect(),
        ..Script::default()
    };
    let course = run(&four_stages(), script);
    assert_eq!(course.word(), "Unverified");
    assert_eq!(course.rest.traffic, sample::baseline());
}

#[test]
fn rollback_does_not_wait_for_a_platform_that_answers_no_read() {
    let middle = run(&four_stages(), Script::default()).rest.calls / 2;
    let script = |reads: &[(usize, ReadFault)]| Script {
        interrupts: [(middle, Interrupt::Afterwards)].into(),
        reads: reads.iter().copied().collect(),
        ..Script::default()
    };
    let answered = run(&four_stages(), script(&[]));
    let until_the_request = answered
        .events
        .iter()
        .take_while(|event| !matches!(event.fact, Fact::CancelRequested { .. }));
    let comparison = until_the_request
        .filter(|event| matches!(event.fact, Fact::Observed { .. }))
        .count();
    let course = run(
        &four_stages(),
        script(&[(comparison, ReadFault::Unanswered)]),
    );
    assert_eq!(course.word(), "RolledBack");
    assert_eq!(course.rest.sent.len(), answered.rest.sent.len());
    let unread = course
        .events
        .iter()
        .filter(|event| matches!(event.fact, Fact::Unobserved { .. }));
    assert_eq!(unread.count(), 1);
}

#[test]
fn no_forward_write_follows_a_request_to_end_between_two_actions() {
    let events = run(&four_stages(), Script::default()).events.len();
    for after in 0..events {
        let mut seen = 0;
        let rollout = Rollout::new(sample::RUN.to_owned(), four_stages(), Intent::Rollout);
        let platform = SimPlatform::new(Script::default());
        let mut requested_in = usize::MAX;
        let course = run_course_and(rollout, Judge::default(), platform, |platform, progress| {
            if let Progress::Happened(_) = progress {
                seen += 1;
                if seen == after + 1 && after + 1 < events {
                    platform.cancel();
                    requested_in = platform.state().calls;
                }
            }
        });
        for sent in &course.rest.sent {
            let forward = sent.lease.is_some() && sent.call > requested_in;
            assert!(
                !forward,
                "after event {after}: a forward write of {}",
                sent.traffic
            );
        }
    }
}

#[test]
fn closed_cancel_channel_does_not_stop_the_run() {
    let rollout = Rollout::new(sample::RUN.to_owned(), four_stages(), Intent::Rollout);
    let (platform, mut receiver) = SimPlatform::new(Script::default());
    receiver.close();
    let course = run_course_and(rollout, Judge::default(), (platform, receiver), |_, _| {});
    assert_eq!(course.outcome, Outcome::Promoted);
}

#[test]
fn request_to_end_interrupts_a_bake_and_not_a_rollback() {
    let question = (Kind::HealthCheck, 25, 25);
    let bad = Script {
        replies: [(question, vec![Reply::Fail])].into(),
        ..Script::default()
    };
    let calls = run(&four_stages(), bad.clone()).rest.calls;
    for at in calls - 3..calls {
        let script = Script {
            interrupts: [(at, Interrupt::Meanwhile)].into(),
            ..bad.clone()
        };
        let course = run(&four_stages(), script);
        assert_eq!(course.cause(), "GateSaidNo", "the first cause stays");
    }
}

#[test]
fn second_request_shortens_a_rollback_to_the_hurry_deadline() {
    let unreadable = |interrupts: &[usize]| Script {
        interrupts: interrupts
            .iter()
            .map(|at| (*at, Interrupt::Meanwhile))
            .collect(),
        reads: (2..100_000)
            .map(|nth| (nth, ReadFault::Unreadable))
            .collect(),
        ..Script::default()
    };
    let plan = four_stages();
    for (interrupts, limit) in [
        (&[9][..], plan.timing().rollback_deadline),
        (&[9, 12], plan.timing().hurry_deadline),
    ] {
        let course = run(&plan, unreadable(interrupts));
        assert_eq!(course.word(), "Unverified");
        let requested = |event: &&Event| matches!(event.fact, Fact::CancelRequested { .. });
        let last = course.events.iter().rfind(requested).unwrap().at;
        let took = last.until(course.events.last().unwrap().at);
        // One write and one read may still be under way at the deadline.
        assert!(
            took >= limit && took < limit + sample::ms(5_000),
            "{took:?}"
        );
    }
}

#[test]
fn second_request_ends_calls_that_are_never_answered() {
    let plan = four_stages();
    // The first request arrives in a bake. Neither the read that follows nor the write after it is ever answered.
    let script = |second, later| Script {
        interrupts: [(9, Interrupt::Meanwhile), second].into(),
        reads: (3..100_000)
            .map(|nth| (nth, later))
            .chain([(2, ReadFault::Unanswered)])
            .collect(),
        ..Script::default()
    };
    let once = (9, Interrupt::Meanwhile);
    let course = run(&plan, script(once, ReadFault::Unreadable));
    let mut sent = course.rest.sent.iter();
    let call = sent.find(|sent| sent.lease.is_none()).unwrap().call - 1;
    let applied = false;
    let second = (call, Interrupt::Unanswered { applied });
    let course = run(&plan, script(second, ReadFault::Unanswered));
    assert_eq!(course.word(), "Unverified");
    let requested = |event: &&Event| matches!(event.fact, Fact::CancelRequested { .. });
    let last = course.events.iter().rfind(requested).unwrap().at;
    let took = last.until(course.events.last().unwrap().at);
    let limit = plan.timing().hurry_deadline + sample::ms(500);
    assert!(took < limit, "{took:?}");
}

#[test]
fn promotion_that_has_begun_is_finished_after_a_request_to_end() {
    let calls = run(&four_stages(), Script::default()).rest.calls;
    // The last three calls compare, write and verify.
    for at in calls - 3..calls {
        for interrupt in [Interrupt::Afterwards, Interrupt::Meanwhile] {
            let script = Script {
                interrupts: [(at, interrupt)].into(),
                ..Script::default()
            };
            let course = run(&four_stages(), script);
            assert_eq!(course.outcome, Outcome::Promoted, "call {at} {interrupt:?}");
        }
    }
}

#[test]
fn loss_of_the_journal_at_any_line_restores_the_baseline() {
    let events = run(&four_stages(), Script::default()).events.len();
    for line in 0..events {
        let script = Script {
            journal_fails_at: Some(line),
            ..Script::default()
        };
        let course = run_keeping_states(&four_stages(), script);
        let lost = course
            .events
            .iter()
            .position(|event| matches!(event.fact, Fact::JournalLost { .. }));
        match lost {
            Some(lost) => assert_eq!(lost, line + 1, "the run hears of the loss at once"),
            // A promotion goes on without its journal.
            None => assert!(line + 5 > events, "line {line} of {events}"),
        }
        let promoting = ["JournalLost", "Promoted"];
        assert!(
            promoting.contains(&course.cause().as_str()),
            "{:?}",
            course.outcome
        );
        assert_turned_back(
            &course,
            course.states[line + 1].calls,
            &format!("line {line}"),
        );
    }
}

#[test]
fn rollback_needs_no_journal() {
    let question = (Kind::HealthCheck, 50, 50);
    let bad = Script {
        replies: [(question, vec![Reply::Fail])].into(),
        ..Script::default()
    };
    let events = run(&four_stages(), bad.clone()).events.len();
    for line in events - 4..events {
        let script = Script {
            journal_fails_at: Some(line),
            ..bad.clone()
        };
        assert_eq!(run(&four_stages(), script).cause(), "GateSaidNo");
    }
}

#[test]
fn ended_run_has_no_action_and_refuses_every_fact() {
    let mut course = run(&four_stages(), Script::default());
    let before = course.rollout.clone();
    for (name, fact) in super::facts::interruptions() {
        let at = course.rest.now;
        course.rollout.apply(&Event { at, fact }).unwrap_err();
        assert_eq!(course.rollout, before, "{name} changes nothing");
    }
    assert_eq!(
        course.rollout.next_action(),
        Action::Finish(Outcome::Promoted)
    );
}
