//! The step of a continuous-integration job: starts lockgate as a runner does, and cancels it as the common runners do.
//! Cancelling signals the process that was started and no other: SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL.
//! Source of the numbers: actions/runner, `src/Runner.Sdk/ProcessInvoker.cs`.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::lockgate::Lockgate;

/// The pause between SIGINT and SIGTERM.
pub(crate) const TO_TERM: Duration = Duration::from_millis(7_500);
/// The pause between SIGTERM and SIGKILL.
const TO_KILL: Duration = Duration::from_millis(2_500);

/// How the runner starts lockgate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartMethod {
    /// The runner's shell with a script; lockgate is a child of the shell.
    Script,
    /// The runner's shell with a script that ends in `exec lockgate`.
    ExecScript,
    /// A shell with the command as its argument, `bash -c`.
    OneLine,
    /// No shell: lockgate is the process that the runner starts.
    Directly,
    /// A shell that leads a session of its own, as the first process of a container does.
    Session,
}

impl StartMethod {
    /// Every way of a runner.
    pub(crate) const ALL: [StartMethod; 4] = [
        StartMethod::Script,
        StartMethod::ExecScript,
        StartMethod::OneLine,
        StartMethod::Directly,
    ];

    fn command(self, lockgate: &Lockgate) -> Command {
        let direct = lockgate.command();
        let quoted = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().expect("UTF-8"));
        let words = std::iter::once(direct.get_program()).chain(direct.get_args());
        let line = words.map(quoted).collect::<Vec<_>>().join(" ");
        let mut command = Command::new("/bin/bash");
        match self {
            StartMethod::Directly => return direct,
            StartMethod::Session => {
                command = Command::new("/usr/bin/setsid");
                command.args(["/bin/bash", "--noprofile", "--norc", "-c"]);
                command.arg(format!("{line}; exit"))
            }
            StartMethod::OneLine => command.args(["-e", "-c", &line]),
            StartMethod::Script | StartMethod::ExecScript => {
                let exec = if self == StartMethod::ExecScript {
                    "exec "
                } else {
                    ""
                };
                let script = lockgate.folder().join("step.sh");
                std::fs::write(&script, format!("{exec}{line}\n")).expect("a script");
                let bash = ["--noprofile", "--norc", "-e", "-o", "pipefail"];
                command.args(bash).arg(script)
            }
        };
        command.current_dir(lockgate.folder()).env_clear();
        for (name, value) in direct.get_envs() {
            command.env(name, value.expect("a value"));
        }
        command
    }
}

/// A running step.
pub(crate) struct RunnerStep {
    lockgate: Lockgate,
    process: Pid,
    ended: Receiver<ExitStatus>,
    stdout: Option<BufReader<ChildStdout>>,
    lines: Vec<String>,
}

impl RunnerStep {
    /// Starts a step.
    pub(crate) fn start(lockgate: Lockgate, method: StartMethod) -> RunnerStep {
        let errors = std::fs::File::create(lockgate.folder().join("stderr")).expect("a file");
        let mut child = method
            .command(&lockgate)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("the step starts");
        let stdout = child.stdout.take().map(BufReader::new);
        let process = Pid::from_raw(child.id().try_into().expect("a process"));
        let (sender, ended) = channel();
        std::thread::spawn(move || {
            let status = child.wait().expect("the process ends");
            // A test that has failed already does not receive the status.
            let _ = sender.send(status);
        });
        RunnerStep {
            lockgate,
            process,
            ended,
            stdout,
            lines: Vec::new(),
        }
    }

    /// Reads events up to the first one that fits.
    #[track_caller]
    pub(crate) fn read_until(&mut self, mut fits: impl FnMut(&Value) -> bool) {
        while let Some(line) = self.read() {
            if fits(&serde_json::from_str(&line).expect("JSON")) {
                return;
            }
        }
        panic!("the run ended before an event that fits: {self}");
    }

    fn read(&mut self) -> Option<String> {
        let mut line = String::new();
        let stdout = self.stdout.as_mut()?;
        let read = stdout.read_line(&mut line).expect("stdout is read");
        (read > 0).then(|| {
            self.lines.push(line.clone());
            line
        })
    }

    /// Closes the output, as a runner does when it abandons a step.
    pub(crate) fn close_output(&mut self) {
        self.stdout = None;
    }

    /// Cancels the step, and returns how the started process ended.
    pub(crate) fn cancel(&mut self, to_term: Duration) -> ExitStatus {
        for (signal, pause) in [(Signal::SIGINT, to_term), (Signal::SIGTERM, TO_KILL)] {
            self.send(signal);
            if let Ok(status) = self.ended.recv_timeout(pause) {
                return status;
            }
        }
        self.kill()
    }

    /// Kills the started process this long from now, or finds that it has ended by then.
    pub(crate) fn kill_after(&mut self, pause: Duration) {
        if self.ended.recv_timeout(pause).is_err() {
            self.kill();
        }
    }

    /// Kills the started process.
    pub(crate) fn kill(&mut self) -> ExitStatus {
        self.send(Signal::SIGKILL);
        self.ended.recv().expect("it has ended")
    }

    fn send(&self, signal: Signal) {
        // The process may have ended a moment ago.
        let _ = kill(self.process, signal);
    }

    /// Reads to the end of the output, which comes only when lockgate has ended too, even without its shell. Returns all
    /// events.
    pub(crate) fn events(&mut self) -> Vec<Value> {
        while self.read().is_some() {}
        let parse = |line: &String| serde_json::from_str(line).expect("JSON");
        self.lines.iter().map(parse).collect()
    }

    /// Returns stderr so far.
    pub(crate) fn errors(&self) -> String {
        std::fs::read_to_string(self.lockgate.folder().join("stderr")).expect("stderr")
    }
}

impl Drop for RunnerStep {
    fn drop(&mut self) {
        // A failed assertion must not leave the process behind; lockgate ends with its parent.
        if self.ended.try_recv().is_err() && std::thread::panicking() {
            self.send(Signal::SIGKILL);
        }
    }
}

impl std::fmt::Display for RunnerStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines = self.lines.concat();
        write!(f, "--- stdout\n{lines}--- stderr\n{}", self.errors())
    }
}

/// Returns whether SIGKILL ended a process.
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::SIGKILL as i32)
}
