//! How a run can end: the exit code, the result, what production serves and the next command, for every outcome and
//! cause in every state in which the sentences differ. No intent changes them.

use std::fmt::Write as _;

use rollout::{
    Cause, Fact, GateFailure, Inspection, Intent, Kind, LeaseState, OnDeadline, Outcome, Phase,
    Rollout, Timestamp, Trap,
};

use super::play::{Play, commands, rollout};
use super::samples::{after_promotion, at_weight, first, fresh, left_at_25};
use crate::exit::Exit;
use crate::output::{Format, Verbosity};
use crate::report::attempts::RollbackAttempts;
use crate::report::conclusion::Conclusion;
use crate::report::last_read::LastRead;

/// One of each cause. A cause that is missing here does not compile.
fn causes() -> Vec<Cause> {
    let causes = vec![
        Cause::GateSaidNo {
            gate: "compare".to_owned(),
            kind: Kind::PromotionGate,
            reason: "3.2 % errors".to_owned(),
        },
        Cause::HeldTooLong {
            gate: "compare".to_owned(),
            reason: "too few requests".to_owned(),
        },
        Cause::GateBroke {
            gate: "health".to_owned(),
            failure: GateFailure::Trap(Trap::of("unreachable")),
        },
        Cause::NotReady("0 of 1 replicas run".to_owned()),
        Cause::Platform("the platform refuses the write".to_owned()),
        Cause::Cancelled("SIGTERM".to_owned()),
        Cause::OutOfTime("the stage does not fit".to_owned()),
        Cause::JournalLost("no space left on device".to_owned()),
        Cause::Abandoned("run run-0 is silent and left its lease behind".to_owned()),
        Cause::EndedElsewhere("lockgate abort (host laptop)".to_owned()),
        Cause::StableInactive("shop--v1".to_owned()),
        Cause::PauseOver(
            "run run-0 was paused for an approval, and its time was over 2 min ago".to_owned(),
        ),
    ];
    for (index, cause) in causes.iter().enumerate() {
        let expected = match cause {
            Cause::GateSaidNo { .. } => 0,
            Cause::HeldTooLong { .. } => 1,
            Cause::GateBroke { .. } => 2,
            Cause::NotReady(_) => 3,
            Cause::Platform(_) => 4,
            Cause::Cancelled(_) => 5,
            Cause::OutOfTime(_) => 6,
            Cause::JournalLost(_) => 7,
            Cause::Abandoned(_) => 8,
            Cause::EndedElsewhere(_) => 9,
            Cause::StableInactive(_) => 10,
            Cause::PauseOver(_) => 11,
            // It has a test of its own.
            Cause::Undone(_) => continue,
        };
        assert_eq!(index, expected);
    }
    causes
}

/// One of each outcome, with every cause where it has one.
fn outcomes() -> Vec<Outcome> {
    let mut outcomes = vec![
        Outcome::Promoted,
        Outcome::PromotedWithLease("status 403 RequestDisallowedByPolicy".to_owned()),
        Outcome::Cancelled("SIGINT".to_owned()),
        Outcome::Held {
            weight: 25,
            reason: "gate compare held until its deadline: too few requests".to_owned(),
        },
        Outcome::Stuck {
            cause: None,
            problem: "the lease could not be cleared".to_owned(),
        },
        Outcome::Refused("stable is not unambiguous".to_owned()),
        Outcome::Superseded("the app has other traffic".to_owned()),
        Outcome::Idle,
    ];
    for cause in causes() {
        outcomes.push(Outcome::RolledBack(cause.clone()));
        outcomes.push(Outcome::Unverified {
            cause: cause.clone(),
            problem: "connection reset".to_owned(),
        });
        outcomes.push(Outcome::Stuck {
            cause: Some(cause),
            problem: "the app still has 25 %".to_owned(),
        });
    }
    outcomes
}

/// How far a run may be when it ends.
const STATES: [&str; 4] = [
    "before the app was read",
    "the app's first deployment",
    "nothing was written",
    "traffic was written",
];

fn at_state(intent: &Intent, state: &str) -> Rollout {
    let begun = rollout(intent.clone(), OnDeadline::RollBack);
    let found: Inspection = match (intent, state) {
        (_, "the app's first deployment") => first(),
        (Intent::Rollout, _) => fresh(),
        (Intent::Undo { .. }, _) => after_promotion(),
        (Intent::Resume, _) => left_at_25(LeaseState::Held),
        (Intent::Abort { .. } | Intent::Recover { .. }, _) => left_at_25(LeaseState::Running),
    };
    let mut play = Play::new(Format::Text, Verbosity::Normal, begun, found.clone());
    if state != "before the app was read" {
        play.fact(Fact::Inspected {
            inspection: Box::new(found),
        });
    }
    if state == "traffic was written" {
        if let Intent::Undo { .. } = intent {
            play.fact(Fact::Ready);
        }
        play.until_write().fact(Fact::Written);
        assert!(play.rollout().has_written());
    }
    play.rollout().clone()
}

fn conclusion(rollout: &Rollout, outcome: &Outcome) -> String {
    let mut attempts = RollbackAttempts::default();
    let rolling_back = Phase::RollingBack {
        cause: Cause::Cancelled("SIGTERM".to_owned()),
        last: rollout::FinalWrite {
            step: rollout::Step::Write,
            settle_until: Timestamp::default(),
            deadline: Timestamp::default(),
            wait: None,
            write_at: None,
            sent: 0,
        },
    };
    let reason = "status 409 OperationInProgress (request 7f3a)".to_owned();
    attempts.count(&rolling_back, &Fact::WriteRefused { reason });
    attempts.count(&rolling_back, &Fact::Written);
    let last_read = rollout.inspection().map(|_| LastRead {
        traffic: at_weight(25),
        lease_of: None,
    });
    let last_read = last_read.as_ref();
    let conclusion = Conclusion::of(rollout, outcome, last_read, &attempts, &commands(), false);
    let mut text = format!("{}: {}\n", Exit::of(outcome), conclusion.result);
    writeln!(text, "    {}", conclusion.serves).unwrap();
    if let Some(attempts) = conclusion.attempts {
        writeln!(text, "    {attempts}").unwrap();
    }
    if let Some(next) = conclusion.next {
        writeln!(text, "    next: {next}").unwrap();
    }
    text
}

fn all_conclusions(intent: &Intent) -> String {
    let mut text = String::new();
    for state in STATES {
        writeln!(text, "# {state}\n").unwrap();
        let rollout = at_state(intent, state);
        for outcome in outcomes() {
            writeln!(text, "{}", conclusion(&rollout, &outcome)).unwrap();
        }
    }
    text
}

#[test]
fn every_end_has_its_exit_code_sentences_and_next_command() {
    insta::assert_snapshot!(all_conclusions(&Intent::Rollout));
}

#[test]
fn canary_counts_as_failed_exactly_where_the_exit_code_is_10() {
    for cause in causes() {
        let is_no = cause.is_no();
        let exit = Exit::of(&Outcome::RolledBack(cause));
        assert_eq!(is_no, exit == Exit::GateSaidNo, "{exit}");
    }
}

#[test]
fn every_end_of_an_undo_has_its_sentences() {
    let by = || "lockgate undo".to_owned();
    let intent = Intent::Undo {
        by: by(),
        force: true,
    };
    let mut text = String::new();
    for state in ["nothing was written", "traffic was written"] {
        writeln!(text, "# {state}\n").unwrap();
        let rollout = at_state(&intent, state);
        let problem = || "connection reset".to_owned();
        let cause = || Cause::Undone(by());
        let ends = match state {
            "traffic was written" => vec![
                Outcome::RolledBack(cause()),
                Outcome::Unverified {
                    cause: cause(),
                    problem: problem(),
                },
                Outcome::Stuck {
                    cause: Some(cause()),
                    problem: problem(),
                },
                Outcome::Superseded("the app has other traffic".to_owned()),
            ],
            _ => vec![
                Outcome::RolledBack(causes().remove(0)),
                Outcome::RolledBack(Cause::NotReady("0 of 1 replicas run".to_owned())),
                Outcome::Refused("there is nothing to undo".to_owned()),
                Outcome::Idle,
            ],
        };
        for outcome in ends {
            writeln!(text, "{}", conclusion(&rollout, &outcome)).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn end_is_described_alike_for_every_intent() {
    let by = "lockgate abort".to_owned();
    let of_rollout = all_conclusions(&Intent::Rollout);
    for intent in [
        Intent::Resume,
        Intent::Abort { by, to: None },
        Intent::Recover {
            expired_for: 0,
            ended: None,
            passed: false,
        },
    ] {
        // Whoever continues or ends a run goes by that run's id.
        let conclusions = all_conclusions(&intent).replace("run-0", "run-1");
        let of_rollout = of_rollout.replace("run-0", "run-1");
        assert_eq!(conclusions, of_rollout, "{intent:?}");
    }
}
