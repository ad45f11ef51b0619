//! The executable under test, in an environment of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::emulator::{CANARY, Emulator, STABLE};
use super::{event_schema, exit_codes};

/// A configuration with short times. All other settings keep their defaults.
const QUICK: &str = r#"
[app]
name = "shop"
resource-group = "demo"
subscription = "00000000-0000-0000-0000-000000000000"

[rollout]
bake = "300ms"
check-interval = "100ms"
retry-interval = "50ms"
gate-deadline = "2s"
readiness-deadline = "3s"
verify-deadline = "3s"
rollback-deadline = "4s"
"#;

/// The default gate with short times.
const QUICK_HEALTH: &str = r#"
[gates.http-health]
settings = { interval-ms = 10, timeout-ms = 1000 }
"#;

/// A command in a folder of its own.
pub(crate) struct Lockgate {
    folder: TempDir,
    endpoint: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl Lockgate {
    /// Prepares a command against an emulator, with short times and the default gate.
    pub(crate) fn on(emulator: &Emulator, command: &str) -> Lockgate {
        Lockgate::at(emulator.endpoint(), command)
    }

    /// Prepares a command against any endpoint.
    pub(crate) fn at(endpoint: &str, command: &str) -> Lockgate {
        let lockgate = Lockgate {
            folder: tempfile::tempdir().expect("a temporary folder"),
            endpoint: endpoint.to_owned(),
            args: command.split_whitespace().map(str::to_owned).collect(),
            env: Vec::new(),
        };
        lockgate.gates(QUICK_HEALTH)
    }

    /// Uses these gates instead of the default one.
    pub(crate) fn gates(self, gates: &str) -> Lockgate {
        self.config(&format!("{QUICK}{gates}"))
    }

    /// Uses this configuration file instead.
    pub(crate) fn config(self, text: &str) -> Lockgate {
        self.file("lockgate.toml", text.as_bytes())
    }

    /// Replaces a part of the configuration file.
    pub(crate) fn replacing(self, from: &str, to: &str) -> Lockgate {
        let path = self.folder.path().join("lockgate.toml");
        let text = std::fs::read_to_string(path).expect("there is a configuration");
        assert!(text.contains(from), "{from:?} is not in {text}");
        self.config(&text.replace(from, to))
    }

    /// Puts a file into the working directory.
    pub(crate) fn file(self, name: &str, bytes: &[u8]) -> Lockgate {
        std::fs::write(self.folder.path().join(name), bytes).expect("the file is written");
        self
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, arg: &str) -> Lockgate {
        self.args.push(arg.to_owned());
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Lockgate {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the working directory.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs to the end.
    #[must_use = "assert something about how it ended"]
    pub(crate) fn run(&self) -> Finished {
        self.start().finish()
    }

    /// Starts without waiting.
    pub(crate) fn start(&self) -> Running {
        Running::start(&mut self.command())
    }

    /// Starts, and kills the process once it bakes.
    #[cfg(unix)]
    pub(crate) fn killed_while_baking(&self) {
        let mut running = self.start();
        running.read_past(|line| line.contains("baking"));
        running.signal("KILL");
        running.finish();
    }

    /// Runs another command in the same folder.
    #[must_use = "assert something about how it ended"]
    pub(crate) fn again(&self, args: &[&str]) -> Finished {
        Running::start(&mut self.prepared(args)).finish()
    }

    /// Returns the command with its hermetic environment.
    pub(crate) fn command(&self) -> Command {
        self.prepared(&self.args)
    }

    fn prepared(&self, args: &[impl AsRef<std::ffi::OsStr>]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lockgate"));
        // All scenarios share one compile cache, because they do not test the compiler.
        let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gate-cache");
        command
            .current_dir(self.folder.path())
            .args(args)
            .env_clear()
            .env("PATH", "/nonexistent")
            .env("HOME", self.folder.path())
            .env("TZ", "UTC")
            .env("LOCKGATE_ENDPOINT", &self.endpoint)
            .env("LOCKGATE_CACHE_DIR", cache)
            .envs(self.env.iter().cloned());
        command
    }
}

/// A running command.
pub(crate) struct Running {
    child: Child,
    /// The arguments of the executable under test; none of another program.
    args: Vec<String>,
    /// What was read of stdout so far, and the rest of it.
    begun: Option<(String, BufReader<ChildStdout>)>,
}

impl Running {
    /// Starts a command with piped outputs.
    pub(crate) fn start(command: &mut Command) -> Running {
        Running::start_on(command, Stdio::null())
    }

    /// Starts a command with piped outputs, which reads from this.
    pub(crate) fn start_on(command: &mut Command, stdin: Stdio) -> Running {
        let child = command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let is_lockgate = command.get_program() == env!("CARGO_BIN_EXE_lockgate");
        let args = command.get_args().filter(|_| is_lockgate);
        let args = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
        Running {
            child,
            args,
            begun: None,
        }
    }

    /// Returns the process id.
    #[cfg(unix)]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name, such as `INT`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill runs").success(), "the process is there");
    }

    /// Reads stdout up to a line that fits, and returns the rest of it; dropping the rest closes stdout.
    pub(crate) fn read_until(&mut self, fits: impl Fn(&str) -> bool) -> BufReader<ChildStdout> {
        let mut stdout = BufReader::new(self.child.stdout.take().expect("stdout is piped"));
        let mut line = String::new();
        while !fits(&line) {
            line.clear();
            let read = stdout.read_line(&mut line).expect("stdout is read");
            assert!(read > 0, "the run ended before a line that fits");
        }
        stdout
    }

    /// Reads stdout up to a line that fits; [`Running::finish`] reads the rest.
    #[track_caller]
    pub(crate) fn read_past(&mut self, fits: impl Fn(&str) -> bool) {
        let (mut text, mut stdout) = self.begun.take().unwrap_or_else(|| {
            let stdout = self.child.stdout.take().expect("stdout is piped");
            (String::new(), BufReader::new(stdout))
        });
        loop {
            let start = text.len();
            let read = stdout.read_line(&mut text).expect("stdout is read");
            assert!(read > 0, "the run ended before a line that fits:\n{text}");
            if fits(&text[start..]) {
                break;
            }
        }
        self.begun = Some((text, stdout));
    }

    /// Returns the process that writes the files of this run.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub(crate) fn keeper(&self) -> nix::unistd::Pid {
        self.child("__keep")
    }

    /// Returns the process that this one has started with an argument.
    #[cfg(target_os = "linux")]
    #[track_caller]
    pub(crate) fn child(&self, argument: &str) -> nix::unistd::Pid {
        let processes = std::fs::read_dir("/proc").expect("processes").flatten();
        let children = processes.filter(|process| {
            let file = |name: &str| std::fs::read_to_string(process.path().join(name));
            let parent = format!("PPid:\t{}\n", self.child.id());
            file("status").is_ok_and(|status| status.contains(&parent))
                && file("cmdline").is_ok_and(|line| line.contains(argument))
        });
        let ids = children.map(|child| child.file_name().into_string().expect("UTF-8"));
        let ids: Vec<String> = ids.collect();
        let [id] = &ids[..] else {
            panic!("one process, not {ids:?}")
        };
        nix::unistd::Pid::from_raw(id.parse().expect("a process"))
    }

    /// Waits until the command ends.
    pub(crate) fn finish(mut self) -> Finished {
        let mut stderr = self.child.stderr.take().expect("stderr is piped");
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text)
        });
        let mut stdout = String::new();
        if let Some((text, mut rest)) = self.begun.take() {
            stdout = text;
            rest.read_to_string(&mut stdout).expect("stdout is UTF-8");
        } else if let Some(mut pipe) = self.child.stdout.take() {
            pipe.read_to_string(&mut stdout).expect("stdout is UTF-8");
        }
        let status = self.child.wait().expect("lockgate ends");
        let stderr = errors
            .join()
            .expect("stderr is read")
            .expect("stderr is UTF-8");
        event_schema::check(&stdout);
        if let Some(code) = status.code() {
            exit_codes::check(&self.args, code);
        }
        Finished {
            code: status.code(),
            stdout,
            stderr,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A failed assertion must not leave the process behind.
        let _ = self.child.kill();
    }
}

impl Drop for Lockgate {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            event_schema::check_journals(self.folder.path());
        }
    }
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The exit code; `None` after a signal.
    pub(crate) code: Option<i32>,
    /// All of stdout.
    pub(crate) stdout: String,
    /// All of stderr.
    pub(crate) stderr: String,
}

impl Finished {
    /// Returns the time of the first line of the log with these words.
    #[track_caller]
    pub(crate) fn logged(&self, words: &[&str]) -> jiff::Timestamp {
        let fits = |line: &&str| words.iter().all(|word| line.contains(word));
        let line = self.stderr.lines().find(fits);
        let line = line.unwrap_or_else(|| panic!("no line has {words:?}:\n{self}"));
        let time = line.split(' ').next().expect("a word");
        time.parse().expect("a time")
    }

    /// Asserts the exit code, and that the traffic and the lease in the emulator agree with it.
    #[track_caller]
    pub(crate) fn ends(&self, code: i32, emulator: &Emulator) -> &Finished {
        self.exits(code);
        let weights = emulator.weights();
        let all = |revision: &str| [(revision.to_owned(), 100)].into();
        match code {
            0 => assert_eq!(weights, all(CANARY), "0 means promoted\n{self}"),
            2 | 10 | 11 | 12 | 30 => {
                assert_eq!(
                    weights,
                    all(STABLE),
                    "{code} means the baseline stands\n{self}"
                );
                assert_eq!(emulator.lease(), [].into(), "no lease is left\n{self}");
            }
            _ => {}
        }
        for request in emulator.requests() {
            let method = request["method"].as_str().unwrap_or_default();
            assert!(!matches!(method, "PUT" | "DELETE"), "{request}\n{self}");
            let body = &request["body"];
            let with = |pointer: &str| body.pointer(pointer).is_some();
            let moves = with("/properties/configuration/ingress/traffic");
            assert!(
                !(moves && with("/properties/template")),
                "traffic is never written beside a template: {body}\n{self}"
            );
        }
        if matches!(code, 2 | 30) {
            assert_eq!(
                emulator.writes(),
                [Value::Null; 0],
                "{code} means nothing was written\n{self}"
            );
        }
        self
    }

    /// Asserts the exit code alone.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Finished {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Asserts that stdout or stderr contains a text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Finished {
        let said = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(said, "{text:?} is not in:\n{self}");
        self
    }

    /// Returns stdout's lines as JSON.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let parse =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.stdout.lines().map(parse).collect()
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit code {:?}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}
