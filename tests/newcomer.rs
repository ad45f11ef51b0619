//! A rollout for which no gate is configured: what `compare` does beside `http-health`, and what is said where it cannot see.

use serde_json::json;

use crate::support::{CANARY, Emulator, Lockgate, TrafficGenerator};

/// The app alone, and times.
const APP: &str = r#"
[app]
name = "shop"
resource-group = "demo"
subscription = "00000000-0000-0000-0000-000000000000"

[rollout]
stages = [50, 100]
"#;

fn lockgate(emulator: &Emulator, command: &str, times: &str) -> Lockgate {
    Lockgate::on(emulator, command).config(&format!("{APP}{times}"))
}

/// The shop, as an identity sees it that may not read the counts.
fn without_counts() -> Emulator {
    let mut scenario = Emulator::shop();
    scenario["denied"] = json!(["Microsoft.Insights/metrics/read"]);
    Emulator::start(&scenario)
}

#[test]
fn stages_too_short_for_the_counts_are_said_at_the_end() {
    let emulator = Emulator::start(&Emulator::shop());
    let run = lockgate(&emulator, "rollout", "bake = \"100ms\"").run();
    run.ends(0, &emulator)
        .says("gates: http-health (health check)\n")
        .says("compare saw nothing: a bake of 8m would let it\n");
    assert!(!run.stdout.contains("advisory"), "{run}");
}

#[test]
fn stages_that_are_long_enough_have_compare_beside_them() {
    let emulator = Emulator::start(&Emulator::shop());
    let plan = lockgate(&emulator, "plan", "bake = \"8m\"").run();
    plan.exits(0)
        .says("  compare (health check; advisory: asked, decides nothing): compare ")
        .says("evidence compare: a canary within tolerance would be rolled back with a chance of at most 1 %")
        .says("a rollout could begin");
    // What compare says decides nothing, and stands in the report.
    emulator.behave(CANARY, &json!({ "fails-from-weight": 0 }));
    let run = lockgate(&emulator, "rollout", "bake = \"8m\"").run();
    run.ends(10, &emulator)
        .says("gates: compare (health check; advisory: asked, decides nothing), http-health (health check)")
        .says("evidence compare: a canary within tolerance would be rolled back with a chance of at most 1 %")
        .says("failures come in bunches of at most `burst`")
        .says("advisory compare ");
}

#[test]
fn profile_makes_compare_decide() {
    let emulator = Emulator::start(&Emulator::shop());
    let plan = lockgate(&emulator, "plan", "profile = \"platform-counts\"").run();
    plan.exits(0)
        .says("  compare (health check): compare ")
        .says("bakes 8 min")
        .says("a gate may hold for 20 min");
}

#[test]
fn without_the_role_compare_is_left_out_with_one_note() {
    let emulator = without_counts();
    let plan = lockgate(&emulator, "plan", "bake = \"8m\"").run();
    plan.exits(0)
        .says("warning  the identity lacks Microsoft.Insights/metrics/read")
        .says("Monitoring Reader");
    assert!(!plan.stdout.contains("  compare ("), "{plan}");
    emulator.behave(CANARY, &json!({ "fails-from-weight": 50 }));
    let times = "bake = \"8m\"\ncheck-interval = \"100ms\"";
    let run = lockgate(&emulator, "rollout", times).run();
    run.ends(10, &emulator).says(
        "compare saw nothing: the identity lacks Microsoft.Insights/metrics/read, which the role Monitoring Reader has\n",
    );
}

#[test]
fn gate_that_decides_by_counts_is_refused_without_the_role() {
    let emulator = without_counts();
    for command in ["plan", "rollout"] {
        let run = lockgate(&emulator, command, "profile = \"platform-counts\"").run();
        run.exits(30)
            .says("the identity lacks Microsoft.Insights/metrics/read, which is for gates that ask for the platform's")
            .says("and one of them decides");
    }
    assert!(emulator.writes().is_empty());
}

/// No schema compares two metrics, or a metric with its source.
#[test]
fn settings_of_compare_that_contradict_each_other_are_refused_before_anything_is_sent() {
    let emulator = Emulator::start(&Emulator::shop());
    for (metrics, says) in [
        (
            "[{ name = \"slow\", slower-than-ms = 100 }]",
            "write metrics with `failures` alone: the platform's counts have no times and no counters",
        ),
        (
            "[{ name = \"errors\" }, { name = \"errors\" }]",
            "gates.compare: settings: `metrics[1].name` is \"errors\": write a name that no other metric has",
        ),
    ] {
        let gates = format!("[gates.compare.settings]\nmetrics = {metrics}\n");
        let run = Lockgate::on(&emulator, "rollout").gates(&gates).run();
        run.exits(2).says(says);
    }
    assert!(emulator.requests().is_empty());
}

#[test]
fn plan_reckons_with_the_traffic_that_the_app_has() {
    let emulator = Emulator::start(&Emulator::shop_by_the_second());
    let times = "bake = \"8m\"\n[azure]\nmetrics-lag = \"0s\"\nmetrics-slice = \"1s\"";
    let plan = lockgate(&emulator, "plan", times);
    let without = plan.run();
    without.exits(0).says("the app's traffic is not known");
    let traffic = TrafficGenerator::on(&emulator);
    // Each look takes a while, and the first whole second with requests is enough.
    let seen = (0..100).map(|_| plan.again(&["plan"])).find(|run| {
        let all = &run.stdout;
        all.contains("requests a second")
    });
    drop(traffic);
    let seen = seen.expect("the emulator counts what it serves");
    seen.exits(0)
        .says("errors 0.2 → 5 % after ")
        .says("suffice");
    let events = plan.again(&["plan", "--output", "json"]).events();
    let judge = &events[0]["power"][0];
    assert_eq!(judge["gate"], "compare");
    assert!(judge["requests-per-second"].as_f64().expect("a rate") > 0.0);
}
