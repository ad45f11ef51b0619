//! Attempts at writes that need a comparison, each with what its process had read. Judges nothing.

use super::course::{Call, Course, Process, Read, What, Write};
use super::times::GRACE_MS;

/// One attempt at a write that needs a comparison, and what the process had read.
pub(super) struct Attempt<'a> {
    pub(super) process: &'a Process,
    pub(super) call: &'a Call,
    /// The reads since the attempt before it, up to its own arrival, in order.
    pub(super) reads: Vec<Read<'a>>,
    /// Whether no earlier write of the process was accepted.
    pub(super) is_first: bool,
}

impl<'a> Attempt<'a> {
    /// Returns the reads that the process can have acted on: the last one that it must have known, and all later ones.
    pub(super) fn known(&self) -> &[Read<'a>] {
        let certain = |read: &Read<'_>| read.at + GRACE_MS < self.call.received;
        let from = self.reads.iter().rposition(certain).unwrap_or(0);
        &self.reads[from..]
    }

    pub(super) fn describe(&self, course: &Course) -> String {
        let What::Write { weights, .. } = &self.call.what else {
            return String::new();
        };
        let accepted = course
            .writes_of(&self.process.name)
            .any(|write| write.received == self.call.received && write.weights == *weights);
        format!(
            "{} at {} ms: {:?}{}",
            self.process.name,
            self.call.received,
            weights.clone().unwrap_or_default(),
            if accepted { "" } else { " (not accepted)" }
        )
    }
}

/// Returns the attempts at writes that need a comparison, of every process.
pub(super) fn attempts(course: &Course) -> Vec<Attempt<'_>> {
    let mut found = Vec::new();
    for process in &course.processes {
        let reads = course.reads(&process.name);
        // The moment from which on a read is younger than the attempt before: when that one was answered.
        let mut since = 0;
        for call in course.attempts(&process.name) {
            let What::Write { weights, .. } = &call.what else {
                continue;
            };
            if process.role.compares(weights.as_ref()) {
                let fresh = |read: &&Read<'_>| read.at >= since && read.at <= call.received;
                let before = |write: &Write| write.accepted < call.received;
                found.push(Attempt {
                    process,
                    call,
                    reads: reads.iter().filter(fresh).copied().collect(),
                    is_first: !course.writes_of(&process.name).any(before),
                });
            }
            since = match call.performed {
                Some(performed) if !call.lost_at_once => performed,
                _ => call.received,
            };
        }
    }
    found
}
