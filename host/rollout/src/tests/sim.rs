//! The ports, simulated: a platform with scripted faults, scripted gates, a journal that can fail, and a clock that
//! jumps to the next wake-up instead of waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::sample::{self, Reply, ms};
pub(super) use super::script::{Interrupt, ReadFault, Script};
use super::sim_state::{Sent, SimState, WriteFault};
use crate::ports::{
    Change, Clock, Gates, InspectError, Journal, Observation, Platform, Question, Readiness,
    WriteOutcome,
};
use crate::{
    CancelRequest, Event, GateAnswer, Inspection, Intent, Note, Purpose, RevisionState, Timestamp,
};

pub(super) struct SimPlatform {
    pub(super) state: Mutex<SimState>,
    script: Script,
    cancel: Sender<CancelRequest>,
    /// Until when each sleep lasts that has not ended, by its number.
    sleeps: Mutex<BTreeMap<usize, Timestamp>>,
    /// The number of requests to end so far.
    asked: AtomicUsize,
    /// The gates that decide nothing and have not answered.
    pub(super) under_way: Mutex<BTreeSet<String>>,
}

impl SimPlatform {
    /// Returns a platform before any run, and the channel on which it asks the run to end.
    pub(super) fn new(script: Script) -> (SimPlatform, Receiver<CancelRequest>) {
        SimPlatform::at(SimState::before_any_run(), script)
    }

    /// Returns a platform in a certain state.
    pub(super) fn at(state: SimState, script: Script) -> (SimPlatform, Receiver<CancelRequest>) {
        let (cancel, receiver) = channel(8);
        let state = Mutex::new(state);
        let platform = SimPlatform {
            state,
            script,
            cancel,
            sleeps: Mutex::default(),
            asked: AtomicUsize::new(0),
            under_way: Mutex::default(),
        };
        (platform, receiver)
    }

    pub(super) fn state(&self) -> SimState {
        self.state.lock().unwrap().clone()
    }

    pub(super) fn journal(&self) -> Notes {
        Notes {
            events: Vec::new(),
            appends: 0,
            fails_at: self.script.journal_fails_at,
        }
    }

    /// Asks the run to end, as a pipeline runner does: the second time the process is about to be killed.
    pub(super) fn cancel(&self) {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let (by, hurry) = if asked == 0 {
            ("SIGINT".to_owned(), false)
        } else {
            ("SIGTERM".to_owned(), true)
        };
        self.cancel.try_send(CancelRequest { by, hurry }).unwrap();
    }

    /// Jumps to the end of the sleep that ends first. Every await that is left over waits for one.
    pub(super) fn pass_time(&self) {
        let next = self.sleeps.lock().unwrap().values().min().copied();
        let next = next.expect("something is awaited, so there is a sleep");
        let mut state = self.state.lock().unwrap();
        let pause = state.now.until(next);
        state.advance(pause);
    }

    /// Returns the state a day later.
    pub(super) fn at_rest(&self) -> SimState {
        self.state().a_day_later()
    }

    /// Returns the fault of the next read. A read that is never answered is counted here, since its future is dropped.
    fn next_read_fault(&self) -> Option<ReadFault> {
        let mut state = self.state.lock().unwrap();
        let fault = self.script.reads.get(&state.reads).copied();
        if fault == Some(ReadFault::Unanswered) {
            state.reads += 1;
        }
        fault
    }

    /// Counts an await point and returns what interrupts it.
    fn begin_call(&self) -> Option<Interrupt> {
        let mut state = self.state.lock().unwrap();
        state.calls += 1;
        self.script.interrupts.get(&(state.calls - 1)).copied()
    }

    /// Returns whether reads are unsettled, because a write that was sent has not landed.
    fn is_busy(&self, state: &SimState) -> bool {
        self.script.shows_pending_writes && !state.landing.is_empty()
    }

    /// Begins a call that takes some time, and asks the run to end where the script says so.
    async fn call(&self, takes: Duration) -> Option<Interrupt> {
        self.state.lock().unwrap().begun += 1;
        if !self.script.advice.is_empty() {
            // No real call ends before anything beside it has begun.
            tokio::task::yield_now().await;
        }
        self.state.lock().unwrap().advance(takes);
        let interrupt = self.begin_call();
        if interrupt.is_some() {
            self.cancel();
        }
        if interrupt == Some(Interrupt::Meanwhile) {
            let mut polled = false;
            poll_fn(|_| {
                if std::mem::replace(&mut polled, true) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
        }
        interrupt
    }
}

impl Platform for SimPlatform {
    async fn inspect(&self, intent: &Intent) -> Result<Inspection, InspectError> {
        self.call(ms(300)).await;
        let state = self.state();
        let settled = !self.is_busy(&state);
        if let Intent::Undo { .. } = intent {
            return super::undo::found(state, settled);
        }
        if state.lease.is_none() && *intent != Intent::Rollout {
            return Err(InspectError::NoLease(Box::new(Observation {
                traffic: state.traffic,
                lease: None,
                ended: state.ended,
                stable: None,
                settled,
            })));
        }
        let read_at = state.unix_seconds();
        let baseline = match &state.lease {
            Some(lease) => lease.baseline.clone(),
            None => state.traffic.clone(),
        };
        Ok(Inspection {
            baseline,
            now: state.traffic,
            lease: state.lease,
            settled,
            stable_state: Some(state.stable),
            read_at,
            ..sample::inspection()
        })
    }

    async fn readiness(&self, _: &str) -> Readiness {
        self.call(ms(300)).await;
        if self.script.never_ready {
            Readiness::NotYet("0 of 1 replicas are ready".to_owned())
        } else {
            Readiness::Ready
        }
    }

    async fn observe(&self, stable: Option<&str>) -> Result<Observation, String> {
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
        let pending = self.is_busy(&state);
        let mut ended = state.ended.clone();
        let (traffic, lease) = match fault {
            Some(ReadFault::Unreadable) => return Err("503".to_owned()),
            Some(ReadFault::Stale) => {
                let before = state.before.clone();
                ended = before.ended;
                (before.traffic, before.lease)
            }
            Some(ReadFault::ForeignWrite) => {
                let lease = state.lease.clone();
                let foreign = self.script.foreign.clone();
                let foreign = foreign.unwrap_or_else(sample::foreign);
                state.change(foreign.clone(), lease.clone(), ended.clone());
                state.foreign_write = true;
                (foreign, lease)
            }
            _ => (state.traffic.clone(), state.lease.clone()),
        };
        Ok(Observation {
            traffic,
            lease,
            ended,
            stable: stable.map(|_| state.stable),
            settled: fault != Some(ReadFault::Unsettled) && !pending,
        })
    }

    async fn write(&self, change: Change<'_>) -> WriteOutcome {
        let (traffic, lease) = (change.traffic, change.lease);
        let ended = match change.note {
            Some(Note::Ended(ended)) => Some(ended),
            _ => None,
        };
        let marks = change.purpose == Purpose::Mark;
        let interrupt = self.call(ms(2_000)).await;
        let outcome = {
            let mut state = self.state.lock().unwrap();
            let fault = self.script.writes.get(&state.sent.len()).copied();
            if marks {
                // It changes neither traffic nor lease, and its outcome decides nothing.
                state.marked.extend(change.note.cloned());
                return WriteOutcome::Applied;
            }
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
                state.write(fault, traffic, lease, ended);
            }
            state.write(fault, traffic, lease, ended)
        };
        if let Some(Interrupt::Unanswered { .. }) = interrupt {
            std::future::pending::<()>().await;
        }
        outcome
    }

    async fn activate(&self, _: &str) -> Result<(), String> {
        self.call(ms(300)).await;
        let mut state = self.state.lock().unwrap();
        state.activations += 1;
        if self.script.never_activates {
            return Err("409 busy".to_owned());
        }
        state.stable = RevisionState::Running;
        Ok(())
    }

    fn unix_seconds(&self) -> u64 {
        self.state.lock().unwrap().unix_seconds()
    }
}

impl Gates for SimPlatform {
    async fn ask(&self, question: Question<'_>) -> Vec<GateAnswer> {
        if let [gate] = question.gates
            && let Some(advice) = self.script.advice.get(gate)
        {
            return self.advise(gate, advice, question).await;
        }
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

impl Clock for SimPlatform {
    fn now(&self) -> Timestamp {
        self.state.lock().unwrap().now
    }

    async fn sleep_until(&self, until: Timestamp) {
        // A look of a watch that is switched off is nothing that a run awaits.
        let is_off = self.now().until(until) > Duration::from_hours(12);
        let interrupt = if is_off { None } else { self.begin_call() };
        if interrupt == Some(Interrupt::Meanwhile) {
            self.cancel();
        }
        self.pass(until).await;
        if interrupt.is_some_and(|interrupt| interrupt != Interrupt::Meanwhile) {
            self.cancel();
        }
    }
}

impl SimPlatform {
    /// Waits until the simulated time is reached.
    pub(super) async fn pass(&self, until: Timestamp) {
        let _sleep = Sleep::begin(self, until);
        poll_fn(|_| {
            if self.now() >= until {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// A sleep that has not ended. It is forgotten when its future is dropped.
struct Sleep<'a> {
    platform: &'a SimPlatform,
    number: usize,
}

impl Sleep<'_> {
    fn begin(platform: &SimPlatform, until: Timestamp) -> Sleep<'_> {
        let mut sleeps = platform.sleeps.lock().unwrap();
        let number = sleeps.keys().max().map_or(0, |last| last + 1);
        sleeps.insert(number, until);
        Sleep { platform, number }
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.platform.sleeps.lock().unwrap().remove(&self.number);
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
    fn append(&mut self, event: &Event) {
        self.appends += 1;
        if !self.is_lost() {
            self.events.push(event.clone());
        }
    }

    fn kept(&mut self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        let kept = if self.is_lost() {
            Err("no space left on device".to_owned())
        } else {
            Ok(())
        };
        Box::pin(std::future::ready(kept))
    }
}

impl Notes {
    fn is_lost(&self) -> bool {
        self.fails_at.is_some_and(|nth| self.appends > nth)
    }
}
