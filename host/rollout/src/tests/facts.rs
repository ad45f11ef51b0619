//! Every fact that can follow an action, good and bad.

use super::sample::{self, Reply, at_weight, baseline, foreign};
use crate::ReadStable;
use crate::{
    Action, Ended, EndedBy, Fact, Intent, Kind, Lease, LeaseState, Phase, Plan, RevisionState,
    Rollout, Traffic,
};

/// The holder of a process that took the run over at the same time.
pub(super) const RIVAL: &str = "process-of-another";

/// The traffic and the lease that a read may show, with a name for the tables.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) name: String,
    pub(super) traffic: Traffic,
    pub(super) lease: Option<Lease>,
    pub(super) ended: Option<Ended>,
}

impl View {
    fn new(name: impl Into<String>, traffic: Traffic, lease: Option<Lease>) -> View {
        View {
            name: name.into(),
            traffic,
            lease,
            ended: None,
        }
    }

    pub(super) fn observed(&self, settled: bool) -> Fact {
        Fact::Observed {
            traffic: self.traffic.clone(),
            lease: self.lease.clone(),
            ended: self.ended.clone(),
            stable: Some(RevisionState::Running),
            settled,
        }
    }
}

/// Returns everything that a read may show during a run of this plan, in the run's process of this number.
pub(super) fn views(plan: &Plan, epoch: u32) -> Vec<View> {
    let mut views = vec![View::new("the baseline", baseline(), None)];
    for (index, stage) in plan.stages().iter().enumerate() {
        let weight = stage.weight.per_cent();
        let stage = u32::try_from(index).unwrap();
        for (what, mark) in [("", LeaseState::Running), (" held", LeaseState::Held)] {
            let lease = Lease {
                epoch,
                ..sample::lease(stage, weight, mark)
            };
            let name = format!("{weight} %{what}");
            views.push(View::new(name, at_weight(weight), Some(lease)));
        }
        let name = format!("{weight} % without lease");
        views.push(View::new(name, at_weight(weight), None));
    }
    let first = plan.stages()[0].weight.per_cent();
    let ours = Lease {
        epoch,
        ..sample::lease(0, first, LeaseState::Running)
    };
    let other = Lease {
        run: "run-of-another".to_owned(),
        ..ours.clone()
    };
    let rival = Lease {
        holder: RIVAL.to_owned(),
        ..ours.clone()
    };
    let newer = Lease {
        epoch: 7,
        ..ours.clone()
    };
    views.extend([
        View::new(
            "the baseline with our lease",
            baseline(),
            Some(ours.clone()),
        ),
        View::new("foreign traffic with our lease", foreign(), Some(ours)),
        View::new("foreign traffic", foreign(), None),
        View::new("another run's lease", at_weight(first), Some(other)),
        View::new("a later owner of the run", at_weight(first), Some(newer)),
        View::new(
            "a rival that took the run over as well",
            at_weight(first),
            Some(rival),
        ),
    ]);
    views
}

/// Returns every fact that may follow an action of this run, by name.
pub(super) fn following(rollout: &Rollout, action: &Action) -> Vec<(String, Fact)> {
    let mut facts = of_action(rollout, action);
    let listens = matches!(
        action,
        Action::Wait { .. } | Action::Observe { .. } | Action::Activate
    );
    if listens && matches!(rollout.phase(), Phase::RollingBack { .. }) && rollout.has_written() {
        for applied in [true, false] {
            facts.push((
                format!("late answer, applied {applied}"),
                Fact::LateAnswer { applied },
            ));
        }
    }
    facts
}

fn of_action(rollout: &Rollout, action: &Action) -> Vec<(String, Fact)> {
    let text = |text: &str| text.to_owned();
    match action {
        Action::Inspect => of_inspection(rollout),
        Action::CheckReadiness => {
            let not_ready = |finally| Fact::NotReady {
                reason: text("0 of 1 replicas"),
                finally,
            };
            vec![
                (text("ready"), Fact::Ready),
                (text("not ready yet"), not_ready(false)),
                (text("never ready"), not_ready(true)),
            ]
        }
        Action::Ask { kind, stage, .. } => {
            let gates = rollout.gates_for(*kind, *stage);
            let answered = |reply| Fact::Answered {
                kind: *kind,
                answers: sample::answers(gates, reply),
            };
            let named = |reply| (format!("{kind} {reply:?}").to_lowercase(), answered(reply));
            let replies = Reply::ALL.into_iter().map(named);
            replies.chain(looks(rollout)).collect()
        }
        Action::Wait { .. } => {
            let waited = (text("waited"), Fact::Waited);
            std::iter::once(waited).chain(looks(rollout)).collect()
        }
        Action::Observe { stable, .. } => {
            let mut facts = observations(rollout.plan(), epoch(rollout));
            if *stable != ReadStable::No {
                facts.extend(with_stable(rollout));
            }
            facts
        }
        Action::Activate => vec![
            (text("activated"), Fact::Activated),
            (
                text("not activated"),
                Fact::NotActivated {
                    reason: text("409"),
                },
            ),
        ],
        Action::Write { .. } => of_write(),
        Action::Finish(_) => Vec::new(),
    }
}

/// Returns what the first read may lead to.
fn of_inspection(rollout: &Rollout) -> Vec<(String, Fact)> {
    let text = |text: &str| text.to_owned();
    vec![
        (
            text("inspected"),
            Fact::Inspected {
                inspection: Box::new(match rollout.intent() {
                    Intent::Rollout => sample::inspection(),
                    _ => sample::inspection_of(held(rollout.plan())),
                }),
            },
        ),
        (
            text("refused"),
            Fact::Refused {
                reason: text("no ingress"),
            },
        ),
    ]
    .into_iter()
    .chain(
        (*rollout.intent() != Intent::Rollout)
            .then(|| without_lease(rollout.plan()))
            .into_iter()
            .flatten(),
    )
    .collect()
}

/// Returns what may follow a write.
fn of_write() -> Vec<(String, Fact)> {
    let text = |text: &str| text.to_owned();
    let reason = text("503");
    vec![
        (text("written"), Fact::Written),
        (
            text("write refused"),
            Fact::WriteRefused {
                reason: reason.clone(),
            },
        ),
        (
            text("write not now"),
            Fact::WriteNotNow {
                reason: reason.clone(),
                pause_ms: None,
            },
        ),
        (text("write unknown"), Fact::WriteUnknown { reason }),
    ]
}

/// Returns what may become of a question to a gate that decides nothing, at any time before the end; and after it.
pub(super) fn beside(rollout: &Rollout) -> Vec<Fact> {
    let (stage, weight) = (1, sample::weight(50));
    let kinds = [Kind::HealthCheck, Kind::PromotionGate];
    let unanswered = kinds.map(|kind| Fact::Unanswered {
        kind,
        stage,
        weight,
        gate: "shadow".to_owned(),
        after_ms: 30_000,
    });
    let mut facts = unanswered.to_vec();
    if let Phase::Ended(_) = rollout.phase() {
        return facts;
    }
    for kind in kinds {
        let answers = Reply::ALL.map(|reply| sample::answers(&["shadow".to_owned()], reply));
        facts.extend(answers.into_iter().flatten().map(|answer| Fact::Advised {
            kind,
            stage,
            weight,
            answer,
        }));
    }
    facts
}

/// Returns what may happen at any time.
pub(super) fn interruptions() -> Vec<(String, Fact)> {
    let by = "SIGTERM".to_owned();
    let reason = "disk full".to_owned();
    let asked = |hurry| Fact::CancelRequested {
        by: by.clone(),
        hurry,
    };
    vec![
        ("cancel requested".to_owned(), asked(false)),
        ("cancel requested in a hurry".to_owned(), asked(true)),
        ("journal lost".to_owned(), Fact::JournalLost { reason }),
    ]
}

fn epoch(rollout: &Rollout) -> u32 {
    let found = rollout.inspection().and_then(|found| found.lease.as_ref());
    found.map_or(1, |lease| lease.epoch + 1)
}

/// Returns what is found on an app without a lease.
fn without_lease(plan: &Plan) -> [(String, Fact); 3] {
    let first = plan.stages()[0].weight.per_cent();
    let found = |name: &str, traffic, settled| {
        let fact = Fact::NoLease { traffic, settled };
        (name.to_owned(), fact)
    };
    [
        found("no lease", baseline(), true),
        found("no lease, unsettled", baseline(), false),
        found("no lease, a split", at_weight(first), true),
    ]
}

/// Returns what a look at the app may show beside an action.
fn looks(rollout: &Rollout) -> Vec<(String, Fact)> {
    if rollout.look().is_none() {
        return Vec::new();
    }
    let shown = |view: &View| {
        let names = [
            "the baseline",
            "foreign traffic",
            "foreign traffic with our lease",
        ];
        names.contains(&view.name.as_str()) || view.name.starts_with("another")
    };
    let views = views(rollout.plan(), epoch(rollout));
    let mut facts: Vec<(String, Fact)> = Vec::new();
    for view in views.iter().filter(|view| shown(view)) {
        facts.push((format!("looked at {}", view.name), view.observed(true)));
    }
    let foreign = views.iter().find(|view| view.name == "foreign traffic");
    let unsettled = foreign.map(|view| ("looked at unsettled".to_owned(), view.observed(false)));
    facts.extend(unsettled);
    facts.extend(with_stable(rollout));
    facts
}

/// Returns reads of the app as the run left it with an inactive stable revision, and of an app on which another lockgate
/// has ended the run.
fn with_stable(rollout: &Rollout) -> Vec<(String, Fact)> {
    let views = views(rollout.plan(), epoch(rollout));
    let left = crate::Traffic::same_as;
    let as_left = views.iter().find(|view| {
        left(&view.traffic, &rollout.left()) && view.name != "the baseline with our lease"
    });
    let mut facts = Vec::new();
    if let Some(view) = as_left
        && let Fact::Observed {
            traffic,
            lease,
            ended,
            settled,
            ..
        } = view.observed(true)
    {
        let inactive = Fact::Observed {
            traffic,
            lease,
            ended,
            stable: Some(RevisionState::Inactive),
            settled,
        };
        facts.push(("read an inactive stable".to_owned(), inactive));
    }
    let mut ended = View::new("ended elsewhere", baseline(), None);
    ended.ended = Some(Ended {
        run: rollout.run().to_owned(),
        holder: rollout.holder().to_owned(),
        by: EndedBy::Abort,
        place: sample::place(),
        at: 1_700_000_100,
    });
    facts.push((
        "read the end from elsewhere".to_owned(),
        ended.observed(true),
    ));
    facts
}

/// The lease of a run that an earlier process left held at the first stage.
fn held(plan: &Plan) -> Lease {
    sample::lease(0, plan.stages()[0].weight.per_cent(), LeaseState::Held)
}

fn observations(plan: &Plan, epoch: u32) -> Vec<(String, Fact)> {
    let reason = "connection reset".to_owned();
    let mut facts = vec![("unobserved".to_owned(), Fact::Unobserved { reason })];
    for view in views(plan, epoch) {
        let name = &view.name;
        facts.push((format!("observed {name}"), view.observed(true)));
        let busy = [
            &plan.stages()[0].weight.to_string(),
            "the baseline",
            "foreign traffic",
        ];
        if busy.contains(&name.as_str()) || name.starts_with("another") {
            facts.push((format!("unsettled {name}"), view.observed(false)));
        }
    }
    facts
}
