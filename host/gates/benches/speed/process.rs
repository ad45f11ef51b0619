//! Measures the executable: start to first probe, failing verdict to rollback, and peak memory of a rollout.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

const STARTS: usize = 30;
const ROLLBACKS: usize = 10;

/// A quick plan; all other settings are the defaults.
const CONFIGURATION: &str = r#"
[rollout]
bake = "300ms"
check-interval = "100ms"

[gates.http-health]
settings = { interval-ms = 10 }
"#;

/// Builds the executable in the profile of this benchmark and returns its path.
pub(crate) fn build() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--package", "lockgate"])
        .status();
    assert!(built.expect("cargo runs").success(), "lockgate builds");
    let this = std::env::current_exe().expect("this benchmark has a path");
    let release = this
        .parent()
        .and_then(Path::parent)
        .expect("target/release");
    release.join("lockgate")
}

/// Returns the times from starting the process to the first byte of its first probe.
pub(crate) fn first_probe(executable: &Path) -> Vec<Duration> {
    let folder = tempfile::tempdir().expect("a folder");
    (0..=STARTS)
        .map(|_| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("an address");
            let began = Instant::now();
            let mut child = command(executable, folder.path())
                .args(["gate", "run", "http-health", "--canary"])
                .arg(format!("http://{address}"))
                .spawn()
                .expect("lockgate starts");
            let (mut probe, _) = listener.accept().expect("a probe");
            probe.read_exact(&mut [0]).expect("a byte");
            let took = began.elapsed();
            // Nothing after the first probe is measured.
            let _ = child.kill();
            let _ = child.wait();
            took
        })
        .skip(1)
        .collect()
}

/// Returns the times from a failing verdict on stdout to the PATCH that follows it.
pub(crate) fn verdict_to_rollback(executable: &Path) -> Vec<Duration> {
    (0..ROLLBACKS).map(|_| one_rollback(executable)).collect()
}

fn one_rollback(executable: &Path) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = folder.path().join("shop.json");
    let text = r#"{"apps":[{"name":"shop","revisions":[{"name":"shop--v1"},
        {"name":"shop--v2","behaviour":{"fails-from-weight":10}}],
        "traffic":[{"revision":"shop--v1","weight":100}]}]}"#;
    std::fs::write(&scenario, text).expect("the scenario is written");
    let mut emulator = Emulator::start(executable, folder.path(), Some(&scenario));
    let (writes, seen) = channel();
    let endpoint = proxy(&emulator.endpoint, writes);
    let mut child = rollout(executable, folder.path(), &endpoint);
    let stdout = child.stdout.take().expect("stdout is piped");
    let mut failed = None;
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        if failed.is_none() && line.contains("\"verdict\":\"fail\"") {
            failed = Some(Instant::now());
        }
    }
    child.wait().expect("lockgate ends");
    emulator.stop();
    let failed = failed.expect("the canary failed");
    let patch = seen.try_iter().last().expect("a rollback was written");
    patch.saturating_duration_since(failed)
}

/// Starts a proxy to the emulator that reports the time of each PATCH, and returns its URL.
fn proxy(endpoint: &str, writes: Sender<Instant>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let to = endpoint.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(&to).expect("the emulator");
            let writes = writes.clone();
            let halves = (client.try_clone(), server.try_clone());
            let (Ok(from_client), Ok(from_server)) = halves else {
                return;
            };
            std::thread::spawn(move || forward(from_client, server, Some(&writes)));
            std::thread::spawn(move || forward(from_server, client, None));
        }
    });
    format!("http://{address}")
}

fn forward(mut from: TcpStream, mut to: TcpStream, writes: Option<&Sender<Instant>>) {
    let mut buffer = [0; 16 << 10];
    while let Ok(read) = from.read(&mut buffer) {
        if let Some(writes) = writes
            && buffer.starts_with(b"PATCH ")
        {
            let _ = writes.send(Instant::now());
        }
        if read == 0 || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}

/// Returns the peak resident memory of a whole rollout in KiB; 0 where there is no `/proc`.
pub(crate) fn peak_memory_kib(executable: &Path) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let mut emulator = Emulator::start(executable, folder.path(), None);
    let mut child = rollout(executable, folder.path(), &emulator.endpoint);
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0.0_f64;
    while child.try_wait().expect("lockgate is watched").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let high = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = high.and_then(|high| high.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kib.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    }
    emulator.stop();
    peak
}

fn rollout(executable: &Path, folder: &Path, endpoint: &str) -> Child {
    std::fs::write(folder.join("lockgate.toml"), CONFIGURATION).expect("it is written");
    command(executable, folder)
        .args(["rollout", "--output", "json", "--app", "shop"])
        .args(["--resource-group", "demo", "--subscription"])
        .arg("00000000-0000-0000-0000-000000000000")
        .args(["--endpoint", endpoint])
        .spawn()
        .expect("lockgate starts")
}

fn command(executable: &Path, folder: &Path) -> Command {
    let mut command = Command::new(executable);
    command
        .current_dir(folder)
        .env("HOME", folder)
        .env_remove("XDG_CACHE_HOME")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

struct Emulator {
    child: Child,
    endpoint: String,
}

impl Emulator {
    fn start(executable: &Path, folder: &Path, scenario: Option<&Path>) -> Emulator {
        let mut command = command(executable, folder);
        command.args(["emulate", "--port", "0", "--output", "json"]);
        if let Some(scenario) = scenario {
            command.arg("--scenario").arg(scenario);
        }
        let mut child = command.spawn().expect("the emulator starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the emulator prints its endpoint");
        let serving: Value = serde_json::from_str(&line).expect("JSON");
        let endpoint = serving["endpoint"]
            .as_str()
            .expect("an endpoint")
            .to_owned();
        Emulator { child, endpoint }
    }

    fn stop(&mut self) {
        // The emulator keeps nothing that a kill could damage.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
