//! The rules about writes that need a comparison (I-19): those that leave the canary with traffic, and those of an undo. Each
//! follows a read of the same process that shows the app as this process left it.

use super::attempts::attempts;
use super::course::{Course, Process, Read, Role, State, Write};
use super::times::{LICENCE_MS, NOTICE_MS};

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
