//! A secret on an allow rule reaches its origin and nothing else: no guest, log, report or recording, in any form.

mod forms;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::support::{CANARY, Emulator, Finished, Lockgate, component};

const SECRET: &str = "s3cr3t/+\"key=&more";

/// A service that repeats the credential in its response, in every place and every form.
pub(crate) struct Mirror {
    pub(crate) url: String,
    /// The credential of each request.
    pub(crate) received: Receiver<String>,
}

fn percent(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

impl Mirror {
    pub(crate) fn start() -> Mirror {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (sender, received) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
                let mut credential = String::new();
                while let Some(Ok(line)) =
                    lines.next().filter(|l| !matches!(l, Ok(l) if l.is_empty()))
                {
                    if let Some(value) = line.strip_prefix("authorization: ") {
                        value.clone_into(&mut credential);
                    }
                }
                let value = credential.trim_start_matches("Bearer ").to_owned();
                // The test may have ended.
                let _ = sender.send(credential.clone());
                let json = serde_json::to_string(&value).expect("JSON");
                let forms = [
                    credential.clone(),
                    percent(&value),
                    percent(&value).to_lowercase(),
                    json.replace('/', "\\/"),
                    json,
                    STANDARD.encode(&value),
                    STANDARD.encode(format!("user:{value}")),
                    URL_SAFE.encode(format!("u{value}")),
                ];
                let body = format!("{{\"you-sent\": [{}]}} session=123456", forms.join(", "));
                let answer = format!(
                    "HTTP/1.1 500 Oops\r\nset-cookie: token={}\r\nx-echo: {credential}\r\nlocation: /?token={}\r\n\
                     content-length: {}\r\nconnection: close\r\n\r\n{body}",
                    percent(&value),
                    percent(&value),
                    body.len()
                );
                let mut stream = stream;
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Mirror { url, received }
    }

    /// Asserts that the last request had the credential unchanged.
    #[track_caller]
    fn assert_received(&self) {
        let received = self.received.try_iter().last();
        assert_eq!(received, Some(format!("Bearer {SECRET}")));
    }
}

/// Returns the outputs of a run and the content of every file below its folder.
fn artefacts(run: &Finished, folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![("the output".to_owned(), run.to_string().into_bytes())];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut bytes = Vec::new();
            let mut file = std::fs::File::open(&path).expect("a file");
            file.read_to_end(&mut bytes).expect("its bytes");
            all.push((path.display().to_string(), bytes));
        }
    }
    all
}

#[track_caller]
fn assert_no_secret(run: &Finished, folder: &Path) {
    // Parts that are in every form, and their base64 texts.
    let forms = [
        "s3cr3t",
        "czNjcjN0L",
        "MzY3IzdC8rIm",
        "zM2NyM3QvKyJ",
        "123456",
    ];
    assert_has_none(run, folder, &forms);
}

#[track_caller]
pub(crate) fn assert_has_none(run: &Finished, folder: &Path, forms: &[&str]) {
    for (name, bytes) in artefacts(run, folder) {
        let text = String::from_utf8_lossy(&bytes);
        // A component may hold what it writes.
        for form in forms.iter().filter(|_| !name.ends_with(".wasm")) {
            assert!(!text.contains(form), "{form} is in {name}: {text}");
        }
    }
}

fn echoing(command: Lockgate, mirror: &Mirror) -> Lockgate {
    command
        .file(
            "echo.wasm",
            &component::echoing(&format!("{}/", mirror.url)),
        )
        .env("MIRROR_TOKEN", SECRET)
}

#[test]
fn secret_reaches_its_origin_and_no_artefact_of_a_recorded_call() {
    let mirror = Mirror::start();
    let command = echoing(
        Lockgate::at(
            "http://127.0.0.1:9",
            "gate record echo.wasm --verbose --out x.har",
        ),
        &mirror,
    )
    .arg("--canary")
    .arg("http://127.0.0.1:9")
    .arg("--header")
    .arg(&format!(
        "{} authorization=Bearer env:MIRROR_TOKEN",
        mirror.url
    ))
    .arg("--redact")
    .arg("session=[0-9]+");
    let run = command.run();
    run.exits(10).says("[redacted]").says("you-sent");
    mirror.assert_received();
    assert_no_secret(&run, command.folder());
    let har = std::fs::read_to_string(command.folder().join("x.har")).expect("a recording");
    assert!(
        har.contains("[redacted]") && !har.contains("authorization"),
        "{har}"
    );
    let again = Lockgate::at("http://127.0.0.1:9", "gate replay echo.wasm x.har --strict")
        .file(
            "echo.wasm",
            &component::echoing(&format!("{}/", mirror.url)),
        )
        .file("x.har", har.as_bytes())
        .run();
    again.exits(10).says("the same answer as recorded");
}

#[test]
fn secret_is_in_no_artefact_of_a_rollout() {
    let emulator = Emulator::healthy();
    let mirror = Mirror::start();
    let gates = format!(
        "[gates.echo]\nplugin = \"./echo.wasm\"\nredact = [\"session=[0-9]+\"]\n\
         allow = [{{ origin = \"{}\", header.authorization = \"Bearer env:MIRROR_TOKEN\" }}]\n",
        mirror.url
    );
    let command = echoing(
        Lockgate::on(&emulator, "rollout --verbose").gates(&gates),
        &mirror,
    );
    let plan = command.again(&["plan"]);
    plan.exits(0).says("with authorization from MIRROR_TOKEN");
    assert_no_secret(&plan, command.folder());
    let run = command.run();
    run.ends(10, &emulator).says("[redacted]");
    mirror.assert_received();
    assert_no_secret(&run, command.folder());
}

#[test]
fn recording_that_holds_a_secret_is_not_written() {
    let emulator = Emulator::healthy();
    let canary = emulator.revision_url(CANARY);
    let command = Lockgate::on(&emulator, "gate record http-health --out x.har")
        .arg("--canary")
        .arg(canary)
        .arg("--settings")
        .arg(&format!(
            "{{\"path\": \"/health?key={}\"}}",
            percent(SECRET)
        ))
        .env("AZURE_CLIENT_SECRET", SECRET);
    let run = command.run();
    run.exits(2)
        .says("holds the secret AZURE_CLIENT_SECRET and is not written");
    assert_no_secret(&run, command.folder());
}

#[test]
fn secret_is_sent_to_its_origin_only_and_only_over_tls() {
    let emulator = Emulator::healthy();
    let refused = |header: &str, env: &str| {
        Lockgate::on(&emulator, "gate run http-health")
            .arg("--canary")
            .arg(emulator.revision_url(CANARY))
            .arg("--header")
            .arg(header)
            .env("TOKEN", env)
            .run()
    };
    refused("http://api.example.com authorization=env:TOKEN", SECRET)
        .exits(2)
        .says("not to http://api.example.com");
    refused("https://*.example.com authorization=env:TOKEN", SECRET)
        .exits(2)
        .says("not to https://*.example.com");
    refused("https://api.example.com authorization=env:TOKEN", "short")
        .exits(2)
        .says("TOKEN has fewer than 6 characters");
    refused("https://api.example.com authorization=env:TOKEN", "")
        .exits(2)
        .says("environment variable TOKEN is not set");
    refused("https://api.example.com authorization=plain-text", SECRET)
        .exits(2)
        .says("names no environment variable");
    // Another origin gets no secret, and the call to the canary succeeds.
    refused("https://api.example.com authorization=env:TOKEN", SECRET).exits(0);
}
