//! A runner's machine: a working folder, the executable where the steps before have put it, and an environment of its
//! own. Runs the scripts of a job one after the other, as the runner does.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::pipelines::Step;
use super::{Emulator, Finished, Running};

/// A machine that has run nothing yet.
pub(crate) struct Machine {
    folder: TempDir,
    env: BTreeMap<String, String>,
}

impl Machine {
    /// Prepares a machine whose lockgate reaches an emulator.
    pub(crate) fn fresh(emulator: &Emulator) -> Machine {
        let machine = Machine {
            folder: tempfile::tempdir().expect("a temporary folder"),
            env: BTreeMap::new(),
        };
        let lockgate = Path::new(env!("CARGO_BIN_EXE_lockgate"));
        // Where download-artifact, Cache@2 and GitLab's artifacts leave it.
        for place in ["temp/lockgate", "temp/lockgate/bin", "work/lockgate/bin"] {
            let folder = machine.path(place);
            std::fs::create_dir_all(&folder).expect("a folder");
            symlink(lockgate, folder.join("lockgate")).expect("a link");
        }
        // What asks the service for its newest promoted run; there is no service here to ask.
        for (name, prints) in [("gh", "$NEWEST_RUN"), ("curl", ""), ("jq", "$NEWEST_RUN")] {
            machine.program(name, &format!("#!/bin/sh\ncat >/dev/null\necho {prints}\n"));
        }
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate-cache");
        let temp = machine.path("temp").display().to_string();
        let path_file = machine.path("temp/path").display().to_string();
        machine
            .env("NEWEST_RUN", "0")
            .env("LOCKGATE_ENDPOINT", emulator.endpoint())
            .env("LOCKGATE_CACHE_DIR", &cache.display().to_string())
            .env("TZ", "UTC")
            .env("RUNNER_TEMP", &temp)
            .env("PIPELINE_WORKSPACE", &temp)
            .env("GITHUB_PATH", &path_file)
    }

    /// Sets what the runner has in its environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Machine {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Checks the repository out: all that matters of it is its configuration.
    pub(crate) fn checked_out(self, config: &str) -> Machine {
        let path = self.path("work/lockgate.toml");
        std::fs::write(path, config).expect("the configuration is written");
        self
    }

    /// Returns a path on this machine.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Runs the scripts in order until one fails, and returns how the last one that ran ended.
    #[must_use = "assert something about how it ended"]
    pub(crate) fn run(&self, steps: &[Step]) -> Finished {
        let (last, before) = steps.split_last().expect("a job has scripts");
        match self.prepare(before) {
            Ok(path) => Running::start(&mut self.command(last, &path)).finish(),
            Err(failed) => failed,
        }
    }

    /// Runs all scripts but the last one, which is started without waiting.
    pub(crate) fn start(&self, steps: &[Step]) -> Running {
        let (last, before) = steps.split_last().expect("a job has scripts");
        let path = self
            .prepare(before)
            .unwrap_or_else(|failed| panic!("a step before the last one failed: {failed}"));
        Running::start(&mut self.command(last, &path))
    }

    /// Runs scripts and returns what they have made of the search path, or how the first one failed.
    fn prepare(&self, steps: &[Step]) -> Result<Vec<PathBuf>, Finished> {
        let mut path = vec![self.path("programs"), "/usr/bin".into(), "/bin".into()];
        for step in steps {
            let run = Running::start(&mut self.command(step, &path)).finish();
            if run.code != Some(0) {
                return Err(run);
            }
            let said = run.stdout.lines();
            let said = said.filter_map(|line| line.strip_prefix("##vso[task.prependpath]"));
            let written = std::fs::read_to_string(self.path("temp/path")).unwrap_or_default();
            for folder in written.lines().chain(said) {
                path.insert(0, PathBuf::from(folder));
            }
        }
        Ok(path)
    }

    /// Kills a script with everything that it has started, as the loss of the machine does.
    pub(crate) fn lose(running: Running) -> Finished {
        let group = format!("-{}", running.id());
        let killed = Command::new("kill")
            .args(["-s", "KILL", "--", &group])
            .status();
        assert!(killed.expect("kill runs").success(), "the process is there");
        running.finish()
    }

    fn command(&self, step: &Step, path: &[PathBuf]) -> Command {
        let script = self.path("temp/script.sh");
        std::fs::write(&script, &step.script).expect("the script is written");
        let (shell, flags) = step.shell.split_first().expect("a shell");
        let mut command = Command::new(shell);
        command
            .args(flags)
            .arg(script)
            .current_dir(self.path("work"))
            .process_group(0)
            .env_clear()
            .env("PATH", std::env::join_paths(path).expect("a path"))
            .env("HOME", self.folder.path())
            .envs(&step.env)
            // What a test says goes before what the pipeline says.
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
