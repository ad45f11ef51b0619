//! Every fact that can follow an action, good and bad.

use super::sample::{self, Reply, at_weight, baseline, foreign};
use crate::{Action, Fact, Intent, Lease, LeaseState, Plan, Rollout, Traffic};

/// The holder of a process that took the run over at the same time.
pub(super) const RIVAL: &str = "process-of-another";

/// The traffic and the lease that a read may show, with a name for the tables.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) name: String,
    pub(super) traffic: Traffic,
    pub(super) lease: Option<Lease>,
}

impl View {
    fn new(name: impl Into<String>, traffic: Traffic, lease: Option<Lease>) -> View {
        View {
            name: name.into(),
            traffic,
            lease,
        }
    }

    pub(super) fn observed(&self, settled: bool) -> Fact {
        Fact::Observed {
            traffic: self.traffic.clone(),
            lease: self.lease.clone(),
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
    let text = |text: &str| text.to_owned();
    match action {
        Action::Inspect => vec![
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
        .chain((*rollout.intent() != Intent::Rollout).then(|| (text("no lease"), Fact::NoLease)))
        .collect(),
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
            Reply::ALL.into_iter().map(named).collect()
        }
        Action::Wait { .. } => vec![(text("waited"), Fact::Waited)],
        Action::Observe { .. } => {
            let found = rollout.inspection().and_then(|found| found.lease.as_ref());
            let epoch = found.map_or(1, |lease| lease.epoch + 1);
            observations(rollout.plan(), epoch)
        }
        Action::Write { .. } => {
            let reason = text("503");
            vec![
                (text("written"), Fact::Written),
                (
                    text("write refused"),
                    Fact::WriteRefused {
                        reason: reason.clone(),
                    },
                ),
                (text("write unknown"), Fact::WriteUnknown { reason }),
            ]
        }
        Action::Finish(_) => Vec::new(),
    }
}

/// Returns what may happen at any time.
pub(super) fn interruptions() -> Vec<(String, Fact)> {
    let by = "SIGTERM".to_owned();
    let reason = "disk full".to_owned();
    vec![
        ("cancel requested".to_owned(), Fact::CancelRequested { by }),
        ("journal lost".to_owned(), Fact::JournalLost { reason }),
    ]
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
