//! Tokens that lockgate mints for requests of gates: they reach the service that they are for and nothing else, and a run
//! that could have none is refused before anything is written.

mod parts;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use self::parts::{Hoarder, judging_by};
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
            .says("AADSTS500011: The resource principal named https://api.loganalytics.io was not found")
            .says("the tenant does not know the service")
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

/// Returns a command with a gate that asks the management API for the app, with a token of its own, and passes if it gets it.
fn reading(emulator: &Emulator, command: &str, method: &str) -> Lockgate {
    let (scope, endpoint) = ("https://management.azure.com", emulator.endpoint());
    let app = "subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo/providers/Microsoft.App\
               /containerApps/shop?api-version=2025-07-01";
    let url = format!("{endpoint}/{app}");
    asking(emulator, command, endpoint, scope).file("echo.wasm", &judging_by(method, &url))
}

/// Starts an app whose management API wants a token.
fn guarded() -> Emulator {
    let mut scenario = Emulator::shop();
    scenario["require-token"] = json!(true);
    Emulator::start(&scenario)
}

#[test]
fn gate_is_answered_by_a_service_that_wants_a_token() {
    let emulator = guarded();
    let run = reading(&emulator, "rollout", "GET").run();
    run.ends(0, &emulator).says("health check echo: pass");
    let paths = |path: &str| {
        let requests = emulator.requests().into_iter();
        requests.filter(|request| request["path"] == path).count()
    };
    // One for lockgate itself, and one for all requests of the gate.
    assert_eq!(paths("/msi/token"), 2, "{run}");
}

#[test]
fn token_for_the_management_api_goes_with_no_request_that_could_write() {
    let emulator = guarded();
    let run = reading(&emulator, "rollout", "PATCH").run();
    run.ends(12, &emulator).says(
        "the token for https://management.azure.com only goes with GET and HEAD, not with PATCH",
    );
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn token_that_cannot_be_minted_later_is_a_gate_failure_and_no_verdict() {
    // The first gate returns the error, the second takes it for a no.
    for gate in [|url: &str| judging_by("GET", url), component::echoing] {
        let mut scenario = Emulator::shop();
        // Each request needs a new one, and only the preflight gets it: the first is lockgate's own.
        scenario["identity"] = json!({ "services": { SCOPE: 1 } });
        scenario["faults"] = json!([{
            "on": { "path-contains": "/msi/token" }, "nth": 3, "times": 1_000,
            "what": { "refuse": { "status": 400, "message": "the identity was removed" } },
        }]);
        let emulator = Emulator::start(&scenario);
        let mirror = Mirror::start();
        let run = asking(&emulator, "rollout", &mirror.url, SCOPE)
            .file("echo.wasm", &gate(&format!("{}/", mirror.url)))
            .run();
        run.ends(12, &emulator)
            .says("FAILED TO ANSWER")
            .says(&format!(
                "no token for {SCOPE}: the managed-identity credential got no token"
            ));
        assert_eq!(mirror.received.try_iter().count(), 0, "{run}");
        assert!(emulator.writes().is_empty(), "{run}");
    }
}

#[test]
fn every_token_of_a_run_is_masked_and_not_only_the_last() {
    let mut scenario = Emulator::shop();
    scenario["identity"] = json!({ "services": { SCOPE: 1 } });
    let emulator = Emulator::start(&scenario);
    // It answers with every token that it was ever sent.
    let service = Hoarder::start();
    let command = asking(&emulator, "rollout --verbose", &service.url, SCOPE).file(
        "echo.wasm",
        &judging_by("GET", &format!("{}/", service.url)),
    );
    let run = command.run();
    run.ends(0, &emulator);
    let tokens = service.tokens();
    assert!(tokens.len() >= 5, "one for each check: {tokens:?}");
    let claims: Vec<&str> = tokens
        .iter()
        .filter_map(|token| token.split('.').nth(1))
        .collect();
    assert_has_none(&run, command.folder(), &claims);
    // The last recording has the answer with all of them.
    let recordings = command.folder().join(".lockgate/runs");
    let masked = recordings_below(&recordings)
        .iter()
        .map(|text| text.matches("[redacted]").count())
        .max();
    assert_eq!(masked, Some(tokens.len()));
}

/// Returns the text of every recording below a folder.
fn recordings_below(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => recordings_below(&path),
            path if path.extension().is_some_and(|extension| extension == "har") => {
                vec![std::fs::read_to_string(path).expect("a recording")]
            }
            _ => Vec::new(),
        })
        .collect()
}

#[test]
fn credential_that_is_one_token_or_none_is_refused_without_a_network() {
    let emulator = Emulator::healthy();
    let mirror = Mirror::start();
    for (credential, says) in [
        (
            "token",
            "the token in LOCKGATE_ARM_TOKEN is for the management API alone",
        ),
        ("none", "no credential is used here"),
    ] {
        for command in ["validate", "plan", "doctor", "rollout"] {
            let run = asking(&emulator, command, &mirror.url, SCOPE)
                .env("LOCKGATE_CREDENTIAL", credential)
                .env("LOCKGATE_ARM_TOKEN", "a.token.somewhere")
                .run();
            run.exits(2)
                .says(&format!("there is no token for {SCOPE}: {says}"))
                .says("name a credential in azure.credential");
        }
    }
    assert!(emulator.writes().is_empty());
}

#[test]
fn every_credential_that_signs_in_mints_tokens_for_services() {
    let emulator = Emulator::healthy();
    let mirror = Mirror::start();
    let tls = emulator.tls_endpoint();
    let oidc = format!("{tls}/_identity/pipelines/oidctoken");
    let github = format!("{tls}/_identity/github/token?v=1");
    let sources: [(&str, &[(&str, &str)]); 4] = [
        (
            "client-secret",
            &[("AZURE_CLIENT_SECRET", "emulated-secret")],
        ),
        (
            "github-oidc",
            &[
                ("ACTIONS_ID_TOKEN_REQUEST_URL", &github),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "emulated-github-token"),
            ],
        ),
        (
            "azure-pipelines",
            &[
                ("SYSTEM_OIDCREQUESTURI", &oidc),
                ("SYSTEM_ACCESSTOKEN", "emulated-pipelines-token"),
                (
                    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
                    "00000000-0000-0000-0000-000000000004",
                ),
            ],
        ),
        ("managed-identity", &[]),
    ];
    for (name, variables) in sources {
        let command = asking(&emulator, "doctor", &mirror.url, SCOPE)
            .env("SSL_CERT_FILE", &emulator.ca().to_string_lossy())
            .env("AZURE_AUTHORITY_HOST", tls)
            .env("AZURE_TENANT_ID", "00000000-0000-0000-0000-000000000001")
            .env("AZURE_CLIENT_ID", "00000000-0000-0000-0000-000000000002")
            .env("LOCKGATE_CREDENTIAL", name);
        let set = |command: Lockgate, (key, value): &(&str, &str)| command.env(key, value);
        let command = variables.iter().fold(command, set);
        let run = command.run();
        run.exits(0).says(&format!(
            "there is a token for {SCOPE} for echo, valid for another"
        ));
        let calls = ["/oauth2/v2.0/token", "/msi/token"];
        let body = format!("{:?}", emulator.requests());
        assert!(calls.iter().any(|path| body.contains(path)), "{name}");
    }
}

#[test]
fn gate_is_tried_alone_with_a_token_and_replayed_without_one() {
    let emulator = guarded();
    let endpoint = emulator.endpoint();
    let url = format!("{endpoint}/subscriptions?api-version=2022-12-01");
    let command = Lockgate::on(&emulator, "gate record asking.wasm --out x.har")
        .file("asking.wasm", &judging_by("GET", &url))
        .arg("--canary")
        .arg(endpoint)
        .arg("--header")
        .arg(&format!(
            "{endpoint} authorization=azure:https://management.azure.com"
        ))
        .env("IDENTITY_ENDPOINT", &format!("{endpoint}/msi/token"))
        .env("IDENTITY_HEADER", "emulated-header");
    // Plain http on this machine is an emulator, where lockgate signs in only with a credential that is named.
    command.run().exits(2).says("no credential is used here");
    let command = command.env("LOCKGATE_CREDENTIAL", "managed-identity");
    command.run().exits(0).says("pass");
    let har = std::fs::read_to_string(command.folder().join("x.har")).expect("a recording");
    assert!(
        !har.contains("authorization") && !har.contains("eyJ"),
        "{har}"
    );
    let minted = emulator.requests().len();
    let replayed = command.again(&["gate", "replay", "asking.wasm", "x.har", "--strict"]);
    replayed.exits(0).says("the same answer as recorded");
    assert_eq!(emulator.requests().len(), minted);
}
