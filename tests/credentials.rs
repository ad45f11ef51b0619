//! Every credential source, over TLS against the emulator's authority: how it is chosen, that tokens are renewed in time,
//! and the messages when there is no token.

use serde_json::{Value, json};

use crate::support::{Emulator, Finished, Lockgate};

const TENANT: &str = "00000000-0000-0000-0000-000000000001";
const CLIENT: &str = "00000000-0000-0000-0000-000000000002";
const CONNECTION: &str = "00000000-0000-0000-0000-000000000004";

/// Starts an app that refuses requests without a token.
fn guarded(change: impl FnOnce(&mut Value)) -> Emulator {
    let mut scenario = Emulator::shop();
    scenario["require-token"] = json!(true);
    change(&mut scenario);
    Emulator::start(&scenario)
}

/// A command over TLS, with the application and the authority in the environment.
fn over_tls(emulator: &Emulator, command: &str) -> Lockgate {
    Lockgate::at(emulator.tls_endpoint(), command)
        .env("SSL_CERT_FILE", &emulator.ca().to_string_lossy())
        .env("AZURE_AUTHORITY_HOST", emulator.tls_endpoint())
        .env("AZURE_TENANT_ID", TENANT)
        .env("AZURE_CLIENT_ID", CLIENT)
        .replacing(
            "[rollout]",
            "[azure]\nrevision-scheme = \"http\"\n\n[rollout]",
        )
}

fn github(emulator: &Emulator, command: &str) -> Lockgate {
    let url = format!("{}/_identity/github/token?v=1", emulator.tls_endpoint());
    over_tls(emulator, command)
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", &url)
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "emulated-github-token")
}

fn paths(emulator: &Emulator, part: &str) -> usize {
    let has = |request: &&Value| {
        request["path"]
            .as_str()
            .is_some_and(|path| path.contains(part))
    };
    emulator.requests().iter().filter(has).count()
}

/// Asserts that a command reached the app with this credential.
#[track_caller]
fn reaches(lockgate: &Lockgate, name: &str) -> Finished {
    let run = lockgate.run();
    run.exits(0).says("shop--v1 100 %");
    for secret in [
        "emulated-secret",
        "emulated-github-token",
        "emulated-header",
        "eyJ",
    ] {
        assert!(
            !format!("{run}").contains(secret),
            "{name} shows a secret: {run}"
        );
    }
    run
}

#[test]
fn github_actions_rolls_out_with_a_fresh_assertion_for_each_token() {
    // A token lives shorter than a rollout, so that a run needs several. An assertion is valid for one use.
    let emulator = guarded(|scenario| {
        scenario["identity"] = json!({ "token-lifetime-s": 45, "assertion-lifetime-s": 300 });
    });
    let run = github(&emulator, "status").run();
    run.exits(0);
    assert_eq!(paths(&emulator, "/_identity/github/token"), 1, "{run}");
    assert_eq!(paths(&emulator, "/oauth2/v2.0/token"), 1, "{run}");
    let run = github(&emulator, "status").run();
    run.exits(0);
    assert_eq!(
        paths(&emulator, "/_identity/github/token"),
        2,
        "a fresh one: {run}"
    );
}

#[test]
fn whole_rollout_goes_over_tls_with_a_token() {
    let emulator = guarded(|_| {});
    let run = github(&emulator, "rollout").run();
    run.ends(0, &emulator);
    let bearer = emulator
        .requests()
        .iter()
        .filter(|r| r["method"] == "PATCH")
        .count();
    assert_eq!(bearer, 5, "{run}");
}

#[test]
fn every_configured_credential_source_is_found() {
    let emulator = guarded(|_| {});
    let folder = tempfile::tempdir().expect("a folder");
    let assertion = folder.path().join("assertion");
    std::fs::write(&assertion, assertion_of(&emulator)).expect("written");
    let identity = format!("{}/msi/token", emulator.tls_endpoint());
    let oidc = format!("{}/_identity/pipelines/oidctoken", emulator.tls_endpoint());
    let sources: [(&str, &[(&str, &str)]); 5] = [
        (
            "workload-identity",
            &[("AZURE_FEDERATED_TOKEN_FILE", &assertion.to_string_lossy())],
        ),
        (
            "client-secret",
            &[("AZURE_CLIENT_SECRET", "emulated-secret")],
        ),
        (
            "managed-identity",
            &[
                ("IDENTITY_ENDPOINT", &identity),
                ("IDENTITY_HEADER", "emulated-header"),
            ],
        ),
        (
            "azure-pipelines",
            &[
                ("SYSTEM_OIDCREQUESTURI", &oidc),
                ("SYSTEM_ACCESSTOKEN", "emulated-pipelines-token"),
                ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", CONNECTION),
            ],
        ),
        ("github-oidc", &[]),
    ];
    for (name, variables) in sources {
        let set_up = |command: &str| {
            let lockgate = match name {
                "github-oidc" => github(&emulator, command),
                _ => over_tls(&emulator, command),
            };
            variables
                .iter()
                .fold(lockgate, |lockgate, (key, value)| lockgate.env(key, value))
        };
        reaches(&set_up("status"), name);
        let doctor = set_up("doctor").run();
        doctor.says(&format!("{name}, since"));
    }
}

/// Returns an assertion, as a platform would write it to a file.
fn assertion_of(emulator: &Emulator) -> String {
    let url = format!(
        "{}/_identity/github/token?audience=api://AzureADTokenExchange",
        emulator.endpoint()
    );
    let client = reqwest::blocking::Client::new();
    let answer = client.get(url).bearer_auth("emulated-github-token").send();
    let answer: Value = answer.expect("an answer").json().expect("JSON");
    answer["value"].as_str().expect("an assertion").to_owned()
}

#[test]
fn metadata_service_of_a_machine_is_used_when_it_is_named() {
    let emulator = guarded(|_| {});
    let lockgate = over_tls(&emulator, "status --credential managed-identity")
        .env("AZURE_POD_IDENTITY_AUTHORITY_HOST", emulator.tls_endpoint());
    reaches(&lockgate, "managed-identity");
    assert_eq!(paths(&emulator, "/metadata/identity/oauth2/token"), 1);
}

#[test]
fn certificate_signs_the_assertion() {
    let emulator = guarded(|_| {});
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("application.pem");
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048);
    let key = key.expect("a key");
    let certificate = rcgen::CertificateParams::new(vec!["lockgate".to_owned()]);
    let certificate = certificate
        .expect("a name")
        .self_signed(&key)
        .expect("a certificate");
    std::fs::write(&file, key.serialize_pem() + &certificate.pem()).expect("written");
    let lockgate =
        over_tls(&emulator, "status").env("AZURE_CLIENT_CERTIFICATE_PATH", &file.to_string_lossy());
    reaches(&lockgate, "client-certificate");
    std::fs::write(&file, certificate.pem()).expect("written");
    lockgate.run().exits(30).says("has no PRIVATE KEY");
}

#[test]
fn refusal_of_the_authority_is_shown_with_the_next_step() {
    let emulator = guarded(|_| {});
    over_tls(&emulator, "rollout")
        .env("AZURE_CLIENT_SECRET", "wrong")
        .run()
        .exits(30)
        .says("AADSTS7000215")
        .says("the client secret is wrong");
    let old = guarded(|scenario| scenario["identity"] = json!({ "assertion-lifetime-s": 0 }));
    github(&old, "rollout")
        .run()
        .exits(30)
        .says("AADSTS700024")
        .says("id-token: write");
    assert!(emulator.writes().is_empty() && old.writes().is_empty());
}

#[test]
fn named_credential_is_the_only_one_that_is_tried() {
    let emulator = guarded(|_| {});
    let run = over_tls(&emulator, "rollout --credential client-secret").run();
    run.exits(30).says("AZURE_CLIENT_SECRET");
    let run = over_tls(&emulator, "rollout --credential password").run();
    run.exits(2).says("password").says("github-oidc");
}

#[test]
fn request_to_the_authority_is_repeated_after_a_failure() {
    let emulator = guarded(|_| {});
    emulator.fault(&json!({
        "on": { "path-contains": "/oauth2/v2.0/token" }, "nth": 1,
        "what": { "refuse": { "status": 503 } },
    }));
    reaches(&github(&emulator, "status"), "github-oidc");
}

#[test]
fn token_that_is_refused_once_is_replaced_once() {
    let emulator = guarded(|_| {});
    emulator.fault(&json!({
        "on": { "path-contains": "containerApps/shop" }, "nth": 1,
        "what": { "refuse": { "status": 401, "code": "ExpiredAuthenticationToken" } },
    }));
    let run = reaches(&github(&emulator, "status"), "github-oidc");
    assert_eq!(paths(&emulator, "/oauth2/v2.0/token"), 2, "{run}");
}

#[test]
fn rollout_does_not_begin_with_a_token_that_may_not_outlast_its_first_stage() {
    let emulator = guarded(|scenario| scenario["identity"] = json!({ "token-lifetime-s": 60 }));
    let run = github(&emulator, "rollout")
        .replacing("bake = \"300ms\"", "bake = \"10m\"")
        .run();
    run.ends(30, &emulator).says("the token expires in");
}

#[test]
fn stage_does_not_begin_with_a_token_that_may_not_outlast_it() {
    // Until then the token may be renewed, and the new one may live longer.
    let emulator = guarded(|scenario| scenario["identity"] = json!({ "token-lifetime-s": 60 }));
    let stages = "stages = [10, { weight = 100, bake = \"10m\" }]\nbake = \"300ms\"";
    let run = github(&emulator, "rollout")
        .replacing("bake = \"300ms\"", stages)
        .run();
    run.ends(12, &emulator).says("the token expires in");
    let weights = emulator.writes();
    assert_eq!(weights.len(), 2, "10 %, and the baseline: {run}");
}

#[test]
fn certificate_of_an_unknown_authority_is_refused() {
    let emulator = guarded(|_| {});
    let run = github(&emulator, "rollout")
        .env("SSL_CERT_FILE", "/dev/null")
        .run();
    run.says("certificate");
    assert_ne!(run.code, Some(0), "{run}");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn proxy_of_the_environment_is_used_and_never_for_this_machine() {
    use std::io::{BufRead as _, BufReader};
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", proxy.local_addr().expect("an address"));
    let (sender, first) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = proxy.accept().expect("a connection");
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).expect("a line");
        sender.send(line)
    });
    let run = Lockgate::at("https://management.example", "status")
        .env("HTTPS_PROXY", &address)
        .env("LOCKGATE_ARM_TOKEN", "a-token")
        .run();
    assert_ne!(run.code, Some(0), "{run}");
    let line = first.recv_timeout(std::time::Duration::from_secs(5));
    let line = line.unwrap_or_else(|_| panic!("no request reached the proxy: {run}"));
    assert!(line.starts_with("CONNECT management.example:443"), "{line}");
    let emulator = guarded(|_| {});
    let here = github(&emulator, "status").env("HTTPS_PROXY", "http://127.0.0.1:9");
    reaches(&here, "github-oidc");
}

#[test]
fn rollout_is_refused_when_the_clock_is_minutes_off() {
    let mut scenario = Emulator::shop();
    scenario["clock-skew-s"] = json!(900);
    let emulator = Emulator::start(&scenario);
    let run = Lockgate::on(&emulator, "rollout").run();
    run.exits(30).says("set the clock");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn half_set_way_to_sign_in_is_named_first_and_az_does_not_stand_in_for_it_in_a_pipeline() {
    type Variables = &'static [(&'static str, &'static str)];
    let cases: [(Variables, &str, &str); 4] = [
        (
            &[
                ("GITHUB_ACTIONS", "true"),
                ("AZURE_CLIENT_ID", "c"),
                ("AZURE_TENANT_ID", "t"),
            ],
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "id-token: write",
        ),
        (
            &[
                ("GITLAB_CI", "true"),
                ("AZURE_CLIENT_SECRET", "s"),
                ("AZURE_CLIENT_ID", "c"),
            ],
            "AZURE_TENANT_ID",
            "client-secret",
        ),
        (
            &[
                ("CI", "true"),
                ("AZURE_CLIENT_CERTIFICATE_PATH", "/none.pem"),
            ],
            "AZURE_CLIENT_ID",
            "client-certificate",
        ),
        (
            &[
                ("TF_BUILD", "True"),
                ("AZURE_FEDERATED_TOKEN_FILE", "/none"),
            ],
            "AZURE_CLIENT_ID",
            "workload-identity",
        ),
    ];
    for (variables, missing, says) in cases {
        for command in ["rollout", "status"] {
            let mut lockgate = Lockgate::at("https://management.example.invalid", command);
            for (name, value) in variables {
                lockgate = lockgate.env(name, value);
            }
            let run = lockgate.run();
            run.exits(2).says(missing).says(says);
            assert!(!run.stderr.contains("az login"), "{run}");
        }
    }
}
