//! Whether an app takes a write: its running operation, and the wedge that looks like one.

use super::app::{App, PAST_MAX};
use super::clock::Moment;
use super::operation::{Fate, Operation};
use super::write::Change;
use crate::refusal::Refusal;

impl App {
    pub(crate) fn running_operation(&self) -> Option<&Operation> {
        self.operations
            .back()
            .filter(|operation| operation.is_running())
    }

    /// Refuses a write while an operation is running, or is said to be.
    pub(crate) fn check_idle(&self) -> Result<(), Refusal> {
        let running = self.running_operation().map(|operation| &operation.id);
        match running.or(self.wedged.as_ref()) {
            Some(operation) => Err(Refusal::busy(&self.name, operation)),
            None => Ok(()),
        }
    }

    /// What `provisioningState` shows.
    pub(crate) fn provisioning_state(&self) -> &str {
        let running = self.running_operation();
        match running.map(|operation| &operation.change) {
            Some(Some(Change::Delete)) => "Deleting",
            Some(_) => "InProgress",
            None if self.wedged.is_some() => "InProgress",
            None => &self.provisioning_state,
        }
    }

    /// Frees a wedged app; an operation that is stuck fails.
    pub(crate) fn lift(&mut self, now: Moment) {
        self.wedged = None;
        if let Some(operation) = self.operations.back_mut()
            && operation.is_stuck()
        {
            operation.fate = Fate::Fails {
                code: "OperationTimedOut".to_owned(),
                message: "The operation was given up.".to_owned(),
            };
            self.end_operation(now);
        }
        self.settle(now);
    }

    pub(crate) fn begin(&mut self, operation: Operation) {
        if self.operations.len() == PAST_MAX {
            self.operations.pop_front();
        }
        self.operations.push_back(operation);
    }
}
