//! A simulated world behind the ports: a platform with scripted faults, scripted gates, a journal that can fail, and a
//! clock that jumps to the next wake-up instead of waiting.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::sample::{self, Reply, baseline, ms};
use crate::ports::{
    Change, Clock, Gates, InspectError, Journal, Observation, Platform, Question, Readiness,
    WriteOutcome,
};
use crate::{Event, GateAnswer, Inspection, Intent, Kind, Lease, Timestamp, Traffic};

/// What becomes of a write, instead of being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteFault {
    Refused,
    AppliedAnswerLost,
    Lost,
    /// The answer is lost and the write lands later.
    Late(Duration),
    /// Said to be done, and done; the next reads still show what was before.
    Stale(usize),
}

/// What is wrong with a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadFault {
    Unreadable,
    /// It is never answered.
    Unanswered,
    Unsettled,
    /// Shows what was before the last change.
    Stale,
    /// Somebody else has changed the traffic just before.
    ForeignWrite,
}

/// A request to end comes while a call is under way: how that call goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interrupt {
    /// It ends in time, and the request is noticed after it.
    Afterwards,
    /// The request is noticed first; what was called takes longer.
    Meanwhile,
    /// A write never answers, done or not.
    Unanswered { applied: bool },
}

/// What shall happen, by the number of the call.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    pub(super) writes: BTreeMap<usize, WriteFault>,
    pub(super) reads: BTreeMap<usize, ReadFault>,
    pub(super) interrupts: BTreeMap<usize, Interrupt>,
    /// By question and the canary's weight before and after a pass; the last reply repeats, and silence means pass.
    pub(super) replies: BTreeMap<(Kind, u32, u32), Vec<Reply>>,
    /// The journal's append that fails.
    pub(super) journal_fails_at: Option<usize>,
    /// The canary never becomes ready.
    pub(super) never_ready: bool,
    /// Everything is done twice.
    pub(super) twice: bool,
}

/// A write as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) traffic: Traffic,
    pub(super) lease: Option<Lease>,
    /// The await point in which it was sent.
    pub(super) call: usize,
}

/// All that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) now: Timestamp,
    pub(super) traffic: Traffic,
    pub(super) lease: Option<Lease>,
    pub(super) sent: Vec<Sent>,
    /// Number of await points so far.
    pub(super) calls: usize,
    pub(super) foreign_write: bool,
    before: (Traffic, Option<Lease>),
    landing: Vec<(Timestamp, Traffic, Option<Lease>)>,
    stale_reads: usize,
    reads: usize,
    asked: BTreeMap<(Kind, u32, u32), usize>,
}

pub(super) struct World {
    state: Mutex<State>,
    script: Script,
    cancel: Sender<String>,
}

impl World {
    /// Returns a world before any run, and the channel on which it asks the run to end.
    pub(super) fn new(script: Script) -> (World, Receiver<String>) {
        let state = State {
            now: Timestamp::default(),
            traffic: baseline(),
            lease: None,
            sent: Vec::new(),
            calls: 0,
            foreign_write: false,
            before: (baseline(), None),
            landing: Vec::new(),
            stale_reads: 0,
            reads: 0,
            asked: BTreeMap::new(),
        };
        World::at(state, script)
    }

    /// Returns a world in a certain state.
    pub(super) fn at(state: State, script: Script) -> (World, Receiver<String>) {
        let (cancel, receiver) = channel(8);
        let state = Mutex::new(state);
        let world = World {
            state,
            script,
            cancel,
        };
        (world, receiver)
    }

    pub(super) fn state(&self) -> State {
        self.state.lock().unwrap().clone()
    }

    pub(super) fn journal(&self) -> Notes {
        Notes {
            events: Vec::new(),
            appends: 0,
            fails_at: self.script.journal_fails_at,
        }
    }

    /// Asks the run to end.
    pub(super) fn cancel(&self) {
        self.cancel.try_send("SIGTERM".to_owned()).unwrap();
    }

    /// Returns the state when everything that is under way has landed.
    pub(super) fn at_rest(&self) -> State {
        let mut state = self.state();
        state.advance(Duration::from_hours(24));
        state
    }

    /// Counts a read that is never answered; it is dropped before it could be counted otherwise.
    fn next_read_fault(&self) -> Option<ReadFault> {
        let mut state = self.state.lock().unwrap();
        let fault = self.script.reads.get(&state.reads).copied();
        if fault == Some(ReadFault::Unanswered) {
            state.reads += 1;
        }
        fault
    }

    /// Begins a call that takes some time. Whatever is to happen meanwhile happens.
    async fn call(&self, takes: Duration) -> Option<Interrupt> {
        let interrupt = {
            let mut state = self.state.lock().unwrap();
            state.advance(takes);
            state.calls += 1;
            self.script.interrupts.get(&(state.calls - 1)).copied()
        };
        if interrupt.is_some() {
            self.cancel();
        }
        if interrupt == Some(Interrupt::Meanwhile) {
            let mut polled = false;
            poll_fn(|_| match std::mem::replace(&mut polled, true) {
                false => Poll::Pending,
                true => Poll::Ready(()),
            })
            .await;
        }
        interrupt
    }
}

impl State {
    fn advance(&mut self, by: Duration) {
        self.now = self.now.after(by);
        let now = self.now;
        self.landing.sort_by_key(|(at, ..)| *at);
        while let Some((at, ..)) = self.landing.first()
            && *at <= now
        {
            let (_, traffic, lease) = self.landing.remove(0);
            self.change(traffic, lease);
        }
    }

    fn change(&mut self, traffic: Traffic, lease: Option<Lease>) {
        let before = std::mem::replace(&mut self.traffic, traffic);
        let lease = std::mem::replace(&mut self.lease, lease);
        if (&before, &lease) != (&self.traffic, &self.lease) {
            self.before = (before, lease);
        }
    }

    fn write(
        &mut self,
        fault: Option<WriteFault>,
        traffic: &Traffic,
        lease: Option<&Lease>,
    ) -> WriteOutcome {
        let unknown = || WriteOutcome::Unknown("the connection was reset".to_owned());
        let (traffic, lease) = (traffic.clone(), lease.cloned());
        match fault {
            Some(WriteFault::Refused) => return WriteOutcome::Refused("409 busy".to_owned()),
            Some(WriteFault::Lost) => return unknown(),
            Some(WriteFault::Late(later)) => {
                self.landing.push((self.now.after(later), traffic, lease));
                return unknown();
            }
            _ => self.change(traffic, lease),
        }
        match fault {
            Some(WriteFault::AppliedAnswerLost) => return unknown(),
            Some(WriteFault::Stale(reads)) => self.stale_reads = reads,
            _ => {}
        }
        WriteOutcome::Applied
    }
}

impl Platform for World {
    async fn inspect(&self, intent: &Intent) -> Result<Inspection, InspectError> {
        self.call(ms(300)).await;
        let state = self.state();
        if state.lease.is_none() && *intent != Intent::Rollout {
            return Err(InspectError::NoLease);
        }
        let baseline = match &state.lease {
            Some(lease) => lease.baseline.clone(),
            None => state.traffic.clone(),
        };
        Ok(Inspection {
            baseline,
            now: state.traffic,
            lease: state.lease,
            ..sample::inspection()
        })
    }

    async fn readiness(&self, _: &str) -> Readiness {
        self.call(ms(300)).await;
        match self.script.never_ready {
            true => Readiness::NotYet("0 of 1 replicas are ready".to_owned()),
            false => Readiness::Ready,
        }
    }

    async fn observe(&self) -> Result<Observation, String> {
        self.call(ms(300)).await;
        if self.next_read_fault() == Some(ReadFault::Unanswered) {
            std::future::pending::<()>().await;
        }
        let mut state = self.state.lock().unwrap();
        let mut fault = self.script.reads.get(&state.reads).copied();
        state.reads += 1;
        if state.stale_reads > 0 {
            state.stale_reads -= 1;
            fault = Some(ReadFault::Stale);
        }
        let (traffic, lease) = match fault {
            Some(ReadFault::Unreadable) => return Err("503".to_owned()),
            Some(ReadFault::Stale) => state.before.clone(),
            Some(ReadFault::ForeignWrite) => {
                let lease = state.lease.clone();
                state.change(sample::foreign(), lease.clone());
                state.foreign_write = true;
                (sample::foreign(), lease)
            }
            _ => (state.traffic.clone(), state.lease.clone()),
        };
        Ok(Observation {
            traffic,
            lease,
            settled: fault != Some(ReadFault::Unsettled),
        })
    }

    async fn write(&self, change: Change<'_>) -> WriteOutcome {
        let (traffic, lease) = (change.traffic, change.lease);
        let interrupt = self.call(ms(2_000)).await;
        let outcome = {
            let mut state = self.state.lock().unwrap();
            let fault = self.script.writes.get(&state.sent.len()).copied();
            let sent = Sent {
                traffic: traffic.clone(),
                lease: lease.cloned(),
                call: state.calls,
            };
            state.sent.push(sent);
            let fault = match interrupt {
                Some(Interrupt::Unanswered { applied: true }) => None,
                Some(Interrupt::Unanswered { applied: false }) => Some(WriteFault::Lost),
                _ => fault,
            };
            if self.script.twice {
                state.write(fault, traffic, lease);
            }
            state.write(fault, traffic, lease)
        };
        if let Some(Interrupt::Unanswered { .. }) = interrupt {
            std::future::pending::<()>().await;
        }
        outcome
    }
}

impl Gates for World {
    async fn ask(&self, question: Question<'_>) -> Vec<GateAnswer> {
        for _ in 0..usize::from(self.script.twice) {
            self.call(ms(1_000)).await;
        }
        self.call(ms(1_000)).await;
        let key = (question.kind, question.weight, question.next_weight);
        let nth = {
            let mut state = self.state.lock().unwrap();
            let nth = state.asked.entry(key).or_default();
            *nth += 1;
            *nth - 1
        };
        let reply = match self.script.replies.get(&key) {
            Some(replies) => replies.get(nth).or(replies.last()).copied(),
            None => None,
        };
        sample::answers(question.gates, reply.unwrap_or(Reply::Pass))
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.state.lock().unwrap().now
    }

    fn unix_seconds(&self) -> u64 {
        1_700_000_000 + self.now().0 / 1_000
    }

    async fn sleep_until(&self, until: Timestamp) {
        let pause = self.now().until(until);
        self.call(pause).await;
    }
}

/// The journal.
#[derive(Debug)]
pub(super) struct Notes {
    pub(super) events: Vec<Event>,
    appends: usize,
    fails_at: Option<usize>,
}

impl Journal for Notes {
    fn append(&mut self, event: &Event) -> Result<(), String> {
        self.appends += 1;
        if self.fails_at == Some(self.appends - 1) {
            return Err("no space left on device".to_owned());
        }
        self.events.push(event.clone());
        Ok(())
    }
}
