//! One container app: its stored document, its revisions, and how it moves from one to the next.
//! The document holds what clients write; all that the service derives is added by `document.rs`.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::clock::Moment;
use super::labels::LabelHistory;
use super::operation::{Fate, Operation, Status};
use super::revision::{Revision, ShownStates};
use super::write::{Change, NewRevision, Write};
use crate::refusal::Refusal;
use crate::scenario::Behaviour;
use crate::world::choice::Chooser;
use crate::world::document;
use crate::world::merge::merge_patch;
use crate::world::served::Served;
use crate::world::shop::Shop;
use crate::world::traffic::{self, Entry, Target};

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
    /// Names and values; never shown in the document.
    pub(crate) secrets: Vec<Value>,
    /// The truth about `ingress.traffic`; the document's copy is a rendering of it.
    pub(crate) traffic: Vec<Entry>,
    /// Oldest first.
    pub(crate) revisions: Vec<Revision>,
    /// Oldest first; only the last one can be running.
    pub(crate) operations: VecDeque<Operation>,
    pub(crate) provisioning_state: String,
    pub(crate) stopped: bool,
    /// The operation that every write is told to wait for, although it is not there.
    pub(crate) wedged: Option<String>,
    /// Deleted for good; only its operations can still be read.
    pub(crate) deleted: bool,
    pub(crate) labels: LabelHistory,
    pub(crate) created_at: Timestamp,
    pub(crate) modified_at: Timestamp,
    pub(crate) modified_by: &'static str,
    pub(crate) images: BTreeMap<String, Behaviour>,
    pub(crate) chooser: Chooser,
    /// `host:port` of the app's own listener.
    pub(crate) address: String,
    /// The port that was asked for, 0 for any.
    pub(crate) port: u16,
    past: VecDeque<Value>,
    foreign: VecDeque<ForeignWrite>,
}

/// A write by somebody else, which happens as soon as the app is idle.
#[derive(Debug)]
pub(crate) struct ForeignWrite {
    pub(crate) traffic: Vec<Entry>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) at: Timestamp,
}

impl App {
    /// Returns an app that has never been written.
    pub(crate) fn blank(
        name: &str,
        scope: String,
        document: Value,
        created_at: Timestamp,
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
            created_at,
            modified_at: created_at,
            modified_by: "deployer@example.com",
            images: BTreeMap::new(),
            chooser,
            address: String::new(),
            port: 0,
            past: VecDeque::new(),
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

    /// The newest active revision that has been ready; what `latestRevision: true` stands for.
    pub(crate) fn latest_ready(&self) -> Option<&Revision> {
        self.revisions
            .iter()
            .rev()
            .find(|revision| revision.active && revision.was_ready)
    }

    pub(crate) fn find_revision(&mut self, name: &str) -> Option<&mut Revision> {
        self.revisions
            .iter_mut()
            .find(|revision| revision.name.eq_ignore_ascii_case(name))
    }

    /// As [`App::find_revision`], with the answer for a revision that is not there.
    pub(crate) fn revision(&mut self, name: &str) -> Result<&mut Revision, Refusal> {
        let missing = Refusal::no_revision(&self.name, name);
        self.find_revision(name).ok_or(missing)
    }

    /// The revision that an entry of the traffic array leads to, if there is any.
    pub(crate) fn resolve(&self, target: &Target) -> Option<&Revision> {
        match target {
            Target::Latest => self.latest_ready(),
            Target::Named(name) => self
                .revisions
                .iter()
                .find(|revision| revision.name == *name),
        }
    }

    /// The split by revision name; a share that leads nowhere has no name.
    pub(crate) fn split(&self) -> Vec<(Option<String>, u32)> {
        let share = |entry: &Entry| {
            let revision = self.resolve(&entry.target);
            (revision.map(|revision| revision.name.clone()), entry.weight)
        };
        self.traffic.iter().map(share).collect()
    }

    /// The weight that a revision really has, with the share of a `latestRevision` entry.
    pub(crate) fn weight_of(&self, name: &str) -> u32 {
        let leads_there = |entry: &&Entry| {
            self.resolve(&entry.target)
                .is_some_and(|revision| revision.name == name)
        };
        self.traffic
            .iter()
            .filter(leads_there)
            .map(|entry| entry.weight)
            .sum()
    }

    /// The document as it was `versions` writes ago, or the oldest one known.
    pub(crate) fn past(&self, versions: usize) -> Option<&Value> {
        let index = self.past.len().saturating_sub(versions);
        self.past.get(index).filter(|_| versions > 0)
    }

    /// Lets everything happen that is due: the end of an operation, foreign writes, readiness.
    pub(crate) fn settle(&mut self, now: Moment) {
        if self
            .running_operation()
            .is_some_and(|operation| operation.is_due(now.instant))
        {
            self.end_operation(now);
        }
        while self.running_operation().is_none()
            && let Some(write) = self.foreign.pop_front()
        {
            self.apply_foreign(write, now);
        }
        self.follow_readiness(now);
        self.purge();
    }

    /// Counts a poll, or a read that stands for one; the running operation may end with it.
    pub(crate) fn poll(&mut self, now: Moment) {
        if self.operations.back_mut().is_some_and(Operation::poll) {
            self.end_operation(now);
            self.settle(now);
        }
    }

    pub(crate) fn queue_foreign(&mut self, write: ForeignWrite, now: Moment) {
        self.foreign.push_back(write);
        self.settle(now);
    }

    /// Sets the traffic, its rendering in the document and the history of labels together.
    pub(crate) fn set_traffic(&mut self, entries: Vec<Entry>, at: Timestamp) {
        let revision_of = |entry: &Entry| self.resolve(&entry.target).map(|it| it.name.clone());
        let labelled = entries
            .iter()
            .filter_map(|entry| Some((entry.label.clone()?, revision_of(entry)?)));
        let labelled = labelled.collect();
        self.labels.follow(labelled, at);
        let ingress = self
            .document
            .pointer_mut("/properties/configuration/ingress");
        if let Some(Value::Object(ingress)) = ingress {
            ingress.insert("traffic".to_owned(), traffic::render(&entries));
        }
        self.traffic = entries;
    }

    pub(super) fn end_operation(&mut self, now: Moment) {
        let Some(operation) = self.operations.back_mut() else {
            return;
        };
        let change = operation.change.take();
        let at = operation.started;
        if let Fate::Fails { code, message } = operation.fate.clone() {
            operation.status = Status::Failed { code, message };
            self.provisioning_state = "Failed".to_owned();
            return;
        }
        operation.status = Status::Succeeded;
        self.remember(now.instant);
        match change {
            Some(Change::Write(write)) => self.apply_write(*write, now),
            Some(Change::Start) => self.stopped = false,
            Some(Change::Stop) => self.stopped = true,
            Some(Change::Delete) => self.deleted = true,
            None => {}
        }
        self.provisioning_state = "Succeeded".to_owned();
        self.modified_at = at;
        self.modified_by = "deployer@example.com";
    }

    fn apply_write(&mut self, write: Write, now: Moment) {
        self.document = write.document;
        if let Some(secrets) = write.secrets {
            self.secrets = secrets;
        }
        if let Some(revision) = write.revision {
            self.create(revision, now);
        }
        self.set_traffic(write.traffic, now.wall);
    }

    fn apply_foreign(&mut self, write: ForeignWrite, now: Moment) {
        self.remember(now.instant);
        if !write.tags.is_empty() {
            merge_patch(&mut self.document, &json!({"tags": write.tags}));
        }
        self.set_traffic(write.traffic, write.at);
        self.modified_at = write.at;
        self.modified_by = "somebody-else@example.com";
    }

    fn create(&mut self, new: NewRevision, now: Moment) {
        let replicas = new
            .template
            .pointer("/scale/minReplicas")
            .and_then(Value::as_u64);
        let mut revision = Revision {
            name: new.name,
            template: new.template,
            created: now.wall,
            active: true,
            last_active: None,
            behaviour: Behaviour::default(),
            answered: 0,
            upstream: None,
            replicas: u32::try_from(replicas.unwrap_or(1))
                .unwrap_or(u32::MAX)
                .max(1),
            shown: ShownStates::default(),
            started: now.instant,
            generation: 1,
            restarts: 0,
            was_ready: false,
            address: new.address,
            port: 0,
            served: Served::default(),
            shop: Shop::default(),
        };
        if let Some(behaviour) = self.images.get(revision.image()) {
            revision.behaviour = behaviour.clone();
        }
        self.revisions.push(revision);
    }

    /// Notes who has become ready; in Single mode the older ones go once a newer one is.
    fn follow_readiness(&mut self, now: Moment) {
        for revision in &mut self.revisions {
            revision.was_ready |= revision.is_ready(now.instant);
        }
        if self.mode().eq_ignore_ascii_case("single") {
            let ready = |revision: &Revision| revision.active && revision.was_ready;
            let newest = self.revisions.iter().rposition(ready).unwrap_or(0);
            for revision in &mut self.revisions[..newest] {
                revision.deactivate(now.wall);
            }
        }
    }

    /// Deletes the oldest of the inactive revisions that are too many, but none with an entry of its
    /// own in the traffic array. The real service is known to be lax about it.
    fn purge(&mut self) {
        let kept = self
            .document
            .pointer("/properties/configuration/maxInactiveRevisions");
        let kept = kept.and_then(Value::as_u64).unwrap_or(100);
        let kept = usize::try_from(kept).unwrap_or(usize::MAX);
        let inactive = self.revisions.iter().filter(|revision| !revision.active);
        let mut excess = inactive.count().saturating_sub(kept);
        let traffic = &self.traffic;
        self.revisions.retain(|revision| {
            let named = |entry: &Entry| entry.target == Target::Named(revision.name.clone());
            let goes = excess > 0 && !revision.active && !traffic.iter().any(named);
            excess -= usize::from(goes);
            !goes
        });
    }

    fn remember(&mut self, now: Instant) {
        if self.past.len() == PAST_MAX {
            self.past.pop_front();
        }
        self.past.push_back(document::app(self, now));
    }
}
