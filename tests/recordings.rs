//! Recordings of gates: written by live calls and rollouts, replayed without a network, and refused with the place when they
//! are not valid.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Lockgate, STABLE, component};

/// Returns a `gate` command, which needs no app.
fn gate(emulator: &Emulator, command: &str) -> Lockgate {
    Lockgate::on(emulator, &format!("gate {command}"))
}

/// Records one call of the default gate about the canary, and returns the content of the file.
pub(crate) fn recorded(emulator: &Emulator) -> Value {
    let canary = emulator.revision_url(CANARY);
    let record = gate(
        emulator,
        &format!("record http-health --canary {canary} --out x.har"),
    );
    record.run().exits(0).says("recorded 2 exchanges in x.har");
    har(&record.folder().join("x.har"))
}

fn har(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a recording");
    serde_json::from_str(&text).expect("JSON")
}

/// Returns the command that replays a HAR file with the default gate.
pub(crate) fn replayed(har: &Value, more: &str) -> Lockgate {
    Lockgate::at(
        "http://127.0.0.1:9",
        &format!("gate replay http-health x.har {more}"),
    )
    .file("x.har", har.to_string().as_bytes())
}

#[test]
fn recording_is_a_har_file_with_the_members_that_other_tools_require() {
    let emulator = Emulator::healthy();
    let har = recorded(&emulator);
    let log = &har["log"];
    assert_eq!(log["version"], "1.2");
    assert_eq!(log["creator"]["name"], "lockgate");
    let page = &log["pages"][0];
    assert_eq!(page["title"], "health check http-health");
    assert_eq!(page["_lockgate"]["ask"]["gate"], "http-health");
    assert_eq!(page["_lockgate"]["result"]["verdict"], "pass");
    let entry = &log["entries"][0];
    assert_eq!(entry["pageref"], page["id"]);
    assert_eq!(entry["request"]["method"], "GET");
    assert_eq!(
        entry["request"]["url"],
        format!("{}/health", emulator.revision_url(CANARY))
    );
    assert_eq!(entry["response"]["status"], 200);
    assert_eq!(entry["response"]["content"]["mimeType"], "application/json");
    let body = entry["response"]["content"]["text"]
        .as_str()
        .expect("readable");
    assert!(body.contains(CANARY), "{body}");
    for member in [
        "startedDateTime",
        "time",
        "request",
        "response",
        "cache",
        "timings",
    ] {
        assert!(!entry[member].is_null(), "{member} is missing in {entry}");
    }
}

#[test]
fn recorded_call_is_replayed_without_an_emulator() {
    let emulator = Emulator::healthy();
    let har = recorded(&emulator);
    drop(emulator);
    replayed(&har, "--strict")
        .run()
        .exits(0)
        .says("pass")
        .says("the same answer as recorded");
}

#[test]
fn recording_is_replayed_with_changed_settings() {
    let emulator = Emulator::healthy();
    let har = recorded(&emulator);
    replayed(&har, r#"--settings {"expected-status":"204"}"#)
        .run()
        .exits(10)
        .says("the recorded answer differs: pass");
}

#[test]
fn request_that_was_not_recorded_makes_the_answer_void() {
    let emulator = Emulator::healthy();
    let har = recorded(&emulator);
    replayed(&har, r#"--settings {"path":"/healthz"}"#)
        .run()
        .exits(12)
        .says("GET canary:/healthz was never recorded; the nearest is entry 0, GET canary:/health")
        .says("not requested: entry 1");
}

#[test]
fn entries_without_a_request_are_listed_and_refused_when_strict() {
    let emulator = Emulator::healthy();
    let har = recorded(&emulator);
    let settings = r#"--settings {"attempts":1}"#;
    replayed(&har, settings)
        .run()
        .exits(0)
        .says("not requested: entry 1");
    replayed(&har, &format!("{settings} --strict"))
        .run()
        .exits(12);
}

#[test]
fn every_call_of_a_rollout_is_recorded_in_the_folder_of_its_run() {
    let emulator = Emulator::healthy();
    let rollout = Lockgate::on(&emulator, "rollout");
    rollout.run().ends(0, &emulator);
    let recordings = files(&rollout.folder().join(".lockgate/runs"), "har");
    assert!(recordings.len() >= 9, "{recordings:?}");
    for path in &recordings {
        let recording = har(path);
        let ask = &recording["log"]["pages"][0]["_lockgate"]["ask"];
        assert_eq!(ask["stable"]["name"], STABLE);
        assert_eq!(ask["canary"]["name"], CANARY);
        replayed(&recording, "--strict")
            .run()
            .exits(0)
            .says("the same answer");
    }
    let weights: Vec<u64> = recordings
        .iter()
        .filter_map(|path| har(path)["log"]["pages"][0]["_lockgate"]["ask"]["weight"].as_u64())
        .collect();
    assert!(
        weights.is_sorted() && weights.contains(&0) && weights.contains(&100),
        "{weights:?}"
    );
}

/// Returns all files below a folder with this ending, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path
            .extension()
            .is_some_and(|extension| extension == ending)
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn gate_that_reads_everything_cannot_distinguish_a_replay_from_a_live_call() {
    let emulator = Emulator::healthy();
    let canary = emulator.revision_url(CANARY);
    let spy = component::spying();
    let record = gate(
        &emulator,
        &format!("record spy.wasm --canary {canary} --out x.har"),
    );
    let live = record.file("spy.wasm", &spy);
    let first = live.run();
    let recording = har(&live.folder().join("x.har"));
    let hash = recording["log"]["pages"][0]["_lockgate"]["result"]["reason"].as_str();
    let hash = hash.expect("a hash").to_owned();
    first.exits(0).says(&hash);
    drop(emulator);
    Lockgate::at("http://127.0.0.1:9", "gate replay spy.wasm x.har --strict")
        .file("spy.wasm", &spy)
        .file("x.har", recording.to_string().as_bytes())
        .run()
        .exits(0)
        .says(&hash)
        .says("the same answer as recorded");
}

/// Returns the exit code of a command that is killed when it opens a socket; `None` when it was killed.
#[cfg(target_os = "linux")]
fn without_sockets(command: &Lockgate) -> Option<i32> {
    let wanted = command.command();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/support/no_sockets.py");
    let mut python = std::process::Command::new("/usr/bin/env");
    python
        .arg("python3")
        .arg(script)
        .arg(wanted.get_program())
        .args(wanted.get_args())
        .current_dir(command.folder())
        .env(
            "LOCKGATE_CACHE_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate-cache"),
        );
    let output = python.output().expect("python3 runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!complaint.contains("Traceback"), "{complaint}");
    output.status.code()
}

#[test]
#[cfg(target_os = "linux")]
fn replay_opens_no_socket() {
    let emulator = Emulator::healthy();
    let har = recorded(&emulator);
    assert_eq!(without_sockets(&replayed(&har, "--strict")), Some(0));
    let case =
        "gate = \"http-health\"\nrecordings = [\"x.har\"]\nexpect = { verdict = \"pass\" }\n";
    let cases = Lockgate::at("http://127.0.0.1:9", "gate test")
        .file("x.har", har.to_string().as_bytes())
        .file("one.case.toml", case.as_bytes());
    assert_eq!(without_sockets(&cases), Some(0));
    let canary = emulator.revision_url(CANARY);
    let live = gate(&emulator, &format!("run http-health --canary {canary}"));
    assert_eq!(
        without_sockets(&live),
        None,
        "a live call is killed at its first socket"
    );
}

/// Returns a HAR file as other tools write it, with the required members only.
fn foreign(entries: &Value) -> Value {
    json!({ "log": { "version": "1.2", "creator": { "name": "another", "version": "1" }, "entries": entries } })
}

fn entry_of(url: &str, status: u16, content: &Value) -> Value {
    json!({
        "startedDateTime": "2026-01-01T00:00:00.000Z", "time": 12.5,
        "request": { "method": "GET", "url": url, "headers": [] },
        "response": { "status": status, "headers": [{ "name": ":status", "value": "200" }], "content": content },
        "cache": {}, "timings": { "send": -1, "wait": 12.5, "receive": -1 },
    })
}

#[test]
fn recording_of_another_tool_is_replayed() {
    let content =
        json!({ "size": 2, "mimeType": "text/plain", "text": "b2s=", "encoding": "base64" });
    let entry = entry_of("https://shop.example/health", 200, &content);
    let har = foreign(&json!([entry, entry]));
    replayed(&har, r#"--settings {"body-contains":"ok"}"#)
        .run()
        .exits(0);
}

#[test]
fn recorded_response_without_a_body_answers_no_request() {
    let entry = entry_of(
        "https://shop.example/health",
        200,
        &json!({ "size": 2, "mimeType": "text/plain" }),
    );
    replayed(&foreign(&json!([entry])), "")
        .run()
        .exits(12)
        .says("entry 0, whose response has no body in the recording");
}

#[test]
fn failed_request_in_a_recording_of_another_tool_fails_in_the_replay() {
    let mut entry = entry_of("https://shop.example/health", 0, &json!({ "size": 0 }));
    entry["response"]["_error"] = json!("net::ERR_CONNECTION_REFUSED");
    replayed(&foreign(&json!([entry, entry])), "")
        .run()
        .exits(10)
        .says("ERR_CONNECTION_REFUSED");
}

#[test]
fn recording_with_thousands_of_entries_is_searched_in_time() {
    let url = |number: usize| format!("https://shop.example/{}/{number}", "x".repeat(150));
    let content = json!({ "size": 0, "text": "" });
    let entries: Vec<Value> = (0..10_000)
        .map(|number| entry_of(&url(number), 200, &content))
        .collect();
    let attempts = r#"--settings {"attempts":100,"successes-in-a-row":100,"failures-in-a-row":100,"interval-ms":0}"#;
    replayed(&foreign(&json!(entries)), attempts)
        .run()
        .exits(12)
        .says("GET canary:/health was never recorded; the nearest is entry 0");
    let more: Vec<Value> = (0..10_001)
        .map(|number| entry_of(&url(number), 200, &content))
        .collect();
    replayed(&foreign(&json!(more)), "")
        .run()
        .exits(2)
        .says("log.entries: 10001 entries; at most 10000 are read");
}

#[test]
fn invalid_recording_is_refused_with_the_place() {
    let cases: [(&str, &str); 5] = [
        ("", "line 1, column 0"),
        ("{\"log\": ", "line 1"),
        ("{\"log\":{}}", "log: missing field `entries`"),
        (
            "{\"log\":{\"entries\":[{\"request\":{\"method\":\"GET\",\"url\":\"/health\"}}]}}",
            "entry 0 cannot be used: \"/health\" is not a URL",
        ),
        (
            "{\"log\":{\"pages\":[{\"_lockgate\":{}}],\"entries\":[]}}",
            "log.pages[0]._lockgate: missing field `version`",
        ),
    ];
    for (text, place) in cases {
        let run = Lockgate::at("http://127.0.0.1:9", "gate replay http-health x.har")
            .file("x.har", text.as_bytes())
            .run();
        run.exits(2).says("x.har").says(place);
    }
    let run = Lockgate::at("http://127.0.0.1:9", "gate replay http-health x.har").run();
    run.exits(2).says("cannot read the recording x.har");
    let deep = "[".repeat(100_000);
    let run = Lockgate::at("http://127.0.0.1:9", "gate replay http-health x.har")
        .file("x.har", deep.as_bytes())
        .run();
    run.exits(2).says("x.har");
}

/// Returns a file that the real tool wrote.
fn of_another_tool(name: &str) -> Value {
    har(&Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/har")
        .join(name))
}

#[test]
fn files_of_playwright_and_of_chromiums_network_panel_replay_as_they_are() {
    for name in ["playwright.har", "chromium.har"] {
        let har = of_another_tool(name);
        let with = |settings: &str| replayed(&har, "").arg("--settings").arg(settings).run();
        with(r#"{"body-json": {"/status": "ok"}}"#)
            .exits(0)
            .says("200 twice");
        let post = |item: &str| {
            format!(
                r#"{{"attempts": 1, "path": "/", "method": "POST", "body": "{{\"item\":\"{item}\"}}"}}"#
            )
        };
        with(&post("tea")).exits(0);
        with(&post("mud"))
            .exits(12)
            .says("POST canary:/ was never recorded")
            .says("its body differs from byte 9 on");
        let closed = r#"{"attempts": 1, "path": "/"}"#;
        let run = replayed(&har, "--canary http://127.0.0.1:65534")
            .arg("--settings")
            .arg(closed)
            .run();
        run.exits(10).says("ERR_CONNECTION_REFUSED");
    }
}
