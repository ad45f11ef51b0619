//! The real az, which `tests/clients/install` installs, understands every command of the example and reads its files whole.

use std::process::Command;

use serde_json::Value;

use super::text_of;
use crate::fleet::Shell;
use crate::support::clients::Az;
use crate::support::{Emulator, Running, pipelines};

/// Returns the commands of az that the page shows, with an id in the place of another command's answer.
fn shown() -> Vec<String> {
    let page = text_of("README.md").replace("\\\n", " ");
    let commands = page.lines().filter_map(|line| line.strip_prefix("    az "));
    let commands = commands.map(|command| match command.split_once("$(") {
        Some((before, rest)) => {
            let (_, after) = rest.split_once(')').expect("it is closed");
            format!("az {before}/subscriptions/x{after}")
        }
        None => format!("az {command}"),
    });
    // It would fetch the Bicep compiler; `check` parses the file.
    commands
        .filter(|command| !command.contains("deployment group"))
        .collect()
}

/// Returns the commands that `create` would run.
fn printed() -> Vec<String> {
    let create = pipelines::examples().join("container-apps-job/create");
    let options = "--dry-run --group demo --environment env --app shop --image x@sha256:00";
    let run = Shell::new().run(&format!("{} {options}", create.display()));
    let lines = run.exits(0).stderr.lines();
    let commands = lines.filter(|line| line.starts_with("az "));
    // The files of a dry run are gone by now.
    let with_file = |command: &str| {
        let words = command.split(' ').map(|word| match word.rsplit_once('/') {
            Some((before, "janitor.yaml")) if before.starts_with("/tmp") => {
                "janitor.yaml".to_owned()
            }
            Some((before, "rollout.yaml")) if before.starts_with("/tmp") => {
                "rollout.yaml".to_owned()
            }
            Some((_, file)) if word.starts_with('@') => format!("@{file}"),
            _ => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    commands.map(with_file).collect()
}

#[test]
#[ignore = "needs tests/clients/install"]
fn az_understands_every_command_of_the_example() {
    let emulator = Emulator::healthy();
    let az = Az::over_http(&emulator);
    let folder = pipelines::examples().join("container-apps-job");
    let commands: Vec<String> = shown().into_iter().chain(printed()).collect();
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands {
        let mut bash = Command::new("/bin/bash");
        let path = format!("{}:/usr/bin:/bin", Az::folder().display());
        bash.args(["-c", &command])
            .current_dir(&folder)
            .env_clear()
            .env("PATH", path)
            .envs(az.env());
        let run = Running::start(&mut bash).finish();
        // The emulator has no jobs and no roles, so that most of them fail; 2 is a command that az does not understand.
        assert_ne!(run.code, Some(2), "{command}: {run}");
        assert_ne!(run.code, Some(127), "{command}: {run}");
    }
}

#[test]
#[ignore = "needs tests/clients/install"]
fn az_reads_the_files_of_both_jobs_whole() {
    let emulator = Emulator::healthy();
    let az = Az::over_http(&emulator);
    let script = pipelines::examples().join("../tests/container_apps_job/az_reads.py");
    for file in ["janitor.yaml", "rollout.yaml"] {
        // `create` fills these in; az changes a key with an underscore.
        let text = text_of(file)
            .replace("$JANITOR_ID", "/id")
            .replace("$ROLLOUT_ID", "/id");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(file);
        std::fs::write(&path, &text).expect("written");
        let mut python = Command::new(Az::folder().join("python"));
        python.arg(&script).arg(&path).env_clear().envs(az.env());
        let run = Running::start(&mut python).finish();
        run.exits(0);
        let read: Value = serde_json::from_str(&run.stdout).expect("JSON");
        let written: Value = serde_saphyr::from_str(&text).expect("YAML");
        for part in ["identity", "location", "properties"] {
            assert_eq!(read[part], written[part], "{file}: {part}");
        }
    }
}
