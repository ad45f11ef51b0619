//! `lockgate doctor`: it finds each problem, with the next step, and never reports a check as good that it could not make.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Emulator, Finished, Lockgate};

/// Starts the healthy scenario with one member of its app changed.
fn with(member: &str, value: &Value) -> Emulator {
    let mut scenario = Emulator::shop();
    scenario["apps"][0][member] = value.clone();
    Emulator::start(&scenario)
}

/// Returns the line of a check.
#[track_caller]
fn line<'a>(run: &'a Finished, check: &str) -> &'a str {
    let about = |line: &&str| line.split_whitespace().nth(1) == Some(check);
    let mut lines = run.stdout.lines().filter(about);
    lines.next().unwrap_or_else(|| panic!("{check}: {run}"))
}

/// Asserts that only this check failed, with this text, and that a rollout would be refused.
#[track_caller]
fn fails(run: &Finished, check: &str, says: &str) {
    run.exits(30);
    let line = line(run, check);
    assert!(line.starts_with("FAIL ") && line.contains(says), "{run}");
    run.says("1 failed");
}

#[test]
fn healthy_app_has_no_problem_and_is_not_written_to() {
    let emulator = Emulator::healthy();
    let doctor = Lockgate::on(&emulator, "doctor");
    let run = doctor.run();
    run.exits(0).says("0 failed");
    for check in [
        "configuration",
        "cache-dir",
        "gates",
        "deadlines",
        "state-dir",
        "credential",
        "token",
        "endpoint",
        "clock",
        "permissions",
        "lease",
        "ingress",
        "mode",
        "app",
        "sessions",
        "traffic",
        "revisions",
        "capacity",
        "tags",
        "addresses",
    ] {
        assert!(line(&run, check).starts_with("ok "), "{check}: {run}");
    }
    run.says("lockgate.toml: app shop in resource group demo")
        .says("shop--v1 answers (status 200)")
        .says("shop--v2 answers (status 200)");
    let requests = emulator.requests();
    assert!(requests.iter().all(|one| one["method"] == "GET"), "{run}");
    let left = std::fs::read_dir(doctor.folder()).expect("its folder");
    let left: Vec<_> = left.flatten().map(|file| file.file_name()).collect();
    assert_eq!(left, ["lockgate.toml"], "nothing is left behind: {run}");
}

#[test]
fn checks_are_json_objects_on_request() {
    let emulator = with("revisions-mode", &json!("Single"));
    let run = Lockgate::on(&emulator, "doctor --output json").run();
    let events = run.exits(30).events();
    let mode = events
        .iter()
        .find(|event| event["detail"]["check"] == "mode")
        .expect("mode");
    assert_eq!(mode["event"], "checked");
    assert_eq!(mode["detail"]["state"], "fail");
    assert!(
        mode["detail"]["detail"]
            .as_str()
            .expect("what was seen, and the next step")
            .contains("set-mode"),
        "{mode}"
    );
    let last = events.last().expect("an end");
    assert_eq!(last["event"], "examined");
    assert_eq!(last["detail"]["failed"], 1);
}

#[test]
fn endpoint_that_does_not_answer_fails_and_checks_behind_it_are_unknown() {
    let run = Lockgate::at("http://127.0.0.1:9", "doctor").run();
    fails(
        &run,
        "endpoint",
        "no connection to 127.0.0.1 at 127.0.0.1:9",
    );
    for check in ["clock", "permissions", "app", "revisions"] {
        assert!(line(&run, check).starts_with("unknown "), "{check}: {run}");
    }
}

#[test]
fn endpoint_that_cannot_be_resolved_fails() {
    let run = Lockgate::at("https://management.invalid", "doctor")
        .env("LOCKGATE_ARM_TOKEN", "a-token")
        .run();
    fails(&run, "endpoint", "management.invalid cannot be resolved");
    run.says("trusted by the system's certificates");
}

#[test]
fn authority_that_the_endpoint_is_verified_by_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let authority = folder.path().join("authority.pem");
    let mut emulator = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args([
            "emulate",
            "--port",
            "0",
            "--tls-port",
            "0",
            "--output",
            "json",
        ])
        .arg("--tls-ca")
        .arg(&authority)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the emulator starts");
    let mut said = String::new();
    let read = emulator
        .stdout
        .take()
        .map(|stdout| BufReader::new(stdout).read_line(&mut said));
    let serving: Value = serde_json::from_str(&said).unwrap_or_default();
    let endpoint = serving["detail"]["tls-endpoint"]
        .as_str()
        .unwrap_or_default();
    let doctor = || Lockgate::at(endpoint, "doctor").env("LOCKGATE_ARM_TOKEN", "a-token");
    let path = authority.display().to_string();
    let trusting = doctor().env("SSL_CERT_FILE", &path).run();
    let strange = doctor().run();
    // The emulator ends before the first assertion, so that it does not outlive a failed test.
    let ended = emulator.kill().and_then(|()| emulator.wait());
    ended.expect("the emulator ends");
    assert!(matches!(read, Some(Ok(1..))), "the emulator said {said:?}");
    let found = line(&trusting, "endpoint");
    let trusted = format!("trusted by the certificates in {path} (SSL_CERT_FILE)");
    assert!(
        found.starts_with("ok ") && found.contains(&trusted),
        "{trusting}"
    );
    let found = line(&strange, "endpoint");
    assert!(
        found.starts_with("FAIL ") && found.contains("certificate"),
        "{strange}"
    );
}

#[test]
fn endpoint_with_an_invalid_certificate_fails() {
    // The endpoint speaks plain HTTP, so it has no valid certificate.
    let emulator = Emulator::healthy();
    let run = Lockgate::at(&emulator.endpoint().replace("http:", "https:"), "doctor")
        .env("LOCKGATE_ARM_TOKEN", "a-token")
        .run();
    fails(&run, "endpoint", "SSL_CERT_FILE");
}

#[test]
fn proxy_of_the_environment_is_named_without_its_password() {
    let run = Lockgate::at("https://management.invalid", "doctor")
        .env("LOCKGATE_ARM_TOKEN", "a-token")
        .env("HTTPS_PROXY", "http://me:secret@proxy.invalid:3128")
        .run();
    run.exits(30).says("HTTPS_PROXY");
    assert!(!format!("{run}").contains("secret"), "{run}");
}

#[test]
fn missing_credential_fails() {
    let run = Lockgate::at("https://management.invalid", "doctor").run();
    let line = line(&run, "credential");
    assert!(line.starts_with("FAIL "), "{run}");
    assert!(line.contains("LOCKGATE_ARM_TOKEN is not set"), "{run}");
    run.exits(30).says("az login");
}

#[test]
fn refused_token_fails_and_is_not_printed() {
    let mut scenario = Emulator::shop();
    scenario["token"] = json!("the-right-one");
    let emulator = Emulator::start(&scenario);
    let doctor = |token| Lockgate::on(&emulator, "doctor").env("LOCKGATE_ARM_TOKEN", token);
    let run = doctor("another").run();
    fails(&run, "app", "401");
    assert!(!format!("{run}").contains("another"), "{run}");
    let run = doctor("the-right-one").run();
    run.exits(0).says("the token in LOCKGATE_ARM_TOKEN");
    assert!(!format!("{run}").contains("the-right-one"), "{run}");
}

/// Starts the healthy scenario with one of its own members changed.
fn changed(member: &str, value: &Value) -> Emulator {
    let mut scenario = Emulator::shop();
    scenario[member] = value.clone();
    Emulator::start(&scenario)
}

#[test]
fn missing_permission_that_every_rollout_needs_fails() {
    let emulator = changed("denied", &json!(["Microsoft.App/containerApps/write"]));
    let run = Lockgate::on(&emulator, "doctor").run();
    let lacks = "the identity lacks Microsoft.App/containerApps/write;";
    fails(&run, "permissions", lacks);
    run.says("az role assignment create");
}

#[test]
fn missing_permission_that_some_gates_need_is_a_warning() {
    let emulator = changed("denied", &json!(["Microsoft.Insights/*"]));
    let run = Lockgate::on(&emulator, "doctor").run();
    run.exits(0)
        .says("everything that a rollout does to the app is allowed")
        .says("lacks Microsoft.Insights/metrics/read, which is for gates that ask")
        .says("Monitoring Reader");
}

#[test]
fn wrong_clock_fails() {
    let emulator = changed("clock-skew-s", &json!(600));
    let run = Lockgate::on(&emulator, "doctor").run();
    fails(&run, "clock", "min");
    assert!(line(&run, "clock").contains("behind the endpoint"), "{run}");
    let emulator = changed("clock-skew-s", &json!(-120));
    let run = Lockgate::on(&emulator, "doctor").run();
    run.exits(0).says("1 to look at");
    assert!(
        line(&run, "clock").contains("ahead of the endpoint"),
        "{run}"
    );
}

#[test]
fn permissions_that_cannot_be_read_are_unknown() {
    let emulator = changed(
        "denied",
        &json!(["Microsoft.Authorization/permissions/read"]),
    );
    let run = Lockgate::on(&emulator, "doctor").run();
    run.exits(0).says("1 unknown");
    assert!(line(&run, "permissions").starts_with("unknown "), "{run}");
}

#[test]
fn app_that_cannot_be_rolled_out_fails() {
    for (member, value, check, says) in [
        (
            "revisions-mode",
            json!("Single"),
            "mode",
            "`az containerapp revision set-mode",
        ),
        (
            "ingress",
            json!(false),
            "ingress",
            "`az containerapp ingress enable",
        ),
        (
            "sticky-sessions",
            json!(true),
            "sessions",
            "sticky-sessions set",
        ),
        (
            "provisioning-state",
            json!("Failed"),
            "app",
            "the last change of shop ended as Failed",
        ),
    ] {
        let run = Lockgate::on(&with(member, &value), "doctor").run();
        fails(&run, check, says);
    }
}

#[test]
fn traffic_that_follows_the_latest_revision_fails_unless_it_is_pinned_by_a_deployment() {
    let emulator = with(
        "traffic",
        &json!([{ "latest-revision": true, "weight": 100 }]),
    );
    let run = Lockgate::on(&emulator, "doctor").run();
    fails(&run, "traffic", "traffic follows latestRevision");
    let image = "doctor --image registry.example/shop:3 --suffix new";
    let run = Lockgate::on(&emulator, image).run();
    run.exits(0).says("0 failed");
    let line = line(&run, "deployment");
    assert!(line.contains("deploys it as shop--new first"), "{run}");
}

#[test]
fn lease_is_shown_with_the_next_step() {
    let lease = |deadline: &str, state: &str| {
        json!({
            "lockgate-lease": format!("1/{state}"), "lockgate-run": "run-1", "lockgate-holder": "1/run-1",
            "lockgate-since": "1690000000/1690000100", "lockgate-stages": "10,25,50,100",
            "lockgate-stable": "shop--v1", "lockgate-canary": "shop--v2", "lockgate-stage": "0/10",
            "lockgate-expires": deadline, "lockgate-baseline-0": "shop--v1=100;",
        })
    };
    let (past, future) = ("1700000000", "4000000000");
    let run = Lockgate::on(&with("tags", &lease(past, "running")), "doctor").run();
    fails(&run, "lease", "`lockgate recover --app shop ");
    for (lease, says) in [
        (lease(future, "running"), "may still be running"),
        (lease(past, "held"), "`lockgate resume --app shop "),
    ] {
        let run = Lockgate::on(&with("tags", &lease), "doctor").run();
        fails(&run, "lease", says);
    }
    let mut damaged = lease(past, "running");
    damaged["lockgate-holder"] = json!("many");
    let run = Lockgate::on(&with("tags", &damaged), "doctor").run();
    fails(&run, "lease", "tag lockgate-holder");
}

#[test]
fn revision_that_cannot_be_reached_is_for_the_gates_to_judge() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "doctor")
        .replacing(
            "[rollout]",
            "[azure]\nrevision-scheme = \"https\"\n\n[rollout]",
        )
        .run();
    run.exits(0).says("0 failed, 2 to look at");
    for revision in ["shop--v1", "shop--v2"] {
        run.says(&format!("{revision} does not answer at https://"));
    }
}

#[test]
fn state_folder_that_cannot_be_written_fails() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "doctor --state-dir taken/state")
        .file("taken", b"a file where a folder should be")
        .run();
    run.exits(2).says("1 failed");
    let line = line(&run, "state-dir");
    assert!(
        line.starts_with("FAIL ") && line.contains("taken is not a folder"),
        "{run}"
    );
}

#[test]
fn doctor_without_an_app_is_a_usage_error() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "doctor").config("").run();
    run.exits(2).says("no app is given");
}
