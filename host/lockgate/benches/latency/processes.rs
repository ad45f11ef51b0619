//! The processes of a measurement: lockgate, the emulator, and a proxy between them that records when requests pass.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;

/// Returns the scenario of an app with two healthy revisions, on a platform whose operations end at once.
pub(crate) fn shop() -> Value {
    json!({
        "operation": { "polls": 0 },
        "apps": [{
            "name": "shop",
            "revisions": [{ "name": "shop--v1" }, { "name": "shop--v2" }],
            "traffic": [{ "revision": "shop--v1", "weight": 100 }],
        }],
    })
}

/// Returns a command against an endpoint, with these lines of `[rollout]`.
pub(crate) fn command(folder: &Path, endpoint: &str, command: &str, plan: &str) -> Command {
    let text =
        format!("[rollout]\n{plan}\n[gates.http-health]\nsettings = {{ interval-ms = 10 }}\n");
    std::fs::write(folder.join("lockgate.toml"), text).expect("it is written");
    let mut lockgate = executable(folder);
    lockgate
        .args([command, "--output", "json", "--app", "shop"])
        .args(["--resource-group", "demo", "--subscription"])
        .arg("00000000-0000-0000-0000-000000000000")
        .args(["--endpoint", endpoint])
        .arg("--cache-dir")
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate-cache"));
    lockgate
}

/// Returns a command that needs no app, such as `gate test`.
pub(crate) fn gate(folder: &Path, arguments: &[&str]) -> Command {
    let mut lockgate = executable(folder);
    lockgate
        .args(arguments)
        .arg("--cache-dir")
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate-cache"));
    lockgate
}

/// Returns the executable, in a folder of its own.
pub(crate) fn executable(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockgate"));
    command
        .current_dir(folder)
        .env("HOME", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// Returns the events of a run as it prints them.
pub(crate) fn events(run: &mut Child) -> impl Iterator<Item = Value> + use<> {
    let stdout = run.stdout.take().expect("stdout is piped");
    let lines = BufReader::new(stdout).lines();
    lines.map(|line| serde_json::from_str(&line.expect("UTF-8")).expect("JSON"))
}

/// A running emulator; it ends when this is dropped.
pub(crate) struct Emulator {
    child: Child,
    endpoint: String,
    _folder: TempDir,
}

impl Emulator {
    /// Starts the emulator with a scenario.
    pub(crate) fn start(scenario: &Value) -> Emulator {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("scenario.json");
        std::fs::write(&path, scenario.to_string()).expect("the scenario is written");
        let mut child = executable(folder.path())
            .args(["emulate", "--port", "0", "--output", "json", "--scenario"])
            .arg(&path)
            .spawn()
            .expect("the emulator starts");
        let serving = events(&mut child).next().expect("it prints its endpoint");
        let endpoint = serving["detail"]["endpoint"]
            .as_str()
            .expect("a URL")
            .to_owned();
        Emulator {
            child,
            endpoint,
            _folder: folder,
        }
    }

    /// Returns ARM's base URL.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A TCP proxy in front of an emulator that records when each request passed.
pub(crate) struct RecordingProxy {
    endpoint: String,
    passed: Arc<Mutex<Vec<PassedRequest>>>,
}

struct PassedRequest {
    at: Instant,
    is_patch: bool,
}

impl RecordingProxy {
    /// Starts a proxy in front of an emulator.
    pub(crate) fn before(emulator: &Emulator) -> RecordingProxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let to = emulator.endpoint.trim_start_matches("http://").to_owned();
        let passed = Arc::<Mutex<Vec<_>>>::default();
        let proxy = RecordingProxy {
            endpoint: format!("http://{address}"),
            passed: Arc::clone(&passed),
        };
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // The emulator ends with its measurement.
                let Ok(server) = TcpStream::connect(&to) else {
                    return;
                };
                let responses = server.try_clone().expect("a clone");
                let requester = client.try_clone().expect("a clone");
                let passed = Arc::clone(&passed);
                std::thread::spawn(move || copy(client, server, Some(&passed)));
                std::thread::spawn(move || copy(responses, requester, None));
            }
        });
        proxy
    }

    /// Returns the base URL of the proxy.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns how many requests passed.
    pub(crate) fn calls(&self) -> usize {
        self.passed.lock().expect("the requests").len()
    }

    /// Returns when each PATCH passed.
    pub(crate) fn patches(&self) -> Vec<Instant> {
        let passed = self.passed.lock().expect("the requests");
        let patches = passed.iter().filter(|request| request.is_patch);
        patches.map(|request| request.at).collect()
    }
}

/// Copies bytes from one side to the other until it closes, and records the requests among them.
fn copy(mut from: TcpStream, mut to: TcpStream, passed: Option<&Mutex<Vec<PassedRequest>>>) {
    let mut buffer = [0; 16 << 10];
    while let Ok(read) = from.read(&mut buffer) {
        let is_patch = buffer[..read].starts_with(b"PATCH ");
        if let Some(passed) = passed
            && (is_patch || buffer[..read].starts_with(b"GET "))
        {
            let at = Instant::now();
            let mut passed = passed.lock().expect("the requests");
            passed.push(PassedRequest { at, is_patch });
        }
        if read == 0 || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // The other side may have closed already.
    let _ = to.shutdown(std::net::Shutdown::Write);
}
