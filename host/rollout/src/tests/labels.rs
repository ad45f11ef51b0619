//! Labels that move with the write of 100 %, and back with a rollback or an undo.

use super::course::{Unjudged, run_unjudged};
use super::sample::{self, CANARY, OLD, Reply, STABLE, share};
use super::sim::{Script, SimPlatform};
use super::sim_state::SimState;
use crate::{Intent, Kind, Labels, Note, Outcome, Plan, Rollout, Traffic, Undo};

/// The canary gets the label of the stable revision, which gets the one of the old revision.
fn plan() -> Plan {
    let mut draft = sample::draft(&[50, 100]);
    draft.labels = Labels {
        canary: Some("blue".to_owned()),
        stable: Some("old".to_owned()),
    };
    Plan::new(draft).unwrap()
}

fn after_promotion() -> Traffic {
    Traffic(vec![
        share(STABLE, 0, Some("old")),
        share(OLD, 0, None),
        share(CANARY, 100, Some("blue")),
    ])
}

fn rollout(script: Script) -> Unjudged {
    let rollout = Rollout::new("run-of-labels".to_owned(), plan(), Intent::Rollout);
    run_unjudged(rollout, SimPlatform::new(script))
}

/// The run was rolled back, and every label is where it was.
fn assert_restored(ended: &Unjudged) {
    let outcome = &ended.outcome;
    assert!(matches!(outcome, Outcome::RolledBack(_)), "{outcome:?}");
    let traffic = &ended.rest.traffic;
    assert!(traffic.same_as(&sample::baseline()), "{traffic}");
}

#[test]
fn labels_move_in_the_write_of_100_and_are_read_back_with_it() {
    let Unjudged { outcome, rest, .. } = rollout(Script::default());
    assert_eq!(outcome, Outcome::Promoted);
    assert!(rest.traffic.same_as(&after_promotion()), "{}", rest.traffic);
    let labels = |nth: usize| rest.sent[nth].traffic.labelled("blue");
    assert_eq!(
        [labels(0), labels(1), labels(2)],
        [Some(STABLE), Some(CANARY), Some(CANARY)]
    );
}

#[test]
fn rollback_from_100_puts_the_labels_back() {
    let script = Script {
        replies: [((Kind::HealthCheck, 100, 100), vec![Reply::Fail])].into(),
        ..Script::default()
    };
    assert_restored(&rollout(script));
}

#[test]
fn abort_knows_the_labels_of_a_run_from_its_lease() {
    let rest = rollout(Script::default()).rest;
    // The app as the shift to 100 % left it.
    let shift = &rest.sent[1];
    let state = SimState {
        traffic: shift.traffic.clone(),
        lease: shift.lease.clone(),
        ..SimState::before_any_run()
    };
    let by = "lockgate abort".to_owned();
    let abort = Rollout::new(
        "abort".to_owned(),
        sample::four_stages(),
        Intent::Abort { by, to: None },
    );
    let platform = SimPlatform::at(state, Script::default());
    assert_restored(&run_unjudged(abort, platform));
}

#[test]
fn undo_of_the_promotion_puts_every_label_back() {
    let Unjudged { rollout, rest, .. } = rollout(Script::default());
    let Note::Promoted(promotion) = rollout.note_of_promotion() else {
        panic!("a note about the promotion");
    };
    let undo = Undo {
        promotion,
        state: crate::RevisionState::Running,
        newer: Vec::new(),
    };
    let back = undo.traffic(&rest.traffic);
    assert!(back.same_as(&sample::baseline()), "{back}");
}

#[test]
fn label_for_both_roles_is_no_plan() {
    let mut draft = sample::draft(&[100]);
    draft.labels.canary = Some("live".to_owned());
    draft.labels.stable = Some("live".to_owned());
    let error = Plan::new(draft).unwrap_err().to_string();
    assert!(
        error.contains("label live would be on two revisions"),
        "{error}"
    );
}
