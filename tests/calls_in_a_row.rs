//! Cases with several calls in a row, and `gate run` as one call after the other: state, time, reports and responses go on
//! from call to call.

use crate::support::{CANARY, Emulator, Finished, Lockgate, component};

fn tested(case: &str) -> Lockgate {
    Lockgate::at("http://127.0.0.1:9", "gate test")
        .file("one.case.toml", case.as_bytes())
        .file("remembering.wasm", &component::remembering())
        .file("both.wasm", &component::both())
}

/// Healthy at the third call, a minute after the canary got its weight.
const THREE: &str = r#"
gate = "./remembering.wasm"
about = "the gate takes its time"

[context]
weight = 10
stages = 2

[[call]]
expect = { verdict = "hold" }

[[call]]
after = "20s"
expect = { verdict = "hold", reason-contains = "it counts" }

[[call]]
after = "40s"
expect = { verdict = "pass" }
"#;

#[test]
fn state_and_time_go_on_from_call_to_call() {
    tested(THREE).run().exits(0).says("1 passed, 0 failed");
    // A second too early, the gate still holds.
    let early = THREE.replace("40s", "39s");
    tested(&early)
        .run()
        .exits(1)
        .says("call 3: verdict: expected pass, got hold: it counts");
}

#[test]
fn new_weight_begins_at_its_call() {
    let raised = THREE.replace(
        "after = \"40s\"",
        "after = \"40s\"\ncontext = { weight = 50, stage = 1 }",
    );
    tested(&raised)
        .run()
        .exits(1)
        .says("call 3: verdict: expected pass, got hold");
}

#[test]
fn state_of_a_call_may_be_set() {
    let set = THREE.replace(
        "after = \"20s\"",
        "after = \"60s\"\ncontext = { state = \"12\" }",
    );
    tested(&set)
        .run()
        .exits(1)
        .says("call 2: verdict: expected hold, got pass");
}

#[test]
fn report_of_a_health_check_reaches_the_promotion_gate_of_the_same_case() {
    let case = r#"
        gate = "./both.wasm"
        [[call]]
        kind = "health-check"
        expect = { verdict = "pass" }
        [[call]]
        kind = "promotion-gate"
        reports = [{ gate = "other", verdict = "fail", reason = "slow" }]
        expect = { verdict = "pass" }
    "#;
    tested(case).run().exits(0);
    let unnamed = case.replacen("kind = \"health-check\"", "", 1);
    tested(&unnamed)
        .run()
        .exits(2)
        .says("choose one with `kind`");
}

#[test]
fn responses_that_a_call_leaves_are_for_the_next_one() {
    let case = r#"
        gate = "http-health"
        settings = { attempts = 1, successes-in-a-row = 1, failures-in-a-row = 1 }
        strict = true
        answers = [{ url = "/health", times = 2 }]
        [[call]]
        answers = [{ url = "/health", status = 503 }]
        expect = { verdict = "fail" }
        [[call]]
        expect = { verdict = "pass" }
        [[call]]
        expect = { verdict = "pass" }
    "#;
    tested(case).run().exits(0);
    let too_many = case.replace("times = 2", "times = 3");
    tested(&too_many)
        .run()
        .exits(1)
        .says("call 3: entries: expected a request for each");
    let too_few = case.replace("times = 2", "times = 1");
    tested(&too_few)
        .run()
        .exits(1)
        .says("call 3: recording: expected a response");
}

#[test]
fn blessing_writes_the_result_of_each_call() {
    let unblessed = THREE
        .replace("expect = { verdict = \"pass\" }", "")
        .replace("40s", "50s");
    let command = tested(&unblessed);
    command.run().exits(1);
    command
        .again(&["gate", "test", "--bless"])
        .exits(0)
        .says("blessed");
    command.again(&["gate", "test"]).exits(0);
    let text = std::fs::read_to_string(command.folder().join("one.case.toml")).unwrap();
    assert_eq!(text.matches("verdict = \"hold\"").count(), 2, "{text}");
    assert_eq!(text.matches("verdict = \"pass\"").count(), 1, "{text}");
}

#[test]
fn case_whose_calls_contradict_it_is_refused_where_it_does() {
    let refused = |case: String, key: &str, why: &str| {
        tested(&case).run().exits(2).says(key).says(why);
    };
    let expect = format!("{THREE}\n[expect]\nverdict = \"pass\"\n");
    refused(expect, "expect", "stands beside [[call]]");
    let moved = THREE.replace(
        "after = \"20s\"",
        "context = { canary = \"https://b.example\" }",
    );
    refused(moved, "call[1].context.canary", "the same for all calls");
    let first = THREE.replacen("[[call]]", "[[call]]\nafter = \"1s\"", 1);
    refused(first, "call[0].after", "no call is before the first one");
    let many = format!(
        "gate = \"./remembering.wasm\"\n{}",
        "[[call]]\n".repeat(1_001)
    );
    refused(many, "call", "1001 calls; a case has at most 1000");
    // A call names no other call, so that there is no circle of states.
    let circle = THREE.replace("after = \"20s\"", "context = { state-of = 3 }");
    refused(circle, "state-of", "unknown key");
}

#[test]
fn cases_are_put_to_another_build() {
    let command = tested(THREE).arg("--gate").arg("both.wasm");
    command.run().exits(2).says("choose one with `kind`");
    let one =
        "gate = \"./missing.wasm\"\nkind = \"health-check\"\nexpect = { verdict = \"pass\" }\n";
    let command = tested(one);
    command.run().exits(2).says("missing.wasm");
    command
        .again(&["gate", "test", "--gate", "both.wasm"])
        .exits(0);
}

#[test]
fn bench_leaves_out_the_cases_of_another_kind() {
    let promotion =
        "gate = \"./both.wasm\"\nkind = \"promotion-gate\"\nexpect = { verdict = \"pass\" }\n";
    let command = tested(THREE).file("two.case.toml", promotion.as_bytes());
    let bench =
        |plugin: &str| -> Finished { command.again(&["gate", "bench", plugin, "--rounds", "1"]) };
    let figure = |run: &Finished, name: &str| {
        let line = run.stdout.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().last())
            .map(str::to_owned)
    };
    let run = bench("remembering.wasm");
    run.exits(0);
    assert_eq!(
        figure(&run, "cases of another kind").as_deref(),
        Some("1"),
        "{run}"
    );
    assert_eq!(figure(&run, "cases passed").as_deref(), Some("1"), "{run}");
    std::fs::remove_file(command.folder().join("one.case.toml")).unwrap();
    bench("remembering.wasm")
        .exits(2)
        .says("of another kind than every case");
}

#[test]
fn same_command_again_is_the_next_call_of_a_rollout() {
    let emulator = Emulator::healthy();
    let canary = emulator.revision_url(CANARY);
    let command = Lockgate::on(&emulator, "gate run remembering.wasm")
        .arg("--canary")
        .arg(canary)
        .arg("--state=state.bin")
        .file("remembering.wasm", &component::remembering());
    command.run().exits(10).says("hold: it counts");
    command.run().exits(10);
    let state = command.folder().join("state.bin");
    assert_eq!(std::fs::read(&state).unwrap(), b"it");
    let large = vec![0; (64 << 10) + 1];
    std::fs::write(&state, &large).unwrap();
    command
        .run()
        .exits(2)
        .says("it has 65537 bytes; at most 64 KiB are read");
    assert_eq!(std::fs::read(&state).unwrap(), large, "it is unchanged");
}

#[test]
fn promotion_gate_is_tried_with_reports_and_a_stage() {
    let emulator = Emulator::healthy();
    let canary = emulator.revision_url(CANARY);
    let command = |reports: &str| {
        Lockgate::on(&emulator, "gate run reading.wasm")
            .arg("--canary")
            .arg(canary)
            .arg("--reports=reports.json")
            .arg("--stage=5/4")
            .arg("--weight=100")
            .arg("--asked=7")
            .file("reports.json", reports.as_bytes())
            .file("reading.wasm", &component::reading())
    };
    let good = r#"[{"gate": "http-health", "verdict": "pass", "reason": "200 twice"}]"#;
    command(good).run().exits(0).says("pass: 200 twice");
    command("{}")
        .run()
        .exits(2)
        .says("reports.json is not a list of reports");
    command(good)
        .arg("--stage=6/4")
        .run()
        .exits(2)
        .says("--stage");
}
