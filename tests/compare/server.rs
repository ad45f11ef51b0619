//! A small HTTPS server in the place of a Prometheus: what it answers, and to whom. `tests/prometheus.rs` asks a real one.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::registry::{Process, certificate};

/// The token that the server wants.
pub(super) const TOKEN: &str = "tea-for-two";

/// A running server; it ends when this is dropped.
pub(super) struct Server {
    _process: Process,
    port: String,
    folder: TempDir,
}

impl Server {
    /// Starts it.
    pub(super) fn start() -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        certificate(folder.path(), "localhost");
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compare/prometheus.py");
        let process = Command::new("python3")
            .arg(script)
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = Process(process.expect("python3 is there"));
        let mut port = String::new();
        BufReader::new(process.0.stdout.take().expect("stdout is piped"))
            .read_line(&mut port)
            .expect("the server prints its port");
        Server {
            _process: process,
            port: port.trim().to_owned(),
            folder,
        }
    }

    /// Returns its origin.
    pub(super) fn origin(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Returns the certificate of the authority that has signed its own.
    pub(super) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}
