//! What a pipeline gets of a run: its log with groups and commands, and the files that it reads.

use std::path::Path;

use rollout::{Draft, Fact, Inspection, Intent, OnDeadline, Plan, Rollout, Verdict};

use super::play::{Play, report, rollout};
use super::samples::fresh;
use crate::output::buffer::Buffer;
use crate::output::{Format, Output, Verbosity};
use crate::report::pipelines::{Pipeline, PipelineChoice, PipelineReporter};
use crate::report::{Printer, Reporter};

/// What gates and names may hold to control a terminal or a pipeline.
const HOSTILE: &str = "\u{1b}[31mno\n::error::a\n##vso[task.complete]b ##[endgroup] | c | <img src=x> `d` %0A::e::\u{202e}";

/// Returns all that a pipeline gets: its log, and each file that it reads.
fn reported(
    choice: PipelineChoice,
    rollout: &Rollout,
    found: &Inspection,
    run: impl Fn(&mut Play) -> String,
) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let variable = |name: &str| match name {
        "GITHUB_OUTPUT" => Some(path("outputs").into()),
        "GITHUB_STEP_SUMMARY" => Some(path("summary.md").into()),
        "AGENT_TEMPDIRECTORY" => Some(folder.path().into()),
        _ => None,
    };
    let pipeline = Pipeline::of(choice, Some(path("lockgate.env")), variable).unwrap();
    let printed = Buffer::default();
    let (text, normal) = (Format::Text, Verbosity::Normal);
    let output = Output::new(text, normal, printed.clone(), printed.clone());
    let reporters: Vec<Box<dyn Reporter>> = vec![
        Box::new(PipelineReporter::new(pipeline, output.clone())),
        Box::new(Printer::new(output)),
    ];
    let mut play = Play::reported_to(reporters, printed.clone(), rollout.clone(), found.clone());
    run(&mut play);
    let notes = play.finish().join("\n");
    let log = printed.text().replace('\u{1b}', "ESC").replace('\r', "CR") + &notes;
    shown(folder.path(), &log)
}

/// Returns a log and the files of a folder. The names of new files are not known beforehand.
fn shown(folder: &Path, log: &str) -> String {
    let files = std::fs::read_dir(folder).unwrap().flatten();
    let mut files: Vec<_> = files.map(|file| file.path()).collect();
    files.sort();
    let mut shown = log.to_owned();
    for (index, file) in files.iter().enumerate() {
        let text = std::fs::read_to_string(file).unwrap();
        let path = file.to_str().unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let name = match name.strip_prefix("lockgate-") {
            Some(_) => format!("new file {index}.md"),
            None => name.to_owned(),
        };
        shown = shown.replace(path, &format!("FOLDER/{name}"));
        shown.push_str(&format!("--- {name}\n{text}"));
    }
    shown
}

/// Returns a rollout that pauses for an approval at 25 %.
fn pausing() -> Rollout {
    let plan = rollout(Intent::Rollout, OnDeadline::RollBack)
        .plan()
        .clone();
    let mut stages = plan.stages().to_vec();
    stages[1].pause = Some(std::time::Duration::from_hours(24));
    let draft = Draft {
        stages,
        health_checks: plan.health_checks().to_vec(),
        advisory_health_checks: Vec::new(),
        timing: plan.timing().clone(),
        on_deadline: plan.on_deadline(),
        labels: plan.labels().clone(),
        emergency: None,
    };
    Rollout::new(
        "run-1".to_owned(),
        Plan::new(draft).unwrap(),
        Intent::Rollout,
    )
}

/// The run that is rolled back because a gate says no at 25 %, for this reason.
fn says_no(play: &mut Play, reason: &str) -> String {
    let hold = Verdict::Hold {
        ask_again_ms: Some(15_000),
    };
    play.until_gates_at(10)
        .answer(Ok(report(hold, "40 of 200 requests seen")))
        .until_gates_at(25)
        .answer(Ok(report(Verdict::Fail, reason)))
        .until_end()
}

#[test]
fn promotion_has_a_group_for_each_stage_and_no_annotation() {
    let rollout = rollout(Intent::Rollout, OnDeadline::RollBack);
    for (name, choice) in [
        ("promotion_github", PipelineChoice::GitHub),
        ("promotion_azure", PipelineChoice::Azure),
        ("promotion_gitlab", PipelineChoice::GitLab),
    ] {
        let shown = reported(choice, &rollout, &fresh(), Play::until_end);
        assert!(!shown.contains("::error"), "{shown}");
        insta::assert_snapshot!(name, shown);
    }
}

#[test]
fn rollback_stands_outside_of_a_group_with_one_annotation() {
    let rollout = rollout(Intent::Rollout, OnDeadline::RollBack);
    for (name, choice) in [
        ("rollback_github", PipelineChoice::GitHub),
        ("rollback_azure", PipelineChoice::Azure),
        ("rollback_gitlab", PipelineChoice::GitLab),
    ] {
        let run = |play: &mut Play| says_no(play, "3.2 % errors, stable has 0.1 %");
        insta::assert_snapshot!(name, reported(choice, &rollout, &fresh(), run));
    }
}

#[test]
fn pause_for_an_approval_is_a_notice_where_there_are_any() {
    for (name, choice) in [
        ("held_github", PipelineChoice::GitHub),
        ("held_azure", PipelineChoice::Azure),
        ("held_gitlab", PipelineChoice::GitLab),
    ] {
        insta::assert_snapshot!(
            name,
            reported(choice, &pausing(), &fresh(), Play::until_end)
        );
    }
}

#[test]
fn refusal_is_a_warning() {
    let rollout = rollout(Intent::Rollout, OnDeadline::RollBack);
    for (name, choice) in [
        ("refused_github", PipelineChoice::GitHub),
        ("refused_azure", PipelineChoice::Azure),
        ("refused_gitlab", PipelineChoice::GitLab),
    ] {
        let run = |play: &mut Play| {
            let reason = "two revisions could be the canary".to_owned();
            play.fact(Fact::Refused { reason }).until_end()
        };
        insta::assert_snapshot!(name, reported(choice, &rollout, &fresh(), run));
    }
}

#[test]
fn texts_of_others_are_no_commands_no_rows_and_no_values() {
    let rollout = rollout(Intent::Rollout, OnDeadline::RollBack);
    let mut found = fresh();
    found.canary.name = format!("shop--v2\nstable=shop--evil\n{HOSTILE}");
    for (name, choice) in [
        ("hostile_github", PipelineChoice::GitHub),
        ("hostile_azure", PipelineChoice::Azure),
        ("hostile_gitlab", PipelineChoice::GitLab),
    ] {
        let run = |play: &mut Play| {
            play.until_gates_at(0)
                .answer(Ok(report(Verdict::Fail, HOSTILE)))
                .until_end()
        };
        insta::assert_snapshot!(name, reported(choice, &rollout, &found, run));
    }
}
