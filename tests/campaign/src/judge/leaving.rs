//! The rules about what a trial leaves behind when every process has ended and every write has landed.

use super::course::{CANARY, Course, Ended, Process, Role, Write, canary};

/// The codes that say that the traffic may be anything: not verified, stuck, superseded.
const KNOWS_NOT: [i32; 3] = [20, 21, 31];

fn any(course: &Course, fits: impl Fn(&Process) -> bool) -> bool {
    course.processes.iter().any(fits)
}

fn ended_with(codes: &[i32]) -> impl Fn(&Process) -> bool {
    move |process| matches!(process.ended, Ended::Code(code) if codes.contains(&code))
}

/// Returns whether the canary has all traffic, and a run says so, or was killed before it could.
fn is_promoted(course: &Course) -> bool {
    let promoted = |process: &Process| {
        let could = matches!(process.ended, Ended::Killed | Ended::Code(0));
        process.role.moves_forward() && could
    };
    course.end().weights.get(CANARY) == Some(&100) && any(course, promoted)
}

/// Returns whether a command that looked for a lease was refused (30) over the app as it is left: it says what it found; or
/// could not begin (2), and never looked.
fn is_refused_over_the_end(course: &Course) -> bool {
    any(course, |process| {
        let shown = course.last_read(&process.name);
        let says_so = match process.ended {
            Ended::Code(30) => shown.is_some_and(|read| read.settled && read.state == course.end()),
            Ended::Code(2) => shown.is_none(),
            _ => false,
        };
        process.role != Role::Rollout && says_so
    })
}

/// The canary has traffic from a lockgate, and nothing on the app nor any exit code says so.
pub(super) fn split_without_a_lease(course: &Course) -> Vec<String> {
    let end = course.end();
    let author = course.author(u64::MAX);
    let of_lockgate = author.is_some_and(|write| course.process(&write.client).is_some());
    let explained = end.lease.is_some()
        || is_promoted(course)
        || any(course, ended_with(&KNOWS_NOT))
        || any(course, |process| process.ended == Ended::Never)
        || is_refused_over_the_end(course);
    if canary(Some(&end.weights)) == 0 || !of_lockgate || explained {
        return Vec::new();
    }
    vec![format!("{:?}", end.weights)]
}

/// A lease is left, although every process ended, and none as if it had left one.
pub(super) fn lease_without_a_run(course: &Course) -> Vec<String> {
    let explained = is_promoted(course)
        || any(course, ended_with(&[13]))
        || any(course, ended_with(&KNOWS_NOT))
        || any(course, |process| {
            matches!(process.ended, Ended::Killed | Ended::Never)
        });
    match &course.end().lease {
        Some(lease) if !explained => vec![format!("{lease}, {:?}", course.end().weights)],
        _ => Vec::new(),
    }
}

/// Two rollouts whose forward writes alternate both end promoted.
pub(super) fn two_promoted(course: &Course) -> Vec<String> {
    let promoted = course
        .processes
        .iter()
        .filter(|process| process.role.moves_forward() && process.ended == Ended::Code(0));
    let spans: Vec<(&str, u64, u64)> = promoted
        .filter_map(|process| {
            let forward = |write: &&Write| canary(write.weights.as_ref()) > 0;
            let mut forward = course.writes_of(&process.name).filter(forward);
            let first = forward.next()?;
            let last = forward.last().unwrap_or(first);
            Some((process.name.as_str(), first.n, last.n))
        })
        .collect();
    let mut found = Vec::new();
    for (index, (name, first, last)) in spans.iter().enumerate() {
        for (other, other_first, other_last) in &spans[index + 1..] {
            if first < other_last && other_first < last {
                found.push(format!("{name} and {other}"));
            }
        }
    }
    found
}
