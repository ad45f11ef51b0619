//! A continuous-integration runner: starts a step, and cancels it as the common ones do. It signals the process that
//! it started and no other: SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL; no pause outlasts that process.
//! Source of the numbers: actions/runner, `src/Runner.Sdk/ProcessInvoker.cs`.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::lockgate::Lockgate;

/// From SIGINT to SIGTERM.
pub(crate) const TO_TERM: Duration = Duration::from_millis(7_500);
/// From SIGTERM to SIGKILL.
const TO_KILL: Duration = Duration::from_millis(2_500);

/// The process that the runner starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The runner's shell with a script; lockgate is a child of the shell.
    Script,
    /// The same, and the script ends in `exec`.
    ExecScript,
    /// A shell that is given the command itself.
    OneLine,
    /// lockgate itself.
    Directly,
}

impl Entry {
    /// All of them.
    pub(crate) const ALL: [Entry; 4] = [
        Entry::Script,
        Entry::ExecScript,
        Entry::OneLine,
        Entry::Directly,
    ];

    fn command(self, lockgate: &Lockgate) -> Command {
        let direct = lockgate.command();
        let quoted = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().expect("UTF-8"));
        let words = std::iter::once(direct.get_program()).chain(direct.get_args());
        let line = words.map(quoted).collect::<Vec<_>>().join(" ");
        let mut command = Command::new("/bin/bash");
        match self {
            Entry::Directly => return direct,
            Entry::OneLine => command.args(["-e", "-c", &line]),
            Entry::Script | Entry::ExecScript => {
                let exec = if self == Entry::ExecScript {
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

/// A step that runs.
pub(crate) struct Step {
    lockgate: Lockgate,
    entry: Pid,
    ended: Receiver<ExitStatus>,
    stdout: Option<BufReader<ChildStdout>>,
    lines: Vec<String>,
}

impl Step {
    /// Starts it.
    pub(crate) fn start(lockgate: Lockgate, entry: Entry) -> Step {
        let errors = std::fs::File::create(lockgate.folder().join("stderr")).expect("a file");
        let mut child = entry
            .command(&lockgate)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("the step starts");
        let stdout = child.stdout.take().map(BufReader::new);
        let entry = Pid::from_child(&child);
        let (sender, ended) = channel();
        std::thread::spawn(move || {
            let status = child.wait().expect("the entry process ends");
            // Nobody asks how a step ended whose test has failed already.
            let _ = sender.send(status);
        });
        Step {
            lockgate,
            entry,
            ended,
            stdout,
            lines: Vec::new(),
        }
    }

    /// Reads until an event fits.
    #[track_caller]
    pub(crate) fn read_until(&mut self, mut fits: impl FnMut(&Value) -> bool) {
        while let Some(line) = self.read() {
            if fits(&serde_json::from_str(&line).expect("JSON")) {
                return;
            }
        }
        panic!("the run ended before an event fitted: {self}");
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

    /// Closes the output, as a runner does that gives up on a step.
    pub(crate) fn close_output(&mut self) {
        self.stdout = None;
    }

    /// Cancels the step, and returns how its entry process ended.
    pub(crate) fn cancel(&mut self, to_term: Duration) -> ExitStatus {
        for (signal, pause) in [(Signal::INT, to_term), (Signal::TERM, TO_KILL)] {
            self.send(signal);
            if let Ok(status) = self.ended.recv_timeout(pause) {
                return status;
            }
        }
        self.kill()
    }

    /// Kills the entry process.
    pub(crate) fn kill(&mut self) -> ExitStatus {
        self.send(Signal::KILL);
        self.ended.recv().expect("it has ended")
    }

    fn send(&self, signal: Signal) {
        // It may have ended in this very moment.
        let _ = kill_process(self.entry, signal);
    }

    /// Reads until nobody writes any more: lockgate has ended too, whoever its parent is by now. Returns its events.
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

impl Drop for Step {
    fn drop(&mut self) {
        // A failed assertion must not leave it behind; lockgate follows its parent.
        if self.ended.try_recv().is_err() && std::thread::panicking() {
            self.send(Signal::KILL);
        }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines = self.lines.concat();
        write!(f, "--- stdout\n{lines}--- stderr\n{}", self.errors())
    }
}

/// Says whether a process was ended by SIGKILL.
pub(crate) fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(Signal::KILL.as_raw())
}
