//! What happened in one trial, as the emulator saw it: calls, accepted writes, and the states between them. Answers
//! questions of the rules; judges nothing. Must never hold a word of what a lockgate printed.

use std::collections::BTreeMap;

use serde_json::Value;

/// The revision that every rollout of a trial is about.
pub(crate) const CANARY: &str = "shop--v2";

/// Tags that say which process holds the app. Where neither is there, no lease explains the traffic.
const LEASE_TAGS: [&str; 2] = ["lockgate-run", "lockgate-holder"];

/// Weights by revision, without those of 0.
pub(crate) type Weights = BTreeMap<String, u64>;

/// Traffic and lease of the app between two writes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    pub(crate) weights: Weights,
    /// The values of [`LEASE_TAGS`], if any is there.
    pub(crate) lease: Option<String>,
}

/// The command that a lockgate process ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Rollout,
    Resume,
    Abort,
    Recover,
}

impl Role {
    /// Returns whether the command may raise the canary.
    pub(crate) fn moves_forward(self) -> bool {
        matches!(self, Role::Rollout | Role::Resume)
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
    /// A PATCH of the app, accepted or not, with the weights that it carries.
    Write { weights: Option<Weights> },
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

    /// Returns the reads of a process, in the order in which they were answered.
    pub(crate) fn reads(&self, client: &str) -> Vec<Read<'_>> {
        let mut reads: Vec<Read<'_>> = self
            .calls
            .iter()
            .filter(|call| call.client == client)
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

/// Reads the emulator's logs: `GET /_emulator/requests` and `GET /_emulator/writes/<app>`.
pub(crate) fn read(
    processes: Vec<Process>,
    requests: &Value,
    writes: &Value,
    start: &Value,
) -> Course {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    Course {
        processes,
        calls: list(requests).iter().filter_map(read_call).collect(),
        writes: list(writes).iter().map(read_write).collect(),
        start: read_state(&start["traffic"], &start["tags"]),
    }
}

fn read_call(call: &Value) -> Option<Call> {
    let path = call["path"].as_str().unwrap_or_default();
    // The app itself, and nothing below it.
    let is_app = path
        .to_ascii_lowercase()
        .rsplit_once("/containerapps/")
        .is_some_and(|(_, rest)| !rest.contains('/'));
    let shown = &call["shown"];
    let what = match call["method"].as_str() {
        Some("GET") if is_app && shown.is_object() => What::Read {
            write: number(&shown["write"]),
            settled: shown["settled"] == true,
        },
        Some("PATCH") if is_app => What::Write {
            weights: call["body"]
                .pointer("/properties/configuration/ingress/traffic")
                .map(read_weights),
        },
        _ => return None,
    };
    Some(Call {
        client: text(&call["client"]),
        received: number(&call["at-ms"]),
        performed: call["performed-ms"].as_u64(),
        lost_at_once: call["fault"] == "late",
        what,
    })
}

fn read_write(write: &Value) -> Write {
    let ended = &write["ended"];
    let traffic = &write["traffic"];
    Write {
        n: number(&write["n"]),
        client: text(&write["client"]),
        received: number(&write["received-ms"]),
        accepted: number(&write["accepted-ms"]),
        weights: traffic.is_array().then(|| read_weights(traffic)),
        applied: (ended["applied"] == true).then(|| {
            let state = read_state(&ended["traffic"], &ended["tags"]);
            (number(&ended["at-ms"]), state)
        }),
    }
}

fn read_state(traffic: &Value, tags: &Value) -> State {
    let values: Vec<&str> = LEASE_TAGS
        .iter()
        .filter_map(|tag| tags[tag].as_str())
        .collect();
    State {
        weights: read_weights(traffic),
        lease: (!values.is_empty()).then(|| values.join(" ")),
    }
}

fn read_weights(traffic: &Value) -> Weights {
    let mut weights = Weights::new();
    for entry in traffic.as_array().into_iter().flatten() {
        let revision = entry["revisionName"].as_str().unwrap_or("latest");
        let weight = number(&entry["weight"]);
        if weight > 0 {
            *weights.entry(revision.to_owned()).or_default() += weight;
        }
    }
    weights
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
