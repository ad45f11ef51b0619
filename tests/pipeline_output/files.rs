//! The files that a pipeline reads: one that cannot be written, and one that is nearly full.

use super::environments::{AZURE, GITHUB};
use super::{Job, commands, failing_at_25};
use crate::support::Emulator;

/// The limit of GitHub for the summary of one step, in bytes.
const SUMMARY_MAX: usize = 1024 * 1024;

#[test]
fn files_that_cannot_be_written_are_noted_and_change_nothing() {
    for (name, value) in [
        ("GITHUB_OUTPUT", "/nonexistent/output"),
        ("GITHUB_STEP_SUMMARY", "/nonexistent/summary"),
        ("LOCKGATE_DOTENV", "/nonexistent/dotenv"),
        ("GITHUB_STEP_SUMMARY", "/"),
    ] {
        let emulator = Emulator::healthy();
        let mut job = Job::new(&emulator, GITHUB, "rollout");
        job.lockgate = job.lockgate.env(name, value);
        let run = job.lockgate.run();
        run.ends(0, &emulator).says(&format!("to {value}"));
        assert_eq!(
            commands(&run)
                .iter()
                .filter(|line| line.contains("::error"))
                .count(),
            0,
            "{run}"
        );
    }
    let emulator = Emulator::healthy();
    let mut job = Job::new(&emulator, AZURE, "rollout");
    job.lockgate = job.lockgate.env("AGENT_TEMPDIRECTORY", "/nonexistent");
    let run = job.lockgate.run();
    run.ends(0, &emulator)
        .says("cannot write the summary to a file in /nonexistent");
    assert!(!run.stderr.contains("uploadsummary"), "{run}");
}

#[test]
fn summary_has_what_fits_beside_what_the_step_has_written_already() {
    let added_with = |room: usize| {
        let emulator = failing_at_25();
        let job = Job::new(&emulator, GITHUB, "rollout");
        let before = "x".repeat(SUMMARY_MAX - room - 1) + "\n";
        std::fs::write(job.temp.join("step_summary_ea6ccf34"), &before).expect("written");
        job.lockgate.run().ends(10, &emulator);
        let summary = job.file("step_summary");
        assert!(summary.len() <= SUMMARY_MAX, "{}", summary.len());
        let added = summary.strip_prefix(&before).expect("appended");
        added.to_owned()
    };
    let whole = added_with(64 * 1024);
    assert!(whole.ends_with("```\n"), "{whole}");
    // The chart has no room; how long things last changes a few characters.
    let cut = added_with(whole.len() - 100);
    assert!(!cut.contains("```"), "{cut}");
    let last = cut.lines().last().expect("a line");
    assert!(
        last.contains("are left out: the summary of a step"),
        "{cut}"
    );
    assert_eq!(added_with(0), "");
}
