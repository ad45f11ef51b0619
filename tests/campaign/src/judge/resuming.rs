//! The rules about `resume`: it continues what stands still, as it was left, and one process continues it. What holds for every
//! write forward is in `forward`.

use super::attempts::{Attempt, attempts};
use super::course::{Course, Ended, Read, Role, Weights, Write, canary};
use super::times::LICENCE_MS;

/// Returns the attempts of resumes of which nothing was accepted yet.
fn beginnings(course: &Course) -> impl Iterator<Item = Attempt<'_>> {
    let attempts = attempts(course).into_iter();
    attempts.filter(|attempt| attempt.process.role == Role::Resume && attempt.is_first)
}

/// A resume that writes although every read that it can have acted on shows no lease, or one of a run that moves.
pub(super) fn resumes_what_does_not_stand_still(course: &Course) -> Vec<String> {
    let moves = |read: &Read<'_>| !read.state.stands_still;
    let mut found = Vec::new();
    for attempt in beginnings(course) {
        let known = attempt.known();
        if !known.is_empty() && known.iter().all(moves) {
            let lease = &known[0].state.lease;
            found.push(format!(
                "{}, having read the lease {lease:?}",
                attempt.describe(course)
            ));
        }
    }
    found
}

/// A resume that writes although every read that it can have acted on shows other weights than the run left.
pub(super) fn resumes_over_a_change(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for attempt in beginnings(course) {
        let known = attempt.known();
        let changed = |read: &Read<'_>| Some(&read.state.weights) != left(course, read.write);
        if !known.is_empty() && known.iter().all(changed) {
            found.push(format!(
                "{}, having read {:?}, where {:?} was left",
                attempt.describe(course),
                known[0].state.weights,
                left(course, known[0].write)
            ));
        }
    }
    found
}

/// Returns the weights that a lockgate wrote last up to `n`.
fn left(course: &Course, n: u64) -> Option<&Weights> {
    let of_lockgate = |write: &&Write| {
        write.n <= n && write.applied.is_some() && course.process(&write.client).is_some()
    };
    let writes = course.writes.iter().filter(of_lockgate);
    writes
        .filter_map(|write| write.weights.as_ref())
        .next_back()
}

/// Two resumes of one lease that both led the run on to its end, or to its next stand, although the later one had time to
/// read what the other had written before it sent its first write.
pub(super) fn two_resumed(course: &Course) -> Vec<String> {
    let leads = |ended: Ended| matches!(ended, Ended::Code(0 | 13));
    let mut led: Vec<(&str, &Write, &Option<String>)> = Vec::new();
    for process in &course.processes {
        let forward = |write: &&Write| canary(write.weights.as_ref()) > 0;
        let first = course.writes_of(&process.name).find(forward);
        if let Some(first) = first
            && process.role == Role::Resume
            && leads(process.ended)
        {
            let lease = &course.state(course.base(&process.name)).lease;
            led.push((&process.name, first, lease));
        }
    }
    let mut found = Vec::new();
    for (name, write, lease) in &led {
        for (other, other_write, other_lease) in &led {
            let applied = write.applied.as_ref().map_or(u64::MAX, |(at, _)| *at);
            if name != other && lease == other_lease && applied + LICENCE_MS < other_write.received
            {
                found.push(format!(
                    "{name} wrote at {applied} ms, {other} at {} ms",
                    other_write.received
                ));
            }
        }
    }
    found
}
