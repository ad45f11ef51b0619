//! Whole runs, each as lines for people and as JSON events; some also in verbose lines.

use rollout::{
    Action, Draft, Fact, GateAnswer, GateFailure, Inspection, Intent, Kind, LeaseState, OnDeadline,
    Plan, Rollout, Trap, Verdict, Weight,
};

use super::play::{Play, report, rollout};
use super::samples::{at_weight, first, fresh, lease, left_at_25};
use crate::output::{Format, Verbosity};

/// The ways in which a run is written.
const FORMS: [(&str, Format, Verbosity); 3] = [
    ("text", Format::Text, Verbosity::Normal),
    ("json", Format::Json, Verbosity::Normal),
    ("verbose", Format::Text, Verbosity::Verbose),
];

/// Runs that are compared in verbose lines too: together they have every line that only verbose output has.
const VERBOSE: [&str; 5] = [
    "promotion",
    "gate_says_no",
    "stuck",
    "unverified",
    "advisory",
];

/// Compares the report of a run in each form with its snapshot.
fn assert_report(
    name: &str,
    rollout: &Rollout,
    found: &Inspection,
    run: impl Fn(&mut Play) -> String,
) {
    for (form, format, verbosity) in FORMS {
        if verbosity == Verbosity::Verbose && !VERBOSE.contains(&name) {
            continue;
        }
        let mut play = Play::new(format, verbosity, rollout.clone(), found.clone());
        let printed = run(&mut play);
        insta::assert_snapshot!(format!("{name}_{form}"), printed);
    }
}

/// Compares the report of a rollout of a new revision in each form with its snapshot.
fn assert_rollout(name: &str, run: impl Fn(&mut Play) -> String) {
    let rollout = rollout(Intent::Rollout, OnDeadline::RollBack);
    assert_report(name, &rollout, &fresh(), run);
}

fn refused(reason: &str) -> Fact {
    Fact::WriteRefused {
        reason: reason.to_owned(),
    }
}

fn cancelled(by: &str) -> Fact {
    Fact::CancelRequested {
        by: by.to_owned(),
        hurry: false,
    }
}

#[test]
fn promotion() {
    assert_rollout("promotion", Play::until_end);
}

#[test]
fn gate_says_no_at_25_per_cent() {
    assert_rollout("gate_says_no", |play| {
        play.until_gates_at(25)
            .answer(Ok(report(Verdict::Fail, "3.2 % errors, stable has 0.1 %")))
            .until_end()
    });
}

#[test]
fn gate_says_no_before_any_traffic_moved() {
    assert_rollout("gate_says_no_at_0", |play| {
        play.until_gates_at(0)
            .answer(Ok(report(Verdict::Fail, "/health answers 503")))
            .until_end()
    });
}

#[test]
fn gate_cannot_answer_and_its_retries_fail_too() {
    assert_rollout("gate_breaks", |play| {
        let trap = GateFailure::Trap(Trap::of("unreachable"));
        play.until_weight(10)
            .answer(Err(trap.clone()))
            .until_weight(10)
            .answer(Err(trap.clone()))
            .until_weight(10)
            .answer(Err(trap))
            .until_end()
    });
}

#[test]
fn gate_holds_and_then_passes() {
    assert_rollout("hold_then_promote", |play| {
        let again = Verdict::Hold {
            ask_again_ms: Some(15_000),
        };
        play.until_gates_at(10)
            .answer(Ok(report(again, "40 of 200 requests seen")))
            .until_end()
    });
}

/// The promotion gate before 50 % never passes.
fn hold_at_25(play: &Play, action: &Action) -> Option<Fact> {
    let is_held = matches!(
        action,
        Action::Ask {
            kind: Kind::PromotionGate,
            stage: 2,
            ..
        }
    );
    let hold = Verdict::Hold { ask_again_ms: None };
    is_held.then(|| play.answers(Ok(report(hold, "too few requests"))))
}

#[test]
fn gate_holds_until_its_deadline() {
    assert_rollout("hold_too_long", |play| play.until_end_with(hold_at_25));
}

#[test]
fn gate_holds_until_its_deadline_and_the_run_freezes() {
    let frozen = rollout(Intent::Rollout, OnDeadline::Freeze);
    assert_report("frozen", &frozen, &fresh(), |play| {
        play.until_end_with(hold_at_25)
    });
}

#[test]
fn signal_during_a_bake() {
    assert_rollout("cancelled", |play| {
        play.until_weight(10)
            .until_wait()
            .fact(cancelled("SIGTERM"))
            .until_end()
    });
}

#[test]
fn signal_before_any_traffic_moved() {
    assert_rollout("cancelled_at_0", |play| {
        play.until_weight(0).fact(cancelled("SIGINT")).until_end()
    });
}

#[test]
fn journal_is_lost_during_a_bake() {
    assert_rollout("journal_lost", |play| {
        let reason = "journal.jsonl: no space left on device".to_owned();
        play.until_weight(10)
            .answer(Ok(report(Verdict::Pass, "fine")))
            .interrupt(Fact::JournalLost { reason })
            .until_end()
    });
}

#[test]
fn canary_does_not_become_ready() {
    assert_rollout("not_ready", |play| {
        let not_ready = |reason: &str, finally| Fact::NotReady {
            reason: reason.to_owned(),
            finally,
        };
        play.until(|action| matches!(action, Action::CheckReadiness))
            .fact(not_ready("0 of 1 replicas run", false))
            .until(|action| matches!(action, Action::CheckReadiness))
            .fact(not_ready("0 of 1 replicas run", false))
            .until(|action| matches!(action, Action::CheckReadiness))
            .fact(not_ready("provisioning failed: no such image", true))
            .until_end()
    });
}

#[test]
fn another_writer_changes_the_app() {
    assert_rollout("superseded", |play| {
        let other = rollout::Lease {
            run: "run-9".to_owned(),
            holder: "run-9".to_owned(),
            ..lease(LeaseState::Running)
        };
        play.until_gates_at(10)
            .set_app(at_weight(60), Some(other))
            .until_end()
    });
}

#[test]
fn write_of_unknown_outcome_is_read_back() {
    assert_rollout("answer_lost", |play| {
        play.until_write()
            .lose_answer("no answer within 30 s")
            .until_weight(10)
            .fact(cancelled("SIGTERM"))
            .until_end()
    });
}

#[test]
fn write_that_is_never_applied_is_rolled_back() {
    assert_rollout("write_lost", |play| {
        play.until_write()
            .fact(Fact::WriteUnknown {
                reason: "no answer within 30 s".to_owned(),
            })
            .until_end()
    });
}

#[test]
fn app_cannot_be_read_after_a_rollback() {
    assert_rollout("unverified", |play| {
        play.until_weight(10).fact(cancelled("SIGTERM"));
        play.until_end_with(|_, action| match action {
            Action::Observe { .. } => Some(Fact::Unobserved {
                reason: "connection reset".to_owned(),
            }),
            _ => None,
        })
    });
}

#[test]
fn every_write_of_a_rollback_is_refused() {
    assert_rollout("stuck", |play| {
        play.until_weight(10)
            .answer(Ok(report(Verdict::Fail, "3.2 % errors, stable has 0.1 %")));
        play.until_end_with(|_, action| match action {
            Action::Write { .. } => Some(refused(
                "status 403 AuthorizationFailed (request 7f3a); the identity needs Microsoft.App/containerApps/write",
            )),
            _ => None,
        })
    });
}

#[test]
fn app_with_the_lease_of_another_run_is_refused() {
    let begun = rollout(Intent::Rollout, OnDeadline::RollBack);
    let found = left_at_25(LeaseState::Held);
    assert_report("refused", &begun, &found, Play::until_end);
}

#[test]
fn abort_without_a_lease_is_idle() {
    let by = "lockgate abort".to_owned();
    let abort = rollout(Intent::Abort { by, to: None }, OnDeadline::RollBack);
    assert_report("idle", &abort, &fresh(), |play| {
        play.fact(Fact::NoLease {
            traffic: fresh().baseline,
            settled: true,
        })
        .until_end()
    });
}

#[test]
fn first_deployment_is_good() {
    let begun = rollout(Intent::Rollout, OnDeadline::RollBack);
    assert_report("first_deployment", &begun, &first(), Play::until_end);
}

#[test]
fn first_deployment_is_not_good() {
    let begun = rollout(Intent::Rollout, OnDeadline::RollBack);
    assert_report("first_deployment_says_no", &begun, &first(), |play| {
        play.until(|action| matches!(action, Action::Ask { .. }))
            .answer(Ok(report(Verdict::Fail, "/health answers 503")))
            .until_end()
    });
}

#[test]
fn abort_restores_the_baseline() {
    let by = "lockgate abort".to_owned();
    let abort = rollout(Intent::Abort { by, to: None }, OnDeadline::RollBack);
    let found = left_at_25(LeaseState::Running);
    assert_report("abort", &abort, &found, Play::until_end);
}

#[test]
fn recover_restores_the_baseline_of_a_dead_run() {
    let intent = Intent::Recover {
        expired_for: 0,
        ended: None,
        passed: false,
    };
    let recover = rollout(intent, OnDeadline::RollBack);
    let found = left_at_25(LeaseState::Running);
    assert_report("recover", &recover, &found, Play::until_end);
}

#[test]
fn recover_leaves_a_live_run_alone() {
    let intent = Intent::Recover {
        expired_for: 0,
        ended: None,
        passed: false,
    };
    let recover = rollout(intent, OnDeadline::RollBack);
    let mut found = left_at_25(LeaseState::Running);
    if let Some(lease) = &mut found.lease {
        lease.expires_at = found.read_at + 100;
    }
    assert_report("recover_too_early", &recover, &found, Play::until_end);
}

#[test]
fn resume_continues_from_the_weight_of_a_held_run() {
    let resume = rollout(Intent::Resume, OnDeadline::RollBack);
    let found = left_at_25(LeaseState::Held);
    assert_report("resume", &resume, &found, Play::until_end);
}

/// What becomes of a question to an advisory gate at 10 %.
fn advised(result: Result<rollout::Report, GateFailure>) -> Fact {
    Fact::Advised {
        kind: Kind::HealthCheck,
        stage: 0,
        weight: Weight::new(10).unwrap(),
        answer: GateAnswer {
            gate: "shadow".to_owned(),
            result,
            took_ms: 12,
        },
    }
}

#[test]
fn advisory_gates_say_what_they_would_have_done() {
    let mut draft = Draft::from(
        rollout(Intent::Rollout, OnDeadline::RollBack)
            .plan()
            .clone(),
    );
    draft.advisory_health_checks = vec!["quiet".to_owned(), "shadow".to_owned()];
    let plan = Plan::new(draft).unwrap();
    let rollout = Rollout::new("run-1".to_owned(), plan, Intent::Rollout);
    assert_report("advisory", &rollout, &fresh(), |play| {
        let hold = Verdict::Hold { ask_again_ms: None };
        let says = |verdict, reason: &str| advised(Ok(report(verdict, reason)));
        play.until_weight(10)
            .interrupt(says(Verdict::Pass, "no difference"))
            .interrupt(says(Verdict::Pass, "no difference"))
            .interrupt(says(hold, "too few requests"))
            .interrupt(says(Verdict::Fail, "3.2 % errors"))
            .interrupt(advised(Err(GateFailure::Trap(Trap::of("unreachable")))))
            .interrupt(says(Verdict::Fail, "3.4 % errors"))
            .interrupt(Fact::Unanswered {
                kind: Kind::HealthCheck,
                stage: 1,
                weight: Weight::new(10).unwrap(),
                gate: "shadow".to_owned(),
                after_ms: 4_000,
            })
            .until_end()
    });
}
