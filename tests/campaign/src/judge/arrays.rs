//! The rules about every write of a lockgate, whatever its command: the array is whole, and a note is no more than a note.

use super::course::Course;

/// A write, accepted or not, whose weights are not 100 together, or that gives some to whatever revision is the latest.
pub(super) fn loses_traffic(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for process in &course.processes {
        for (call, weights) in course.traffic_attempts(&process.name) {
            let is_whole = weights.values().sum::<u64>() == 100;
            if !is_whole || weights.contains_key("latest") {
                found.push(format!(
                    "{} at {} ms: {weights:?}",
                    process.name, call.received
                ));
            }
        }
    }
    found
}

/// A write of tags alone after which a lease is gone, or another one is there: a note may land at any time.
pub(super) fn note_changes_a_lease(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for write in &course.writes {
        let is_of_lockgate = course.process(&write.client).is_some();
        let before = &course.state(write.n - 1).lease;
        if let Some((at, after)) = &write.applied
            && is_of_lockgate
            && write.weights.is_none()
            && after.lease != *before
        {
            found.push(format!(
                "{} at {at} ms: {before:?} became {:?}",
                write.client, after.lease
            ));
        }
    }
    found
}
