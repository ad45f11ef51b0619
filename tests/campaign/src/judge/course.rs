//! What happened in one trial, as the emulator saw it: calls, accepted writes, and the states between them. Answers
//! questions of the rules; judges nothing. Must never hold a word of what a lockgate printed.

use std::collections::BTreeMap;
use std::fmt;

/// The revision that every rollout of a trial is about.
pub(crate) const CANARY: &str = "shop--v2";

/// Weights by revision, without those of 0.
pub(crate) type Weights = BTreeMap<String, u64>;

/// Revisions by the labels that they have.
pub(crate) type Labels = BTreeMap<String, String>;

/// Traffic, lease and notes of the app between two writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) weights: Weights,
    pub(crate) labels: Labels,
    /// The values of the tags that say which process holds the app, if any is there.
    pub(crate) lease: Option<String>,
    /// Whether the lease says that its run stands still: held, or paused.
    pub(crate) stands_still: bool,
    /// The note of the last promotion.
    pub(crate) promotion: Option<Promotion>,
}

/// A note changes nothing for a run, and a run that stands still is the same run.
impl PartialEq for State {
    fn eq(&self, other: &State) -> bool {
        let essence = |state: &'_ State| {
            (
                state.weights.clone(),
                state.labels.clone(),
                state.lease.clone(),
            )
        };
        essence(self) == essence(other)
    }
}

/// What a promotion has left on the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Promotion {
    pub(crate) promoted: String,
    pub(crate) replaced: String,
    /// The labels that it moved, each with the revision that it had; `None` for none.
    pub(crate) labels: Vec<(String, Option<String>)>,
}

impl Promotion {
    /// Returns the weights that it led to.
    pub(crate) fn weights(&self) -> Weights {
        [(self.promoted.clone(), 100)].into()
    }

    /// Returns the weights of an undo.
    pub(crate) fn undone(&self) -> Weights {
        [(self.replaced.clone(), 100)].into()
    }
}

/// The command that a lockgate process ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Rollout,
    Resume,
    Abort,
    Recover,
    Undo { force: bool },
}

impl Role {
    /// Returns whether the command may raise the canary.
    pub(crate) fn moves_forward(self) -> bool {
        matches!(self, Role::Rollout | Role::Resume)
    }

    /// Returns whether the command takes a promotion back.
    pub(crate) fn undoes(self) -> bool {
        matches!(self, Role::Undo { .. })
    }

    /// Returns whether every write of the command needs a comparison: all but those that restore a baseline, which is right
    /// whatever the app has (I-8).
    pub(crate) fn compares(self, weights: Option<&Weights>) -> bool {
        self.undoes() || (self.moves_forward() && canary(weights) > 0)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Rollout => "rollout",
            Role::Resume => "resume",
            Role::Abort => "abort",
            Role::Recover => "recover",
            Role::Undo { force: false } => "undo",
            Role::Undo { force: true } => "forced undo",
        })
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Code(i32),
    Killed,
    /// It still ran when the trial's time was over.
    Never,
}

/// One lockgate process.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    /// The client's name in the emulator's logs.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) ended: Ended,
}

/// One call that the judge looks at.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) client: String,
    pub(crate) received: u64,
    /// Absent if it never was.
    pub(crate) performed: Option<u64>,
    /// Whether the connection was closed when it was received, long before it was performed.
    pub(crate) lost_at_once: bool,
    pub(crate) what: What,
}

/// What a call does.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A read of the app: the write that it shows, and whether it said that no operation is running.
    Read { write: u64, settled: bool },
    /// A PATCH of the app, accepted or not, with the weights and labels that it carries; without either if it leaves them.
    Write {
        weights: Option<Weights>,
        labels: Labels,
    },
}

/// One accepted write.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) n: u64,
    pub(crate) client: String,
    pub(crate) received: u64,
    pub(crate) accepted: u64,
    pub(crate) weights: Option<Weights>,
    /// When it took effect, and what the app is like from then on; absent if it never did.
    pub(crate) applied: Option<(u64, State)>,
}

/// One trial.
#[derive(Clone, Debug, Default)]
pub(crate) struct Course {
    pub(crate) processes: Vec<Process>,
    pub(crate) calls: Vec<Call>,
    /// In the order in which they were accepted.
    pub(crate) writes: Vec<Write>,
    /// The app before the first write.
    pub(crate) start: State,
}

/// A read of the app: when, what it showed, and whether it was settled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read<'a> {
    pub(crate) at: u64,
    pub(crate) write: u64,
    pub(crate) state: &'a State,
    pub(crate) settled: bool,
}

impl Course {
    /// Returns the app after the write `n` and before the next one; 0 is the start.
    pub(crate) fn state(&self, n: u64) -> &State {
        let applied = |write: &Write| write.n <= n && write.applied.is_some();
        let last = self.writes.iter().rfind(|write| applied(write));
        last.and_then(|write| write.applied.as_ref())
            .map_or(&self.start, |(_, state)| state)
    }

    /// Returns the app at the end.
    pub(crate) fn end(&self) -> &State {
        self.state(u64::MAX)
    }

    /// Returns the reads of a process, in the order in which they were answered. It has one call under way at a time, so a
    /// read that was answered after it had sent the next one tells it nothing: it had given up on that one.
    pub(crate) fn reads(&self, client: &str) -> Vec<Read<'_>> {
        let calls: Vec<&Call> = (self.calls.iter())
            .filter(|call| call.client == client)
            .collect();
        let is_given_up = |call: &Call| {
            let answered = call.performed.unwrap_or(u64::MAX);
            let mut others = calls.iter();
            others.any(|other| other.received > call.received && other.received < answered)
        };
        let mut reads: Vec<Read<'_>> = (calls.iter())
            .filter(|call| !is_given_up(call))
            .filter_map(|call| match call.what {
                What::Read { write, settled } => Some(Read {
                    at: call.performed?,
                    write,
                    state: self.state(write),
                    settled,
                }),
                What::Write { .. } => None,
            })
            .collect();
        reads.sort_by_key(|read| read.at);
        reads
    }

    /// Returns the last word that the app gave a process.
    pub(crate) fn last_read(&self, client: &str) -> Option<Read<'_>> {
        self.reads(client).pop()
    }

    /// Returns the PATCHes that a process sent, accepted or not, in the order in which they were received.
    pub(crate) fn attempts(&self, client: &str) -> impl Iterator<Item = &Call> {
        self.calls
            .iter()
            .filter(move |call| call.client == client && matches!(call.what, What::Write { .. }))
    }

    /// Returns those of them that have a traffic array, each with its weights.
    pub(crate) fn traffic_attempts(&self, client: &str) -> impl Iterator<Item = (&Call, &Weights)> {
        self.attempts(client).filter_map(|call| match &call.what {
            What::Write { weights, .. } => Some((call, weights.as_ref()?)),
            _ => None,
        })
    }

    /// Returns the accepted writes of a client.
    pub(crate) fn writes_of(&self, client: &str) -> impl Iterator<Item = &Write> {
        self.writes
            .iter()
            .filter(move |write| write.client == client)
    }

    /// Returns whether a client is one of the lockgates.
    pub(crate) fn process(&self, client: &str) -> Option<&Process> {
        self.processes.iter().find(|process| process.name == client)
    }

    /// Returns the write that set the weights which the state after `n` has; `None` where the start has them.
    pub(crate) fn author(&self, n: u64) -> Option<&Write> {
        let weights = &self.state(n).weights;
        let mut author = None;
        for write in self.writes.iter().rev().filter(|write| write.n <= n) {
            match &write.applied {
                Some((_, state)) if state.weights == *weights => author = Some(write),
                Some(_) => return author,
                None => {}
            }
        }
        // Nothing ever changed the weights of the start.
        (self.start.weights != *weights).then_some(author).flatten()
    }

    /// Returns whether a write changed the weights or the lease.
    pub(crate) fn changed(&self, write: &Write) -> bool {
        write
            .applied
            .as_ref()
            .is_some_and(|(_, state)| state != self.state(write.n - 1))
    }

    /// Returns the process whose run a process found on the app at its first read.
    pub(crate) fn predecessor(&self, client: &str) -> Option<&Process> {
        let first = self.reads(client).into_iter().next()?;
        let forward = |write: &&Write| {
            write.received <= first.at
                && canary(write.weights.as_ref()) > 0
                && self
                    .process(&write.client)
                    .is_some_and(|process| process.role.moves_forward() && process.name != client)
        };
        let last = self.writes.iter().rfind(forward)?;
        self.process(&last.client)
    }

    /// Returns the number of the write that the read shows which licensed the first attempt of a process to write.
    pub(crate) fn base(&self, client: &str) -> u64 {
        let first = self.attempts(client).next();
        let sent = first.map_or(u64::MAX, |call| call.received);
        let reads = self.reads(client);
        let last = reads.iter().rfind(|read| read.at <= sent);
        last.map_or(0, |read| read.write)
    }

    /// Returns the weights that a process has to restore: what it read before its first write, or what the run read that
    /// it took over.
    pub(crate) fn baseline(&self, process: &Process) -> &Weights {
        if process.role == Role::Rollout {
            return &self.state(self.base(&process.name)).weights;
        }
        match self.predecessor(&process.name) {
            Some(run) => self.baseline(run),
            None => &self.start.weights,
        }
    }
}

/// Returns the canary's share of these weights.
pub(crate) fn canary(weights: Option<&Weights>) -> u64 {
    weights
        .and_then(|weights| weights.get(CANARY))
        .copied()
        .unwrap_or(0)
}
