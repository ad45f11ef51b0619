//! The first deployment of an app: its only revision has all traffic already, so gates are asked and nothing is written.

use std::collections::{BTreeSet, VecDeque};

use super::{facts, sample};
use crate::{
    Action, Event, Fact, Inspection, Intent, OnDeadline, Outcome, Plan, Rollout, Timestamp,
    Verdict, Weight,
};

pub(super) fn first(plan: Plan) -> Rollout {
    let mut rollout = Rollout::new(sample::RUN.to_owned(), plan, Intent::Rollout);
    let inspection = Box::new(Inspection {
        canary: sample::revision(sample::STABLE),
        ..sample::inspection()
    });
    let fact = Fact::Inspected { inspection };
    let at = Timestamp::default();
    rollout.apply(&Event { at, fact }).unwrap();
    rollout
}

/// A state, and what happened on the way to it.
#[derive(Clone)]
struct Node {
    rollout: Rollout,
    now: Timestamp,
    said_no: bool,
    last: Option<Fact>,
}

#[test]
fn first_deployment_never_writes_and_never_promotes_a_revision_that_a_gate_refused() {
    let mut queue = VecDeque::from([Node {
        rollout: first(sample::two_stages(OnDeadline::RollBack)),
        now: Timestamp::default(),
        said_no: false,
        last: None,
    }]);
    let (mut seen, mut ends) = (BTreeSet::new(), BTreeSet::new());
    while let Some(node) = queue.pop_front() {
        let action = node.rollout.next_action();
        match &action {
            Action::Write { .. } => panic!("a write: {:?}", node.rollout.phase()),
            Action::Finish(outcome) => {
                ends.insert(word(outcome));
                if *outcome == Outcome::Promoted {
                    assert!(!node.said_no, "a gate has said no");
                    assert!(is_baseline(node.last.as_ref()), "{:?}", node.last);
                }
                continue;
            }
            Action::Wait { .. } => {}
            Action::Ask {
                weight,
                next_weight,
                ..
            } => assert_eq!((*weight, *next_weight), (Weight::ALL, Weight::ALL)),
            _ => {}
        }
        if !seen.insert(format!("{:?} {}", node.rollout, node.said_no)) {
            continue;
        }
        assert!(seen.len() < 50_000, "the state space does not close");
        let now = match action {
            Action::Wait { until } => node.now.max(until),
            _ => node.now,
        };
        let mut facts = facts::following(&node.rollout, &action);
        facts.extend(facts::interruptions());
        // No process has written this run's lease.
        facts.retain(|(_, fact)| !matches!(fact, Fact::Observed { lease: Some(r), .. } if r.run == sample::RUN));
        for (_, fact) in facts {
            let mut next = node.clone();
            let event = Event { at: now, fact };
            next.rollout.apply(&event).unwrap();
            next.now = now;
            next.said_no |= says_no(&event.fact);
            next.last = Some(event.fact);
            queue.push_back(next);
        }
    }
    let words: Vec<&str> = ends.iter().map(String::as_str).collect();
    assert_eq!(words.join(" "), "Promoted RolledBack Superseded Unverified");
}

fn says_no(fact: &Fact) -> bool {
    match fact {
        Fact::Answered { answers, .. } => answers
            .iter()
            .any(|answer| matches!(&answer.result, Ok(report) if report.verdict == Verdict::Fail)),
        _ => false,
    }
}

fn is_baseline(fact: Option<&Fact>) -> bool {
    matches!(
        fact,
        Some(Fact::Observed { traffic, lease: None, settled: true, .. }) if traffic.same_as(&sample::baseline())
    )
}

fn word(outcome: &Outcome) -> String {
    let text = format!("{outcome:?}");
    text.chars().take_while(|c| c.is_alphabetic()).collect()
}
