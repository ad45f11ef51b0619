//! `lockgate deploy` and `lockgate rollout --image`: a new revision gets no traffic until the gates pass.

use serde_json::{Value, json};

use crate::support::{Emulator, Finished, Lockgate, STABLE};

const NEW: &str = "registry.example/shop:3";

/// Starts the app with one revision, which has all traffic, after this change to the scenario.
fn shop(change: impl FnOnce(&mut Value)) -> Emulator {
    let mut app = json!({
        "name": "shop",
        "revisions": [{ "name": STABLE, "image": "registry.example/shop:1" }],
        "traffic": [{ "revision": STABLE, "weight": 100 }],
    });
    change(&mut app);
    Emulator::start(&json!({ "apps": [app] }))
}

fn deploy(emulator: &Emulator, flags: &str) -> Finished {
    let command = format!("deploy --image {NEW} --suffix new {flags}");
    Lockgate::on(emulator, &command).run()
}

/// Asserts that the stable revision still has all traffic, and that templates were written alone.
#[track_caller]
fn assert_untouched(emulator: &Emulator, run: &Finished) {
    assert_eq!(
        emulator.weights(),
        [(STABLE.to_owned(), 100)].into(),
        "{run}"
    );
    for request in emulator.requests() {
        assert_ne!(request["method"], "PUT", "{request}");
        let body = &request["body"];
        let has = |pointer: &str| body.pointer(pointer).is_some();
        assert!(
            !(has("/properties/template") && has("/properties/configuration")),
            "a template goes alone: {body}"
        );
    }
}

fn revisions(emulator: &Emulator) -> Vec<String> {
    let snapshot = emulator.snapshot();
    let list = snapshot["apps"][0]["revisions"]
        .as_array()
        .expect("revisions")
        .clone();
    let name = |revision: &Value| revision["name"].as_str().expect("a name").to_owned();
    list.iter().map(name).collect()
}

#[test]
fn new_revision_is_ready_and_has_no_traffic() {
    let emulator = shop(|_| {});
    let run = deploy(&emulator, "--output json");
    run.exits(0);
    let events = run.events();
    let deployed = events.last().expect("an event");
    assert_eq!(deployed["event"], "deployed", "{run}");
    assert_eq!(deployed["detail"]["revision"], "shop--new", "{run}");
    assert_eq!(deployed["detail"]["stable"], STABLE, "{run}");
    assert_eq!(deployed["detail"]["image"], NEW, "{run}");
    let url = deployed["detail"]["url"].as_str().expect("a URL");
    let answer = reqwest::blocking::get(url).expect("an answer").text();
    assert!(answer.expect("a body").contains("shop--new"));
    assert_untouched(&emulator, &run);
}

#[test]
fn traffic_that_follows_the_latest_revision_is_pinned_before() {
    let emulator = shop(|app| app["traffic"] = json!([{ "latest-revision": true, "weight": 100 }]));
    let run = deploy(&emulator, "");
    run.exits(0).says("deployed: shop--new");
    assert_untouched(&emulator, &run);
    let writes = emulator.writes();
    assert!(
        writes[0]
            .pointer("/properties/configuration/ingress/traffic")
            .is_some()
    );
    assert!(writes[1].pointer("/properties/template").is_some(), "{run}");
}

#[test]
fn deploy_writes_the_revision_name_to_the_step_outputs() {
    let emulator = shop(|_| {});
    let command = format!("deploy --image {NEW}");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("outputs");
    let run = Lockgate::on(&emulator, &command)
        .env("GITHUB_OUTPUT", file.to_str().expect("a path"))
        .env("GITHUB_SHA", "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
        .env("GITHUB_RUN_ATTEMPT", "2")
        .run();
    run.exits(0);
    let outputs = std::fs::read_to_string(file).expect("outputs");
    assert!(outputs.contains("revision=shop--4b825dc-2\n"), "{outputs}");
    assert!(outputs.contains("stable=shop--v1\n"), "{outputs}");
}

#[test]
fn second_deploy_with_the_same_suffix_finds_the_existing_revision() {
    let emulator = shop(|_| {});
    deploy(&emulator, "").exits(0);
    let writes = emulator.writes().len();
    let run = deploy(&emulator, "");
    run.exits(0)
        .says("already exists")
        .says("deployed: shop--new");
    assert_eq!(emulator.writes().len(), writes, "{run}");
}

#[test]
fn suffix_of_another_revision_is_refused() {
    for (active, says) in [
        (true, "runs registry.example/shop:2"),
        (false, "runs registry.example/shop:2"),
    ] {
        let emulator = shop(|app| {
            let revisions = app["revisions"].as_array_mut().expect("revisions");
            revisions.push(json!({
                "name": "shop--new", "image": "registry.example/shop:2", "active": active,
            }));
        });
        let run = deploy(&emulator, "");
        run.exits(30).says(says).says("--suffix");
        assert!(emulator.writes().is_empty(), "{run}");
    }
}

#[test]
fn deployment_without_a_new_revision_is_an_error() {
    let emulator = shop(|_| {});
    emulator.fault(&json!({
        "on": { "method": "PATCH", "body-contains": "revisionSuffix" },
        "what": { "operation-failed": { "code": "Ignored", "message": "no revision was made" } },
    }));
    let run = deploy(&emulator, "");
    run.exits(12).says("no revision was made");
    assert_untouched(&emulator, &run);
    assert_eq!(revisions(&emulator), [STABLE]);
}

#[test]
fn revision_that_never_becomes_ready_keeps_no_traffic_and_is_named() {
    for (behaviour, says) in [
        (json!({ "crash-loop": true }), "restarted"),
        (json!({ "not-ready-for-s": 3600.0 }), "not ready within"),
        (json!({ "image-pull-error": true }), "cannot be pulled"),
        (
            json!({ "provisioning-error": "no such volume" }),
            "no such volume",
        ),
    ] {
        let emulator = shop(|app| app["images"] = json!({ NEW: behaviour }));
        let run = deploy(&emulator, "--ready-within 2s");
        run.exits(12)
            .says(says)
            .says("az containerapp revision deactivate --name shop");
        assert_untouched(&emulator, &run);
    }
}

#[test]
fn deploy_waits_for_a_slow_revision() {
    let emulator = shop(|app| app["images"] = json!({ NEW: { "not-ready-for-s": 1.5 } }));
    let run = deploy(&emulator, "");
    run.exits(0)
        .says("not ready yet")
        .says("deployed: shop--new");
    assert_untouched(&emulator, &run);
}

#[test]
fn single_mode_is_switched_only_with_ensure_multiple() {
    let single = |app: &mut Value| {
        app["revisions-mode"] = json!("Single");
        app["traffic"] = json!([{ "latest-revision": true, "weight": 100 }]);
    };
    let emulator = shop(single);
    let run = deploy(&emulator, "");
    run.exits(30).says("--ensure-multiple");
    assert!(emulator.writes().is_empty(), "{run}");
    let run = deploy(&emulator, "--ensure-multiple");
    run.exits(0);
    assert_untouched(&emulator, &run);
    let first = &emulator.writes()[0];
    assert_eq!(
        first["properties"]["configuration"]["activeRevisionsMode"],
        "Multiple"
    );
}

#[test]
fn deploy_is_refused_while_a_run_holds_the_lease() {
    let emulator = shop(|app| {
        app["tags"] = json!({
            "lockgate-lease": "1/running", "lockgate-run": "run-1", "lockgate-holder": "1/run-1",
            "lockgate-since": "1690000000/1690000100", "lockgate-stages": "10,25,50,100",
            "lockgate-stable": STABLE, "lockgate-canary": "shop--v2", "lockgate-stage": "0/10",
            "lockgate-expires": "4000000000",
            "lockgate-baseline-0": "shop--v1=100;",
        });
    });
    let run = deploy(&emulator, "");
    run.exits(30).says("run-1").says("lockgate recover");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn invalid_deployment_is_refused_before_any_write() {
    for (flags, says) in [
        ("deploy", "--image"),
        ("deploy --image shop:3", "whole reference"),
        (
            "deploy --image registry.example/shop:3 --suffix Big",
            "lower-case",
        ),
        (
            "deploy --image registry.example/shop:3 --suffix a--b",
            "single dashes",
        ),
        (
            "deploy --image registry.example/shop:3 --container side",
            "no container side",
        ),
    ] {
        let emulator = shop(|_| {});
        let run = Lockgate::on(&emulator, flags).run();
        assert!(matches!(run.code, Some(2 | 30)), "{flags}: {run}");
        run.says(says);
        assert!(emulator.writes().is_empty(), "{run}");
    }
}

#[test]
fn rollout_of_an_image_deploys_it_and_rolls_it_out_in_one_run() {
    let emulator = shop(|app| app["traffic"] = json!([{ "latest-revision": true, "weight": 100 }]));
    let command = format!("rollout --image {NEW} --suffix new");
    let plan = Lockgate::on(&emulator, &command.replace("rollout", "plan")).run();
    plan.exits(0).says("would deploy it as shop--new");
    assert!(emulator.writes().is_empty(), "{plan}");
    let run = Lockgate::on(&emulator, &command).run();
    run.exits(0).says("promoted: shop--new carries 100 %");
    assert_eq!(
        emulator.weights(),
        [("shop--new".to_owned(), 100)].into(),
        "{run}"
    );
}

/// The app has revisions with the image's tag: the stable one, or another one without traffic.
#[test]
fn tag_that_a_revision_has_proves_nothing_so_a_rollout_deploys() {
    let other = json!({ "name": "shop--old", "image": NEW });
    for (stable, others) in [(NEW, vec![]), ("registry.example/shop:1", vec![other])] {
        let emulator = shop(|app| {
            app["revisions"][0]["image"] = json!(stable);
            let revisions = app["revisions"].as_array_mut().expect("revisions");
            revisions.extend(others);
        });
        let run = Lockgate::on(&emulator, &format!("rollout --image {NEW} --suffix new")).run();
        run.exits(0).says("promoted: shop--new carries 100 %");
        assert!(
            revisions(&emulator).contains(&"shop--new".to_owned()),
            "{run}"
        );
    }
}

#[test]
fn rollout_of_a_tag_that_is_run_again_deploys_again() {
    let emulator = shop(|_| {});
    let sha = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    for name in ["shop--4b825dc", "shop--4b825dc-2", "shop--4b825dc-3"] {
        let again = Lockgate::on(&emulator, &format!("rollout --image {NEW}"))
            .env("CI_COMMIT_SHA", sha)
            .run();
        again
            .exits(0)
            .says(&format!("promoted: {name} carries 100 %"));
    }
}

#[test]
fn list_that_cannot_be_read_once_does_not_make_a_whole_reference_a_part_of_one() {
    let emulator = shop(|_| {});
    emulator.fault(&json!({
        "on": { "method": "GET", "path-contains": "/containerApps/shop/revisions" }, "nth": 1,
        "what": { "refuse": { "status": 400, "code": "BadRequest", "message": "try again" } },
    }));
    let run = Lockgate::on(&emulator, &format!("plan --image {NEW}")).run();
    run.exits(0).says("would deploy it as shop--");
}

#[test]
fn chosen_name_of_a_revision_with_the_same_tag_is_refused_before_any_write() {
    let emulator = shop(|app| {
        let revisions = app["revisions"].as_array_mut().expect("revisions");
        revisions.push(json!({ "name": "shop--new", "image": NEW }));
    });
    for command in ["plan", "rollout"] {
        let command = format!("{command} --image {NEW} --suffix new");
        let run = Lockgate::on(&emulator, &command).run();
        run.exits(30)
            .says("shop--new exists already")
            .says("choose another suffix")
            .says("lockgate rollout --canary shop--new");
    }
    assert!(emulator.writes().is_empty());
}

#[test]
fn mode_is_not_switched_for_a_deployment_that_is_refused() {
    let emulator = shop(|app| app["revisions-mode"] = json!("Single"));
    let run = deploy(&emulator, "--ensure-multiple --container side");
    run.exits(30).says("no container side");
    assert!(emulator.writes().is_empty(), "{run}");
}

#[test]
fn creation_that_is_still_under_way_is_no_clash_of_names() {
    let emulator = shop(|_| {});
    emulator.fault(&json!({
        "on": { "method": "PATCH", "body-contains": "revisionSuffix" },
        "what": { "slow-operation": { "ms": 600_000 } },
    }));
    let run = deploy(&emulator, "");
    run.exits(20)
        .says("the platform is still creating shop--new")
        .says("`lockgate status --app shop");
    assert!(!run.stdout.contains("nothing differs"), "{run}");
    assert!(!run.stderr.contains("nothing differs"), "{run}");
}

#[test]
fn rollout_of_a_bad_image_restores_the_baseline() {
    let emulator = shop(|app| app["images"] = json!({ NEW: { "fails-from-weight": 25 } }));
    let run = Lockgate::on(&emulator, &format!("rollout --image {NEW} --suffix new")).run();
    run.exits(10).says("shop--new stays active without traffic");
    assert_untouched(&emulator, &run);
}

#[test]
fn rollout_of_an_image_that_never_starts_moves_no_traffic() {
    let emulator = shop(|app| app["images"] = json!({ NEW: { "crash-loop": true } }));
    let run = Lockgate::on(&emulator, &format!("rollout --image {NEW} --suffix new")).run();
    run.exits(12).says("restarted");
    assert_untouched(&emulator, &run);
}

#[test]
fn bad_gate_is_refused_before_any_deployment() {
    let emulator = shop(|_| {});
    let run = Lockgate::on(&emulator, &format!("rollout --image {NEW} --suffix new"))
        .gates("[gates.odd]\nplugin = \"./missing.wasm\"\n")
        .run();
    run.exits(2).says("missing.wasm");
    assert!(emulator.writes().is_empty(), "{run}");
}
