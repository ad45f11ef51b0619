//! The measurements of reports: what all reporters together cost a run, and how fast the report of a long run is written.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

use crate::processes::{Emulator, command, executable, shop};

/// A run with about a thousand answers: a check every 10 ms, and the time that it takes, for 13 s.
const LONG: &str = "bake = \"13s\"\ncheck-interval = \"10ms\"\nstages = [10, 100]";
/// The formats of a report.
const FORMATS: [&str; 4] = ["html", "json", "xml", "md"];
const ROUNDS: usize = 10;
const PAIRS: usize = 3;

/// A past run with many answers, in a working folder.
pub(crate) struct LongRun {
    folder: tempfile::TempDir,
}

impl LongRun {
    /// Makes one: a rollout against the emulator.
    pub(crate) fn new() -> LongRun {
        let folder = tempfile::tempdir().expect("a folder");
        rollout(folder.path(), &[]);
        LongRun { folder }
    }

    /// Returns how many answers of gates it has.
    pub(crate) fn answers(&self) -> usize {
        let journal = journal(self.folder.path());
        let answers = journal.lines();
        answers
            .filter(|line| line.contains("\"event\":\"answered\""))
            .count()
    }

    /// Returns how long a command takes that writes a report of it in this format.
    pub(crate) fn report(&self, format: &str) -> Vec<Duration> {
        let file = format!("run.{format}");
        let once = || {
            let began = Instant::now();
            let mut report = executable(self.folder.path());
            report.args(["report", "latest", "--out", &file]);
            assert!(report.status().expect("lockgate runs").success());
            began.elapsed()
        };
        (0..ROUNDS).map(|_| once()).collect()
    }

    /// Returns the size of that report in bytes.
    pub(crate) fn size(&self, format: &str) -> u64 {
        let file = self.folder.path().join(format!("run.{format}"));
        std::fs::metadata(file).expect("a report").len()
    }
}

/// Returns the processor time that a run with all reporters takes above one with none, for each event of it.
pub(crate) fn cost_of_an_event() -> Vec<Duration> {
    (0..PAIRS)
        .map(|_| {
            let folder = tempfile::tempdir().expect("a folder");
            let plain = rollout(folder.path(), &[]);
            let folder = tempfile::tempdir().expect("a folder");
            let all = rollout(folder.path(), &reporters(folder.path()));
            let events = journal(folder.path()).lines().count();
            all.saturating_sub(plain) / u32::try_from(events).expect("few")
        })
        .collect()
}

/// Returns the variables that turn every reporter on that needs no terminal.
fn reporters(folder: &Path) -> Vec<(&'static str, String)> {
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let reports = FORMATS.map(|format| path(&format!("at-the-end.{format}")));
    for file in ["outputs", "summary.md"] {
        std::fs::write(folder.join(file), "").expect("it is written");
    }
    vec![
        ("LOCKGATE_REPORT", reports.join("\n")),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", sink()),
        ("TEAM_WEBHOOK", sink()),
        ("LOCKGATE_PIPELINE", "github".to_owned()),
        ("GITHUB_OUTPUT", path("outputs")),
        ("GITHUB_STEP_SUMMARY", path("summary.md")),
        ("LOCKGATE_LOG", "info".to_owned()),
    ]
}

/// Promotes a canary in a run with many checks, and returns the processor time of all its processes.
fn rollout(folder: &Path, variables: &[(&str, String)]) -> Duration {
    let emulator = Emulator::start(&shop());
    let notify = match variables {
        [] => "",
        _ => "\n[notify.team]\nurl = \"env:TEAM_WEBHOOK\"",
    };
    let mut rollout = command(
        folder,
        emulator.endpoint(),
        "rollout",
        &format!("{LONG}{notify}"),
    );
    for (name, value) in variables {
        rollout.env(name, value);
    }
    let before = of_children();
    let output = rollout.output().expect("lockgate runs");
    let taken = of_children() - before;
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
    taken
}

/// Returns the processor time of all processes that have ended and were waited for.
fn of_children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("it is counted");
    let times = [usage.user_time(), usage.system_time()];
    let micros: i64 = times
        .iter()
        .map(|time| time.tv_sec() * 1_000_000 + time.tv_usec())
        .sum();
    Duration::from_micros(micros.try_into().expect("a time"))
}

fn journal(folder: &Path) -> String {
    let runs = std::fs::read_dir(folder.join(".lockgate/runs")).expect("runs");
    let run = runs.flatten().next().expect("a run").path();
    std::fs::read_to_string(run.join("journal.jsonl")).expect("a journal")
}

/// Starts a server that takes every request, and returns its URL.
fn sink() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || take(&client));
        }
    });
    format!("http://{address}")
}

/// Answers each request of a connection with 200.
fn take(client: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(client);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let mut answer = client;
        answer
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            .ok()?;
    }
}
