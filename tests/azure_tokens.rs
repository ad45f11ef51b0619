//! Tokens that lockgate mints for requests of gates: they reach the service that they are for and nothing else, and a run
//! that could have none is refused before anything is written.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::secrets::{Mirror, assert_has_none};
use crate::support::{Emulator, Lockgate, component};

const SCOPE: &str = "https://api.loganalytics.io";

/// Returns a command with a gate that asks `origin`, with a token for `scope`, and repeats what it is answered.
fn asking(emulator: &Emulator, command: &str, origin: &str, scope: &str) -> Lockgate {
    let gates = format!(
        "[gates.echo]\nplugin = \"./echo.wasm\"\nredact = [\"session=[0-9]+\"]\n\
         allow = [{{ origin = \"{origin}\", header.authorization = \"azure:{scope}\" }}]\n"
    );
    Lockgate::on(emulator, command)
        .gates(&gates)
        .file("echo.wasm", &component::echoing(&format!("{origin}/")))
        .env(
            "IDENTITY_ENDPOINT",
            &format!("{}/msi/token", emulator.endpoint()),
        )
        .env("IDENTITY_HEADER", "emulated-header")
        .env("LOCKGATE_CREDENTIAL", "managed-identity")
}

/// Returns a claim of a token, which is not verified.
fn claim(token: &str, name: &str) -> Value {
    let middle = token.split('.').nth(1).expect("a signed token");
    let json = URL_SAFE_NO_PAD.decode(middle).expect("base64");
    serde_json::from_slice::<Value>(&json).expect("JSON")[name].clone()
}

#[test]
fn token_reaches_its_service_and_no_artefact() {
    let emulator = Emulator::healthy();
    let mirror = Mirror::start();
    let command = asking(&emulator, "rollout --verbose", &mirror.url, SCOPE);
    let plan = command.again(&["plan"]);
    plan.exits(0).says(&format!("a token for {SCOPE}"));
    let run = command.run();
    run.ends(10, &emulator).says("[redacted]").says("you-sent");
    let received = mirror.received.try_iter().last().expect("a request");
    let token = received.strip_prefix("Bearer ").expect("a bearer token");
    assert_eq!(claim(token, "aud"), SCOPE);
    let parts: Vec<&str> = token.split('.').collect();
    assert_has_none(&run, command.folder(), &parts[1..2]);
    assert_has_none(&plan, command.folder(), &parts[1..2]);
    let doctor = command.again(&["doctor"]);
    doctor.says(&format!("there is a token for {SCOPE} for echo"));
}

#[test]
fn token_is_sent_to_no_origin_that_is_not_the_service() {
    let emulator = Emulator::healthy();
    for origin in [
        "https://api.loganalytics.io.example",
        "https://evil-api.loganalytics.io",
        "https://logs.example",
        "http://api.loganalytics.io",
    ] {
        let run = asking(&emulator, "rollout", origin, SCOPE).run();
        run.exits(2)
            .says("gates.echo.allow[0].header.authorization");
    }
    assert!(emulator.writes().is_empty());
}

#[test]
fn identity_that_gets_no_token_is_refused_before_anything_is_written() {
    let mut scenario = Emulator::shop();
    scenario["identity"] = json!({ "services": {} });
    let emulator = Emulator::start(&scenario);
    let mirror = Mirror::start();
    for command in ["plan", "rollout", "doctor"] {
        let run = asking(&emulator, command, &mirror.url, SCOPE).run();
        run.exits(30)
            .says(&format!("there is no token for {SCOPE} for echo"))
            .says("the managed-identity credential got no token")
            .says("the role \"Log Analytics Reader\" on the workspace");
    }
    assert!(emulator.writes().is_empty());
    assert_eq!(mirror.received.try_iter().count(), 0);
}

#[test]
fn token_that_lives_for_seconds_is_minted_anew() {
    let mut scenario = Emulator::shop();
    scenario["identity"] = json!({ "services": { SCOPE: 1 } });
    let emulator = Emulator::start(&scenario);
    let mirror = Mirror::start();
    let command = asking(&emulator, "rollout", &mirror.url, SCOPE);
    let first = command.run();
    first.ends(10, &emulator);
    let minted = || {
        let requests = emulator.requests().into_iter();
        let paths = requests.filter(|request| request["path"] == "/msi/token");
        paths.count()
    };
    // The preflight has one, and it is too old for the request.
    assert!(minted() >= 2, "{} tokens were minted", minted());
    let received: Vec<String> = mirror.received.try_iter().collect();
    let token = received
        .last()
        .and_then(|text| text.strip_prefix("Bearer "));
    assert_eq!(claim(token.expect("a token"), "aud"), SCOPE);
}

#[test]
fn mistakes_in_a_scope_have_their_line() {
    let emulator = Emulator::healthy();
    for (scope, says) in [
        ("http://api.loganalytics.io", "is no scope"),
        ("https://api.loganalytics.io/v1", "is no scope"),
        ("", "is no scope"),
    ] {
        let run = asking(&emulator, "validate", "https://api.loganalytics.io", scope).run();
        run.exits(2).says(says).says("lockgate.toml");
    }
}
