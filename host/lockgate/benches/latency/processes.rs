//! The two executables of a measurement, and a wire between them that is watched.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;

/// Returns the scenario of an app with two healthy revisions and a platform that is done at once.
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

/// Returns a command against an endpoint, with these settings of a rollout.
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

/// Returns a command that needs no app.
pub(crate) fn gate(folder: &Path, arguments: &[&str]) -> Command {
    let mut lockgate = executable(folder);
    lockgate
        .args(arguments)
        .arg("--cache-dir")
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate-cache"));
    lockgate
}

fn executable(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockgate"));
    command
        .current_dir(folder)
        .env("HOME", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// Returns the events of a run as they come.
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
    /// Starts a scenario.
    pub(crate) fn start(scenario: &Value) -> Emulator {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("scenario.json");
        std::fs::write(&path, scenario.to_string()).expect("the scenario is written");
        let mut child = executable(folder.path())
            .args(["emulate", "--port", "0", "--output", "json", "--scenario"])
            .arg(&path)
            .spawn()
            .expect("the emulator starts");
        let serving = events(&mut child).next().expect("it says where it serves");
        let endpoint = serving["endpoint"].as_str().expect("a URL").to_owned();
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
        // It has no state that matters.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A wire to an emulator that notes when which request came by.
pub(crate) struct Watched {
    endpoint: String,
    seen: Arc<Mutex<Vec<(Instant, bool)>>>,
}

impl Watched {
    /// Puts itself before an emulator.
    pub(crate) fn before(emulator: &Emulator) -> Watched {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let to = emulator.endpoint.trim_start_matches("http://").to_owned();
        let seen = Arc::<Mutex<Vec<_>>>::default();
        let watched = Watched {
            endpoint: format!("http://{address}"),
            seen: Arc::clone(&seen),
        };
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // The emulator has ended with its measurement.
                let Ok(server) = TcpStream::connect(&to) else {
                    return;
                };
                let back = (
                    server.try_clone().expect("a clone"),
                    client.try_clone().expect("a clone"),
                );
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || pass(client, server, Some(&seen)));
                std::thread::spawn(move || pass(back.0, back.1, None));
            }
        });
        watched
    }

    /// Returns the base URL of the wire.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns how many requests came by.
    pub(crate) fn calls(&self) -> usize {
        self.seen.lock().expect("the notes").len()
    }

    /// Returns when each PATCH came by.
    pub(crate) fn patches(&self) -> Vec<Instant> {
        let seen = self.seen.lock().expect("the notes");
        let patches = seen.iter().filter(|(_, is_patch)| *is_patch);
        patches.map(|(at, _)| *at).collect()
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, seen: Option<&Mutex<Vec<(Instant, bool)>>>) {
    let mut buffer = [0; 16 << 10];
    while let Ok(read) = from.read(&mut buffer) {
        let is_patch = buffer[..read].starts_with(b"PATCH ");
        if let Some(seen) = seen
            && (is_patch || buffer[..read].starts_with(b"GET "))
        {
            seen.lock()
                .expect("the notes")
                .push((Instant::now(), is_patch));
        }
        if read == 0 || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // The other side may be gone already.
    let _ = to.shutdown(std::net::Shutdown::Write);
}
