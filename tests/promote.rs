//! A good canary is promoted: the writes, the journal, the outputs, and the replaced revision.

use serde_json::json;

use crate::support::{CANARY, Emulator, Lockgate, STABLE};

#[test]
fn good_canary_is_promoted_through_exactly_the_planned_weights() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout").run();
    run.ends(0, &emulator)
        .says("promoted: shop--v2 carries 100 %");
    let weights: Vec<u64> = emulator
        .writes()
        .iter()
        .map(|body| weight_of(body, CANARY))
        .collect();
    // The last write promotes: it keeps the weights and removes the lease.
    assert_eq!(weights, [10, 25, 50, 100, 100], "{run}");
    assert_eq!(emulator.lease(), [].into());
}

#[test]
fn writes_contain_the_whole_traffic_array_and_the_tags_only() {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["tags"] = json!({ "team": "checkout" });
    scenario["apps"][0]["traffic"] = json!([
        { "revision": STABLE, "weight": 100, "label": "live" },
        { "revision": CANARY, "weight": 0, "label": "next" },
    ]);
    let emulator = Emulator::start(&scenario);
    Lockgate::on(&emulator, "rollout").run().ends(0, &emulator);
    for body in emulator.writes() {
        let keys = |value: &serde_json::Value| -> Vec<String> {
            value
                .as_object()
                .expect("an object")
                .keys()
                .cloned()
                .collect()
        };
        let mut top = keys(&body);
        top.sort();
        assert_eq!(top, ["properties", "tags"]);
        assert_eq!(keys(&body["properties"]), ["configuration"]);
        assert_eq!(keys(&body["properties"]["configuration"]), ["ingress"]);
        assert_eq!(
            keys(&body["properties"]["configuration"]["ingress"]),
            ["traffic"]
        );
        assert_eq!(body["tags"]["team"], "checkout");
        let traffic = &body["properties"]["configuration"]["ingress"]["traffic"];
        let labels: Vec<_> = (0..2).map(|i| traffic[i]["label"].clone()).collect();
        assert_eq!(labels, ["live", "next"], "labels are kept: {body}");
        assert!(
            !body.to_string().contains("latestRevision\":true"),
            "{body}"
        );
    }
    let mut tags = emulator.snapshot()["apps"][0]["tags"].clone();
    let replaced = tags
        .as_object_mut()
        .and_then(|tags| tags.remove("lockgate-replaced"));
    assert!(replaced.is_some(), "what an undo needs: {tags}");
    assert_eq!(tags, json!({ "team": "checkout" }));
}

#[test]
fn every_write_is_a_patch() {
    let emulator = Emulator::healthy();
    Lockgate::on(&emulator, "rollout").run().ends(0, &emulator);
    for request in emulator.requests() {
        let method = request["method"].as_str().unwrap_or_default();
        assert!(matches!(method, "GET" | "PATCH"), "{request}");
    }
}

#[test]
fn stages_of_the_command_line_replace_those_of_the_file() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout --stages 40,100").run();
    run.ends(0, &emulator);
    let weights: Vec<u64> = emulator
        .writes()
        .iter()
        .map(|w| weight_of(w, CANARY))
        .collect();
    assert_eq!(weights, [40, 100, 100], "{run}");
}

/// The app `shop` whose canary runs an image that is named by its digest.
fn with_digest(image: &str) -> Emulator {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["revisions"][1]["image"] = json!(image);
    Emulator::start(&scenario)
}

#[test]
fn canary_is_found_by_the_digest_of_its_image() {
    let emulator = with_digest("registry.example/shop:2@sha256:abab");
    Lockgate::on(
        &emulator,
        "rollout --image registry.example/shop@sha256:abab",
    )
    .run()
    .ends(0, &emulator);
}

#[test]
fn digest_that_carries_everything_is_promoted_already() {
    let emulator = with_digest("registry.example/shop@sha256:abab");
    let image = "--image registry.example/shop@sha256:abab";
    let lockgate = Lockgate::on(&emulator, &format!("rollout {image}"));
    lockgate.run().ends(0, &emulator);
    let writes = emulator.writes().len();
    let again = lockgate.run();
    again
        .exits(0)
        .says("promoted already: shop--v2 runs the image, by its digest, and carries 100 %");
    let plan = Lockgate::on(&emulator, &format!("plan {image}")).run();
    plan.exits(0).says("a rollout would have nothing to do");
    let json = Lockgate::on(&emulator, &format!("rollout {image} --output json")).run();
    let last = json.events().pop().expect("an event");
    assert_eq!(last["event"], "already-promoted", "{json}");
    assert_eq!(last["detail"]["exit-code"], 0, "{json}");
    assert_eq!(emulator.writes().len(), writes, "{again}");
    // A name may be a mistake.
    let named = Lockgate::on(&emulator, "rollout --canary shop--v2").run();
    named.exits(30).says("nothing to roll out");
}

#[test]
fn output_as_json_is_one_event_a_line_and_ends_with_the_exit_code() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "rollout --output json").run();
    run.ends(0, &emulator);
    let events = run.events();
    assert_eq!(events[0]["event"], "began");
    let last = events.last().expect("there are events");
    assert_eq!(last["event"], "ended");
    assert_eq!(last["detail"]["exit-code"], 0);
    assert!(events.iter().any(|event| event["event"] == "answered"));
}

#[test]
fn shift_is_four_calls_of_the_platform() {
    let emulator = Emulator::healthy();
    // No look of the watch falls into the run.
    Lockgate::on(&emulator, "rollout")
        .replacing(
            "bake = \"300ms\"",
            "bake = \"300ms\"\nwatch-interval = \"1m\"",
        )
        .run()
        .ends(0, &emulator);
    let calls: Vec<String> = emulator
        .requests()
        .iter()
        .map(|request| {
            let path = request["path"].as_str().expect("a path");
            let what = path.rsplit('/').next().unwrap_or_default();
            let is_poll = path.contains("OperationStatuses");
            let what = if is_poll { "operation" } else { what };
            format!("{} {what}", request["method"].as_str().expect("a method"))
        })
        .collect();
    let shifts: Vec<&[String]> = calls.split(|call| call == "PATCH shop").collect();
    let [_, between @ .., _] = &shifts[..] else {
        panic!("no writes: {calls:?}")
    };
    assert_eq!(between.len(), 4, "four stages and the removal of the lease");
    for between in between {
        // A write, its operation (polled more often where it takes longer), the read that shows it, and the comparison
        // before the next write.
        let mut between = between.to_vec();
        between.dedup_by(|a, b| a == b && a == "GET operation");
        assert_eq!(between, ["GET operation", "GET shop", "GET shop"]);
    }
}

#[test]
fn journal_has_one_line_for_each_event() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout");
    lockgate.run().ends(0, &emulator);
    let runs = lockgate.folder().join(".lockgate/runs");
    let run = std::fs::read_dir(runs)
        .expect("runs")
        .next()
        .expect("one run");
    let path = run.expect("a folder").path().join("journal.jsonl");
    let text = std::fs::read_to_string(path).expect("a journal");
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["schema"], "lockgate.event/1");
    assert_eq!(lines[0]["event"], "began");
    assert_eq!(lines[1]["event"], "inspected");
    let reads = lines.iter().filter(|line| line["event"] == "observed");
    assert!(reads.count() >= 5, "every shift is read back");
}

#[test]
fn plan_shows_the_rollout_and_writes_nothing() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "plan").run();
    run.exits(0)
        .says("stable   shop--v1")
        .says("canary   shop--v2")
        .says("is the newest active revision without traffic")
        .says("http-health")
        .says("nothing was written");
    assert!(emulator.writes().is_empty());
}

#[test]
fn status_shows_traffic_and_revisions_of_an_app_without_a_lease() {
    let emulator = Emulator::healthy();
    let run = Lockgate::on(&emulator, "status").run();
    run.exits(0)
        .says("shop--v1 100 %")
        .says("no lease")
        .says("registry.example/shop:2");
    assert!(emulator.writes().is_empty());
}

/// Returns the weight of a revision in a write.
fn weight_of(body: &serde_json::Value, revision: &str) -> u64 {
    let traffic = body["properties"]["configuration"]["ingress"]["traffic"].as_array();
    let shares = traffic.expect("a whole traffic array").iter();
    shares
        .filter(|share| share["revisionName"] == revision)
        .map(|share| share["weight"].as_u64().expect("a number"))
        .sum()
}

/// Returns whether a revision of `shop` is active.
fn is_active(emulator: &Emulator, revision: &str) -> bool {
    let snapshot = emulator.snapshot();
    let revisions = snapshot["apps"][0]["revisions"]
        .as_array()
        .expect("revisions")
        .clone();
    let found = revisions.iter().find(|found| found["name"] == revision);
    found.expect("the revision")["active"]
        .as_bool()
        .expect("a flag")
}

fn retiring(emulator: &Emulator) -> Lockgate {
    Lockgate::on(emulator, "rollout").replacing(
        "bake = \"300ms\"",
        "bake = \"300ms\"\nretire = true\nretire-after = \"200ms\"",
    )
}

#[test]
fn replaced_revision_is_deactivated_only_with_retire() {
    let emulator = Emulator::healthy();
    Lockgate::on(&emulator, "rollout").run().ends(0, &emulator);
    assert!(is_active(&emulator, STABLE));
    let emulator = Emulator::healthy();
    let run = retiring(&emulator).run();
    run.ends(0, &emulator).says("shop--v1 is deactivated");
    assert!(!is_active(&emulator, STABLE), "{run}");
    assert!(is_active(&emulator, CANARY), "{run}");
}

#[test]
fn rollback_deactivates_no_revision() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let run = retiring(&emulator).run();
    run.ends(10, &emulator)
        .says("shop--v2 stays active without traffic");
    assert!(is_active(&emulator, STABLE), "{run}");
    assert!(is_active(&emulator, CANARY), "{run}");
}
