//! What a pipeline gets of a run: groups, one annotation, a summary and outputs, by the variables that its own runner sets. The
//! lines are pinned by the snapshots of the executable's own tests; here are the environments, the files and the streams.

mod environments;
mod files;

use std::collections::BTreeMap;
use std::path::PathBuf;

use environments::{AZURE, GITHUB, GITLAB};
use serde_json::json;

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE};

/// A command in the environment of a runner.
struct Job {
    lockgate: Lockgate,
    temp: PathBuf,
}

impl Job {
    /// Prepares a command with these variables, of which each line is one.
    fn new(emulator: &Emulator, variables: &str, command: &str) -> Job {
        let mut lockgate = Lockgate::on(emulator, command);
        let temp = lockgate.folder().join("temp");
        std::fs::create_dir(&temp).expect("a folder");
        for line in variables.lines() {
            let (name, value) = line.split_once('=').expect("a variable");
            let value = value.replace("{temp}", temp.to_str().expect("UTF-8"));
            lockgate = lockgate.env(name, &value);
        }
        Job { lockgate, temp }
    }

    /// Returns the text of the job's file whose name begins like this; empty where there is none.
    fn file(&self, begins: &str) -> String {
        let files = std::fs::read_dir(&self.temp).expect("a folder").flatten();
        let mut names = files.map(|file| file.path()).filter(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            name.starts_with(begins)
        });
        let path = names.next();
        path.map_or_else(String::new, |path| {
            std::fs::read_to_string(path).expect("UTF-8")
        })
    }
}

/// Returns the shop whose canary fails once it has traffic.
fn failing_at_25() -> Emulator {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    emulator
}

/// Returns the lines of stdout that are commands to anybody, or would be.
fn commands(run: &Finished) -> Vec<&str> {
    let is_command = |line: &&str| {
        line.trim_start().starts_with("::") || line.contains("##") || line.contains('\u{1b}')
    };
    run.stdout.lines().filter(is_command).collect()
}

/// Returns `name=value` lines as a table.
fn values(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines();
    lines
        .map(|line| line.split_once('=').expect("a value"))
        .collect()
}

/// Asserts that the lines that matter stand outside of groups, and the passed checks inside.
#[track_caller]
fn folds(run: &Finished, opens: &str, closes: &str) {
    let (mut open, mut groups) = (false, 0);
    for line in run.stdout.lines() {
        if line.contains(opens) {
            assert!(!open, "a group in a group: {line}\n{run}");
            (open, groups) = (true, groups + 1);
        } else if line.contains(closes) {
            assert!(open, "no group is open: {line}\n{run}");
            open = false;
        } else if line.contains(": pass: ") || line.contains("read back: shop--v1 90 %") {
            assert!(open, "{line}\n{run}");
        } else if [
            ": fail: ",
            "rolling back",
            "rolled back",
            "promoted:",
            "exit code",
            "lockgate 0.",
        ]
        .iter()
        .any(|matters| line.contains(matters))
        {
            assert!(!open, "{line}\n{run}");
        }
    }
    assert!(!open, "every group ends\n{run}");
    assert!(groups >= 2, "{run}");
}

#[test]
fn github_gets_groups_one_annotation_a_summary_and_outputs() {
    let emulator = failing_at_25();
    let job = Job::new(&emulator, GITHUB, "rollout --run-id run-7");
    let run = job.lockgate.run();
    run.ends(10, &emulator);
    folds(&run, "::group::", "::endgroup::");
    let annotations: Vec<&str> = commands(&run)
        .into_iter()
        .filter(|line| !line.starts_with("::group::") && *line != "::endgroup::")
        .collect();
    let [annotation] = annotations[..] else {
        panic!("one annotation, not {annotations:?}\n{run}");
    };
    let begins = "::error title=lockgate%3A rolled back (exit code 10)::rolled back: health check http-health said no: ";
    assert!(annotation.starts_with(begins), "{annotation}");
    let ends = "%0Aproduction serves shop--v1 100 %25 (as last read back)";
    assert!(annotation.ends_with(ends), "{annotation}");
    let outputs = job.file("set_output");
    let wanted = [
        ("outcome", "rolled-back"),
        ("exit-code", "10"),
        ("run", "run-7"),
        ("stable", STABLE),
        ("canary", CANARY),
        ("weight", "0"),
        ("report", ""),
    ];
    assert_eq!(values(&outputs), wanted.into());
    let summary = job.file("step_summary");
    assert!(
        summary.starts_with("### lockgate: shop: rolled back (exit code 10)\n"),
        "{summary}"
    );
    for part in [
        "| 1 of 4 | 10 % |",
        "| roll back | 0 % |",
        "**fail**: health check http-health",
        "```text\n",
    ] {
        assert!(summary.contains(part), "{part} is not in {summary}");
    }
}

#[test]
fn azure_pipelines_gets_groups_one_issue_a_summary_variables_and_progress() {
    let emulator = failing_at_25();
    let job = Job::new(&emulator, AZURE, "rollout --run-id run-7");
    let run = job.lockgate.run();
    run.ends(10, &emulator);
    folds(&run, "##[group]", "##[endgroup]");
    let commands = commands(&run);
    let of = |begins: &str| -> Vec<&str> {
        let lines = commands.iter().filter(|line| line.starts_with(begins));
        lines.copied().collect()
    };
    assert_eq!(
        of("##vso[task.logissue type=error;]lockgate: rolled back").len(),
        1,
        "{run}"
    );
    assert_eq!(of("##vso[task.logissue").len(), 1, "{run}");
    assert_eq!(
        of("##vso[task.setprogress"),
        [
            "##vso[task.setprogress value=10;]shop--v2 carries 10 %AZP25",
            "##vso[task.setprogress value=25;]shop--v2 carries 25 %AZP25",
        ]
    );
    let variable = |name: &str, value: &str| {
        format!("##vso[task.setvariable variable=lockgate.{name};isOutput=true;]{value}")
    };
    let variables = [
        variable("outcome", "rolled-back"),
        variable("exit-code", "10"),
        variable("run", "run-7"),
        variable("stable", STABLE),
        variable("canary", CANARY),
        variable("weight", "0"),
        variable("report", ""),
    ];
    assert_eq!(of("##vso[task.setvariable"), variables);
    let lines = run.stderr.lines();
    let summaries: Vec<&str> = lines
        .filter(|line| line.starts_with("##vso[task.uploadsummary]"))
        .collect();
    let [summary] = summaries[..] else {
        panic!("one summary\n{run}");
    };
    let (_, path) = summary.split_once(']').expect("a path");
    assert!(
        path.starts_with(job.temp.to_str().expect("UTF-8")),
        "{path}"
    );
    let text = std::fs::read_to_string(path).expect("the summary");
    assert!(
        text.starts_with("### lockgate: shop: rolled back"),
        "{text}"
    );
}

#[test]
fn gitlab_gets_sections_and_variables_where_a_flag_names_a_file() {
    let emulator = failing_at_25();
    let job = Job::new(
        &emulator,
        GITLAB,
        "rollout --run-id run-7 --dotenv rollout.env",
    );
    let run = job.lockgate.run();
    run.ends(10, &emulator);
    folds(&run, "section_start:", "section_end:");
    for line in commands(&run) {
        assert!(line.starts_with("\u{1b}[0Ksection_"), "{line:?}\n{run}");
    }
    let path = job.lockgate.folder().join("rollout.env");
    let variables = std::fs::read_to_string(path).expect("the variables");
    let wanted = [
        ("ROLLOUT_OUTCOME", "rolled-back"),
        ("ROLLOUT_EXIT_CODE", "10"),
        ("ROLLOUT_RUN", "run-7"),
        ("ROLLOUT_STABLE", STABLE),
        ("ROLLOUT_CANARY", CANARY),
        ("ROLLOUT_WEIGHT", "0"),
        ("ROLLOUT_REPORT", ""),
    ];
    assert_eq!(values(&variables), wanted.into());
}

#[test]
fn promotion_has_no_annotation_and_the_exit_code_stands_in_the_last_line() {
    for variables in [GITHUB, AZURE, GITLAB] {
        let emulator = Emulator::healthy();
        let job = Job::new(&emulator, variables, "rollout");
        let run = job.lockgate.run();
        run.ends(0, &emulator);
        let last = run.stdout.lines().last().expect("a line");
        assert!(last.ends_with("exit code 0"), "{run}");
        for line in commands(&run) {
            for sign in ["::error", "::warning", "::notice", "logissue"] {
                assert!(!line.contains(sign), "{line}\n{run}");
            }
        }
    }
}

#[test]
fn pipeline_can_be_turned_off_and_forced() {
    for variables in [GITHUB, AZURE, GITLAB] {
        let emulator = failing_at_25();
        let job = Job::new(&emulator, variables, "rollout --pipeline none");
        let run = job.lockgate.run();
        run.ends(10, &emulator);
        assert_eq!(commands(&run), [""; 0], "{run}");
        assert_eq!(std::fs::read_dir(&job.temp).expect("a folder").count(), 0);
        let emulator = failing_at_25();
        let mut job = Job::new(&emulator, variables, "rollout");
        job.lockgate = job.lockgate.env("LOCKGATE_PIPELINE", "none");
        let run = job.lockgate.run();
        run.ends(10, &emulator);
        assert_eq!(commands(&run), [""; 0], "{run}");
    }
    for (name, sign) in [
        ("github", "::group::"),
        ("azure", "##[group]"),
        ("gitlab", "section_start"),
    ] {
        let emulator = failing_at_25();
        let lockgate = Lockgate::on(&emulator, &format!("rollout --pipeline {name}"));
        let folder = lockgate.folder().to_str().expect("UTF-8").to_owned();
        let run = lockgate.env("TMPDIR", &folder).run();
        run.ends(10, &emulator).says(sign);
    }
    let emulator = failing_at_25();
    let run = Lockgate::on(&emulator, "rollout").run();
    run.ends(10, &emulator);
    assert_eq!(commands(&run), [""; 0], "{run}");
}

/// Both streams of a step are read for commands (`src/Runner.Worker/Handlers/ScriptHandler.cs` of actions/runner), so stdout is
/// left to the events.
#[test]
fn json_has_events_alone_on_stdout_and_the_annotation_on_stderr() {
    for (variables, annotation) in [
        (GITHUB, "::error title="),
        (AZURE, "##vso[task.logissue type=error;]"),
    ] {
        let emulator = failing_at_25();
        let job = Job::new(&emulator, variables, "rollout --output json");
        let run = job.lockgate.run();
        run.ends(10, &emulator);
        assert!(!run.events().is_empty());
        let lines = run.stderr.lines();
        let annotations = lines.filter(|line| line.starts_with(annotation)).count();
        assert_eq!(annotations, 1, "{run}");
        for group in ["::group::", "##[group]"] {
            assert!(!run.stderr.contains(group), "{run}");
        }
    }
    let emulator = failing_at_25();
    let job = Job::new(&emulator, GITHUB, "rollout --output json");
    job.lockgate.run().ends(10, &emulator);
    assert!(job.file("step_summary").contains("| 1 of 4 |"));
    assert!(job.file("set_output").contains("exit-code=10\n"));
}

/// What somebody else writes to control a terminal or a pipeline.
const HOSTILE: &str = "\u{1b}[31mno\n::error::a\r\n##vso[task.complete]b ##[endgroup] | c | <img> %0A::e::\u{1b}[0Ksection_end:1:x\r";

#[test]
fn texts_of_azure_begin_and_end_no_command() {
    for (variables, format) in [
        (GITHUB, "text"),
        (AZURE, "text"),
        (GITLAB, "text"),
        (GITHUB, "json"),
        (AZURE, "json"),
    ] {
        let emulator = Emulator::healthy();
        emulator.fault(&json!({
            "on": { "method": "PATCH" },
            "what": { "refuse": { "status": 400, "code": HOSTILE, "message": HOSTILE } },
        }));
        let job = Job::new(&emulator, variables, &format!("rollout --output {format}"));
        let run = job.lockgate.run();
        run.exits(12);
        for line in run.stdout.lines().chain(run.stderr.lines()) {
            let ours = [
                "::group::",
                "::endgroup::",
                "::error title=lockgate%3A ",
                "##[group]",
                "##[endgroup]",
                "##vso[task.logissue type=error;]lockgate: ",
                "##vso[task.setvariable variable=lockgate.",
                "##vso[task.uploadsummary]/",
                "\u{1b}[0Ksection_start:",
                "\u{1b}[0Ksection_end:",
            ];
            let begins = ours.iter().find(|begins| line.starts_with(**begins));
            let rest = line.strip_prefix(begins.copied().unwrap_or_default());
            let rest = rest.expect("a prefix");
            assert!(!rest.trim_start().starts_with("::"), "{line:?}\n{run}");
            assert!(
                !rest.contains("##vso[") && !rest.contains("##["),
                "{line:?}\n{run}"
            );
            // What ends a section is the control sequence after its name.
            let is_section = line.starts_with("\u{1b}[0Ksection_");
            assert_eq!(
                rest.contains(['\u{1b}', '\r']),
                is_section,
                "{line:?}\n{run}"
            );
        }
        let summary = job.file("step_summary");
        assert!(
            !summary.contains("<img>") && !summary.contains("::e::\u{1b}"),
            "{summary}"
        );
    }
}

#[test]
fn command_that_begins_no_run_has_the_same_annotation_and_outputs() {
    let emulator = Emulator::healthy();
    let job = Job::new(&emulator, GITHUB, "rollout");
    let lockgate = job
        .lockgate
        .config("[app]\nname = \"shop\"\nnonsense = 1\n");
    let run = lockgate.run();
    run.exits(2)
        .says("::error title=lockgate%3A error (exit code 2)::");
    let outputs = std::fs::read_to_string(job.temp.join("set_output_ea6ccf34")).expect("outputs");
    let values = values(&outputs);
    assert_eq!((values["outcome"], values["exit-code"]), ("error", "2"));
    assert_eq!(emulator.requests().len(), 0, "{run}");
}
