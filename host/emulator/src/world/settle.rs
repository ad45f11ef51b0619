//! The transitions of an app: operations that begin and end, writes of other clients, revisions
//! that become ready, are deactivated or deleted. Transitions take the time as an argument, and
//! must not read a clock.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::app::{App, ForeignWrite, PAST_MAX, PastDocument};
use super::change::{AppChange, PlannedRevision, PlannedWrite};
use super::clock::WorldTime;
use super::document;
use super::history::WriteOrigin;
use super::merge::merge_patch;
use super::operation::{Operation, OperationStatus, PlannedOutcome};
use super::revision::{Revision, ShownStates};
use super::served::Served;
use super::shop::Shop;
use super::traffic::{self, TrafficEntry, TrafficTarget};
use super::web_app_state::WebAppState;
use crate::scenario::Behaviour;

impl App {
    /// Performs everything that is due: the end of an operation, writes of other clients,
    /// readiness.
    pub(crate) fn settle(&mut self, now: WorldTime) {
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

    /// Begins an operation for a write of this origin.
    pub(crate) fn begin(&mut self, operation: Operation, origin: WriteOrigin, now: WorldTime) {
        self.history.accept(origin, now.instant);
        if self.operations.len() == PAST_MAX {
            self.operations.pop_front();
        }
        self.operations.push_back(operation);
    }

    /// Counts a poll, or a read that counts as one. The running operation may end with it.
    pub(crate) fn poll(&mut self, now: WorldTime) {
        if self.operations.back_mut().is_some_and(Operation::poll) {
            self.end_operation(now);
            self.settle(now);
        }
    }

    /// Queues a write of another client.
    pub(crate) fn queue_foreign(&mut self, write: ForeignWrite, now: WorldTime) {
        self.foreign.push_back(write);
        self.settle(now);
    }

    /// Frees a wedged app. A stuck operation fails.
    pub(crate) fn lift(&mut self, now: WorldTime) {
        self.wedged = None;
        if let Some(operation) = self.operations.back_mut()
            && operation.is_stuck()
        {
            operation.outcome = PlannedOutcome::Fails {
                code: "OperationTimedOut".to_owned(),
                message: "The operation timed out.".to_owned(),
            };
            self.end_operation(now);
        }
        self.settle(now);
    }

    fn end_operation(&mut self, now: WorldTime) {
        let Some(operation) = self.operations.back_mut() else {
            return;
        };
        let change = operation.change.take();
        let at = operation.started;
        let ended = operation.end_time(now.instant);
        if let PlannedOutcome::Fails { code, message } = operation.outcome.clone() {
            operation.status = OperationStatus::Failed { code, message };
            self.provisioning_state = "Failed".to_owned();
            self.note_end(ended, false);
            return;
        }
        operation.status = OperationStatus::Succeeded;
        self.keep_document(now.instant);
        match change {
            Some(AppChange::Write(write)) => self.apply_write(*write, now),
            Some(AppChange::Start) => self.stopped = false,
            Some(AppChange::Stop) => self.stopped = true,
            Some(AppChange::Delete) => self.deleted = true,
            None => {}
        }
        self.provisioning_state = "Succeeded".to_owned();
        self.modified_at = at;
        self.modified_by = "deployer@example.com";
        self.note_end(ended, true);
    }

    fn note_end(&mut self, at: Instant, applied: bool) {
        let tags = self.document.get("tags").cloned();
        let traffic = traffic::render(&self.traffic);
        self.history
            .end(at, applied, traffic, tags.unwrap_or_else(|| json!({})));
    }

    fn apply_write(&mut self, write: PlannedWrite, now: WorldTime) {
        self.document = write.document;
        if let Some(secrets) = write.secrets {
            self.secrets = secrets;
        }
        if let Some(revision) = write.revision {
            self.create(revision, now);
        }
        self.set_traffic(write.traffic, now.wall);
    }

    fn apply_foreign(&mut self, write: ForeignWrite, now: WorldTime) {
        self.keep_document(now.instant);
        let origin = WriteOrigin {
            client: write.client,
            traffic: traffic::render(&write.traffic),
            tags: json!(write.tags),
            received_ms: self.history.ms(write.received),
            ..WriteOrigin::default()
        };
        self.history.accept(origin, now.instant);
        if !write.tags.is_empty() {
            merge_patch(&mut self.document, &json!({"tags": write.tags}));
        }
        self.set_traffic(write.traffic, write.at);
        self.modified_at = write.at;
        self.modified_by = "somebody-else@example.com";
        self.note_end(now.instant, true);
    }

    fn create(&mut self, new: PlannedRevision, now: WorldTime) {
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
            web_app: WebAppState::new(&Behaviour::default()),
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
            revision.behave(behaviour.clone());
        }
        self.revisions.push(revision);
    }

    /// Notes the revisions that have become ready. In Single mode, deactivates those before the
    /// newest ready one.
    fn follow_readiness(&mut self, now: WorldTime) {
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

    /// Deletes the oldest inactive revisions beyond the limit, except those that an entry of the
    /// traffic array names. The real service is known to be lax about the limit.
    fn purge(&mut self) {
        let limit = self
            .document
            .pointer("/properties/configuration/maxInactiveRevisions");
        let limit = limit.and_then(Value::as_u64).unwrap_or(100);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let inactive = self.revisions.iter().filter(|revision| !revision.active);
        let mut excess = inactive.count().saturating_sub(limit);
        let traffic = &self.traffic;
        self.revisions.retain(|revision| {
            let names_it =
                |entry: &TrafficEntry| entry.target == TrafficTarget::Named(revision.name.clone());
            let deleted = excess > 0 && !revision.active && !traffic.iter().any(names_it);
            excess -= usize::from(deleted);
            !deleted
        });
    }

    /// Keeps the current document for stale reads.
    fn keep_document(&mut self, now: Instant) {
        if self.past.len() == PAST_MAX {
            self.past.pop_front();
        }
        self.past.push_back(PastDocument {
            document: document::app(self, now),
            write: self.history.applied(),
        });
    }
}
