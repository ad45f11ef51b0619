//! `lockgate emulate`: its endpoint over TLS, and the mistakes in its arguments.

use std::process::{Command, Output};

use serde_json::Value;

use crate::support::Emulator;

fn emulate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(["emulate", "--port", "0"])
        .args(arguments)
        .output()
        .expect("lockgate runs")
}

#[test]
fn endpoint_answers_over_tls_to_clients_that_trust_the_written_certificate() {
    let emulator = Emulator::healthy();
    let pem = std::fs::read(emulator.ca()).expect("the certificate is written");
    let authority = reqwest::Certificate::from_pem(&pem).expect("a certificate");
    let client = reqwest::blocking::Client::builder()
        .no_proxy()
        .tls_certs_only([authority])
        .build()
        .expect("a client");
    let url = format!("{}/_emulator/snapshot", emulator.tls_endpoint());
    let snapshot: Value = client
        .get(url)
        .send()
        .expect("an answer")
        .json()
        .expect("JSON");
    assert_eq!(snapshot, emulator.snapshot());
}

#[test]
fn certificate_without_a_port_for_it_is_a_usage_error() {
    let output = emulate(&["--tls-ca", "ca.pem"]);
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("--tls-port"), "{stderr}");
}

#[test]
fn certificate_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("missing").join("ca.pem");
    let output = emulate(&["--tls-port", "0", "--tls-ca", &path.to_string_lossy()]);
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains(&*path.to_string_lossy()), "{stderr}");
    assert!(stderr.contains("a folder that exists"), "{stderr}");
}
