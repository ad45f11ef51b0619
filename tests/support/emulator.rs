//! The emulator as a process of its own, started with a scenario, then observed and changed through its admin endpoints.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::pause::Pauses;

/// The longest that [`Emulator::until`] waits.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// The stable revision of the default scenario.
pub(crate) const STABLE: &str = "shop--v1";
/// The canary revision of the default scenario.
pub(crate) const CANARY: &str = "shop--v2";

/// A running emulator; it ends when this is dropped.
pub(crate) struct Emulator {
    process: Child,
    endpoint: String,
    tls_endpoint: String,
    app_url: String,
    revisions: Value,
    client: reqwest::blocking::Client,
    folder: TempDir,
}

impl Emulator {
    /// Starts the app `shop`: v1 with all traffic, v2 with none, both healthy.
    pub(crate) fn healthy() -> Emulator {
        Emulator::start(&Emulator::shop())
    }

    /// Returns the scenario of [`Emulator::healthy`], whose requests are counted by the second.
    pub(crate) fn shop_by_the_second() -> Value {
        let mut scenario = Emulator::shop();
        scenario["metrics"] = json!({ "shortest-slice-s": 1 });
        scenario
    }

    /// Returns the scenario of [`Emulator::healthy`], for tests that change it.
    pub(crate) fn shop() -> Value {
        json!({
            "apps": [{
                "name": "shop",
                "revisions": [
                    { "name": STABLE, "image": "registry.example/shop:1" },
                    { "name": CANARY, "image": "registry.example/shop:2" },
                ],
                "traffic": [{ "revision": STABLE, "weight": 100 }],
            }],
        })
    }

    /// Starts the emulator with a scenario.
    pub(crate) fn start(scenario: &Value) -> Emulator {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("scenario.json");
        std::fs::write(&path, scenario.to_string()).expect("the scenario is written");
        let mut process = Command::new(env!("CARGO_BIN_EXE_lockgate"))
            .args(["emulate", "--port", "0", "--output", "json", "--scenario"])
            .arg(&path)
            .args(["--tls-port", "0", "--tls-ca"])
            .arg(folder.path().join("ca.pem"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulator starts");
        let stdout = process.stdout.take().expect("stdout is piped");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("the emulator prints its endpoints");
        let event: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the emulator printed {line:?}: {error}"));
        let serving = &event["detail"];
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        Emulator {
            process,
            endpoint: text(&serving["endpoint"]),
            tls_endpoint: text(&serving["tls-endpoint"]),
            app_url: serving["apps"]
                .get(0)
                .map_or_else(String::new, |app| text(&app["url"])),
            revisions: serving["apps"][0]["revisions"].clone(),
            client: reqwest::blocking::Client::new(),
            folder,
        }
    }

    /// Returns ARM's base URL.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns ARM's base URL over TLS; its clients have to trust [`Emulator::ca`].
    pub(crate) fn tls_endpoint(&self) -> &str {
        &self.tls_endpoint
    }

    /// Returns the file with the certificate of the emulator's own authority.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Returns the app's own URL.
    pub(crate) fn app_url(&self) -> &str {
        &self.app_url
    }

    /// Returns the URL of a revision of the scenario.
    pub(crate) fn revision_url(&self, name: &str) -> &str {
        let revisions = self.revisions.as_array().expect("revisions");
        let found = revisions.iter().find(|revision| revision["name"] == name);
        found.expect("the revision")["url"].as_str().expect("a URL")
    }

    /// Returns the emulator's whole state.
    pub(crate) fn snapshot(&self) -> Value {
        self.get("/_emulator/snapshot")
    }

    /// Returns every control-plane request so far.
    pub(crate) fn requests(&self) -> Vec<Value> {
        let log = self.get("/_emulator/requests");
        log.as_array().expect("a list of requests").clone()
    }

    /// Returns the bodies of all writes so far, in order, but for those of tags alone.
    pub(crate) fn writes(&self) -> Vec<Value> {
        let requests = self.requests();
        let patches = requests
            .into_iter()
            .filter(|request| request["method"] == "PATCH")
            .filter(|request| !request["body"]["properties"].is_null());
        patches.map(|request| request["body"].clone()).collect()
    }

    /// Returns the weights of the app `shop`, by revision, without those of 0.
    pub(crate) fn weights(&self) -> BTreeMap<String, u64> {
        let snapshot = self.snapshot();
        let traffic = snapshot["apps"][0]["traffic"].as_array().expect("traffic");
        let weights = traffic.iter().map(|share| {
            let name = share["revisionName"].as_str().unwrap_or("latest");
            (
                name.to_owned(),
                share["weight"].as_u64().unwrap_or_default(),
            )
        });
        weights.filter(|(_, weight)| *weight > 0).collect()
    }

    /// Returns the tags of a lease on the app `shop`.
    pub(crate) fn lease(&self) -> BTreeMap<String, String> {
        let snapshot = self.snapshot();
        let tags = snapshot["apps"][0]["tags"].as_object().cloned();
        let tags = tags.unwrap_or_default().into_iter();
        // What stays after a run.
        let notes = ["lockgate-ended", "lockgate-replaced", "lockgate-failed"];
        let is_of_lease = |name: &str| name.starts_with("lockgate-") && !notes.contains(&name);
        let ours = tags.filter(|(name, _)| is_of_lease(name));
        ours.map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
            .collect()
    }

    /// Returns a tag of the app `shop`; empty where it has none.
    pub(crate) fn tag(&self, name: &str) -> String {
        let snapshot = self.snapshot();
        let value = snapshot["apps"][0]["tags"][name].as_str();
        value.unwrap_or_default().to_owned()
    }

    /// Returns whether a revision of `shop` is active.
    pub(crate) fn is_active(&self, revision: &str) -> bool {
        let snapshot = self.snapshot();
        let mut revisions = snapshot["apps"][0]["revisions"]
            .as_array()
            .into_iter()
            .flatten();
        let found = revisions.find(|found| found["name"] == revision);
        found.is_some_and(|found| found["active"] == true)
    }

    /// Changes how a revision of `shop` behaves from now on.
    pub(crate) fn behave(&self, revision: &str, behaviour: &Value) {
        self.post(&format!("/_emulator/behaviour/shop/{revision}"), behaviour);
    }

    /// Adds a fault rule.
    pub(crate) fn fault(&self, fault: &Value) {
        self.post("/_emulator/faults", fault);
    }

    /// Writes traffic and tags as another client does, over the control plane. A tag with null is removed.
    pub(crate) fn operate(&self, traffic: &Value, tags: &Value) {
        let body = serde_json::json!({ "client": "operator", "traffic": traffic, "tags": tags });
        self.post("/_emulator/write/shop", &body);
    }

    /// Restarts a revision of `shop`, as `az containerapp revision restart` does.
    pub(crate) fn restart(&self, revision: &str) {
        const GROUP: &str =
            "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo";
        let app = format!("{GROUP}/providers/Microsoft.App/containerApps/shop");
        let path = format!("{app}/revisions/{revision}/restart?api-version=2025-07-01");
        self.post(&path, &serde_json::json!({}));
    }

    /// Deactivates a revision of `shop` at once.
    pub(crate) fn deactivate(&self, revision: &str) {
        let path = format!("/_emulator/deactivate/shop/{revision}");
        self.post(&path, &serde_json::json!({}));
    }

    /// Waits until a condition holds, and fails with what the app looks like when it does not within a minute.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&Emulator) -> bool) {
        let deadline = Instant::now() + WAIT_MAX;
        let mut pauses = Pauses::new();
        while !is_so(self) {
            assert!(
                Instant::now() < deadline,
                "{what}: not within a minute; weights {:?}, lease {:?}",
                self.weights(),
                self.lease()
            );
            pauses.pause();
        }
    }

    fn get(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.endpoint);
        let answer = self.client.get(url).send().expect("the emulator answers");
        answer.json().expect("the emulator answers JSON")
    }

    fn post(&self, path: &str, body: &Value) {
        let url = format!("{}{path}", self.endpoint);
        let answer = self.client.post(url).json(body).send();
        let answer = answer.expect("the emulator answers");
        let status = answer.status();
        let text = answer.text().unwrap_or_default();
        assert!(status.is_success(), "{path}: {status} {text}");
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
