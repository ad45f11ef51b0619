//! Debian's prometheus as a process of its own, over TLS and with a password, which reads the counts of each revision's web
//! app every second. It has to be fetched first, with `tests/prometheus/install`.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::Emulator;
use super::pause::Pauses;
use super::registry::{HTPASSWD, PASSWORD, Process, USER, certificate};

/// The longest that [`Prometheus::until`] waits.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// A running server; it ends when this is dropped.
pub(crate) struct Prometheus {
    _process: Process,
    url: String,
    client: reqwest::blocking::Client,
    folder: TempDir,
}

impl Prometheus {
    /// Starts a server that reads the web apps of these revisions.
    pub(crate) fn reading(emulator: &Emulator, revisions: &[&str]) -> Prometheus {
        let folder = tempfile::tempdir().expect("a folder");
        certificate(folder.path(), "localhost");
        let write = |name: &str, text: String| {
            std::fs::write(folder.path().join(name), text).expect("written")
        };
        let targets = revisions.iter().map(|revision| {
            let url = emulator.revision_url(revision);
            format!("\"{}\"", url.trim_start_matches("http://"))
        });
        let targets = targets.collect::<Vec<_>>().join(", ");
        write(
            "prometheus.yml",
            format!(
                "global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\nscrape_configs:\n- job_name: shop\n  static_configs: \
                 [{{ targets: [{targets}] }}]\n"
            ),
        );
        let (_, hash) = HTPASSWD
            .trim_end()
            .split_once(':')
            .expect("a user and a hash");
        write(
            "web.yml",
            format!(
                "tls_server_config: {{ cert_file: server.pem, key_file: key.pem }}\nbasic_auth_users: {{ {USER}: \"{hash}\" }}\n"
            ),
        );
        let (process, port) = start(folder.path());
        let ca = std::fs::read(folder.path().join("ca.pem")).expect("the authority");
        let ca = reqwest::Certificate::from_pem(&ca).expect("a certificate");
        let client = reqwest::blocking::Client::builder().no_proxy();
        Prometheus {
            _process: process,
            url: format!("https://localhost:{port}"),
            client: client.tls_certs_only([ca]).build().expect("a client"),
            folder,
        }
    }

    /// Returns its base URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the certificate of the authority that has signed the server's own.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Returns the status of a query, with user and password or without.
    pub(crate) fn status(&self, query: &str, signed_in: bool) -> u16 {
        let url = self.query_url(query);
        let request = self.client.get(url);
        let request = if signed_in {
            request.basic_auth(USER, Some(PASSWORD))
        } else {
            request
        };
        request
            .send()
            .expect("the server answers")
            .status()
            .as_u16()
    }

    /// Returns the value of a query that has one series at most; `None` where it has none.
    pub(crate) fn value(&self, query: &str) -> Option<f64> {
        let request = self.client.get(self.query_url(query));
        let answer = request.basic_auth(USER, Some(PASSWORD)).send();
        let answer = answer.expect("the server answers").text().expect("text");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        let series = answer["data"]["result"].as_array();
        let series = series.unwrap_or_else(|| panic!("{query}: {answer}"));
        assert!(series.len() <= 1, "{query}: {answer}");
        let value = series.first()?["value"][1].as_str().expect("a text");
        Some(value.parse().expect("a number"))
    }

    /// Waits until the value of a query is as wanted, and fails when it is not within a minute.
    #[track_caller]
    pub(crate) fn until(&self, query: &str, is_so: impl Fn(Option<f64>) -> bool) {
        let deadline = Instant::now() + WAIT_MAX;
        let mut pauses = Pauses::new();
        loop {
            let value = self.value(query);
            if is_so(value) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{query}: not within a minute, {value:?}"
            );
            pauses.pause();
        }
    }

    fn query_url(&self, query: &str) -> reqwest::Url {
        let url = format!("{}/api/v1/query", self.url);
        reqwest::Url::parse_with_params(&url, [("query", query)]).expect("a URL")
    }
}

/// Starts the server with the files of a folder, on a free port. Returns the port when it is ready.
fn start(folder: &Path) -> (Process, String) {
    let program =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/prometheus/usr/bin/prometheus");
    let process = Command::new(program)
        .args(["--config.file=prometheus.yml", "--web.config.file=web.yml"])
        .args([
            "--storage.tsdb.path=data",
            "--web.listen-address=127.0.0.1:0",
        ])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut process = Process(process.expect("tests/prometheus/install has fetched it"));
    let log = BufReader::new(process.0.stderr.take().expect("stderr is piped"));
    let mut lines = log.lines().map_while(Result::ok);
    let mut port = None;
    for line in lines.by_ref() {
        if let Some((_, address)) = line.split_once("msg=\"Listening on\" address=") {
            port = address.rsplit(':').next().map(str::to_owned);
        }
        if line.contains("Server is ready") {
            break;
        }
    }
    // Its log must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (process, port.expect("the server listens"))
}
