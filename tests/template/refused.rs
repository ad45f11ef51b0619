//! What is refused of what comes with the image: by every command, before any write, and without a value that may be a secret.

use serde_json::json;

use super::{FLAGS, NEW, assert_hidden, assert_nothing_written, run, shop};
use crate::support::{Emulator, Lockgate, STABLE};

#[test]
fn mistakes_are_refused_before_the_app_is_read_and_show_no_value() {
    let emulator = shop();
    for (flags, says) in [
        ("--set-env API_KEY", "--set-env: number 1 has no `=`"),
        (
            "--set-env 1KEY=hunter2",
            "--set-env: \"1KEY\" is no name of an environment variable",
        ),
        (
            "--set-env A_KEY=hunter2 --set-env A_KEY=x",
            "--set-env: A_KEY is set twice",
        ),
        (
            "--set-env A_KEY=hunter2 --remove-env A_KEY",
            "--remove-env: A_KEY is both set and removed",
        ),
        (
            "--set-env DB=secretref:DB_URL",
            "DB refers to a secret by what is no name of one \"DB_URL\"",
        ),
        (
            "--min-replicas -1",
            "--min-replicas: -1 is not a number of replicas",
        ),
        (
            "--max-replicas 0",
            "--max-replicas: 0 is not a number of replicas: write 1 or more",
        ),
        (
            "--min-replicas 3 --max-replicas 2",
            "--min-replicas: min replicas 3 are more than max replicas 2",
        ),
        ("--cpu -1", "--cpu: -1 is not a number of cores"),
        (
            "--cpu half",
            "\"half\" is not a number of cores; write it like 0.5 or 1",
        ),
        (
            "--memory 1GB",
            "--memory: \"1GB\" is not an amount of memory: write one above 0 in Gi, such as 1Gi",
        ),
    ] {
        for command in ["deploy", "plan", "rollout", "validate"] {
            let run = run(&emulator, &format!("{command} --image {NEW} {flags}"));
            run.exits(2).says(says);
            assert_hidden(&run);
        }
    }
    for command in ["plan", "rollout"] {
        let run = run(&emulator, &format!("{command} --set-env A_KEY=hunter2"));
        run.exits(2).says(
            "--set-env: it changes the revision that is made of an image, and no image is given",
        );
        assert_hidden(&run);
    }
    assert!(emulator.requests().is_empty());
}

#[test]
fn line_of_the_configuration_is_shown_without_its_secret() {
    let emulator = shop();
    for (line, said) in [
        ("\"1_KEY\" = \"hunter2\"", "\"1_KEY\" = \"*******\""),
        ("API_KEY = \"hunter2", "API_KEY = \"*******"),
    ] {
        for format in ["", "--output json"] {
            let command = format!("validate --image {NEW} {format}");
            let run = Lockgate::on(&emulator, &command)
                .gates(&format!("[deploy.env]\n{line}\n"))
                .run();
            run.exits(2).says(said);
            assert_hidden(&run);
        }
    }
}

#[test]
fn secret_that_the_app_does_not_have_is_refused_by_every_command() {
    let emulator = shop();
    for command in ["deploy", "plan", "rollout"] {
        let flags = "--suffix new --set-env DB_URL=secretref:db --set-env API_KEY=hunter2";
        let run = run(&emulator, &format!("{command} --image {NEW} {flags}"));
        run.exits(30)
            .says("DB_URL refers to the secret db, and shop has the secrets db-url, tls")
            .says("az containerapp secret set --name shop");
        assert_hidden(&run);
        assert_nothing_written(&emulator, &run);
    }
}

#[test]
fn more_replicas_than_the_app_may_have_are_refused_by_every_command() {
    let emulator = shop();
    for command in ["deploy", "plan", "rollout"] {
        let flags = "--suffix new --min-replicas 6";
        let run = run(&emulator, &format!("{command} --image {NEW} {flags}"));
        run.exits(30)
            .says("min replicas 6, more than its max replicas 5");
        assert_nothing_written(&emulator, &run);
    }
}

#[test]
fn variable_to_remove_that_is_not_there_is_noted_and_nothing_else() {
    let emulator = shop();
    let note = "there is no environment variable OLD_FLGA to remove; the container has FIRST, LOG_LEVEL, OLD_FLAG, TLS";
    let command = format!("--image {NEW} --suffix new --remove-env OLD_FLGA");
    run(&emulator, &format!("plan {command}"))
        .exits(0)
        .says(note);
    run(&emulator, &format!("deploy {command}"))
        .exits(0)
        .says(note);
}

#[test]
fn what_the_service_refuses_is_said_in_its_words_without_the_secrets() {
    let emulator = shop();
    let run = run(
        &emulator,
        &format!("deploy --image {NEW} --suffix new --cpu 2"),
    );
    run.exits(30)
        .says("ContainerAppInvalidResourceTotal")
        .says("[cpu: 0.25, memory: 0.5Gi]");
    assert_eq!(emulator.weights(), [(STABLE.to_owned(), 100)].into());
    emulator.fault(&json!({
        "on": { "method": "PATCH", "body-contains": "revisionSuffix" },
        "what": { "operation-failed": { "code": "Bad", "message": "'hunter2' is no key" } },
    }));
    let failed = Lockgate::on(
        &emulator,
        &format!("deploy --image {NEW} --suffix new {FLAGS}"),
    )
    .run();
    failed.exits(12).says("'(hidden)' is no key");
    assert_hidden(&failed);
}

#[test]
fn template_that_the_service_refuses_after_the_traffic_was_pinned_is_no_refusal() {
    let emulator = Emulator::start(&json!({"apps": [{
        "name": "shop", "revisions": [{"name": STABLE}], "traffic": [{"latest-revision": true, "weight": 100}],
    }]}));
    let run = run(
        &emulator,
        &format!("deploy --image {NEW} --suffix new --cpu 2"),
    );
    run.exits(12)
        .says("not deployed: ")
        .says("ContainerAppInvalidResourceTotal");
    assert!(!run.stderr.contains("nothing was written"), "{run}");
    assert_eq!(emulator.weights(), [(STABLE.to_owned(), 100)].into());
}

#[test]
fn argument_that_is_not_expected_is_shown_without_its_secret() {
    let emulator = shop();
    for format in ["", "--output json"] {
        let command = format!("deploy --image {NEW} {format} --set-env A=1 API_KEY=hunter2");
        let run = run(&emulator, &command);
        run.exits(2).says("API_KEY=(hidden)");
        assert_hidden(&run);
    }
}
