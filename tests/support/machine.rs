//! A runner's machine: a working folder, a release of lockgate that can be downloaded, and an environment of its own. Runs
//! the scripts of a job one after the other, as the runner does.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::pipelines::Script;
use super::{Emulator, Finished, Running};

/// Packs a release whose executable is the one under test, and prints its checksum.
const PACK: &str = r#"set -e
mkdir -p release/lockgate
printf '#!/bin/sh\nexec "%s" "$@"\n' "$1" > release/lockgate/lockgate
chmod +x release/lockgate/lockgate
tar -czf release.tar.gz -C release lockgate
sha256sum release.tar.gz | cut -d ' ' -f 1"#;

/// Stands in for curl: downloads the release, or reads the question for the newest run.
const CURL: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in
        --config) cat >/dev/null ;;
        --output) cp "$RELEASE" "$2" || exit 22 ;;
        https://github.com/*) echo "$1" >> "$HOME/downloaded" ;;
    esac
    shift
done
"#;

/// Stands in for gh: says whether the release is attested, or which run is the newest that was promoted.
const GH: &str = r#"#!/bin/sh
if [ "$1" = attestation ]; then
    echo "$@" >> "$HOME/verified"
    exit "$ATTESTATION"
fi
echo "$NEWEST_RUN"
"#;

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
        for place in ["temp", "work"] {
            std::fs::create_dir_all(machine.path(place)).expect("a folder");
        }
        let packed = Command::new("sh")
            .args(["-c", PACK, "sh", env!("CARGO_BIN_EXE_lockgate")])
            .current_dir(machine.folder.path())
            .output()
            .expect("sh runs");
        assert!(packed.status.success(), "a release is packed: {packed:?}");
        let checksum = String::from_utf8(packed.stdout).expect("a checksum");
        let release = machine.path("release.tar.gz").display().to_string();
        // There is no service here.
        machine.program("curl", CURL);
        machine.program("gh", GH);
        machine.program("jq", "#!/bin/sh\ncat >/dev/null\necho \"$NEWEST_RUN\"\n");
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate-cache");
        let temp = machine.path("temp").display().to_string();
        let path_file = machine.path("temp/path").display().to_string();
        let output_file = machine.path("temp/output").display().to_string();
        machine
            .env("NEWEST_RUN", "0")
            .env("RELEASE", &release)
            .env("ATTESTATION", "0")
            .env("LOCKGATE_REPOSITORY", "team/lockgate")
            .env("LOCKGATE_SHA256", checksum.trim())
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
            let run = Running::start(&mut self.command(script, &ended)).finish();
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
        Running::start(&mut self.command(last, &ended))
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

    /// Returns the value of the output that a text names, where an earlier step of the job has set it.
    fn output(&self, named: &str, ended: &[Finished]) -> Option<String> {
        if let Some(name) = named.strip_prefix("steps.rollout.outputs.") {
            let set = std::fs::read_to_string(self.path("temp/output")).unwrap_or_default();
            let value = |line: &str| Some(line.strip_prefix(name)?.strip_prefix('=')?.to_owned());
            return Some(
                set.lines()
                    .filter_map(value)
                    .next_back()
                    .unwrap_or_default(),
            );
        }
        let name = named.strip_prefix("$(rollout.")?.strip_suffix(')')?;
        let set = format!("##vso[task.setvariable variable={name};isOutput=true;]");
        let said = ended.iter().flat_map(|run| run.stdout.lines());
        let mut values = said.filter_map(|line| line.split_once(&set));
        values.next_back().map(|(_, value)| value.to_owned())
    }

    fn command(&self, script: &Script, ended: &[Finished]) -> Command {
        let path = self.search_path(ended);
        let set = script.env.iter().map(|(name, value)| {
            let output = self.output(value, ended);
            (name, output.unwrap_or_else(|| value.clone()))
        });
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
            .envs(set)
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
