//! The rules about `undo`: it takes back the promotion that the app's note names, whole, and nothing that anybody has done
//! since. What holds for every write that needs a comparison is in `forward`.

use super::attempts::{Attempt, attempts};
use super::course::{Course, Ended, Labels, Process, Promotion, Read, State, What};

fn of_undo(course: &Course) -> impl Iterator<Item = Attempt<'_>> {
    let attempts = attempts(course).into_iter();
    attempts.filter(|attempt| attempt.process.role.undoes())
}

/// Returns the note that a process read last up to this time. Somebody may have taken it away since, which changes no
/// traffic.
fn note<'a>(course: &'a Course, process: &Process, until: u64) -> Option<&'a Promotion> {
    let reads = course.reads(&process.name).into_iter().rev();
    reads
        .filter(|read| read.at <= until)
        .find_map(|read| read.state.promotion.as_ref())
}

/// An undo that writes although every read that it can have acted on shows a lease.
pub(super) fn undoes_over_a_lease(course: &Course) -> Vec<String> {
    let over_a_lease = of_undo(course).filter(|attempt| {
        let known = attempt.known();
        !known.is_empty() && known.iter().all(|read| read.state.lease.is_some())
    });
    over_a_lease
        .map(|attempt| {
            let lease = &attempt.known()[0].state.lease;
            format!(
                "{}, having read the lease {lease:?}",
                attempt.describe(course)
            )
        })
        .collect()
}

/// An undo that writes although every read that it can have acted on shows other traffic than the promotion left, and than
/// it leads to itself.
pub(super) fn undoes_over_a_change(course: &Course) -> Vec<String> {
    let over_a_change = of_undo(course).filter(|attempt| {
        let note = note(course, attempt.process, attempt.call.received);
        let changed = |read: &Read<'_>| {
            let weights = &read.state.weights;
            !note.is_some_and(|note| *weights == note.weights() || *weights == note.undone())
        };
        let known = attempt.known();
        !known.is_empty() && known.iter().all(changed)
    });
    over_a_change
        .map(|attempt| {
            let read = &attempt.known()[0].state.weights;
            format!("{}, having read {read:?}", attempt.describe(course))
        })
        .collect()
}

/// An undo that sends anything else than the whole array: all traffic to the revision that the note names, every label
/// where it is, but for those that the promotion moved.
pub(super) fn undoes_something_else(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for attempt in of_undo(course) {
        let What::Write { weights, labels } = &attempt.call.what else {
            continue;
        };
        let state = course.state(course.base(&attempt.process.name));
        let note = note(course, attempt.process, attempt.call.received);
        let is_right = note.is_some_and(|promotion| {
            weights.as_ref() == Some(&promotion.undone()) && *labels == undone(state, promotion)
        });
        if !is_right {
            found.push(format!(
                "{} with labels {labels:?}; the note is {note:?}, the labels were {:?}",
                attempt.describe(course),
                state.labels
            ));
        }
    }
    found
}

/// Returns the labels of an undo. One that somebody has moved to a third revision since stays there.
fn undone(state: &State, promotion: &Promotion) -> Labels {
    let ours = |revision: &String| [&promotion.promoted, &promotion.replaced].contains(&revision);
    let mut labels = state.labels.clone();
    for (label, before) in &promotion.labels {
        if state
            .labels
            .get(label)
            .is_some_and(|revision| !ours(revision))
        {
            continue;
        }
        match before {
            Some(revision) => labels.insert(label.clone(), revision.clone()),
            None => labels.remove(label),
        };
    }
    labels
}

/// 0 of an undo, although the last read was unsettled, or did not show all traffic with the replaced revision.
pub(super) fn claims_an_undo_that_is_not_there(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for process in &course.processes {
        if !process.role.undoes() || process.ended != Ended::Code(0) {
            continue;
        }
        let read = course.last_read(&process.name);
        let note = note(course, process, u64::MAX);
        let is_there = read
            .zip(note)
            .is_some_and(|(read, note)| read.settled && read.state.weights == note.undone());
        if !is_there {
            let weights = read.map(|read| (&read.state.weights, read.settled));
            found.push(format!(
                "{}: the last read showed {weights:?}",
                process.name
            ));
        }
    }
    found
}

/// 2, 10, 11, 12 or 30 of an undo that has sent a write.
pub(super) fn undoes_and_says_no(course: &Course) -> Vec<String> {
    let says_no = |ended: Ended| matches!(ended, Ended::Code(2 | 10 | 11 | 12 | 30));
    let mut no = Vec::new();
    for process in &course.processes {
        let sent = course.attempts(&process.name).count();
        if process.role.undoes() && says_no(process.ended) && sent > 0 {
            no.push(format!(
                "{} ended with {:?} and sent {sent} writes",
                process.name, process.ended
            ));
        }
    }
    no
}
