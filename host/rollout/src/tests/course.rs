//! Drives a run through a simulated world under the judge's eye, and compares what is said at the end with what is.

use super::judge::Judge;
use super::sample::{self, at_weight, baseline};
use super::sim::{Script, State, World};
use crate::{Event, Intent, LeaseState, Outcome, Plan, Ports, Progress, Rollout, drive};
use tokio::sync::mpsc::Receiver;

/// A run that has come to its end.
pub(super) struct Course {
    pub(super) outcome: Outcome,
    pub(super) rollout: Rollout,
    pub(super) events: Vec<Event>,
    /// The world before the first event and after each.
    pub(super) states: Vec<State>,
    /// The world when all has landed.
    pub(super) rest: State,
}

/// Runs a plan from the start.
pub(super) fn run(plan: &Plan, script: Script) -> Course {
    let rollout = Rollout::new(sample::RUN.to_owned(), plan.clone(), Intent::Rollout);
    go(rollout, Judge::default(), World::new(script))
}

/// Begins another process on what a world has become, with an empty journal.
pub(super) fn take_up(plan: &Plan, intent: Intent, state: &State, script: Script) -> Course {
    let rollout = Rollout::new("another-id".to_owned(), plan.clone(), intent.clone());
    let judge = match (intent, &state.lease) {
        (Intent::Resume, Some(lease)) => Judge::of_held(usize::try_from(lease.stage).unwrap()),
        _ => Judge::default(),
    };
    go(rollout, judge, World::at(state.clone(), script))
}

/// Drives a run to its end. The truth of the outcome is checked here, once for all tests.
pub(super) fn go(rollout: Rollout, judge: Judge, world: (World, Receiver<String>)) -> Course {
    go_and(rollout, judge, world, |_, _| {})
}

/// As `go`, and tells somebody of every moment, who may act on the world.
pub(super) fn go_and(
    mut rollout: Rollout,
    mut judge: Judge,
    (world, mut cancel): (World, Receiver<String>),
    mut listener: impl FnMut(&World, &Progress<'_>) + Send,
) -> Course {
    let mut journal = world.journal();
    let mut states = vec![world.state()];
    let mut events = Vec::new();
    let mut before = rollout.clone();
    let ports = Ports {
        platform: &world,
        gates: &world,
        clock: &world,
        journal: &mut journal,
        cancel: &mut cancel,
    };
    let driven = drive(&mut rollout, ports, |after, moment| {
        listener(&world, &moment);
        let Progress::Happened(event) = moment else {
            return;
        };
        events.push(event.clone());
        states.push(world.state());
        let action = before.next_action();
        // The loss of a journal after the end is told but changes nothing.
        let judged = match action {
            crate::Action::Finish(_) => Ok(()),
            _ => judge.saw(&before, &action, event, after),
        };
        if let Err(broken) = judged {
            panic!("{broken}\n{}", story(&events));
        }
        before = after.clone();
        assert!(events.len() < 20_000, "the run does not end");
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let outcome = runtime.block_on(driven).unwrap();
    let course = Course {
        outcome,
        rollout,
        events,
        states,
        rest: world.at_rest(),
    };
    course.assert_truth();
    course
}

impl Course {
    /// What is said of the traffic is so, and stays so when everything that was under way has landed (I-1, I-12).
    fn assert_truth(&self) {
        let rest = &self.rest;
        let is = |traffic: &crate::Traffic, state: Option<LeaseState>| {
            rest.traffic.same_as(traffic) && rest.lease.as_ref().map(|lease| lease.state) == state
        };
        let true_word = match &self.outcome {
            Outcome::Promoted => is(&at_weight(100), None),
            Outcome::RolledBack(_) => is(&baseline(), None),
            Outcome::Held { weight, .. } => is(&at_weight(*weight), Some(LeaseState::Held)),
            Outcome::Superseded(_) => rest.foreign_write,
            Outcome::Refused(_) | Outcome::Idle => !self.rollout.has_written(),
            Outcome::Unverified { .. } | Outcome::Stuck { .. } => true,
        };
        assert!(
            true_word,
            "not true: {:?}\nthe app has {} and {:?}\n{}",
            self.outcome,
            rest.traffic,
            rest.lease,
            story(&self.events)
        );
    }

    /// The outcome's name.
    pub(super) fn word(&self) -> String {
        let text = format!("{:?}", self.outcome);
        text.chars().take_while(|c| c.is_alphabetic()).collect()
    }

    /// Why it was rolled back; the outcome's name when it was not.
    pub(super) fn cause(&self) -> String {
        match &self.outcome {
            Outcome::RolledBack(cause) => {
                let text = format!("{cause:?}");
                text.chars().take_while(|c| c.is_alphabetic()).collect()
            }
            _ => self.word(),
        }
    }

    /// The writes of this process, each as the canary's weight and what becomes of the lease.
    pub(super) fn writes(&self) -> Vec<String> {
        let already = self.states[0].sent.len();
        let say = |sent: &super::sim::Sent| {
            let weight = sent.traffic.weight_of(sample::CANARY);
            let lease = match &sent.lease {
                None => "cleared".to_owned(),
                Some(lease) => format!("{:?} {}", lease.state, lease.epoch).to_lowercase(),
            };
            format!("{weight} {lease}")
        };
        self.rest.sent[already..].iter().map(say).collect()
    }
}

/// A history for people.
fn story(events: &[Event]) -> String {
    let line = |event: &Event| match &event.fact {
        crate::Fact::Observed {
            traffic,
            lease,
            settled,
        } => {
            let lease = lease.as_ref().map(|lease| (lease.weight, lease.state));
            format!(
                "{} observed {traffic}, {lease:?}, settled {settled}",
                event.at
            )
        }
        fact => format!("{} {}", event.at, fact.name()),
    };
    events.iter().map(line).collect::<Vec<_>>().join("\n")
}
