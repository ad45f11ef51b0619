//! Drives a run over the simulated platform while the judge watches, and compares the outcome with what the platform
//! has at the end.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use super::judge::Judge;
use super::sample::{self, at_weight, baseline};
use super::sim::{Script, SimPlatform};
use super::sim_state::SimState;
use crate::{
    CancelRequest, Event, Intent, LeaseState, Outcome, Plan, Ports, Progress, Rollout, drive,
};
use tokio::sync::mpsc::Receiver;

/// A run that has ended.
pub(super) struct Course {
    pub(super) outcome: Outcome,
    pub(super) rollout: Rollout,
    pub(super) events: Vec<Event>,
    /// The platform before the first event and after each; empty unless asked for, since copies take time.
    pub(super) states: Vec<SimState>,
    /// The platform a day later, when every write that was under way has landed.
    pub(super) rest: SimState,
    /// The number of writes that other processes sent before.
    writes_before: usize,
}

/// Runs a plan from the start.
pub(super) fn run(plan: &Plan, script: Script) -> Course {
    let rollout = Rollout::new(sample::RUN.to_owned(), plan.clone(), Intent::Rollout);
    run_course(rollout, Judge::default(), SimPlatform::new(script))
}

/// Runs a plan from the start and keeps the platform's states.
pub(super) fn run_keeping_states(plan: &Plan, script: Script) -> Course {
    let rollout = Rollout::new(sample::RUN.to_owned(), plan.clone(), Intent::Rollout);
    keep_states(rollout, Judge::default(), SimPlatform::new(script))
}

/// Starts another process on the platform as an earlier one left it. It has no journal of that one, as on an empty
/// machine.
pub(super) fn take_over(plan: &Plan, intent: Intent, state: &SimState, script: Script) -> Course {
    let judge = judge_of(&intent, state);
    let rollout = Rollout::new("another-id".to_owned(), plan.clone(), intent);
    run_course(rollout, judge, SimPlatform::at(state.clone(), script))
}

/// As `take_over`, and keeps the platform's states.
pub(super) fn take_over_keeping_states(plan: &Plan, intent: Intent, state: &SimState) -> Course {
    let judge = judge_of(&intent, state);
    let rollout = Rollout::new("another-id".to_owned(), plan.clone(), intent);
    let platform = SimPlatform::at(state.clone(), Script::default());
    keep_states(rollout, judge, platform)
}

fn judge_of(intent: &Intent, state: &SimState) -> Judge {
    match (intent, &state.lease) {
        (Intent::Resume, Some(lease)) => Judge::of_held(usize::try_from(lease.stage).unwrap()),
        _ => Judge::default(),
    }
}

/// Drives a run to its end. Whether the outcome is true is checked here, once for all tests.
pub(super) fn run_course(
    rollout: Rollout,
    judge: Judge,
    platform: (SimPlatform, Receiver<CancelRequest>),
) -> Course {
    run_course_and(rollout, judge, platform, |_, _| {})
}

/// A run that has ended without the judge, which knows one app alone.
pub(super) struct Unjudged {
    pub(super) outcome: Outcome,
    pub(super) rollout: Rollout,
    /// The platform a day later.
    pub(super) rest: SimState,
    pub(super) events: Vec<Event>,
}

/// Drives a run to its end without the judge.
pub(super) fn run_unjudged(
    mut rollout: Rollout,
    (platform, mut cancel): (SimPlatform, Receiver<CancelRequest>),
) -> Unjudged {
    let mut journal = platform.journal();
    let ports = Ports {
        platform: &platform,
        gates: &platform,
        clock: &platform,
        journal: &mut journal,
        cancel: &mut cancel,
    };
    let outcome = block_on(drive(&mut rollout, ports, |_, _| {}), &platform).unwrap();
    Unjudged {
        outcome,
        rollout,
        rest: platform.at_rest(),
        events: journal.events,
    }
}

fn keep_states(
    rollout: Rollout,
    judge: Judge,
    platform: (SimPlatform, Receiver<CancelRequest>),
) -> Course {
    let mut states = vec![platform.0.state()];
    let mut course = run_course_and(rollout, judge, platform, |platform, progress| {
        if let Progress::Happened(_) = progress {
            states.push(platform.state());
        }
    });
    course.states = states;
    course
}

/// As `run_course`, with a listener that hears of all progress and may act on the platform.
pub(super) fn run_course_and(
    mut rollout: Rollout,
    mut judge: Judge,
    (platform, mut cancel): (SimPlatform, Receiver<CancelRequest>),
    mut listener: impl FnMut(&SimPlatform, &Progress<'_>) + Send,
) -> Course {
    let mut journal = platform.journal();
    let writes_before = platform.state().sent.len();
    let mut events = Vec::new();
    let mut before = rollout.clone();
    let ports = Ports {
        platform: &platform,
        gates: &platform,
        clock: &platform,
        journal: &mut journal,
        cancel: &mut cancel,
    };
    let driven = drive(&mut rollout, ports, |after, progress| {
        listener(&platform, &progress);
        let Progress::Happened(event) = progress else {
            return;
        };
        events.push(event.clone());
        let action = before.next_action();
        // The loss of a journal after the end is reported and changes nothing.
        let judged = match action {
            crate::Action::Finish(_) => Ok(()),
            _ => judge.saw(&before, &action, event, after),
        };
        if let Err(broken) = judged {
            panic!("{broken}\n{}", story(&events));
        }
        before.clone_from(after);
        assert!(events.len() < 20_000, "the run does not end");
    });
    let outcome = block_on(driven, &platform).unwrap();
    let course = Course {
        outcome,
        rollout,
        events,
        states: Vec::new(),
        rest: platform.at_rest(),
        writes_before,
    };
    course.assert_truth();
    course
}

/// Polls a future to its end. Time passes when nothing else is left to do.
fn block_on<T>(future: impl Future<Output = T>, platform: &SimPlatform) -> T {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Woken>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(ended) = future.as_mut().poll(&mut context) {
            return ended;
        }
        if !woken.0.swap(false, Ordering::Relaxed) {
            platform.pass_time();
        }
    }
}

impl Course {
    /// The outcome is true of the platform, and stays true when every write that was under way has landed (I-1, I-12).
    fn assert_truth(&self) {
        let rest = &self.rest;
        let is = |traffic: &crate::Traffic, state: Option<LeaseState>| {
            rest.traffic.same_as(traffic) && rest.lease.as_ref().map(|lease| lease.state) == state
        };
        let is_true = match &self.outcome {
            Outcome::Promoted => is(&at_weight(100), None),
            Outcome::RolledBack(_) => is(&baseline(), None),
            Outcome::Held { weight, .. } => {
                let weight = at_weight(*weight);
                is(&weight, Some(LeaseState::Held)) || is(&weight, Some(LeaseState::Paused))
            }
            Outcome::Superseded(_) => rest.foreign_write,
            Outcome::PromotedWithLease(_) => is(&at_weight(100), Some(LeaseState::Running)),
            Outcome::Refused(_) | Outcome::Idle | Outcome::Cancelled(_) => {
                !self.rollout.has_written()
            }
            Outcome::Unverified { .. } | Outcome::Stuck { .. } => true,
        };
        assert!(
            is_true,
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
        let describe = |sent: &super::sim_state::Sent| {
            let weight = sent.traffic.weight_of(sample::CANARY);
            let lease = match &sent.lease {
                None => "cleared".to_owned(),
                Some(lease) => format!("{:?} {}", lease.state, lease.epoch).to_lowercase(),
            };
            format!("{weight} {lease}")
        };
        self.rest.sent[self.writes_before..]
            .iter()
            .map(describe)
            .collect()
    }
}

/// A history, one event a line.
fn story(events: &[Event]) -> String {
    let line = |event: &Event| match &event.fact {
        crate::Fact::Observed {
            traffic,
            lease,
            settled,
            ..
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
