//! What comes with the image of a new revision: variables, secrets, resources and replicas are changed, everything else is
//! kept, and no value that may be a secret is shown or kept anywhere.

mod refused;

use serde_json::{Value, json};

use crate::support::{Emulator, Finished, Lockgate, STABLE};

const NEW: &str = "registry.example/shop:3";
const DIGEST: &str =
    "registry.example/shop@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const FLAGS: &str = "--set-env LOG_LEVEL=debug --set-env API_KEY=hunter2 --set-env DB_URL=secretref:db-url \
                     --remove-env OLD_FLAG --min-replicas 1 --cpu 0.25 --memory 0.5Gi";

/// An app with two containers, variables, probes, a volume, an init container, a scale rule and two secrets.
fn shop() -> Emulator {
    let template = json!({
        "containers": [
            {"name": "side", "image": "registry.example/side:1", "env": [{"name": "LOG_LEVEL", "value": "warn"}],
             "resources": {"cpu": 0.25, "memory": "0.5Gi"}},
            {"name": "shop", "image": "registry.example/shop:1", "args": ["--serve"],
             "env": [{"name": "FIRST", "value": "1"}, {"name": "LOG_LEVEL", "value": "info"},
                     {"name": "OLD_FLAG", "value": "on"}, {"name": "TLS", "secretRef": "tls"}],
             "probes": [{"type": "Liveness", "httpGet": {"path": "/", "port": 80}}],
             "resources": {"cpu": 0.5, "memory": "1Gi", "ephemeralStorage": "2Gi"},
             "volumeMounts": [{"volumeName": "data", "mountPath": "/data"}]},
        ],
        "initContainers": [{"name": "init", "image": "registry.example/init:1"}],
        "scale": {"minReplicas": 0, "maxReplicas": 5, "rules": [{"name": "http", "http": {"metadata": {}}}]},
        "terminationGracePeriodSeconds": 45,
        "volumes": [{"name": "data", "storageType": "EmptyDir"}],
    });
    Emulator::start(&json!({"apps": [{
        "name": "shop",
        "secrets": {"db-url": "postgres", "tls": "pem"},
        "revisions": [{"name": STABLE, "template": template}],
        "traffic": [{"revision": STABLE, "weight": 100}],
    }]}))
}

fn run(emulator: &Emulator, command: &str) -> Finished {
    Lockgate::on(emulator, command).run()
}

fn template(emulator: &Emulator, revision: &str) -> Value {
    let path = format!(
        "{}/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo/providers/Microsoft.App/\
         containerApps/shop/revisions/{revision}?api-version=2025-07-01",
        emulator.endpoint()
    );
    let answer = reqwest::blocking::get(path).expect("an answer").json();
    let document: Value = answer.expect("JSON");
    document["properties"]["template"].clone()
}

/// Asserts that nothing was written and the traffic is as it was.
#[track_caller]
fn assert_nothing_written(emulator: &Emulator, run: &Finished) {
    assert!(emulator.writes().is_empty(), "{run}");
    assert_eq!(
        emulator.weights(),
        [(STABLE.to_owned(), 100)].into(),
        "{run}"
    );
}

#[track_caller]
fn assert_hidden(run: &Finished) {
    assert!(!run.stdout.contains("hunter2"), "{run}");
    assert!(!run.stderr.contains("hunter2"), "{run}");
}

#[test]
fn what_is_asked_for_is_changed_in_one_container_and_the_rest_is_kept() {
    let emulator = shop();
    let deployed = run(
        &emulator,
        &format!("deploy --image {NEW} --suffix new {FLAGS}"),
    );
    deployed.exits(0).says(
        "with: API_KEY (hidden), DB_URL from secret db-url, LOG_LEVEL=debug; OLD_FLAG removed; min replicas 1; \
         cpu 0.25; memory 0.5Gi",
    );
    assert_hidden(&deployed);
    assert_eq!(deployed.stdout, "shop--new\n", "stdout is for the name");
    let mut expected = template(&emulator, STABLE);
    expected["revisionSuffix"] = json!("new");
    let shop = &mut expected["containers"][1];
    shop["image"] = json!(NEW);
    shop["env"] = json!([
        {"name": "FIRST", "value": "1"}, {"name": "LOG_LEVEL", "value": "debug"}, {"name": "TLS", "secretRef": "tls"},
        {"name": "API_KEY", "value": "hunter2"}, {"name": "DB_URL", "secretRef": "db-url"},
    ]);
    shop["resources"]["cpu"] = json!(0.25);
    shop["resources"]["memory"] = json!("0.5Gi");
    expected["scale"]["minReplicas"] = json!(1);
    assert_eq!(template(&emulator, "shop--new"), expected);
    assert_eq!(emulator.weights(), [(STABLE.to_owned(), 100)].into());
    for write in emulator.writes() {
        assert_eq!(write.pointer("/properties/configuration"), None, "{write}");
    }
}

#[test]
fn replicas_that_are_asked_for_are_those_of_the_new_revision() {
    let emulator = shop();
    let flags = "--min-replicas 2 --max-replicas 3";
    run(
        &emulator,
        &format!("deploy --image {NEW} --suffix new {flags}"),
    )
    .exits(0);
    let scale = &template(&emulator, "shop--new")["scale"];
    assert_eq!(
        (&scale["minReplicas"], &scale["maxReplicas"]),
        (&json!(2), &json!(3))
    );
    assert_eq!(scale["rules"][0]["name"], "http");
    // The preflight of a rollout reads them back.
    run(&emulator, "doctor --canary shop--new")
        .says("shop--new may run at most 3 replicas and shop--v1 at most 5");
}

#[test]
fn json_hides_what_text_hides() {
    let emulator = shop();
    let command = format!("--image {NEW} --suffix new {FLAGS} --output json");
    let with = json!({
        "env": {
            "API_KEY": {"hidden": true}, "DB_URL": {"secret": "db-url"}, "LOG_LEVEL": {"value": "debug"},
        },
        "removed-env": ["OLD_FLAG"], "min-replicas": 1, "max-replicas": null, "cpu": 0.25, "memory": "0.5Gi",
    });
    let plan = run(&emulator, &format!("plan {command}"));
    plan.exits(0);
    let planned: Value = serde_json::from_str(&plan.stdout).expect("JSON");
    assert_eq!(planned["deploys"]["with"], with, "{plan}");
    assert_nothing_written(&emulator, &plan);
    let deployed = run(&emulator, &format!("deploy {command}"));
    let events = deployed.exits(0).events();
    assert_eq!(
        events.last().expect("an event")["detail"]["with"],
        with,
        "{deployed}"
    );
    for run in [plan, deployed] {
        assert_hidden(&run);
    }
}

#[test]
fn configuration_and_variables_say_the_same_as_flags() {
    let emulator = shop();
    let deploy = "[deploy]\nmin-replicas = 1\nmax-replicas = 4\nremove-env = [\"FIRST\", \"TLS\"]\n\
                  [deploy.env]\nLOG_LEVEL = \"trace\"\nAPI_KEY = \"hunter2\"\n";
    let lockgate = Lockgate::on(&emulator, &format!("deploy --image {NEW} --suffix new"))
        .gates(deploy)
        .env("LOCKGATE_SET_ENV", "EMPTY=\nLOG_LEVEL=a=b\n")
        .env("LOCKGATE_REMOVE_ENV", "OLD_FLAG\n")
        .env("LOCKGATE_MAX_REPLICAS", "3")
        .arg("--set-env")
        .arg("TLS=two\nlines");
    // Flags are typed, so the variable of the same name does not count.
    let run = lockgate.run();
    run.exits(0);
    assert_hidden(&run);
    let template = template(&emulator, "shop--new");
    let env = json!([
        {"name": "LOG_LEVEL", "value": "trace"}, {"name": "TLS", "value": "two\nlines"},
        {"name": "API_KEY", "value": "hunter2"},
    ]);
    assert_eq!(template["containers"][1]["env"], env);
    assert_eq!(template["scale"]["minReplicas"], 1);
    assert_eq!(template["scale"]["maxReplicas"], 3);
    let emulator = shop();
    let again = Lockgate::on(&emulator, &format!("deploy --image {NEW} --suffix new"))
        .env("LOCKGATE_SET_ENV", "EMPTY=\nLOG_LEVEL=a=b\n")
        .run();
    again.exits(0).says("with: EMPTY=, LOG_LEVEL=a=b");
}

#[test]
fn existing_revision_is_taken_only_with_what_is_asked_for() {
    let emulator = shop();
    let deploy = |flags: &str| {
        run(
            &emulator,
            &format!("deploy --image {NEW} --suffix new {flags}"),
        )
    };
    deploy(FLAGS).exits(0);
    let writes = emulator.writes().len();
    deploy(FLAGS).exits(0).says("already exists");
    deploy("--set-env LOG_LEVEL=debug")
        .exits(0)
        .says("already exists");
    for (flags, says) in [
        (
            "--set-env LOG_LEVEL=info",
            "LOG_LEVEL is set to something else",
        ),
        (
            "--set-env API_KEY=hunter3",
            "API_KEY is set to something else",
        ),
        (
            "--set-env LOG_LEVEL=secretref:tls",
            "LOG_LEVEL is set to something else",
        ),
        ("--set-env NEW=1", "NEW is not set"),
        ("--remove-env FIRST", "FIRST is set"),
        ("--min-replicas 2", "min replicas 1"),
        ("--cpu 0.5", "cpu 0.25"),
        ("--memory 1Gi", "memory 0.5Gi"),
    ] {
        let refused = deploy(flags);
        refused
            .exits(30)
            .says("shop--new exists already and runs the image without what is to come with it")
            .says(says)
            .says("choose another suffix");
        assert!(!refused.stderr.contains("hunter"), "{refused}");
    }
    assert_eq!(emulator.writes().len(), writes);
}

#[test]
fn rollout_that_is_repeated_finds_its_own_revision() {
    let emulator = shop();
    let with = |level: &str| {
        let flags =
            format!("--set-env LOG_LEVEL={level} --set-env API_KEY=hunter2 --remove-env OLD_FLAG");
        Lockgate::on(&emulator, &format!("rollout --image {DIGEST} {flags}"))
            .env("CI_COMMIT_SHA", "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
    };
    let first = with("debug");
    let run = first.run();
    run.exits(0).says("promoted: shop--4b825dc carries 100 %");
    assert_hidden(&run);
    assert_no_file_has(first.folder(), "hunter2");
    let writes = emulator.writes().len();
    let again = with("debug").run();
    again.exits(0).says("promoted already: shop--4b825dc");
    assert_eq!(emulator.writes().len(), writes, "{again}");
    // The same image with something else beside it is another revision.
    let other = with("trace").run();
    other
        .exits(0)
        .says("promoted: shop--4b825dc-2 carries 100 %");
    with("trace")
        .run()
        .exits(0)
        .says("promoted already: shop--4b825dc-2");
    // The earlier one is there still, without traffic, and is what is asked for here.
    let back = with("debug").run();
    back.exits(0).says("promoted: shop--4b825dc carries 100 %");
}

#[test]
fn rollout_that_said_no_is_repeated_with_the_revision_that_it_made() {
    let emulator = shop();
    let command = format!("rollout --image {DIGEST} --suffix new --set-env LOG_LEVEL=debug");
    let lockgate = Lockgate::on(&emulator, &command).replacing(
        "interval-ms = 10",
        "body-contains = \"nothing\", interval-ms = 10",
    );
    lockgate.run().exits(10);
    let made = emulator.writes().len();
    run(&emulator, &command)
        .exits(30)
        .says("shop--new did not pass its gates");
    let again = run(&emulator, &format!("{command} --again"));
    again.exits(0).says("promoted: shop--new carries 100 %");
    let writes = emulator.writes();
    let is_template = |write: &&Value| write.pointer("/properties/template").is_some();
    assert_eq!(writes[made..].iter().find(is_template), None, "{again}");
}

#[test]
fn digest_alone_cannot_be_deployed_with_something_else() {
    let emulator = shop();
    run(&emulator, &format!("rollout --image {DIGEST} --suffix new")).exits(0);
    let digest = DIGEST.split('@').next_back().expect("a digest");
    run(&emulator, &format!("plan --image {digest}")).exits(0);
    run(
        &emulator,
        &format!("plan --image {digest} --set-env LOG_LEVEL=debug"),
    )
    .exits(30)
    .says("with what is to come with it")
    .says("whole reference");
}

/// Asserts that no file below a folder has a text in it.
#[track_caller]
fn assert_no_file_has(folder: &std::path::Path, text: &str) {
    let mut waiting = vec![folder.to_owned()];
    let mut read = 0;
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder").flatten();
            waiting.extend(entries.map(|entry| entry.path()));
        } else {
            let content = std::fs::read(&path).expect("a file");
            let found = String::from_utf8_lossy(&content).contains(text);
            assert!(!found, "{} has {text}", path.display());
            read += 1;
        }
    }
    assert!(read > 2, "the run has files");
}
