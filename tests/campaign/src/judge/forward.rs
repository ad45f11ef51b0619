//! The rules about writes that leave the canary with traffic (I-19): each follows a read of the same process that shows
//! the app as this process left it.

use super::course::{Call, Course, Process, Read, Role, State, What, Write, canary};
use super::times::{GRACE_MS, LICENCE_MS, NOTICE_MS};

/// One attempt to write forward, and what the process had read.
struct Attempt<'a> {
    process: &'a Process,
    call: &'a Call,
    /// The reads since the attempt before it, up to its own arrival, in order.
    reads: Vec<Read<'a>>,
    /// Whether no earlier write of the process was accepted.
    is_first: bool,
}

impl<'a> Attempt<'a> {
    /// Returns the reads that the process can have acted on: the last one that it must have known, and all later ones.
    fn known(&self) -> &[Read<'a>] {
        let certain = |read: &Read<'_>| read.at + GRACE_MS < self.call.received;
        let from = self.reads.iter().rposition(certain).unwrap_or(0);
        &self.reads[from..]
    }

    fn describe(&self, course: &Course) -> String {
        let What::Write { weights } = &self.call.what else {
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

/// Returns the forward attempts of every process that may raise the canary.
fn attempts(course: &Course) -> Vec<Attempt<'_>> {
    let mut found = Vec::new();
    let forward = course.processes.iter().filter(|p| p.role.moves_forward());
    for process in forward {
        let reads = course.reads(&process.name);
        // The moment from which on a read is younger than the attempt before: when that one was answered.
        let mut since = 0;
        for call in course.attempts(&process.name) {
            let What::Write { weights } = &call.what else {
                continue;
            };
            if canary(weights.as_ref()) > 0 {
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

/// A forward write, or its repetition, without a read since the attempt before it.
pub(super) fn repeats_without_a_read(course: &Course) -> Vec<String> {
    let attempts = attempts(course).into_iter();
    attempts
        .filter(|attempt| attempt.reads.is_empty())
        .map(|attempt| attempt.describe(course))
        .collect()
}

/// A forward write although every read that the process can have acted on shows another app than it left.
pub(super) fn overrides_a_change_it_read(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for attempt in attempts(course) {
        let known = attempt.known();
        let changed = |read: &Read<'_>| read.state != left(course, attempt.process, read.write);
        if !known.is_empty() && known.iter().all(changed) {
            found.push(format!(
                "{}, having left {:?} and read {:?}",
                attempt.describe(course),
                left(course, attempt.process, known[0].write),
                known[0].state
            ));
        }
    }
    found
}

/// Returns the app as a process left it with its last write up to `n`; before its first one, as it found it.
fn left<'a>(course: &'a Course, process: &Process, n: u64) -> &'a State {
    let own = course.writes_of(&process.name);
    let last = own.filter(|write| write.n <= n).last();
    course.state(last.map_or_else(|| course.base(&process.name), |write| write.n))
}

/// A forward write although every read that the process can have acted on shows an operation of somebody else.
pub(super) fn does_not_wait_for_another(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for attempt in attempts(course) {
        let known = attempt.known();
        let foreign = |read: &Read<'_>| {
            let next = course.writes.iter().find(|write| write.n > read.write);
            !read.settled && next.is_some_and(|write| write.client != attempt.process.name)
        };
        if !known.is_empty() && known.iter().all(foreign) {
            found.push(format!(
                "{}, having read at {} ms that an operation is under way",
                attempt.describe(course),
                known[0].at
            ));
        }
    }
    found
}

/// A forward write that is licensed by a read from before somebody else's change, although there was time to read again.
pub(super) fn acts_on_an_old_read(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for attempt in attempts(course) {
        let Some(read) = attempt.reads.last() else {
            continue;
        };
        let sent = attempt.call.received;
        let missed = course.writes.iter().find(|write| {
            let foreign = write.client != attempt.process.name && course.changed(write);
            let at = write.applied.as_ref().map_or(u64::MAX, |(at, _)| *at);
            foreign && write.n > read.write && at + LICENCE_MS < sent
        });
        if let Some(missed) = missed
            && read.at + LICENCE_MS < sent
        {
            found.push(format!(
                "{}, read at {} ms; {} wrote {:?} meanwhile",
                attempt.describe(course),
                read.at,
                missed.client,
                missed.weights
            ));
        }
    }
    found
}

/// A run that has written, and reads somebody else's change only long after it took effect.
pub(super) fn looks_too_late(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    let forward = course.processes.iter().filter(|p| p.role.moves_forward());
    for process in forward {
        let Some(last) = course.writes_of(&process.name).last() else {
            continue;
        };
        let foreign = |write: &&Write| write.n > last.n && course.changed(write);
        let Some(change) = course.writes.iter().find(foreign) else {
            continue;
        };
        let at = change.applied.as_ref().map_or(0, |(at, _)| *at);
        let reads = course.reads(&process.name);
        let read = reads.iter().find(|read| read.write >= change.n);
        if let Some(read) = read
            && read.at > at + NOTICE_MS
        {
            found.push(format!(
                "{} read at {} ms what {} had written at {at} ms",
                process.name, read.at, change.client
            ));
        }
    }
    found
}

/// A rollout that begins where every read that it can have acted on shows a lease.
pub(super) fn begins_over_a_lease(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for attempt in attempts(course) {
        let known = attempt.known();
        let begins = attempt.is_first && attempt.process.role == Role::Rollout;
        if begins && !known.is_empty() && known.iter().all(|read| read.state.lease.is_some()) {
            found.push(format!(
                "{}, having read the lease {:?}",
                attempt.describe(course),
                known[0].state.lease
            ));
        }
    }
    found
}
