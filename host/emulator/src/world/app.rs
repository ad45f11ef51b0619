//! One container app: the state that is stored, and what can be read from it without a clock. The
//! document holds what clients wrote; `document.rs` adds what the service derives. The transitions
//! are in `settle.rs`.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use super::change::AppChange;
use super::choice::{Chooser, SplitShare};
use super::clock::WorldTime;
use super::history::History;
use super::labels::{LabelAssignment, LabelHistory};
use super::operation::Operation;
use super::revision::Revision;
use super::traffic::{self, TrafficEntry, TrafficTarget};
use crate::refusal::Refusal;
use crate::scenario::Behaviour;

/// Documents kept for stale reads, and operations kept for late polls.
pub(super) const PAST_MAX: usize = 64;

/// One container app.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) name: String,
    /// `/subscriptions/…/resourceGroups/…/providers/Microsoft.App`.
    pub(crate) scope: String,
    /// Location, tags, identity and the writable properties.
    pub(crate) document: Value,
    /// Names and values; the document shows the names alone.
    pub(crate) secrets: Vec<Value>,
    /// The source of `ingress.traffic` in the document.
    pub(crate) traffic: Vec<TrafficEntry>,
    /// Oldest first.
    pub(crate) revisions: Vec<Revision>,
    /// Oldest first. Only the last one can be running.
    pub(crate) operations: VecDeque<Operation>,
    pub(crate) provisioning_state: String,
    pub(crate) stopped: bool,
    /// Id of the operation that every write is refused for, although it does not exist.
    pub(crate) wedged: Option<String>,
    /// Whether the app is deleted. Its operations can still be read.
    pub(crate) deleted: bool,
    pub(crate) labels: LabelHistory,
    pub(crate) created_at: Timestamp,
    pub(crate) modified_at: Timestamp,
    pub(crate) modified_by: &'static str,
    pub(crate) images: BTreeMap<String, Behaviour>,
    pub(crate) chooser: Chooser,
    /// `host:port` of the app's own listener.
    pub(crate) address: String,
    /// The requested port; 0 for any.
    pub(crate) port: u16,
    /// The documents before the last writes, oldest first.
    pub(super) past: VecDeque<PastDocument>,
    pub(crate) history: History,
    pub(super) foreign: VecDeque<ForeignWrite>,
}

/// A write by another client, which is applied as soon as the app is idle.
#[derive(Debug)]
pub(crate) struct ForeignWrite {
    /// The name of the client in the history.
    pub(crate) client: String,
    pub(crate) traffic: Vec<TrafficEntry>,
    /// Null removes a tag.
    pub(crate) tags: BTreeMap<String, Option<String>>,
    pub(crate) at: Timestamp,
    pub(crate) received: Instant,
}

/// The document of an app as it was before a write.
#[derive(Debug)]
pub(crate) struct PastDocument {
    pub(crate) document: Value,
    /// The number of the last write that it includes.
    pub(crate) write: u64,
}

impl App {
    /// Returns an app that has never been written.
    pub(crate) fn blank(
        name: &str,
        scope: String,
        document: Value,
        created: WorldTime,
        chooser: Chooser,
    ) -> Self {
        Self {
            name: name.to_owned(),
            scope,
            document,
            secrets: Vec::new(),
            traffic: Vec::new(),
            revisions: Vec::new(),
            operations: VecDeque::new(),
            provisioning_state: "Succeeded".to_owned(),
            stopped: false,
            wedged: None,
            deleted: false,
            labels: LabelHistory::default(),
            created_at: created.wall,
            modified_at: created.wall,
            modified_by: "deployer@example.com",
            images: BTreeMap::new(),
            chooser,
            address: String::new(),
            port: 0,
            past: VecDeque::new(),
            history: History::new(created.instant),
            foreign: VecDeque::new(),
        }
    }

    pub(crate) fn mode(&self) -> &str {
        let mode = self
            .document
            .pointer("/properties/configuration/activeRevisionsMode");
        mode.and_then(Value::as_str).unwrap_or("Single")
    }

    pub(crate) fn has_ingress(&self) -> bool {
        self.document
            .pointer("/properties/configuration/ingress")
            .is_some_and(Value::is_object)
    }

    pub(crate) fn latest(&self) -> Option<&Revision> {
        self.revisions.last()
    }

    /// Returns the newest active revision that has been ready, which `latestRevision: true` means.
    pub(crate) fn latest_ready(&self) -> Option<&Revision> {
        self.revisions
            .iter()
            .rev()
            .find(|revision| revision.active && revision.was_ready)
    }

    /// Finds a revision by its whole name, in any case.
    pub(crate) fn find_revision(&mut self, name: &str) -> Option<&mut Revision> {
        self.revisions
            .iter_mut()
            .find(|revision| revision.name.eq_ignore_ascii_case(name))
    }

    /// As [`App::find_revision`], or the refusal for an unknown revision.
    pub(crate) fn revision(&mut self, name: &str) -> Result<&mut Revision, Refusal> {
        let missing = Refusal::no_revision(&self.name, name);
        self.find_revision(name).ok_or(missing)
    }

    /// Returns the revision that an entry of the traffic array leads to.
    pub(crate) fn resolve(&self, target: &TrafficTarget) -> Option<&Revision> {
        match target {
            TrafficTarget::Latest => self.latest_ready(),
            TrafficTarget::Named(name) => self
                .revisions
                .iter()
                .find(|revision| revision.name == *name),
        }
    }

    /// Returns the shares of the traffic by revision.
    pub(crate) fn split(&self) -> Vec<SplitShare> {
        let share = |entry: &TrafficEntry| SplitShare {
            revision: self
                .resolve(&entry.target)
                .map(|revision| revision.name.clone()),
            weight: entry.weight,
        };
        self.traffic.iter().map(share).collect()
    }

    /// Returns the weight of a revision, including that of a `latestRevision` entry.
    pub(crate) fn weight_of(&self, name: &str) -> u32 {
        let leads_there = |entry: &&TrafficEntry| {
            self.resolve(&entry.target)
                .is_some_and(|revision| revision.name == name)
        };
        self.traffic
            .iter()
            .filter(leads_there)
            .map(|entry| entry.weight)
            .sum()
    }

    /// Returns the document as it was `versions` writes ago, or the oldest one that is kept.
    pub(crate) fn past(&self, versions: usize) -> Option<&PastDocument> {
        let index = self.past.len().saturating_sub(versions);
        self.past.get(index).filter(|_| versions > 0)
    }

    pub(crate) fn running_operation(&self) -> Option<&Operation> {
        self.operations
            .back()
            .filter(|operation| operation.is_running())
    }

    /// Refuses a write while an operation is running, or while the app is wedged.
    pub(crate) fn check_idle(&self) -> Result<(), Refusal> {
        let running = self.running_operation().map(|operation| &operation.id);
        match running.or(self.wedged.as_ref()) {
            Some(operation) => Err(Refusal::busy(&self.name, operation)),
            None => Ok(()),
        }
    }

    /// Returns the `provisioningState` that a read shows.
    pub(crate) fn provisioning_state(&self) -> &str {
        let running = self.running_operation();
        match running.map(|operation| &operation.change) {
            Some(Some(AppChange::Delete)) => "Deleting",
            Some(_) => "InProgress",
            None if self.wedged.is_some() => "InProgress",
            None => &self.provisioning_state,
        }
    }

    /// Sets the traffic, together with its copy in the document and the history of labels.
    pub(crate) fn set_traffic(&mut self, entries: Vec<TrafficEntry>, at: Timestamp) {
        let assignment = |entry: &TrafficEntry| {
            Some(LabelAssignment {
                label: entry.label.clone()?,
                revision: self.resolve(&entry.target)?.name.clone(),
            })
        };
        let assignments = entries.iter().filter_map(assignment).collect();
        self.labels.follow(assignments, at);
        let ingress = self
            .document
            .pointer_mut("/properties/configuration/ingress");
        if let Some(Value::Object(ingress)) = ingress {
            ingress.insert("traffic".to_owned(), traffic::render(&entries));
        }
        self.traffic = entries;
    }
}
