//! Labels that a rollout moves with the write of 100 %, and that a rollback and an undo put back.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE};

/// The shop, whose stable revision has the label of production and whose canary one of its own.
fn labelled() -> Value {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["traffic"] = json!([
        { "revision": STABLE, "weight": 100, "label": "production" },
        { "revision": CANARY, "weight": 0, "label": "next" },
        { "revision": "shop--v0", "weight": 0, "label": "previous" },
    ]);
    let old = json!({ "name": "shop--v0", "image": "registry.example/shop:0" });
    let revisions = scenario["apps"][0]["revisions"].as_array_mut();
    revisions.expect("revisions").insert(0, old);
    scenario
}

const LABELS: &str = "[labels]\nproduction = \"canary\"\nprevious = \"stable\"\n";

/// Runs a command with the labels in its file.
fn run(emulator: &Emulator, command: &str) -> Finished {
    Lockgate::on(emulator, command)
        .replacing("[app]\n", &format!("{LABELS}\n[app]\n"))
        .run()
}

fn labels(emulator: &Emulator) -> BTreeMap<String, String> {
    let snapshot = emulator.snapshot();
    let traffic = snapshot["apps"][0]["traffic"].as_array().expect("traffic");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pairs = traffic
        .iter()
        .map(|share| (text(&share["label"]), text(&share["revisionName"])));
    pairs.filter(|(label, _)| !label.is_empty()).collect()
}

fn of<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    let owned = pairs.map(|(label, revision)| (label.to_owned(), revision.to_owned()));
    owned.into()
}

const BEFORE: [(&str, &str); 3] = [
    ("production", STABLE),
    ("next", CANARY),
    ("previous", "shop--v0"),
];
const AFTER: [(&str, &str); 2] = [("production", CANARY), ("previous", STABLE)];

#[test]
fn labels_move_with_the_write_of_100_and_an_undo_puts_them_back() {
    let emulator = Emulator::start(&labelled());
    run(&emulator, "plan")
        .exits(0)
        .says("label production moves from shop--v1 to shop--v2")
        .says("label previous moves from shop--v0 to shop--v1")
        .says("label next is displaced from shop--v2");
    run(&emulator, "rollout").ends(0, &emulator);
    assert_eq!(labels(&emulator), of(AFTER));
    for body in emulator.writes() {
        let traffic = &body["properties"]["configuration"]["ingress"]["traffic"];
        let shares = traffic.as_array().expect("traffic");
        let canary = shares.iter().find(|share| share["revisionName"] == CANARY);
        let canary = canary.expect("the canary has an entry");
        let wanted = if canary["weight"] == 100 {
            "production"
        } else {
            "next"
        };
        assert_eq!(canary["label"], wanted, "{body}");
    }
    let undone = Lockgate::on(&emulator, "undo").run();
    undone.exits(0);
    assert_eq!(labels(&emulator), of(BEFORE), "{undone}");
}

#[test]
fn rollback_from_100_puts_the_labels_back_and_so_does_an_abort_without_the_configuration() {
    let emulator = Emulator::start(&labelled());
    emulator.behave(CANARY, &json!({ "fails-from-weight": 100 }));
    run(&emulator, "rollout").ends(10, &emulator);
    assert_eq!(labels(&emulator), of(BEFORE));

    let emulator = Emulator::start(&labelled());
    let lockgate = Lockgate::on(&emulator, "rollout")
        .replacing("[app]\n", &format!("{LABELS}\n[app]\n"))
        .replacing("bake = \"300ms\"", "bake = \"60s\"")
        .arg("--stages=100");
    let mut running = lockgate.start();
    let _stdout = running.read_until(|line| line.contains("read back"));
    assert_eq!(labels(&emulator), of(AFTER));
    let aborted = Lockgate::on(&emulator, "abort").run();
    aborted.ends(11, &emulator);
    assert_eq!(labels(&emulator), of(BEFORE), "{aborted}");
    running.finish().ends(11, &emulator);
}

#[test]
fn plan_of_a_canary_that_is_deployed_first_names_the_labels_too() {
    let emulator = Emulator::start(&labelled());
    let image = "registry.example/shop:3 --suffix v3";
    run(&emulator, &format!("plan --image {image}"))
        .exits(0)
        .says("label production moves from shop--v1 to shop--v3");
    run(&emulator, &format!("rollout --image {image}")).exits(0);
    assert_eq!(labels(&emulator)["production"], "shop--v3");
}

#[test]
fn flags_name_labels_too() {
    let emulator = Emulator::start(&labelled());
    let rollout = "rollout --label production=canary --label previous=stable";
    Lockgate::on(&emulator, rollout).run().ends(0, &emulator);
    assert_eq!(labels(&emulator), of(AFTER));
}

#[test]
fn label_that_does_not_exist_is_refused_with_those_that_do() {
    let emulator = Emulator::start(&labelled());
    for command in ["plan", "rollout"] {
        let run = Lockgate::on(&emulator, &format!("{command} --label prodution=canary")).run();
        run.ends(30, &emulator)
            .says("no revision of shop has the label prodution")
            .says("production, next, previous")
            .says("`az containerapp revision label add");
    }
}

#[test]
fn two_labels_on_one_revision_and_one_on_two_are_refused_by_validate() {
    for (flags, why) in [
        (
            "--label production=canary --label live=canary",
            "labels live and production would both be on the canary revision",
        ),
        (
            "--label production=canary --label production=stable",
            "label production would be on two revisions, canary and stable",
        ),
        ("--label Production=canary", "\"Production\" is no label"),
        ("--label production=blue", "\"blue\" is no role"),
    ] {
        let run = Lockgate::at("http://127.0.0.1:9", &format!("validate {flags}")).run();
        run.exits(2).says(why);
    }
    let file = "[labels]\nproduction = \"canary\"\nlive = \"canary\"\n\n[app]\n";
    let run = Lockgate::at("http://127.0.0.1:9", "validate")
        .replacing("[app]\n", file)
        .run();
    run.exits(2)
        .says("labels.production")
        .says("would both be on the canary revision");
}
