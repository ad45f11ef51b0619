//! Traffic that nothing overwrites and nothing loses: two processes and an operator on one app, a stable revision that is
//! switched off, and splits that no lease explains.
#![cfg(unix)]

use std::io::Read as _;

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Lockgate, STABLE};

fn all(revision: &str) -> std::collections::BTreeMap<String, u64> {
    [(revision.to_owned(), 100)].into()
}

/// Returns a rollout whose stages bake for a minute, with its events as JSON.
fn slow_rollout(emulator: &Emulator) -> Lockgate {
    Lockgate::on(emulator, "rollout --output json").replacing("bake = \"300ms\"", "bake = \"60s\"")
}

fn is(name: &'static str) -> impl Fn(&str) -> bool {
    move |line| line.contains(&format!("\"event\":\"{name}\""))
}

fn in_phase(name: &'static str) -> impl Fn(&str) -> bool {
    move |line| line.contains(&format!("\"phase\":\"{name}\""))
}

/// Lets the nth PATCH be applied only after a while.
fn slow_operation(emulator: &Emulator, nth: u32, ms: u64) {
    let what = json!({ "slow-operation": { "ms": ms } });
    emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": nth, "what": what }));
}

fn forward_writes(emulator: &Emulator) -> usize {
    let is_forward = |body: &Value| body["tags"]["lockgate-run"].is_string();
    emulator
        .writes()
        .iter()
        .filter(|body| is_forward(body))
        .count()
}

#[test]
fn write_that_was_not_taken_is_not_repeated_over_an_operators_change() {
    for (status, code) in [
        (409, "ContainerAppOperationInProgress"),
        (429, "TooManyRequests"),
    ] {
        let emulator = Emulator::healthy();
        let what = json!({ "refuse": { "status": status, "code": code } });
        emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": 2, "what": what }));
        let lockgate = Lockgate::on(&emulator, "rollout --output json");
        let mut running = lockgate.start();
        let mut stdout = running.read_until(is("write-not-now"));
        emulator.operate(&json!([{ "revision": STABLE, "weight": 100 }]), &json!({}));
        let sent = forward_writes(&emulator);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).expect("stdout is read");
        running.finish().exits(31);
        assert_eq!(emulator.weights(), all(STABLE), "{code}: {rest}");
        assert_eq!(forward_writes(&emulator), sent, "{code}: {rest}");
    }
}

#[test]
fn abort_waits_for_a_first_write_that_is_being_applied_after_its_process_was_killed() {
    for command in ["abort", "recover --run-id run-7"] {
        let emulator = Emulator::healthy();
        slow_operation(&emulator, 1, 2_000);
        let lockgate = slow_rollout(&emulator).arg("--run-id").arg("run-7");
        let running = lockgate.start();
        emulator.until("the first write is accepted", |emulator| {
            forward_writes(emulator) == 1
        });
        running.signal("KILL");
        let code = if command == "abort" { 11 } else { 12 };
        Lockgate::on(&emulator, command).run().ends(code, &emulator);
    }
}

#[test]
fn abort_restores_the_baseline_although_a_write_of_the_run_is_under_way_and_the_run_hears_of_it() {
    let emulator = Emulator::healthy();
    slow_operation(&emulator, 2, 2_500);
    let lockgate = Lockgate::on(&emulator, "rollout --output json")
        .replacing("bake = \"300ms\"", "bake = \"2s\"")
        .replacing("rollback-deadline = \"4s\"", "rollback-deadline = \"60s\"");
    let mut running = lockgate.start();
    // The answers that open the second stage.
    let opened = std::cell::Cell::new(0);
    let mut stdout = running.read_until(|line| {
        let opens = line.contains("\"event\":\"answered\"") && in_phase("shifting")(line);
        opened.set(opened.get() + u32::from(opens));
        opens && opened.get() == 2
    });
    emulator.until("the second write is accepted", |emulator| {
        forward_writes(emulator) == 2
    });
    let abort = Lockgate::on(&emulator, "abort")
        .replacing("rollback-deadline = \"4s\"", "rollback-deadline = \"60s\"");
    abort.run().ends(11, &emulator);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("stdout is read");
    let run = running.finish();
    run.ends(11, &emulator);
    assert!(rest.contains("ended from elsewhere"), "{rest}");
}

#[test]
fn run_that_was_aborted_elsewhere_ends_within_seconds_and_says_by_what() {
    let emulator = Emulator::healthy();
    let lockgate = slow_rollout(&emulator);
    let mut running = lockgate.start();
    let mut stdout = running.read_until(in_phase("baking"));
    let aborted = Lockgate::on(&emulator, "abort").run();
    aborted.ends(11, &emulator);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("stdout is read");
    running.finish().ends(11, &emulator);
    assert!(
        rest.contains("ended from elsewhere by lockgate abort"),
        "{rest}"
    );
}

#[test]
fn operators_change_during_a_bake_is_noticed_and_left_alone() {
    let emulator = Emulator::healthy();
    let lockgate = slow_rollout(&emulator);
    let mut running = lockgate.start();
    let mut stdout = running.read_until(in_phase("baking"));
    let split = json!([{ "revision": STABLE, "weight": 50 }, { "revision": CANARY, "weight": 50 }]);
    emulator.operate(&split, &json!({}));
    let writes = emulator.writes().len();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("stdout is read");
    running.finish().exits(31);
    assert_eq!(emulator.writes().len(), writes, "{rest}");
    // The lease of the run is still there, and `abort --to` is refused beside one.
    assert!(rest.contains("`lockgate abort --app shop "), "{rest}");
}

#[test]
fn split_that_no_lease_explains_is_refused_until_a_person_says_who_gets_the_traffic() {
    let emulator = Emulator::healthy();
    let lockgate = slow_rollout(&emulator);
    let mut running = lockgate.start();
    let mut stdout = running.read_until(in_phase("baking"));
    let stripped: serde_json::Map<String, Value> = emulator
        .lease()
        .into_keys()
        .map(|tag| (tag, Value::Null))
        .collect();
    let split = json!([{ "revision": STABLE, "weight": 90 }, { "revision": CANARY, "weight": 10 }]);
    emulator.operate(&split, &Value::Object(stripped));
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("stdout is read");
    running.finish().exits(31);
    let writes = emulator.writes().len();
    for command in ["abort", "recover", "resume"] {
        let run = Lockgate::on(&emulator, command).run();
        run.exits(30)
            .says("no lease explains")
            .says("lockgate abort --to");
    }
    assert_eq!(emulator.writes().len(), writes);
    let unasked = Lockgate::on(&emulator, "abort --to shop--v1").run();
    unasked
        .exits(30)
        .says("before  shop--v1 90 %, shop--v2 10 %")
        .says("after   shop--v1 100 %")
        .says("`lockgate abort --to shop--v1 --yes ");
    assert_eq!(emulator.writes().len(), writes, "{unasked}");
    let run = Lockgate::on(&emulator, "abort --to shop--v1 --yes").run();
    run.ends(11, &emulator);
    Lockgate::on(&emulator, "abort --to shop--v1")
        .run()
        .exits(0);
}

#[test]
fn stable_that_is_switched_off_in_a_bake_is_activated_before_it_gets_its_traffic_back() {
    let emulator = Emulator::healthy();
    let lockgate = slow_rollout(&emulator).replacing(
        "bake = \"60s\"",
        "bake = \"60s\"\nwatch-interval = \"100ms\"",
    );
    let mut running = lockgate.start();
    let mut stdout = running.read_until(in_phase("baking"));
    emulator.deactivate(STABLE);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("stdout is read");
    running.finish().ends(12, &emulator);
    assert!(rest.contains("is not active"), "{rest}");
    let calls = emulator.requests();
    let index = |method: &str, part: &str| {
        calls.iter().rposition(|call| {
            call["method"] == method
                && call["path"]
                    .as_str()
                    .is_some_and(|path| path.contains(part))
        })
    };
    assert!(index("POST", "/activate") < index("PATCH", "/containerApps/shop"));
}

#[test]
fn lease_that_cannot_be_removed_after_a_promotion_is_tidied_and_never_undone() {
    let emulator = Emulator::healthy();
    let what = json!({ "refuse": { "status": 403, "code": "RequestDisallowedByPolicy" } });
    emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": 5, "times": 3, "what": what }));
    let lockgate = Lockgate::on(&emulator, "rollout");
    let run = lockgate.run();
    run.exits(0).says("only the lease is left to tidy");
    assert_eq!(emulator.weights(), all(CANARY), "{run}");
    let id = emulator.lease()["lockgate-run"].clone();
    let status = Lockgate::on(&emulator, "status").run();
    status
        .exits(0)
        .says(&format!("recover --promoted --run-id {id}"));
    // On the machine of the run its journal says that it has passed.
    let tidied = lockgate.again(&["recover", "--run-id", &id]);
    tidied.ends(0, &emulator);
    assert!(emulator.lease().is_empty(), "{tidied}");
}

#[test]
fn sigquit_rolls_back_like_the_others() {
    let emulator = Emulator::healthy();
    let lockgate = slow_rollout(&emulator);
    let mut running = lockgate.start();
    let mut stdout = running.read_until(in_phase("baking"));
    running.signal("QUIT");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("stdout is read");
    running.finish().ends(11, &emulator);
}

#[test]
fn second_sigint_does_not_stop_a_rollback_that_is_refused_for_a_while() {
    let emulator = Emulator::healthy();
    let lockgate = slow_rollout(&emulator)
        .replacing("rollback-deadline = \"4s\"", "rollback-deadline = \"60s\"");
    let mut running = lockgate.start();
    let mut stdout = running.read_until(in_phase("baking"));
    let what = json!({ "refuse": { "status": 503, "code": "ServerBusy" } });
    emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": 1, "times": 4, "what": what }));
    running.signal("INT");
    let before = emulator.writes().len();
    emulator.until("the rollback is tried", |emulator| {
        emulator.writes().len() > before
    });
    running.signal("INT");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("stdout is read");
    running.finish().ends(11, &emulator);
}

/// Returns an app whose traffic is split without a lease.
fn split_by_hand() -> Emulator {
    let emulator = Emulator::healthy();
    let split = json!([{ "revision": STABLE, "weight": 90 }, { "revision": CANARY, "weight": 10 }]);
    emulator.operate(&split, &json!({}));
    emulator
}

#[test]
fn revision_that_cannot_serve_does_not_get_the_traffic_of_a_split() {
    let emulator = split_by_hand();
    emulator.behave(STABLE, &json!({ "crash-loop": true }));
    let ill = Lockgate::on(&emulator, "abort --to shop--v1 --yes").run();
    ill.exits(30).says("shop--v1");
    emulator.behave(STABLE, &json!({}));
    emulator.deactivate(STABLE);
    let inactive = Lockgate::on(&emulator, "abort --to shop--v1 --yes").run();
    inactive
        .exits(30)
        .says("shop--v1 is not active")
        .says("`az containerapp revision activate");
    assert!(emulator.writes().is_empty(), "{inactive}");
    let missing = Lockgate::on(&emulator, "abort --to shop--v9 --yes").run();
    missing.exits(30).says("has no revision shop--v9");
    let other = Lockgate::on(&emulator, "abort --to shop--v2 --yes").run();
    other.exits(11);
    assert_eq!(emulator.weights(), [(CANARY.to_owned(), 100)].into());
}

/// Types an answer on a terminal of its own.
#[cfg(unix)]
fn on_a_terminal(emulator: &Emulator, answer: &[u8]) -> crate::support::Finished {
    use std::io::Write as _;
    let pty = nix::pty::openpty(None, None).expect("a terminal");
    let lockgate = Lockgate::on(emulator, "abort --to shop--v1");
    let stdin = pty.slave.into();
    let mut running = crate::support::Running::start_on(&mut lockgate.command(), stdin);
    running.read_past(|line| line.contains("type yes to give shop--v1 all traffic"));
    let mut terminal = std::fs::File::from(pty.master);
    terminal.write_all(answer).expect("the answer is typed");
    running.finish()
}

#[cfg(unix)]
#[test]
fn person_at_a_terminal_is_asked() {
    let emulator = split_by_hand();
    let no = on_a_terminal(&emulator, b"no\n");
    no.exits(30);
    assert!(emulator.writes().is_empty(), "{no}");
    on_a_terminal(&emulator, b"yes\n").ends(11, &emulator);
}
