//! A runner's machine: a working folder, the executable where earlier steps put it, and an environment of its own. Runs
//! the scripts of a job one after the other, as the runner does.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::pipelines::Script;
use super::{Emulator, Finished, Running};

/// A machine with its folder and its environment.
pub(crate) struct Machine {
    folder: TempDir,
    env: BTreeMap<String, String>,
}

impl Machine {
    /// Returns a machine that has run nothing yet and whose lockgate reaches the emulator.
    pub(crate) fn fresh(emulator: &Emulator) -> Machine {
        let machine = Machine {
            folder: tempfile::tempdir().expect("a temporary folder"),
            env: BTreeMap::new(),
        };
        let lockgate = Path::new(env!("CARGO_BIN_EXE_lockgate"));
        // download-artifact, Cache@2 and GitLab's artifacts leave the executable in these places.
        for place in ["temp/lockgate", "temp/lockgate/bin", "work/lockgate/bin"] {
            let folder = machine.path(place);
            std::fs::create_dir_all(&folder).expect("a folder");
            symlink(lockgate, folder.join("lockgate")).expect("a link");
        }
        // Stand-ins for the programs that query the service for its newest promoted run; there is no service here.
        for (name, prints) in [("gh", "$NEWEST_RUN"), ("curl", ""), ("jq", "$NEWEST_RUN")] {
            machine.program(name, &format!("#!/bin/sh\ncat >/dev/null\necho {prints}\n"));
        }
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate-cache");
        let temp = machine.path("temp").display().to_string();
        let path_file = machine.path("temp/path").display().to_string();
        let output_file = machine.path("temp/output").display().to_string();
        machine
            .env("NEWEST_RUN", "0")
            .env("LOCKGATE_ENDPOINT", emulator.endpoint())
            .env("LOCKGATE_CACHE_DIR", &cache.display().to_string())
            .env("TZ", "UTC")
            .env("RUNNER_TEMP", &temp)
            .env("PIPELINE_WORKSPACE", &temp)
            .env("GITHUB_PATH", &path_file)
            .env("GITHUB_OUTPUT", &output_file)
    }

    /// Sets a variable of the runner's environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Machine {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Checks out a repository that holds only a configuration.
    pub(crate) fn checked_out(self, config: &str) -> Machine {
        let path = self.path("work/lockgate.toml");
        std::fs::write(path, config).expect("the configuration is written");
        self
    }

    /// Returns a path below the machine's folder.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Runs the scripts in order until one fails, and returns how the last of them ended.
    #[must_use = "assert something about how it ended"]
    pub(crate) fn run(&self, scripts: &[Script]) -> Finished {
        let mut ended = self.steps(scripts);
        ended.pop().expect("a job has scripts")
    }

    /// Runs the scripts in order until one fails that may not, and returns how each of them ended.
    #[must_use = "assert something about how they ended"]
    pub(crate) fn steps(&self, scripts: &[Script]) -> Vec<Finished> {
        let mut ended = Vec::new();
        for script in scripts {
            let run = Running::start(&mut self.command(script, &self.search_path(&ended))).finish();
            let goes_on = run.code == Some(0) || script.may_fail;
            ended.push(run);
            if !goes_on {
                break;
            }
        }
        ended
    }

    /// Runs all scripts except the last one, which is started without waiting.
    pub(crate) fn start(&self, scripts: &[Script]) -> Running {
        let (last, before) = scripts.split_last().expect("a job has scripts");
        let ended = self.steps(before);
        for run in &ended {
            run.exits(0);
        }
        Running::start(&mut self.command(last, &self.search_path(&ended)))
    }

    /// Returns the search path with what scripts have added to it.
    fn search_path(&self, ended: &[Finished]) -> Vec<PathBuf> {
        let mut path = vec![self.path("programs"), "/usr/bin".into(), "/bin".into()];
        let said = ended.iter().flat_map(|run| run.stdout.lines());
        let said = said.filter_map(|line| line.strip_prefix("##vso[task.prependpath]"));
        let written = std::fs::read_to_string(self.path("temp/path")).unwrap_or_default();
        for folder in written.lines().chain(said) {
            path.insert(0, PathBuf::from(folder));
        }
        path
    }

    /// Downloads the `.lockgate` that a job on another machine has uploaded.
    pub(crate) fn with_journal_of(self, other: &Machine) -> Machine {
        let copied = Command::new("cp")
            .arg("-r")
            .arg(other.path("work/.lockgate"))
            .arg(self.path("work"))
            .status();
        assert!(copied.expect("cp runs").success(), "there is a journal");
        self
    }

    /// Kills a script with all processes that it started, as when the machine is lost.
    pub(crate) fn lose(running: Running) -> Finished {
        Machine::signal_all(&running, "KILL");
        running.finish()
    }

    /// Signals a script and all processes that it started, as GitLab's runner does.
    pub(crate) fn signal_all(running: &Running, name: &str) {
        let group = format!("-{}", running.id());
        let sent = Command::new("kill")
            .args(["-s", name, "--", &group])
            .status();
        assert!(sent.expect("kill runs").success(), "the process is there");
    }

    fn command(&self, script: &Script, path: &[PathBuf]) -> Command {
        let file = self.path("temp/script.sh");
        std::fs::write(&file, &script.text).expect("the script is written");
        let (shell, flags) = script.shell.split_first().expect("a shell");
        let mut command = Command::new(shell);
        command
            .args(flags)
            .arg(file)
            .current_dir(self.path("work"))
            .process_group(0)
            .env_clear()
            .env("PATH", std::env::join_paths(path).expect("a path"))
            .env("HOME", self.folder.path())
            .envs(&script.env)
            // The test's variables override those of the pipeline.
            .envs(&self.env);
        command
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("programs").join(name);
        std::fs::create_dir_all(self.path("programs")).expect("a folder");
        std::fs::write(&path, text).expect("a program");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path, executable).expect("it can be run");
    }
}
