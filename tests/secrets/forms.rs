//! Every form that README.md lists is masked on its way through the executable, in responses that arrive in pieces.
//!
//! The forms are in `host/gates/tests/masking/vectors.json`, beside the script that makes them with real encoders.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::assert_has_none;
use crate::support::{Finished, Lockgate, component};

fn masking() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../gates/tests/masking")
}

fn vectors() -> Value {
    let text = std::fs::read_to_string(masking().join("vectors.json")).expect("the vectors");
    serde_json::from_str(&text).expect("JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Answers every request with these header fields and this body, each part of it in a chunk of its own.
fn serve(fields: &str, chunks: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let mut answer =
        format!("HTTP/1.1 200 OK\r\n{fields}transfer-encoding: chunked\r\n\r\n").into_bytes();
    for chunk in chunks.iter().chain([&Vec::new()]) {
        answer.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        answer.extend_from_slice(chunk);
        answer.extend_from_slice(b"\r\n");
    }
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
            let read = lines.map_while(Result::ok).take_while(|l| !l.is_empty());
            // Waits for the end of the request.
            let _ = read.count();
            let _ = stream.write_all(&answer);
        }
    });
    url
}

/// Runs the gate that echoes the answer of a service, and returns the recorded response.
fn echoed(url: &str, secret: &str) -> (Finished, Lockgate, Value) {
    let command = Lockgate::at(
        "http://127.0.0.1:9",
        "gate record echo.wasm --verbose --out x.har",
    )
    .file("echo.wasm", &component::echoing(&format!("{url}/")))
    .env("AZURE_CLIENT_SECRET", secret)
    .arg("--canary")
    .arg(url);
    let run = command.run();
    run.exits(10).says("[redacted]");
    let har = std::fs::read_to_string(command.folder().join("x.har")).expect("a recording");
    let har: Value = serde_json::from_str(&har).expect("JSON");
    let response = har["log"]["entries"][0]["response"].clone();
    (run, command, response)
}

#[test]
fn every_form_that_arrives_in_two_reads_is_masked() {
    let vectors = vectors();
    for (name, secret) in vectors["secrets"].as_object().expect("secrets") {
        let forms = vectors["forms"].as_array().expect("forms");
        let forms = forms.iter().filter(|vector| vector["secret"] == **name);
        // Each chunk ends in the middle of a form.
        let (mut chunks, mut expected) = (vec![Vec::new()], String::new());
        for vector in forms {
            let [before, form, after] = ["before", "form", "after"].map(|part| text(&vector[part]));
            let (first, second) = form.as_bytes().split_at(form.len() / 2);
            let last = chunks.last_mut().expect("a chunk");
            last.extend_from_slice(format!("<{before}").as_bytes());
            last.extend_from_slice(first);
            chunks.push([second, after.as_bytes(), b">\n"].concat());
            expected.push_str(&format!("<{before}[redacted]{after}>\n"));
        }
        assert!(chunks.len() > 60, "the forms of {name}");
        let url = serve("", chunks);
        let (_, _, response) = echoed(&url, text(secret));
        let body = text(&response["content"]["text"]);
        for (got, wanted) in body.split(">\n").zip(expected.split(">\n")) {
            assert_eq!(got, wanted, "secret {name}");
        }
        assert_eq!(body.len(), expected.len(), "secret {name}");
    }
}

#[test]
fn compressed_body_that_arrives_in_two_reads_is_masked() {
    let vectors = vectors();
    let bodies = vectors["bodies"].as_array().expect("bodies");
    let named = |body: &&Value| body["secret"] == "40" && body["encoding"].is_string();
    for body in bodies.iter().filter(named) {
        let kind = text(&body["kind"]);
        let secret = text(&vectors["secrets"]["40"]);
        let packed = STANDARD.decode(text(&body["packed"])).expect("base64");
        let (first, second) = packed.split_at(packed.len() / 2);
        let fields = format!("content-encoding: {}\r\n", text(&body["encoding"]));
        let url = serve(&fields, vec![first.into(), second.into()]);
        let (run, command, response) = echoed(&url, secret);
        let holds = &body["holds"];
        let (before, after) = (text(&holds["before"]), text(&holds["after"]));
        let got = text(&response["content"]["text"]);
        assert_eq!(got, format!("{before}[redacted]{after}"), "{kind}");
        let fields = response["headers"].as_array().expect("fields");
        assert!(
            fields
                .iter()
                .all(|field| field["name"] != "content-encoding"),
            "{kind}"
        );
        assert_has_none(&run, command.folder(), &[secret, text(&holds["form"])]);
    }
}

#[test]
fn body_that_cannot_be_searched_is_withheld_from_gate_and_recording() {
    let body = b"s3cr3t-token in an encoding of its own".to_vec();
    let url = serve("content-encoding: br\r\n", vec![body]);
    let command = Lockgate::at(
        "http://127.0.0.1:9",
        "gate record echo.wasm --verbose --out x.har",
    )
    .file("echo.wasm", &component::echoing(&format!("{url}/")))
    .arg("--canary")
    .arg(&url);
    let run = command.run();
    run.exits(10).says("in an encoding of its own");
    let command = command.env("AZURE_CLIENT_SECRET", "s3cr3t-token");
    let run = command.run();
    run.exits(10)
        .says("this body has an encoding that is neither gzip nor deflate");
    assert_has_none(&run, command.folder(), &["in an encoding of its own"]);
}

#[test]
fn secret_that_a_gate_writes_in_two_pieces_is_masked() {
    let secret = "s3cr3t+token";
    let command = Lockgate::at(
        "http://127.0.0.1:9",
        "gate record pieces.wasm --verbose --out x.har",
    )
    .file(
        "pieces.wasm",
        &component::complaining_in_two("the key is s3cr3t%2", "Btoken and more"),
    )
    .env("AZURE_CLIENT_SECRET", secret)
    .arg("--canary")
    .arg("http://127.0.0.1:9");
    let run = command.run();
    run.exits(12).says("the key is [redacted] and more");
    assert_has_none(&run, command.folder(), &["s3cr3t", "Btoken"]);
}

#[test]
fn readme_lists_the_forms_of_the_vectors_and_no_others() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).expect("the README");
    let section = readme.split("### What is masked").nth(1);
    let section = section.and_then(|rest| rest.split("\n### ").next());
    let listed: BTreeSet<&str> = section
        .expect("the section")
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split("**").next())
        .collect();
    let vectors = vectors();
    let made: BTreeSet<&str> = ["forms", "bodies"]
        .iter()
        .flat_map(|list| vectors[list].as_array().expect("a list"))
        .map(|vector| text(&vector["family"]))
        .collect();
    assert_eq!(listed, made);
}

#[test]
fn vectors_are_what_the_encoders_of_this_machine_write() {
    let mut python = Command::new("python3");
    let output = python
        .arg(masking().join("make.py"))
        .arg("--check")
        .output();
    let output = output.expect("python3 runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
