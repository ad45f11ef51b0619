//! The commands for authors of gates, besides cases: `check`, `bench`, `backtest` and `inspect`.

use serde_json::Value;

use crate::support::{Emulator, Finished, Lockgate, component};

fn gate(command: &str) -> Lockgate {
    Lockgate::at("http://127.0.0.1:9", &format!("gate {command}"))
}

#[test]
fn default_gate_passes_the_conformance_checks() {
    gate("check http-health")
        .run()
        .exits(0)
        .says("checks, 0 failed")
        .says("health check: gives a verdict where one is due")
        .says("12 of 16 calls gave a verdict");
}

#[test]
fn gate_that_never_gives_a_verdict_fails_the_conformance_checks() {
    let declines = "(i32.store8 (i32.const 2048) (i32.const 1))
        (i32.store (i32.const 2052) (i32.const 1024)) (i32.store (i32.const 2056) (i32.const 11))
        (i32.const 2048)";
    gate("check odd.wasm")
        .file("odd.wasm", &component::health(declines, "no evidence"))
        .run()
        .exits(1)
        .says("FAIL  health check: gives a verdict where one is due: none of 10 calls in a row gave a verdict")
        .says("the last one: the gate could not answer: no evidence")
        .says("--recording FILE")
        .says("0 of 25 calls gave a verdict");
    // A report with forgotten fields is none either.
    let forgotten = "(i32.store8 (i32.const 2048) (i32.const 0)) (i32.const 2048)";
    gate("check odd.wasm")
        .file("odd.wasm", &component::health(forgotten, ""))
        .run()
        .exits(1)
        .says("0 of 25 calls gave a verdict");
}

#[test]
fn gate_that_remembers_gives_its_verdict_at_a_later_call() {
    gate("check slow.wasm")
        .file("slow.wasm", &component::remembering())
        .run()
        .says("ok    health check: gives a verdict where one is due")
        .says("1 of 18 calls gave a verdict");
}

#[test]
fn conformance_checks_find_mistakes() {
    // Answers healthy without a request, whatever its settings.
    let careless = component::health(
        "(i32.store8 (i32.const 2048) (i32.const 0)) (i32.store8 (i32.const 2052) (i32.const 1))
         (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 4)) (i32.const 2048)",
        "fine",
    );
    gate("check odd.wasm")
        .file("odd.wasm", &careless)
        .run()
        .exits(1)
        .says("FAIL  describes itself: empty: version, summary");
    let trap = component::health("unreachable", "");
    gate("check odd.wasm")
        .file("odd.wasm", &trap)
        .run()
        .exits(1)
        .says("FAIL  health check: tolerates a refused connection")
        .says("the gate trapped");
    let straying = component::echoing("https://elsewhere.example/");
    gate("check odd.wasm")
        .file("odd.wasm", &straying)
        .run()
        .exits(1)
        .says(
            "it sends a request to https://elsewhere.example/, which is not among the origins of its description",
        );
}

#[test]
fn checks_with_a_recording_take_its_settings() {
    let emulator = Emulator::healthy();
    let picky =
        component::with_settings(r#"{"required":["path"],"properties":{"path":{"const":"/x"}}}"#);
    let lockgate = gate("record picky.wasm --settings {\"path\":\"/x\"} --out x.har --canary")
        .arg(emulator.app_url())
        .file("picky.wasm", &picky);
    lockgate.run().says("recorded ");
    let check = ["gate", "check", "picky.wasm"];
    lockgate.again(&check).exits(2).says("path");
    let run = lockgate.again(&[&check[..], &["--recording", "x.har"]].concat());
    run.says("checks, ");
}

const CASE: &str = "gate = \"http-health\"\nanswers = [{ url = \"/health\", times = 2 }]\nexpect = { verdict = \"pass\" }\n";

#[test]
fn bench_counts_repeatable_steps_and_compares_two_gates() {
    let measured = || {
        let run = gate("bench http-health odd.wasm --rounds 3 --output json")
            .file("one.case.toml", CASE.as_bytes())
            .file(
                "odd.wasm",
                &component::echoing("https://canary.example/health"),
            )
            .run();
        run.exits(0).events()
    };
    let (first, second) = (measured(), measured());
    let steps =
        |events: &[Value], which: usize| events[which]["detail"]["steps"].as_u64().expect("steps");
    assert!(steps(&first, 0) > steps(&first, 1), "{first:?}");
    assert_eq!(steps(&first, 0), steps(&second, 0));
    assert_eq!(first[0]["detail"]["requests"], 2);
    assert_eq!(first[0]["detail"]["passed"], 1);
    assert_eq!(
        first[1]["detail"]["passed"], 0,
        "another gate, another verdict"
    );
    gate("bench http-health http-health --rounds 1")
        .file("one.case.toml", CASE.as_bytes())
        .run()
        .exits(0)
        .says("ratio")
        .says("1.00");
}

/// Returns the folder of two runs: one was promoted, one was rolled back at 50 %.
fn past_runs() -> Lockgate {
    let good = Emulator::healthy();
    let rollout = Lockgate::on(&good, "rollout");
    rollout.run().ends(0, &good);
    let bad = Emulator::healthy();
    bad.behave("shop--v2", &serde_json::json!({ "fails-from-weight": 50 }));
    rollout
        .command()
        .env("LOCKGATE_ENDPOINT", bad.endpoint())
        .output()
        .expect("lockgate runs");
    rollout
}

fn backtest(past: &Lockgate, more: &[&str]) -> Finished {
    past.again(&[&["gate", "backtest", "http-health"], more].concat())
}

#[test]
fn unchanged_gate_agrees_with_past_runs() {
    let past = past_runs();
    let run = backtest(&past, &[]);
    run.exits(0)
        .says("of 2 runs")
        .says("      0  would have blocked");
}

#[test]
fn recorded_call_whose_settings_the_gate_does_not_take_is_left_out() {
    let past = past_runs();
    let odd = component::with_settings(r#"{"properties":{"other":{"default":1}}}"#);
    std::fs::write(past.folder().join("odd.wasm"), odd).expect("the file is written");
    past.again(&["gate", "backtest", "odd.wasm", "--name", "http-health"])
        .exits(2)
        .says("left out: ")
        .says("path: unknown setting (known here: `other`)")
        .says("give settings that the gate takes with --settings");
}

#[test]
fn stricter_gate_shows_what_it_would_have_caught_and_blocked() {
    let past = past_runs();
    let run = backtest(&past, &["--settings", "{\"expected-status\": \"204\"}"]);
    run.exits(1)
        .says("run promoted:")
        .says("run rolled back:")
        .says("recorded  pass")
        .says("now       fail");
    let caught = run
        .stdout
        .lines()
        .find(|line| line.contains("would have caught"));
    assert!(!caught.expect("a row").contains(" 0 "), "{run}");
}

#[test]
fn gate_that_sends_an_unrecorded_request_could_not_answer() {
    let past = past_runs();
    backtest(&past, &["--settings", "{\"path\": \"/healthz\"}"])
        .exits(1)
        .says("now       no answer: GET canary:/healthz was never recorded");
}

#[test]
fn folder_without_runs_is_an_error() {
    gate("backtest http-health --runs .")
        .run()
        .exits(2)
        .says("there is no recorded run in .");
    gate("backtest http-health --runs nowhere")
        .run()
        .exits(2)
        .says("cannot read the runs in nowhere");
}

#[test]
fn inspect_shows_a_table_of_settings_and_which_origins_are_granted() {
    gate("inspect http-health")
        .run()
        .exits(0)
        .says("worlds    health-check")
        .says("attempts                   a whole number from 1 to 100          The most attempts in one call.")
        .says("lockgate calls again. [default 3]")
        .says("latency.max-ms*            a number above 0")
        .says("compare.same-status-class  true or false");
    let declaring = component::declaring("https://api.example.com");
    gate("inspect odd.wasm")
        .file("odd.wasm", &declaring)
        .run()
        .exits(0)
        .says("https://api.example.com: declared, not granted");
    gate("inspect odd.wasm --allow https://*.example.com")
        .file("odd.wasm", &declaring)
        .run()
        .exits(0)
        .says("https://api.example.com: declared and granted");
}
