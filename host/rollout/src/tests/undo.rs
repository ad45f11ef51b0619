//! An undo: it is licensed by readiness, health and a comparison; then it is one write, sent until it is read back.

use super::course::run_unjudged;
use super::faults::{READ_FAULTS, WRITE_FAULTS, short_plan};
use super::sample::{self, CANARY, OLD, Reply, STABLE, share};
use super::sim::{Interrupt, ReadFault, Script, SimPlatform};
use super::sim_state::SimState;
use crate::ports::InspectError;
use crate::{
    Cause, Inspection, Intent, Kind, LeaseState, Outcome, RevisionState, Rollout, Traffic, Undo,
};

/// The app after the promotion, which has moved a label.
fn promoted() -> Traffic {
    Traffic(vec![
        share(STABLE, 0, None),
        share(OLD, 0, Some("old")),
        share(CANARY, 100, Some("live")),
    ])
}

/// The app after the undo: the label is where it was before.
fn undone() -> Traffic {
    Traffic(vec![
        share(STABLE, 100, Some("live")),
        share(OLD, 0, Some("old")),
        share(CANARY, 0, None),
    ])
}

fn after_promotion() -> SimState {
    SimState {
        traffic: promoted(),
        ..SimState::before_any_run()
    }
}

/// What an undo finds: the roles are those of after the promotion.
pub(super) fn found(state: SimState, settled: bool) -> Result<Inspection, InspectError> {
    if state.lease.is_some() {
        return Err(InspectError::Refused("a run holds the lease".to_owned()));
    }
    let found = sample::inspection();
    Ok(Inspection {
        stable: found.canary,
        canary: found.stable,
        baseline: state.traffic.clone(),
        read_at: state.unix_seconds(),
        now: state.traffic,
        settled,
        stable_state: Some(RevisionState::Running),
        undoes: Some(Undo {
            promotion: sample::promotion(),
            state: state.stable,
            newer: Vec::new(),
        }),
        ..sample::inspection()
    })
}

struct Undone {
    outcome: Outcome,
    rest: SimState,
    story: String,
}

fn undo(state: SimState, script: Script, force: bool) -> Undone {
    let found = state.traffic.clone();
    let by = "lockgate undo".to_owned();
    let intent = Intent::Undo { by, force };
    let rollout = Rollout::new("undo-1".to_owned(), short_plan(), intent);
    let ended = run_unjudged(rollout, SimPlatform::at(state, script));
    let names = ended.events.iter().map(|event| event.fact.name());
    let undone = Undone {
        story: names.collect::<Vec<_>>().join(", "),
        outcome: ended.outcome,
        rest: ended.rest,
    };
    undone.assert_truth(&found);
    undone
}

impl Undone {
    /// The outcome is true of the platform, and stays true.
    fn assert_truth(&self, found: &Traffic) {
        let rest = &self.rest;
        let untouched = rest.sent.is_empty() && rest.traffic.same_as(found);
        let is_true = match &self.outcome {
            Outcome::RolledBack(Cause::Undone(_)) => rest.traffic.same_as(&undone()),
            Outcome::Superseded(_) => rest.foreign_write,
            Outcome::Unverified { .. } | Outcome::Stuck { .. } => true,
            _ => untouched || rest.foreign_write,
        };
        assert!(
            is_true,
            "{:?}: {}\n{}",
            self.outcome, rest.traffic, self.story
        );
        for sent in &rest.sent {
            let is_whole = sent.traffic.same_as(&undone()) && sent.lease.is_none();
            assert!(is_whole, "not the array of an undo: {}", sent.traffic);
        }
        assert_eq!(
            rest.lease.as_ref().map(|lease| lease.state),
            None::<LeaseState>
        );
        assert_eq!(rest.marked, [], "an undo marks no revision as failed");
    }

    fn is_done(&self) -> bool {
        matches!(self.outcome, Outcome::RolledBack(Cause::Undone(_)))
    }
}

fn failing() -> Script {
    let plan = short_plan();
    let first = plan.stages()[0].weight.per_cent();
    Script {
        replies: [((Kind::HealthCheck, 0, first), vec![Reply::Fail])].into(),
        ..Script::default()
    }
}

#[test]
fn undo_is_one_write_of_the_whole_array_with_the_labels_where_they_were() {
    let undone = undo(after_promotion(), Script::default(), false);
    assert!(undone.is_done(), "{:?}", undone.outcome);
    assert_eq!(undone.rest.sent.len(), 1, "{}", undone.story);
    assert_eq!(undone.rest.activations, 0);
}

#[test]
fn unhealthy_revision_gets_nothing_unless_it_is_forced() {
    let refused = undo(after_promotion(), failing(), false);
    let is_no = matches!(
        &refused.outcome,
        Outcome::RolledBack(Cause::GateSaidNo { .. })
    );
    assert!(is_no, "{:?}", refused.outcome);
    assert!(refused.rest.sent.is_empty());
    let forced = undo(after_promotion(), failing(), true);
    assert!(forced.is_done(), "{:?}", forced.outcome);
    assert!(!forced.story.contains("answered"), "{}", forced.story);
}

#[test]
fn inactive_revision_is_activated_and_ready_before_it_is_asked() {
    for force in [false, true] {
        let inactive = SimState {
            stable: RevisionState::Inactive,
            ..after_promotion()
        };
        let done = undo(inactive.clone(), Script::default(), force);
        assert!(done.is_done(), "{:?}", done.outcome);
        assert_eq!(done.rest.activations, 1);
        assert!(
            done.story.starts_with("inspected, activated, ready"),
            "{}",
            done.story
        );
        for script in [
            Script {
                never_activates: true,
                ..Script::default()
            },
            Script {
                never_ready: true,
                ..Script::default()
            },
        ] {
            let kept = undo(inactive.clone(), script, force);
            let is_kept = matches!(&kept.outcome, Outcome::RolledBack(Cause::NotReady(_)));
            assert!(is_kept, "{:?}", kept.outcome);
        }
    }
}

#[test]
fn nothing_is_written_over_somebody_else() {
    for force in [false, true] {
        for nth in 0..2 {
            let script = Script {
                reads: [(nth, ReadFault::ForeignWrite)].into(),
                ..Script::default()
            };
            let undone = undo(after_promotion(), script, force);
            let is_superseded = matches!(undone.outcome, Outcome::Superseded(_));
            assert!(is_superseded, "{:?}", undone.outcome);
            assert!(undone.rest.sent.len() <= nth, "{}", undone.story);
        }
    }
}

/// The same two revisions, shared by hand: a rollback to a baseline might have left that, an undo never does.
#[test]
fn nothing_is_written_over_somebody_who_shares_the_traffic_between_the_two() {
    let shared = |per_cent| {
        Traffic(vec![
            share(STABLE, 100 - per_cent, Some("live")),
            share(OLD, 0, Some("old")),
            share(CANARY, per_cent, None),
        ])
    };
    for (force, nth, per_cent) in [
        (false, 0, 60),
        (true, 0, 60),
        (true, 0, 100),
        (false, 1, 60),
        (true, 1, 60),
    ] {
        let script = Script {
            reads: [(nth, ReadFault::ForeignWrite)].into(),
            foreign: Some(shared(per_cent)),
            ..Script::default()
        };
        let undone = undo(after_promotion(), script, force);
        let is_superseded = matches!(undone.outcome, Outcome::Superseded(_));
        assert!(is_superseded, "{nth} {per_cent}: {:?}", undone.outcome);
        assert!(undone.rest.sent.len() <= nth, "{}", undone.story);
        assert!(undone.rest.traffic.same_as(&shared(per_cent)));
    }
}

#[test]
fn app_that_cannot_be_read_or_never_settles_is_not_written_to() {
    for fault in [ReadFault::Unreadable, ReadFault::Unsettled] {
        let script = Script {
            reads: (0..10_000).map(|nth| (nth, fault)).collect(),
            ..Script::default()
        };
        let undone = undo(after_promotion(), script, true);
        let outcome = &undone.outcome;
        assert!(matches!(outcome, Outcome::Unverified { .. }), "{outcome:?}");
        assert!(undone.rest.sent.is_empty(), "{fault:?}");
    }
}

#[test]
fn every_fault_and_every_request_to_end_leaves_a_true_outcome() {
    let mut scripts = Vec::new();
    for nth in 0..4 {
        for fault in WRITE_FAULTS {
            let writes = [(nth, fault)].into();
            scripts.push(Script {
                writes,
                ..Script::default()
            });
        }
        for fault in READ_FAULTS {
            let reads = [(nth, fault)].into();
            scripts.push(Script {
                reads,
                ..Script::default()
            });
        }
    }
    for call in 0..12 {
        for interrupt in [Interrupt::Afterwards, Interrupt::Meanwhile] {
            let interrupts = [(call, interrupt), (call + 2, Interrupt::Afterwards)].into();
            scripts.push(Script {
                interrupts,
                ..Script::default()
            });
        }
    }
    let mut done = 0;
    for script in scripts {
        for force in [false, true] {
            done += usize::from(undo(after_promotion(), script.clone(), force).is_done());
        }
    }
    assert!(done > 20, "most of them end as they should: {done}");
}

#[test]
fn label_that_somebody_moved_since_stays_where_it_is() {
    let found = sample::inspection();
    let undo = crate::Undo {
        promotion: sample::promotion(),
        state: RevisionState::Running,
        newer: Vec::new(),
    };
    let moved = Traffic(vec![
        share(STABLE, 0, None),
        share(OLD, 0, Some("live")),
        share(&found.canary.name, 100, Some("next")),
    ]);
    let back = undo.traffic(&moved);
    assert_eq!(back.labelled("live"), Some(OLD));
    assert_eq!(back.labelled("next"), Some(CANARY));
    assert!(back.is_all_of(STABLE));
}
