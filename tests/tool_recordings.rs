//! Recordings of other tools: what they say is replayed, what they do not say is a miss, and an entry that cannot be used
//! spoils no other one. The files in `tests/har` were written by the tools themselves.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Finished, Lockgate};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/har")
}

fn replay(file: &Path, settings: &Value) -> Finished {
    Lockgate::at("http://127.0.0.1:9", "gate replay http-health")
        .arg(&file.to_string_lossy())
        .arg("--settings")
        .arg(&settings.to_string())
        .run()
}

/// Replays a file that is written next to nothing else.
fn replay_har(har: &Value, settings: &Value) -> Finished {
    let lockgate = Lockgate::at(
        "http://127.0.0.1:9",
        "gate replay http-health x.har --settings",
    );
    lockgate
        .arg(&settings.to_string())
        .file("x.har", har.to_string().as_bytes())
        .run()
}

fn once(more: &Value) -> Value {
    let mut settings = json!({ "attempts": 1, "successes-in-a-row": 1, "failures-in-a-row": 1 });
    for (key, value) in more.as_object().expect("settings") {
        settings[key] = value.clone();
    }
    settings
}

#[test]
fn files_of_the_tools_replay_as_they_are() {
    let body = json!({ "body-json": { "/status": "ok" } });
    for file in [
        "playwright.har",
        "playwright-attach/attach.har",
        "playwright-attach.zip",
        "playwright-minimal.har",
        "chromium.har",
        "mitmproxy.har",
    ] {
        let file = folder().join(file);
        replay(&file, &body).exits(0).says("200 twice");
        let post = json!({ "path": "/", "method": "POST", "body": "{\"item\":\"tea\"}" });
        replay(&file, &once(&post)).exits(0);
        let post = json!({ "path": "/", "method": "POST", "body": "{\"item\":\"mud\"}" });
        replay(&file, &once(&post))
            .exits(12)
            .says("POST canary:/ was never recorded");
    }
}

#[test]
fn body_that_a_tool_did_not_keep_is_a_miss() {
    let omitted = folder().join("playwright-omit.har");
    replay(&omitted, &once(&json!({})))
        .exits(12)
        .says("whose response has no body in the recording; record it with contents");
    // The files beside a recording may have been left behind.
    let alone = std::fs::read(folder().join("playwright-attach/attach.har")).expect("a file");
    let alone: Value = serde_json::from_slice(&alone).expect("JSON");
    replay_har(&alone, &once(&json!({}))).exits(12).says(
        "it is in the file bf7222c8e57ee9fdc561281892711ce9f0128183.json, which cannot be read",
    );
}

/// One entry in the shape of most tools.
fn entry() -> Value {
    json!({
        "startedDateTime": "2026-11-23T10:00:00.000Z", "time": 5,
        "request": {
            "method": "GET", "url": "https://app.example/health", "httpVersion": "HTTP/1.1",
            "cookies": [], "headers": [], "queryString": [], "headersSize": -1, "bodySize": 0,
        },
        "response": {
            "status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": [{ "name": "Content-Type", "value": "application/json" }],
            "content": { "size": 15, "mimeType": "application/json", "text": "{\"status\":\"ok\"}" },
            "redirectURL": "", "headersSize": -1, "bodySize": 15,
        },
        "cache": {}, "timings": { "send": 0, "wait": 5, "receive": 0 },
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut changed = entry();
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    changed.pointer_mut(parent).expect("it is there")[member] = value;
    json!({ "log": { "version": "1.2", "creator": { "name": "a tool", "version": "1" }, "entries": [changed] } })
}

#[test]
fn shapes_that_were_seen_are_read_as_far_as_they_go() {
    let fine = |har: &Value| replay_har(har, &once(&json!({}))).exits(0).stdout.clone();
    let missed = |har: &Value, why: &str| {
        replay_har(har, &once(&json!({}))).exits(12).says(why);
    };
    // Firefox: requests that were blocked or came from its cache. Charles and Safari: numbers as texts and nulls.
    fine(&with("/request/headersSize", Value::Null));
    fine(&with("/response/status", json!("200")));
    fine(&with("/response/content/size", json!("15")));
    fine(&with("/time", json!("5.5")));
    fine(&with(
        "/response/headers",
        json!([{ "name": "x", "value": null }, null, 7]),
    ));
    // k6, Insomnia and Proxyman: requests alone. Pending entries of mitmproxy and Chromium: status 0.
    missed(
        &with("/response", Value::Null),
        "which has no response in the recording",
    );
    missed(
        &with("/response/status", json!(0)),
        "which has no response in the recording",
    );
    // An upload, whose body no tool keeps as it was sent.
    let mut upload = with("/request/method", json!("POST"));
    upload["log"]["entries"][0]["request"]["postData"] = json!({
        "mimeType": "multipart/form-data; boundary=x",
        "params": [{ "name": "file", "fileName": "a.txt", "value": "" }],
    });
    let post = json!({ "method": "POST", "body": "file=" });
    replay_har(&upload, &once(&post))
        .exits(12)
        .says("whose own body is not in the recording");
    // A form is what its parameters say.
    upload["log"]["entries"][0]["request"]["postData"]["mimeType"] =
        json!("application/x-www-form-urlencoded");
    replay_har(&upload, &once(&post)).exits(0);
}

#[test]
fn entry_that_cannot_be_used_spoils_no_other_one() {
    let mut har = with("/time", json!(5));
    let mut empty = entry();
    empty["request"]["url"] = json!("");
    let entries = har["log"]["entries"].as_array_mut().expect("entries");
    entries.insert(0, empty);
    entries.insert(1, json!("nonsense"));
    let run = replay_har(&har, &once(&json!({})));
    run.exits(0)
        .says("left out: entry 0 cannot be used: \"\" is not a URL")
        .says("left out: entry 1 cannot be used: it has no request")
        .says("not requested: entry 0, which cannot be used");
}

#[test]
fn file_of_a_body_is_never_outside_of_the_recordings_folder() {
    let outside = tempfile::tempdir().expect("a folder");
    let secret = outside.path().join("secret.txt");
    std::fs::write(&secret, "{\"status\":\"ok\"}").expect("written");
    let named = |name: &str| {
        let har = with("/response/content", json!({ "size": 15, "_file": name }));
        Lockgate::at(
            "http://127.0.0.1:9",
            "gate replay http-health x.har --settings",
        )
        .arg(&once(&json!({})).to_string())
        .file("x.har", har.to_string().as_bytes())
    };
    for name in [&*secret.to_string_lossy(), "../x.txt", "a/../../x.txt", ""] {
        named(name)
            .run()
            .exits(12)
            .says("leads out of the recording's folder");
    }
    #[cfg(unix)]
    {
        let linked = named("link.txt");
        std::os::unix::fs::symlink(&secret, linked.folder().join("link.txt")).expect("a link");
        linked
            .run()
            .exits(12)
            .says("a link that leads out of the recording's folder");
    }
    named("here.txt")
        .file("here.txt", b"{\"status\":\"ok\"}")
        .run()
        .exits(0);
}

#[test]
fn recording_beyond_its_bounds_is_one_error() {
    let lockgate = Lockgate::at("http://127.0.0.1:9", "gate replay http-health x.har");
    let file = std::fs::File::create(lockgate.folder().join("x.har")).expect("a file");
    file.set_len(500 << 20).expect("it is sparse");
    lockgate
        .run()
        .exits(2)
        .says("cannot read the recording x.har\ncaused by: it has 524288000 bytes; at most 64 MiB are read");
    // A zip file of some kilobytes may hold any number of bytes.
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("x.har", options).expect("an entry");
    for _ in 0..66 {
        archive.write_all(&vec![b' '; 1 << 20]).expect("written");
    }
    let bytes = archive.finish().expect("an archive").into_inner();
    Lockgate::at("http://127.0.0.1:9", "gate replay http-health x.zip")
        .file("x.zip", &bytes)
        .run()
        .exits(2)
        .says("cannot read x.har in the zip file\ncaused by: it has more bytes; at most 64 MiB are read");
    Lockgate::at("http://127.0.0.1:9", "gate replay http-health x.zip")
        .file("x.zip", &bytes[..bytes.len() / 2])
        .run()
        .exits(2)
        .says("x.zip is not a zip file with a HAR file in it");
}
