//! The rules about restores: they lower the canary, and undo no work of an operator that the process has read.

use super::course::{Course, Read, Role, canary};
use super::times::GRACE_MS;

/// `abort` or `recover` that sends a canary weight above the one it read last.
pub(super) fn raises_the_canary(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    let restorers = course.processes.iter().filter(|p| !p.role.moves_forward());
    for process in restorers {
        let reads = course.reads(&process.name);
        for (call, weights) in course.traffic_attempts(&process.name) {
            let read = reads.iter().rfind(|read| read.at <= call.received);
            let shown = read.map_or(0, |read| canary(Some(&read.state.weights)));
            if canary(Some(weights)) > shown {
                found.push(format!(
                    "{} at {} ms: {weights:?}, having read the canary at {shown}",
                    process.name, call.received
                ));
            }
        }
    }
    found
}

/// A restore although the last two reads of the process, or its only one, show traffic that an operator wrote. An `abort` that
/// began by reading that traffic was asked to restore over it.
pub(super) fn restores_over_an_operator(course: &Course) -> Vec<String> {
    let mut over = Vec::new();
    for process in &course.processes {
        let reads = course.reads(&process.name);
        let found = |read: &Read<'_>| {
            let first = reads.first().map(|first| &first.state.weights);
            process.role == Role::Abort && first == Some(&read.state.weights)
        };
        for (call, weights) in course.traffic_attempts(&process.name) {
            if canary(Some(weights)) > 0 {
                continue;
            }
            let known = reads
                .iter()
                .rev()
                .filter(|read| read.at + GRACE_MS < call.received)
                .take(2);
            let known: Vec<&Read<'_>> = known.collect();
            let operators = |read: &&Read<'_>| {
                let author = course.author(read.write);
                read.state.weights != *weights
                    && !found(read)
                    && author.is_some_and(|write| course.process(&write.client).is_none())
            };
            if !known.is_empty() && known.iter().all(operators) {
                over.push(format!(
                    "{} at {} ms: {weights:?}, over {:?}",
                    process.name, call.received, known[0].state.weights
                ));
            }
        }
    }
    over
}
