//! `lockgate gate backtest` says for each past run when the gate would have stopped it: the gate goes on with the state that
//! it returned itself, call by call.

use serde_json::Value;

use crate::support::{CANARY, Emulator, Finished, Lockgate, TrafficGenerator, component};

/// A health check that counts its calls in the length of its state, and answers this from its `nth` call on; 0 is unknown,
/// 2 unhealthy. Before that it is healthy.
fn tiring(nth: u32, answer: u32) -> Vec<u8> {
    // Of the context: the length of the state at 124. Of the report at 2052: the state's address and length at 2072 and 2076.
    let check = format!(
        "(local $calls i32)
        (local.set $calls (i32.add (i32.const 1) (i32.load offset=124 (local.get 0))))
        (i32.store8 (i32.const 2048) (i32.const 0))
        (i32.store8 (i32.const 2052) (select (i32.const {answer}) (i32.const 1)
            (i32.ge_u (local.get $calls) (i32.const {nth}))))
        (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 8))
        (i32.store (i32.const 2072) (i32.const 1024)) (i32.store (i32.const 2076) (local.get $calls))
        (i32.const 2048)"
    );
    component::health(&check, "it tires")
}

/// A health check that is always healthy and keeps no state.
fn steady() -> Vec<u8> {
    const CHECK: &str = "(i32.store8 (i32.const 2048) (i32.const 0)) (i32.store8 (i32.const 2052) (i32.const 1))
        (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 4)) (i32.const 2048)";
    component::health(CHECK, "fine")
}

/// Two runs of a gate that keeps no state and passes: one was promoted, one was rolled back at 50 % by another gate.
fn past_runs() -> Lockgate {
    let config = "\n[gates.steady]\nplugin = \"./steady.wasm\"\n\n[gates.http-health]\n";
    let good = Emulator::healthy();
    let rollout = Lockgate::on(&good, "rollout")
        .gates(config)
        .file("steady.wasm", &steady());
    rollout.run().ends(0, &good);
    let bad = Emulator::healthy();
    bad.behave(CANARY, &serde_json::json!({ "fails-from-weight": 50 }));
    let mut second = rollout.command();
    second.env("LOCKGATE_ENDPOINT", bad.endpoint());
    second.output().expect("lockgate runs");
    rollout
}

fn backtest(past: &Lockgate, component: &[u8], more: &[&str]) -> Finished {
    std::fs::write(past.folder().join("new.wasm"), component).expect("written");
    past.again(
        &[
            &["gate", "backtest", "./new.wasm", "--name", "steady"],
            more,
        ]
        .concat(),
    )
}

/// Returns what the gate would have done in each run, oldest first.
fn runs(finished: &Finished) -> Vec<Value> {
    let mut events = finished.events();
    events.retain(|event| event["event"] == "run-backtested");
    events
}

#[test]
fn gate_goes_on_with_its_own_state_and_stops_each_run_where_it_would_have() {
    let past = past_runs();
    // The first question is put before any traffic, the others once the canary has some.
    let finished = backtest(&past, &tiring(2, 2), &["--output", "json"]);
    let found = runs(finished.exits(1));
    assert_eq!(found.len(), 2, "{finished}");
    for (run, ended) in found.iter().zip(["promoted", "rolled back"]) {
        assert_eq!(run["detail"]["run-ended"], ended, "{run}");
        assert_eq!(run["detail"]["would-have"], "rolled back", "{run}");
        assert_eq!(run["detail"]["reason"], "it tires", "{run}");
        let at = &run["detail"]["at"];
        assert_eq!(
            (&at["stage"], &at["weight"]),
            (&1.into(), &10.into()),
            "{run}"
        );
        assert!(at["after-s"].as_f64().is_some_and(|after| after >= 0.0));
    }
    backtest(&past, &tiring(2, 2), &[])
        .exits(1)
        .says("(promoted), steady: would have rolled back at stage 1 of 4, weight 10 %, ")
        .says("(rolled back), steady: would have rolled back at stage 1 of 4, weight 10 %, ");
    backtest(&past, &tiring(1, 2), &[])
        .exits(1)
        .says("would have rolled back before the canary had any traffic: it tires");
    backtest(&past, &tiring(10_000, 2), &[])
        .exits(0)
        .says("steady: would not have stopped it, in ");
}

#[test]
fn gate_that_asks_for_more_time_would_have_held_the_run() {
    let past = past_runs();
    backtest(&past, &tiring(1, 0), &[])
        .exits(1)
        .says("would have held the run before 10 %, before the canary had any traffic: it tires");
}

#[test]
fn run_whose_responses_are_missing_is_not_judged() {
    let past = past_runs();
    let mut arguments = vec!["gate", "backtest", "http-health"];
    arguments.extend(["--settings", r#"{"path": "/healthz"}"#]);
    past.again(&arguments)
        .exits(1)
        .says(
            "http-health: what it would have done is not known before the canary had any traffic: ",
        )
        .says("GET canary:/healthz was never recorded");
}

#[test]
fn promotion_gate_gets_the_report_that_its_own_health_check_gives_now() {
    let emulator = Emulator::healthy();
    let rollout = Lockgate::on(&emulator, "rollout")
        .gates("\n[gates.steady]\nplugin = \"./steady.wasm\"\n")
        .file("steady.wasm", &component::both());
    rollout.run().ends(0, &emulator);
    // Both bodies begin with what is not an error. The health check is healthy, as `it tires`; the promotion gate rolls back
    // with the summary of the first report, which is at offset 12 of it.
    const CHECK: &str = "(i32.store8 (i32.const 2048) (i32.const 0)) (i32.store8 (i32.const 2052) (i32.const 1))
        (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 8)) (i32.const 2048)";
    const DECIDE: &str = "(local $report i32)
        (local.set $report (i32.load offset=128 (local.get 0)))
        (i32.store8 (i32.const 2048) (i32.const 0)) (i32.store8 (i32.const 2052) (i32.const 2))
        (i32.store (i32.const 2056) (i32.load offset=12 (local.get $report)))
        (i32.store (i32.const 2060) (i32.load offset=16 (local.get $report))) (i32.const 2048)";
    let component = component::both_with(CHECK, DECIDE, "it tires");
    backtest(&rollout, &component, &[])
        .exits(1)
        .says("steady: would have rolled back before the canary had any traffic: it tires");
}

/// Two stages, whose gate judges the canary by what it serves.
const COMPARED: &str = r#"
[app]
name = "shop"
resource-group = "demo"
subscription = "00000000-0000-0000-0000-000000000000"

[azure]
metrics-lag = "0s"
metrics-slice = "1s"

[rollout]
stages = [50, 100]
bake = "5s"
check-interval = "500ms"
retry-interval = "200ms"
gate-deadline = "60s"

[gates.compare]
settings = { warm-up-s = 2, min-requests = 300, metrics = [
  { name = "errors", harm = 0.5, tolerance = { ratio = 1, difference = 0.4 } },
] }
"#;

#[test]
fn tolerance_that_let_a_bad_canary_pass_is_tried_again_on_the_counts_of_its_run() {
    let emulator = Emulator::start(&Emulator::shop_by_the_second());
    emulator.behave(CANARY, &serde_json::json!({ "fails-share": 0.08 }));
    let traffic = TrafficGenerator::on(&emulator);
    let rollout = Lockgate::on(&emulator, "rollout").config(COMPARED);
    rollout.run().ends(0, &emulator);
    drop(traffic);
    let backtest =
        |more: &[&str]| rollout.again(&[&["gate", "backtest", "compare"], more].concat());
    backtest(&[])
        .exits(0)
        .says("(promoted), compare: would not have stopped it, in ");
    backtest(&["--settings", r#"{"warm-up-s": 2}"#])
        .exits(1)
        .says("(promoted), compare: would have rolled back at stage 1 of 2, weight 50 %, ")
        .says(" s after the shift: errors: canary ");
}
