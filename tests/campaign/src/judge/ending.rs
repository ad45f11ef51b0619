//! The rules about final words: what an exit code claims is what the app last said to the process, and nothing comes
//! after it.

use super::course::{CANARY, Course, Ended, Process, Role, Weights, canary};

/// The codes that claim that the baseline is served.
const BASELINE: [i32; 3] = [10, 11, 12];

/// Returns the processes that ended with one of these codes.
fn ended_with<'a>(course: &'a Course, codes: &'a [i32]) -> impl Iterator<Item = &'a Process> {
    let fits = |process: &&Process| match process.ended {
        Ended::Code(code) => codes.contains(&code),
        Ended::Killed | Ended::Never => false,
    };
    course.processes.iter().filter(fits)
}

fn wrote(course: &Course, process: &Process) -> bool {
    course.writes_of(&process.name).next().is_some()
}

/// 10, 11 or 12 although the last read was unsettled, or did not show the baseline.
pub(super) fn claims_a_baseline_that_is_not_there(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for process in ended_with(course, &BASELINE) {
        // Whoever has written nothing claims no more than that.
        if !wrote(course, process) && !matches!(process.role, Role::Abort | Role::Recover) {
            continue;
        }
        let baseline = course.baseline(process);
        let Some(read) = course.last_read(&process.name) else {
            found.push(format!("{} ended without a read", process.name));
            continue;
        };
        if !read.settled || read.state.weights != *baseline {
            found.push(format!(
                "{}: {:?} at {} ms (settled: {}), not {baseline:?}",
                process.name, read.state.weights, read.at, read.settled
            ));
        }
    }
    found
}

/// A code that says what is served, although a write of the process, or a forward write of the run that it ended, took
/// effect after its last read. A write of tags alone moves no traffic.
pub(super) fn speaks_before_the_last_write_landed(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for process in ended_with(course, &[0, 10, 11, 12, 13]) {
        let Some(read) = course.last_read(&process.name) else {
            continue;
        };
        // Where no lease was there, and nothing was taken over, nobody can know of a write that is under way.
        let claims_a_baseline =
            matches!(process.ended, Ended::Code(code) if BASELINE.contains(&code));
        let run = match process.role {
            Role::Resume | Role::Abort | Role::Recover if claims_a_baseline => {
                course.predecessor(&process.name)
            }
            _ => None,
        };
        for write in &course.writes {
            let forward_of_the_run = run.is_some_and(|run| run.name == write.client)
                && canary(write.weights.as_ref()) > 0;
            if let Some((at, _)) = write.applied
                && write.weights.is_some()
                && (write.client == process.name || forward_of_the_run)
                && at > read.at
            {
                found.push(format!(
                    "{} read last at {} ms; {} of {} was sent at {} ms and took effect at {at} ms",
                    process.name,
                    read.at,
                    shown(write.weights.as_ref()),
                    write.client,
                    write.received
                ));
            }
        }
    }
    found
}

fn shown(weights: Option<&Weights>) -> String {
    format!("{:?}", weights.cloned().unwrap_or_default())
}

/// 0 of a rollout, or of a resume that wrote, although the last read did not show all traffic with the canary.
pub(super) fn claims_a_promotion_that_is_not_there(course: &Course) -> Vec<String> {
    let mut found = Vec::new();
    for process in ended_with(course, &[0]) {
        let claims = match process.role {
            Role::Rollout => true,
            Role::Resume => wrote(course, process),
            Role::Abort | Role::Recover | Role::Undo { .. } => false,
        };
        let read = course.last_read(&process.name);
        let is_there =
            read.is_some_and(|read| read.settled && read.state.weights.get(CANARY) == Some(&100));
        if claims && !is_there {
            let weights = read.map(|read| &read.state.weights);
            found.push(format!(
                "{}: the last read showed {weights:?}",
                process.name
            ));
        }
    }
    found
}

/// Returns the restorers that ended with 0 and wrote nothing.
fn idle(course: &Course) -> impl Iterator<Item = &Process> {
    let restores = |role: Role| matches!(role, Role::Abort | Role::Recover);
    ended_with(course, &[0])
        .filter(move |process| restores(process.role) && !wrote(course, process))
}

/// `abort` or `recover` that has nothing to do, by a read that shows an operation under way.
pub(super) fn idle_from_an_unsettled_read(course: &Course) -> Vec<String> {
    let last = idle(course).map(|process| (process, course.last_read(&process.name)));
    last.filter(|(_, read)| read.is_none_or(|read| !read.settled))
        .map(|(process, _)| process.name.clone())
        .collect()
}

/// `abort` or `recover` that has nothing to do, by a read that shows traffic in two places.
pub(super) fn idle_over_a_split(course: &Course) -> Vec<String> {
    let last = idle(course).filter_map(|process| Some((process, course.last_read(&process.name)?)));
    last.filter(|(_, read)| read.state.weights.len() > 1)
        .map(|(process, read)| format!("{}: {:?}", process.name, read.state.weights))
        .collect()
}

/// 2 or 30 of a process that has written.
pub(super) fn refuses_after_writing(course: &Course) -> Vec<String> {
    ended_with(course, &[2, 30])
        .filter(|process| wrote(course, process))
        .map(|process| process.name.clone())
        .collect()
}

/// 31 although no other client has changed anything.
pub(super) fn superseded_by_itself(course: &Course) -> Vec<String> {
    ended_with(course, &[31])
        .filter(|process| {
            let others = |client: &String| *client != process.name;
            !course
                .writes
                .iter()
                .any(|write| others(&write.client) && course.changed(write))
        })
        .map(|process| process.name.clone())
        .collect()
}

/// A process that still runs when the time of the trial is over.
pub(super) fn never_ends(course: &Course) -> Vec<String> {
    let never = course.processes.iter().filter(|p| p.ended == Ended::Never);
    never.map(|process| process.name.clone()).collect()
}
