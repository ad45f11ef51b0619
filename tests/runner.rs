//! A cancelled job: in every phase of a run, and for every way in which a runner starts it, the baseline is restored and no
//! forward write follows the request.
#![cfg(unix)]

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::runner::{RunnerStep, StartMethod, TO_TERM, was_killed};
use crate::support::{CANARY, Emulator, Lockgate, component};

/// The pause before SIGTERM where its length does not matter. A shell waits for the whole of it.
const SHORT: Duration = Duration::from_millis(200);

/// How long a slow write takes, so that a test can act during it.
const SLOW_MS: u64 = 600;

fn rollout(emulator: &Emulator) -> Lockgate {
    Lockgate::on(emulator, "rollout --output json")
}

fn baking(emulator: &Emulator) -> Lockgate {
    rollout(emulator).replacing("bake = \"300ms\"", "bake = \"60s\"")
}

/// A rollout whose second stage has a promotion gate that keeps the run waiting.
fn waiting_for(emulator: &Emulator, gate: &[u8]) -> Lockgate {
    rollout(emulator)
        .replacing(
            "bake = \"300ms\"",
            "bake = \"300ms\"\nstages = [{ weight = 10, gates = [] }, 25, 50, 100]",
        )
        .replacing("gate-deadline = \"2s\"", "gate-deadline = \"60s\"")
        .replacing(
            "[gates.http-health]",
            "[gates.waits]\nplugin = \"./waits.wasm\"\n\n[gates.http-health]",
        )
        .file("waits.wasm", gate)
}

fn slow_write(emulator: &Emulator, nth: u32) {
    let what = json!({ "delay": { "ms": SLOW_MS } });
    emulator.fault(&json!({ "on": { "method": "PATCH" }, "nth": nth, "what": what }));
}

fn is(event: &Value, name: &str, phase: &str) -> bool {
    event["event"] == name && event["phase"] == phase
}

/// Cancels a step at the first event that fits, for every way to start it, and checks how the run ended.
fn cancelled<F: FnMut(&Value) -> bool>(
    code: i32,
    prepare: impl Fn() -> (Emulator, Lockgate),
    when: impl Fn() -> F,
) {
    for method in StartMethod::ALL {
        let (emulator, lockgate) = prepare();
        let mut step = RunnerStep::start(lockgate, method);
        step.read_until(when());
        // Only a shell that waits for its child is still alive when SIGTERM comes.
        let to_term = match method {
            StartMethod::Script => SHORT,
            _ => TO_TERM,
        };
        step.cancel(to_term);
        assert_ended(&emulator, &mut step, code, method);
    }
}

#[track_caller]
fn assert_ended(emulator: &Emulator, step: &mut RunnerStep, code: i32, method: StartMethod) {
    let events = step.events();
    let last = events.last().expect("a final event");
    assert_eq!(last["detail"]["exit-code"], code, "{method:?}: {step}");
    let serving = match code {
        0 => CANARY,
        _ => "shop--v1",
    };
    let all = [(serving.to_owned(), 100)].into();
    assert_eq!(emulator.weights(), all, "{method:?}: {step}");
    assert_eq!(emulator.lease(), [].into(), "{method:?}: {step}");

    let asked = events
        .iter()
        .position(|event| event["event"] == "cancel-requested");
    let asked = asked.unwrap_or_else(|| panic!("{method:?}: no request to end the run: {step}"));
    let names = ["written", "write-refused", "write-unknown"];
    let is_write = |event: &&Value| names.iter().any(|name| event["event"] == *name);
    let before = events[..asked].iter().filter(is_write).count();
    let forward = forward_writes(emulator);
    assert!(
        forward <= before,
        "{method:?}: {forward} forward writes, {before} of them before the request: {step}"
    );
}

/// Returns how many writes went forward, and asserts that none follows the rollback.
#[track_caller]
fn forward_writes(emulator: &Emulator) -> usize {
    let writes = emulator.writes();
    let is_forward = |body: &&Value| body.to_string().contains("\"lockgate-run\":\"");
    let forward = writes.iter().take_while(is_forward).count();
    let later = writes.iter().skip(forward).filter(is_forward).count();
    assert_eq!(later, 0, "a forward write after the last: {writes:?}");
    forward
}

#[track_caller]
fn until_restored(emulator: &Emulator) {
    emulator.until("the baseline, without a lease", |emulator| {
        emulator.weights() == [("shop--v1".to_owned(), 100)].into() && emulator.lease().is_empty()
    });
    forward_writes(emulator);
}

#[test]
fn job_cancelled_while_the_canary_becomes_ready_leaves_the_baseline() {
    let prepare = || {
        let mut scenario = Emulator::shop();
        scenario["apps"][0]["revisions"][1]["behaviour"] = json!({ "not-ready-for-s": 3600.0 });
        let emulator = Emulator::start(&scenario);
        let patient = rollout(&emulator).replacing(
            "readiness-deadline = \"3s\"",
            "readiness-deadline = \"60s\"",
        );
        (emulator, patient)
    };
    cancelled(11, prepare, || {
        |event: &Value| event["event"] == "not-ready"
    });
}

#[test]
fn job_cancelled_during_gate_calls_at_weight_0_leaves_the_baseline() {
    let prepare = || {
        let emulator = Emulator::healthy();
        emulator.behave(CANARY, &json!({ "latency-ms": 900 }));
        let lockgate = rollout(&emulator);
        (emulator, lockgate)
    };
    cancelled(11, prepare, || |event: &Value| is(event, "ready", "gating"));
}

#[test]
fn job_cancelled_during_a_shift_restores_the_baseline() {
    let prepare = || {
        let emulator = Emulator::healthy();
        slow_write(&emulator, 1);
        let lockgate = baking(&emulator);
        (emulator, lockgate)
    };
    let when = || |event: &Value| is(event, "observed", "shifting");
    cancelled(11, prepare, when);
}

#[test]
fn job_cancelled_during_the_first_bake_restores_the_baseline() {
    let prepare = || {
        let emulator = Emulator::healthy();
        let lockgate = baking(&emulator);
        (emulator, lockgate)
    };
    let when = || |event: &Value| is(event, "observed", "baking");
    cancelled(11, prepare, when);
}

#[test]
fn job_cancelled_during_a_call_of_a_promotion_gate_restores_the_baseline() {
    let prepare = || {
        let emulator = Emulator::healthy();
        let thinking = component::promotion("", "(loop $on (br $on)) (i32.const 0)", "");
        let lockgate = waiting_for(&emulator, &thinking);
        (emulator, lockgate)
    };
    let when = || {
        let mut baked = false;
        move |event: &Value| {
            baked |= event["phase"] == "baking";
            baked && is(event, "answered", "gating")
        }
    };
    cancelled(11, prepare, when);
}

#[test]
fn job_cancelled_while_a_gate_holds_restores_the_baseline() {
    let prepare = || {
        let emulator = Emulator::healthy();
        let lockgate = waiting_for(&emulator, &component::deciding(0, "not yet"));
        (emulator, lockgate)
    };
    let holds = |event: &Value| event.to_string().contains("not yet");
    cancelled(11, prepare, || holds);
}

#[test]
fn job_cancelled_during_a_rollback_does_not_stop_the_rollback() {
    let prepare = || {
        let emulator = Emulator::healthy();
        emulator.behave(CANARY, &json!({ "fails-from-weight": 10 }));
        slow_write(&emulator, 2);
        let lockgate = baking(&emulator);
        (emulator, lockgate)
    };
    let when = || |event: &Value| is(event, "observed", "rolling-back");
    cancelled(10, prepare, when);
}

#[test]
fn job_cancelled_during_the_last_bake_restores_the_baseline() {
    let prepare = || {
        let emulator = Emulator::healthy();
        let lockgate = rollout(&emulator).replacing(
            "bake = \"300ms\"",
            "bake = \"100ms\"\nstages = [10, 25, 50, { weight = 100, bake = \"60s\" }]",
        );
        (emulator, lockgate)
    };
    let when = || {
        let mut bakes = 0;
        move |event: &Value| {
            bakes += u32::from(is(event, "observed", "baking"));
            bakes == 4
        }
    };
    cancelled(11, prepare, when);
}

#[test]
fn job_cancelled_after_the_last_check_is_still_promoted() {
    let prepare = || {
        let emulator = Emulator::healthy();
        slow_write(&emulator, 5);
        let quick = rollout(&emulator).replacing("bake = \"300ms\"", "bake = \"100ms\"");
        (emulator, quick)
    };
    let when = || |event: &Value| is(event, "observed", "promoting");
    cancelled(0, prepare, when);
}

#[test]
fn run_behind_a_shell_that_keeps_the_signals_rolls_back_after_the_shell_ends() {
    let emulator = Emulator::healthy();
    let mut step = RunnerStep::start(baking(&emulator), StartMethod::Script);
    step.read_until(|event| is(event, "observed", "baking"));
    let status = step.cancel(TO_TERM);
    assert!(!was_killed(status), "a shell dies of SIGTERM");
    assert_ended(&emulator, &mut step, 11, StartMethod::Script);
}

#[test]
fn job_cancelled_with_a_closed_output_restores_the_baseline() {
    for method in StartMethod::ALL {
        let emulator = Emulator::healthy();
        let mut step = RunnerStep::start(baking(&emulator), method);
        step.read_until(|event| is(event, "observed", "baking"));
        step.close_output();
        step.cancel(SHORT);
        until_restored(&emulator);
    }
}

#[test]
fn run_whose_shell_is_killed_rolls_back() {
    let emulator = Emulator::healthy();
    let mut step = RunnerStep::start(baking(&emulator), StartMethod::Script);
    step.read_until(|event| is(event, "observed", "baking"));
    assert!(was_killed(step.kill()));
    assert_ended(&emulator, &mut step, 11, StartMethod::Script);
    let asked = step.events().into_iter();
    let mut asked = asked.filter(|event| event["event"] == "cancel-requested");
    let request = asked.next().expect("a request");
    assert_eq!(request["detail"]["by"], "the end of the parent process");
    let next = request["next"].as_str().expect("what to type");
    assert!(next.contains("`lockgate abort --app shop"), "{next}");
    assert_eq!(asked.next(), None, "one end of one parent is one request");
}

/// Runs a rollout whose parent dies after so many half milliseconds, and returns whether it had begun by then.
fn orphaned_after(half_milliseconds: u64) -> bool {
    let emulator = Emulator::healthy();
    let mut step = RunnerStep::start(baking(&emulator), StartMethod::Session);
    step.kill_after(Duration::from_micros(500 * half_milliseconds));
    let events = step.events();
    let last = events.last();
    if let Some(last) = last {
        assert_eq!(
            last["detail"]["exit-code"], 11,
            "after {half_milliseconds}/2 ms: {step}"
        );
    }
    assert_eq!(emulator.weights(), [("shop--v1".to_owned(), 100)].into());
    assert_eq!(emulator.lease(), [].into(), "{step}");
    last.is_some()
}

#[test]
fn run_whose_parent_dies_within_its_first_milliseconds_leaves_the_baseline() {
    // A shell that dies at once has started nothing; on a slow machine that takes it longer.
    let first = (0..4_000).find(|after| orphaned_after(*after));
    let first = first.expect("a run that begins within 2 s");
    for after in first..first + 62 {
        orphaned_after(after);
    }
}

#[test]
fn run_on_a_platform_that_never_answers_reports_before_the_kill() {
    let emulator = Emulator::healthy();
    let patient =
        baking(&emulator).replacing("rollback-deadline = \"4s\"", "rollback-deadline = \"60s\"");
    let mut step = RunnerStep::start(patient, StartMethod::Directly);
    step.read_until(|event| is(event, "observed", "baking"));
    let never = json!({ "delay": { "ms": 600_000 } });
    emulator.fault(&json!({ "on": { "path-contains": "/containerapps/" }, "what": never }));
    let status = step.cancel(TO_TERM);
    let events = step.events();
    assert_eq!(
        status.code(),
        Some(20),
        "it ends before it is killed: {step}"
    );
    let last = events.last().expect("a final event");
    assert_eq!(last["detail"]["exit-code"], 20, "{step}");
    let next = last["detail"]["next"].as_str().expect("what to type");
    assert!(next.contains("lockgate abort"), "{step}");
}

#[test]
fn killed_run_is_recovered_on_an_empty_machine() {
    let emulator = Emulator::healthy();
    let brief = rollout(&emulator)
        .replacing("bake = \"300ms\"", "bake = \"1s\"")
        .replacing("gate-deadline = \"2s\"", "gate-deadline = \"100ms\"")
        .replacing("verify-deadline = \"3s\"", "verify-deadline = \"100ms\"")
        .replacing(
            "rollback-deadline = \"4s\"",
            "rollback-deadline = \"500ms\"",
        );
    let mut step = RunnerStep::start(brief, StartMethod::Directly);
    step.read_until(|event| is(event, "observed", "baking"));
    assert!(was_killed(step.kill()));
    assert_eq!(
        emulator.weights()[CANARY],
        10,
        "no process was left to roll back"
    );
    emulator.until("the run counts as dead", |emulator| {
        let run = Lockgate::on(emulator, "recover --state-dir empty").run();
        match run.code {
            Some(30) => run.says("may still be alive"),
            _ => run.ends(12, emulator),
        };
        run.code != Some(30)
    });
    until_restored(&emulator);
}

#[test]
fn end_of_the_starting_thread_is_not_the_end_of_the_parent() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout");
    let start = std::thread::spawn(move || (lockgate.start(), lockgate));
    let (running, _folder) = start.join().expect("lockgate starts");
    running.finish().ends(0, &emulator);
}

#[test]
fn step_whose_shell_keeps_the_signals_prints_the_fix() {
    for (method, hinted) in [
        (StartMethod::Script, true),
        (StartMethod::ExecScript, false),
        (StartMethod::Directly, false),
    ] {
        let emulator = Emulator::healthy();
        for (variable, runner) in [("GITHUB_ACTIONS", true), ("EDITOR", false)] {
            let idle = Lockgate::on(&emulator, "abort --output json").env(variable, "true");
            let mut step = RunnerStep::start(idle, method);
            step.events();
            let says = step.errors().contains("exec lockgate");
            assert_eq!(says, hinted && runner, "{method:?} {variable}: {step}");
        }
    }
}
