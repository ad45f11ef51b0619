//! The nineteen defects of a usual canary script around `az`, each as the situation in which it failed. Every defect was
//! seen in a script of real deployments.

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE, component};

fn rollout(emulator: &Emulator, flags: &str) -> Finished {
    Lockgate::on(emulator, &format!("rollout {flags}")).run()
}

fn healthy_with(change: impl FnOnce(&mut Value)) -> Emulator {
    let mut scenario = Emulator::shop();
    change(&mut scenario["apps"][0]);
    Emulator::start(&scenario)
}

fn is_active(emulator: &Emulator, revision: &str) -> bool {
    let snapshot = emulator.snapshot();
    let revisions = snapshot["apps"][0]["revisions"]
        .as_array()
        .expect("revisions");
    let found = revisions.iter().find(|found| found["name"] == revision);
    found.expect("the revision")["active"] == true
}

/// The script looked for the image one level too high and never found its canary.
#[test]
fn defect_01_canary_is_found_by_its_image() {
    let image = "registry.example/shop@sha256:abab";
    let emulator = healthy_with(|app| app["revisions"][1]["image"] = json!(image));
    rollout(&emulator, &format!("--image {image}")).ends(0, &emulator);
}

/// The shell's quoting broke a query. The script read "nothing carries 100 %" as "first deployment", and sent all traffic
/// to the canary at once.
#[test]
fn defect_02_app_with_shared_traffic_is_not_a_first_deployment() {
    let shared = json!([
        { "revision": STABLE, "weight": 50 },
        { "revision": CANARY, "weight": 50 },
    ]);
    let emulator = healthy_with(|app| app["traffic"] = shared);
    let run = rollout(&emulator, "");
    run.exits(30).says("share the traffic");
    assert!(emulator.writes().is_empty(), "{run}");
}

/// The command that should have moved the weights did not exist.
#[cfg(unix)]
#[test]
fn defect_03_weights_are_written_and_requests_follow_them() {
    let emulator = Emulator::healthy();
    let lockgate =
        Lockgate::on(&emulator, "rollout").replacing("bake = \"300ms\"", "bake = \"60s\"");
    let mut running = lockgate.start();
    let _stdout = running.read_until(|line| line.contains("read back"));
    let client = reqwest::blocking::Client::new();
    let by_canary = (0..100)
        .filter(|_| {
            let answer = client.get(emulator.app_url()).send().expect("an answer");
            answer.text().expect("a body").contains(CANARY)
        })
        .count();
    assert_eq!(by_canary, 10, "of 100 requests at 10 %");
    running.signal("INT");
    running.finish().ends(11, &emulator);
}

/// With traffic on `latestRevision` the deployment itself sent all traffic to the canary, and the script called the canary
/// "already stable".
#[test]
fn defect_04_canary_with_all_traffic_through_latest_revision_is_not_stable() {
    let latest = json!([{ "latest-revision": true, "weight": 100 }]);
    let emulator = healthy_with(|app| app["traffic"] = latest);
    let run = rollout(&emulator, &format!("--canary {CANARY}"));
    run.exits(30)
        .says("latestRevision")
        .says("already carries 100 %");
    assert!(emulator.writes().is_empty(), "{run}");
}

/// When a gate failed at 100 %, the script found no stable revision with weight, and deactivated the only revision that
/// served.
#[test]
fn defect_05_failure_at_the_last_stage_restores_the_baseline_and_deactivates_nothing() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 100 }));
    let run = rollout(&emulator, "");
    run.ends(10, &emulator);
    assert!(
        is_active(&emulator, STABLE) && is_active(&emulator, CANARY),
        "{run}"
    );
}

/// The script built the revision's host name itself, and TLS refused the name.
#[test]
fn defect_06_gates_use_the_host_that_the_platform_names() {
    let emulator = Emulator::healthy();
    let plan = Lockgate::on(&emulator, "plan --output json").run();
    plan.exits(0);
    let url = plan.events()[0]["inspection"]["canary"]["url"].clone();
    let url = url.as_str().expect("a URL");
    assert_eq!(url, emulator.revision_url(CANARY), "{plan}");
    let answer = reqwest::blocking::get(url).expect("an answer").text();
    assert!(answer.expect("a body").contains(CANARY), "{url}");
}

/// The script read an error of `az` as an empty answer: "no stable revision".
#[test]
fn defect_07_failed_read_is_not_an_empty_app() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let read = json!({ "method": "GET", "path-contains": "containerApps/shop" });
    emulator.fault(&json!({
        "on": read, "nth": 12, "times": 3, "what": { "refuse": { "status": 503 } },
    }));
    let run = rollout(&emulator, "");
    assert!(matches!(run.code, Some(10 | 12)), "{run}");
    assert_eq!(
        emulator.weights(),
        [(STABLE.to_owned(), 100)].into(),
        "{run}"
    );
    assert!(is_active(&emulator, CANARY), "{run}");
}

/// A failed shift ended the script in the middle of a split.
#[test]
fn defect_08_shift_that_is_refused_is_rolled_back() {
    for (status, code) in [(409, "ContainerAppSecretInvalid"), (400, "InvalidTraffic")] {
        let emulator = Emulator::healthy();
        let what = json!({ "refuse": { "status": status, "code": code } });
        emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": 3, "what": what }));
        rollout(&emulator, "").ends(12, &emulator).says(code);
    }
}

/// A newer tag cancelled the run in the middle of a split, and two tags ran at once.
#[cfg(unix)]
#[test]
fn defect_09_cancelled_run_rolls_back_and_a_second_run_is_refused_meanwhile() {
    let emulator = Emulator::healthy();
    let lockgate =
        Lockgate::on(&emulator, "rollout").replacing("bake = \"300ms\"", "bake = \"60s\"");
    let mut running = lockgate.start();
    let _stdout = running.read_until(|line| line.contains("read back"));
    let writes = emulator.writes().len();
    let second = rollout(&emulator, "");
    second.exits(30).says("may still be running");
    assert_eq!(emulator.writes().len(), writes, "{second}");
    running.signal("TERM");
    running.finish().ends(11, &emulator);
}

/// Two revisions with the same image became one argument of two lines.
#[test]
fn defect_10_image_of_several_revisions_is_refused_with_their_names() {
    let emulator = healthy_with(|app| {
        let image = "registry.example/shop@sha256:abab";
        app["revisions"][1]["image"] = json!(image);
        let revisions = app["revisions"].as_array_mut().expect("revisions");
        revisions.push(json!({ "name": "shop--v3", "image": image }));
    });
    let run = rollout(&emulator, "--image registry.example/shop@sha256:abab");
    run.ends(30, &emulator).says(CANARY).says("shop--v3");
}

/// The script guessed the stable revision from the weights at the time of the rollback.
#[test]
fn defect_11_rollback_restores_the_traffic_of_the_start() {
    let emulator = healthy_with(|app| {
        let revisions = app["revisions"].as_array_mut().expect("revisions");
        revisions.insert(0, json!({ "name": "shop--v0" }));
        app["traffic"] = json!([
            { "revision": STABLE, "weight": 100, "label": "blue" },
            { "revision": "shop--v0", "weight": 0, "label": "old" },
        ]);
    });
    let before = emulator.snapshot()["apps"][0]["traffic"].clone();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 50 }));
    let run = rollout(&emulator, "");
    run.ends(10, &emulator);
    assert_eq!(emulator.snapshot()["apps"][0]["traffic"], before, "{run}");
}

/// In mode Single the deployment moved all traffic before the script began.
#[test]
fn defect_12_app_in_single_mode_is_refused() {
    let emulator = healthy_with(|app| app["revisions-mode"] = json!("Single"));
    let run = rollout(&emulator, "");
    run.exits(30).says("Single");
    assert!(emulator.writes().is_empty(), "{run}");
}

/// The script took the deployment's "Succeeded" for a running replica.
#[test]
fn defect_13_revision_whose_container_crashes_is_not_ready() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "crash-loop": true }));
    let run = rollout(&emulator, "");
    run.ends(12, &emulator).says("restarted");
    assert!(emulator.writes().is_empty(), "{run}");
}

/// One 200 in five attempts was a pass.
#[test]
fn defect_14_four_failures_in_five_do_not_pass() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "error-share": 0.8 }));
    rollout(&emulator, "").ends(10, &emulator);
}

/// The script judged a revision at zero replicas by its start-up time.
#[test]
fn defect_15_revision_at_zero_replicas_is_started_before_it_is_judged() {
    let emulator = healthy_with(|app| {
        app["revisions"][1]["replicas"] = json!(0);
        app["revisions"][1]["min-replicas"] = json!(0);
    });
    rollout(&emulator, "").ends(0, &emulator);
}

/// A host that never answered held the job for six hours.
#[test]
fn defect_16_host_that_never_answers_ends_the_run_in_time() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "latency-ms": 600_000 }));
    let run = rollout(&emulator, "");
    assert!(matches!(run.code, Some(10 | 12)), "{run}");
    assert!(emulator.writes().is_empty(), "{run}");
}

/// The replaced revision ran, and cost money, for ever.
#[test]
fn defect_17_replaced_revision_is_deactivated_with_retire() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout")
        .replacing(
            "bake = \"300ms\"",
            "bake = \"300ms\"\nretire = true\nretire-after = \"100ms\"",
        )
        .run();
    run.ends(0, &emulator);
    assert!(!is_active(&emulator, STABLE), "{run}");
}

/// The script identified the canary by a movable tag, of the first container only.
#[test]
fn defect_18_canary_is_found_by_the_digest_of_its_image() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let emulator = healthy_with(|app| {
        app["revisions"][1]["image"] = json!(format!("registry.example/shop@{digest}"));
    });
    rollout(
        &emulator,
        &format!("--image registry.example/shop@{digest}"),
    )
    .ends(0, &emulator);
}

/// The script kept no trace of its decisions and their reasons.
#[test]
fn defect_19_journal_holds_each_decision_with_its_reason() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout")
        .gates("[gates.errors]\nplugin = \"./errors.wasm\"\n")
        .file("errors.wasm", &component::deciding(2, "errors doubled"));
    lockgate.run().ends(10, &emulator);
    let runs = lockgate.folder().join(".lockgate/runs");
    let run = std::fs::read_dir(runs)
        .expect("runs")
        .next()
        .expect("one run");
    let path = run.expect("a folder").path().join("journal.jsonl");
    let journal = std::fs::read_to_string(path).expect("a journal");
    assert!(journal.contains("errors doubled"), "{journal}");
}
