//! Every history of a two-stage plan, breadth first, until no new state appears.
//!
//! A state is the engine, the judge and the time, with all times relative to now: what differs in nothing but its age
//! is the same state. At every state everything may happen that can follow the action, and a request to end and the
//! loss of the journal as well.

use std::collections::{BTreeMap, VecDeque};

use super::facts;
use super::judge::Judge;
use super::sample::{self, ms};
use crate::{Action, Event, Intent, OnDeadline, Phase, Rollout, Timestamp};

/// More than this and the plan is not small any more.
const STATES_MAX: usize = 400_000;

#[derive(Clone)]
struct Node {
    rollout: Rollout,
    judge: Judge,
    now: Timestamp,
    path: Option<(usize, String)>,
}

#[derive(Default)]
struct Space {
    nodes: Vec<Node>,
    by_key: BTreeMap<String, usize>,
    edges: Vec<(usize, usize)>,
    /// The shortest story of each broken invariant.
    broken: BTreeMap<String, String>,
}

#[test]
fn every_history_of_a_plan_that_rolls_back_keeps_the_invariants() {
    let wanted = "Promoted Refused RolledBack Stuck Superseded Unverified";
    explore(OnDeadline::RollBack, Intent::Rollout, wanted);
}

#[test]
fn every_history_of_a_plan_that_freezes_keeps_the_invariants() {
    let wanted = "Held Promoted Refused RolledBack Stuck Superseded Unverified";
    explore(OnDeadline::Freeze, Intent::Rollout, wanted);
}

#[test]
fn every_history_of_a_resumed_run_keeps_the_invariants() {
    let wanted = "Held Idle Promoted Refused RolledBack Stuck Superseded Unverified";
    explore(OnDeadline::Freeze, Intent::Resume, wanted);
}

#[test]
fn every_history_of_an_abort_keeps_the_invariants() {
    let by = "a person".to_owned();
    let wanted = "Idle Refused RolledBack Stuck Superseded Unverified";
    explore(OnDeadline::RollBack, Intent::Abort { by }, wanted);
}

fn explore(on_deadline: OnDeadline, intent: Intent, ends: &str) {
    let plan = sample::two_stages(on_deadline);
    let what = format!("{intent:?} with {on_deadline:?}");
    let judge = match intent {
        Intent::Resume => Judge::of_held(0),
        _ => Judge::default(),
    };
    let start = Node {
        rollout: Rollout::new(sample::RUN.to_owned(), plan, intent),
        judge,
        now: Timestamp::default(),
        path: None,
    };
    let mut space = Space::default();
    let mut queue = VecDeque::new();
    queue.extend(space.add(start).1);
    while let Some(from) = queue.pop_front() {
        assert!(
            space.nodes.len() < STATES_MAX,
            "the state space does not close"
        );
        for node in space.children(from) {
            let (to, is_new) = space.add(node);
            space.edges.push((from, to));
            queue.extend(is_new);
        }
    }
    let broken: Vec<String> = space.broken.values().cloned().collect();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    space.assert_that_every_path_ends();
    assert_eq!(space.ends().join(" "), ends);
    let (states, transitions) = (space.nodes.len(), space.edges.len());
    println!("{what}: {states} states, {transitions} transitions");
}

/// The answers whose lateness can matter, by the ends of their names.
const SLOW: [&str; 9] = [
    " pass",
    " hold",
    " broke",
    "not ready yet",
    "unobserved",
    "observed the baseline",
    "observed 50 %",
    "unsettled 50 %",
    "observed foreign traffic",
];

/// What may happen next, at once or after longer than any deadline.
fn successors(node: &Node) -> Vec<(String, Event)> {
    let action = node.rollout.next_action();
    if matches!(action, Action::Finish(_)) {
        return Vec::new();
    }
    let soon = match action {
        Action::Wait { until } => node.now.max(until),
        _ => node.now,
    };
    let slow = soon.after(ms(60));
    let mut events = Vec::new();
    for (name, fact) in facts::following(&node.rollout, &action) {
        let event = |at| Event {
            at,
            fact: fact.clone(),
        };
        events.push((name.clone(), event(soon)));
        if SLOW.iter().any(|slow| name.ends_with(slow)) {
            events.push((format!("slowly: {name}"), event(slow)));
        }
    }
    for (name, fact) in facts::interruptions() {
        events.push((name, Event { at: node.now, fact }));
    }
    events
}

impl Space {
    /// Adds a node and returns its number, twice if it is new.
    fn add(&mut self, node: Node) -> (usize, Option<usize>) {
        let key = key(&node);
        if let Some(known) = self.by_key.get(&key) {
            return (*known, None);
        }
        let number = self.nodes.len();
        self.by_key.insert(key, number);
        self.nodes.push(node);
        (number, Some(number))
    }

    /// Returns the different states that may follow one.
    fn children(&mut self, from: usize) -> Vec<Node> {
        let mut children: Vec<Node> = Vec::new();
        for (name, event) in successors(&self.nodes[from]) {
            let Some(node) = self.step(from, &name, &event) else {
                continue;
            };
            let same = |child: &Node| {
                (child.now, &child.judge) == (node.now, &node.judge)
                    && child.rollout == node.rollout
            };
            if !children.iter().any(same) {
                children.push(node);
            }
        }
        children
    }

    /// Applies an event; `None` where that breaks an invariant.
    fn step(&mut self, from: usize, name: &str, event: &Event) -> Option<Node> {
        let before = &self.nodes[from];
        let mut node = before.clone();
        node.now = event.at;
        node.path = Some((from, name.to_owned()));
        let action = before.rollout.next_action();
        let judged = node
            .rollout
            .apply(event)
            .map_err(|illegal| illegal.to_string())
            .and_then(|()| {
                node.judge
                    .saw(&before.rollout, &action, event, &node.rollout)
            });
        // What gates remember steers nothing; without it far fewer states differ.
        node.rollout = node.rollout.remembering(crate::Memory::default());
        if let Err(broken) = judged {
            let story = format!("{broken}\n{}", self.story(&node));
            self.broken.entry(broken).or_insert(story);
            return None;
        }
        Some(node)
    }

    /// How a node came to be, for people.
    fn story(&self, node: &Node) -> String {
        let mut lines = Vec::new();
        let mut at = Some(node);
        while let Some(node) = at {
            let name = node.path.as_ref().map_or("start", |(_, name)| name);
            lines.push(format!("{} {name} -> {:?}", node.now, node.rollout.phase()));
            at = node.path.as_ref().map(|(from, _)| &self.nodes[*from]);
        }
        lines.reverse();
        lines.join("\n")
    }

    /// Without a circle (other than what changes nothing at all) and with a step out of every unfinished state,
    /// every path comes to an end.
    fn assert_that_every_path_ends(&self) {
        let mut onward: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        let mut incoming = vec![0_usize; self.nodes.len()];
        for (from, to) in self.edges.iter().filter(|(from, to)| from != to) {
            onward[*from].push(*to);
            incoming[*to] += 1;
        }
        let mut free: Vec<usize> = vec![0];
        let mut sorted = 0;
        while let Some(node) = free.pop() {
            sorted += 1;
            if onward[node].is_empty() {
                let last = &self.nodes[node];
                let ended = matches!(last.rollout.phase(), Phase::Ended(_));
                assert!(ended, "no way out\n{}", self.story(last));
            }
            for to in &onward[node] {
                incoming[*to] -= 1;
                if incoming[*to] == 0 {
                    free.push(*to);
                }
            }
        }
        assert_eq!(
            sorted,
            self.nodes.len(),
            "some histories go round in a circle"
        );
    }

    /// The names of all outcomes, sorted.
    fn ends(&self) -> Vec<String> {
        let mut ends: Vec<String> = Vec::new();
        for node in &self.nodes {
            if let Phase::Ended(outcome) = node.rollout.phase() {
                ends.push(name(outcome));
            }
        }
        ends.sort();
        ends.dedup();
        ends
    }
}

/// The state as text, its times relative to now and without what steers nothing: why a run is rolled back, how it
/// ended, how often it has asked.
fn key(node: &Node) -> String {
    let text = format!("{:?}", node.rollout);
    let steering = text.split_once(" phase: ").unwrap().1;
    let steering = match steering.split_once("cause: ") {
        Some((before, after)) if before.starts_with("RollingBack") => {
            after.rsplit_once(", closing: ").unwrap().1
        }
        _ => steering,
    };
    if let Phase::Ended(outcome) = node.rollout.phase() {
        return name(outcome);
    }
    let mut text = relative(&format!("{steering} {:?}", node.judge), node.now);
    for counter in ["asked: ", "asked_health: ", "asked_promotion: "] {
        text = without_number(&text, counter);
    }
    text
}

/// How often a gate was asked is told to the gate, and steers nothing.
fn without_number(text: &str, name: &str) -> String {
    let mut parts = text.split(name);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

fn name(outcome: &crate::Outcome) -> String {
    let text = format!("{outcome:?}");
    text.chars().take_while(|c| c.is_alphabetic()).collect()
}

/// Longer ago than any deadline of the plan is just long ago.
const LONG_AGO_MS: i64 = -64;

fn relative(text: &str, now: Timestamp) -> String {
    let now = i64::try_from(now.0).unwrap();
    let mut parts = text.split("Timestamp(");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(')').unwrap();
        let time: i64 = number.parse().unwrap();
        let ago = (time - now).max(LONG_AGO_MS);
        result.push_str(&format!("({ago:+}){rest}"));
    }
    result
}
