//! A cancelled job, replayed: in every phase of a run and through every way to start one, whatever the runner's
//! signals reach, the baseline is given back and nothing goes forward after the request.
#![cfg(unix)]

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::runner::{Entry, Step, TO_TERM, was_killed};
use crate::support::{CANARY, Emulator, Lockgate, component};

/// A shell sits out the whole pause before SIGTERM; where its length does not matter it is this.
const SHORT: Duration = Duration::from_millis(200);

/// How long a write is on its way that something is to happen in the middle of.
const SLOW_MS: u64 = 600;

fn rollout(emulator: &Emulator) -> Lockgate {
    Lockgate::on(emulator, "rollout --output json")
}

fn baking(emulator: &Emulator) -> Lockgate {
    rollout(emulator).replacing("bake = \"300ms\"", "bake = \"60s\"")
}

/// A plan whose second stage has a promotion gate that keeps the run waiting.
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

/// Cancels a step once an event fits, through every entry, and holds the end against the exit code.
fn cancelled<F: FnMut(&Value) -> bool>(
    code: i32,
    prepare: impl Fn() -> (Emulator, Lockgate),
    when: impl Fn() -> F,
) {
    for entry in Entry::ALL {
        let (emulator, lockgate) = prepare();
        let mut step = Step::start(lockgate, entry);
        step.read_until(when());
        // Only a shell that waits for its child is still there when SIGTERM comes.
        let to_term = match entry {
            Entry::Script => SHORT,
            _ => TO_TERM,
        };
        step.cancel(to_term);
        assert_turned_back(&emulator, &mut step, code, entry);
    }
}

#[track_caller]
fn assert_turned_back(emulator: &Emulator, step: &mut Step, code: i32, entry: Entry) {
    let events = step.events();
    let last = events.last().expect("last words");
    assert_eq!(last["exit-code"], code, "{entry:?}: {step}");
    let serving = match code {
        0 => CANARY,
        _ => "shop--v1",
    };
    let all = [(serving.to_owned(), 100)].into();
    assert_eq!(emulator.weights(), all, "{entry:?}: {step}");
    assert_eq!(emulator.lease(), [].into(), "{entry:?}: {step}");

    let asked = events
        .iter()
        .position(|event| event["event"] == "cancel-requested");
    let asked = asked.unwrap_or_else(|| panic!("{entry:?}: nobody asked the run to end: {step}"));
    let names = ["written", "write-refused", "write-unknown"];
    let is_write = |event: &&Value| names.iter().any(|name| event["event"] == *name);
    let before = events[..asked].iter().filter(is_write).count();
    let forward = forward_writes(emulator);
    assert!(
        forward <= before,
        "{entry:?}: {forward} forward writes, {before} of them before the request: {step}"
    );
}

/// Returns how many writes went forward, of which none may follow the one that gives the traffic back.
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
fn until_given_back(emulator: &Emulator) {
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
fn job_cancelled_while_gates_are_asked_at_weight_0_leaves_the_baseline() {
    let prepare = || {
        let emulator = Emulator::healthy();
        emulator.behave(CANARY, &json!({ "latency-ms": 900 }));
        let lockgate = rollout(&emulator);
        (emulator, lockgate)
    };
    cancelled(11, prepare, || |event: &Value| is(event, "ready", "gating"));
}

#[test]
fn job_cancelled_while_a_shift_is_on_its_way_gives_the_traffic_back() {
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
fn job_cancelled_during_the_first_bake_gives_the_traffic_back() {
    let prepare = || {
        let emulator = Emulator::healthy();
        let lockgate = baking(&emulator);
        (emulator, lockgate)
    };
    let when = || |event: &Value| is(event, "observed", "baking");
    cancelled(11, prepare, when);
}

#[test]
fn job_cancelled_while_a_promotion_gate_thinks_gives_the_traffic_back() {
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
fn job_cancelled_while_a_gate_holds_gives_the_traffic_back() {
    let prepare = || {
        let emulator = Emulator::healthy();
        let lockgate = waiting_for(&emulator, &component::deciding(1, "not yet"));
        (emulator, lockgate)
    };
    let holds = |event: &Value| event.to_string().contains("not yet");
    cancelled(11, prepare, || holds);
}

#[test]
fn job_cancelled_while_a_rollback_is_on_its_way_does_not_stop_it() {
    let prepare = || {
        let emulator = Emulator::healthy();
        emulator.behave(CANARY, &json!({ "fails-from-weight": 10 }));
        slow_write(&emulator, 2);
        let lockgate = baking(&emulator);
        (emulator, lockgate)
    };
    let when = || |event: &Value| is(event, "observed", "rolling back");
    cancelled(10, prepare, when);
}

#[test]
fn job_cancelled_during_the_last_bake_gives_the_traffic_back() {
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
fn shell_that_keeps_the_signals_is_outlived_at_the_runners_own_pace() {
    let emulator = Emulator::healthy();
    let mut step = Step::start(baking(&emulator), Entry::Script);
    step.read_until(|event| is(event, "observed", "baking"));
    let status = step.cancel(TO_TERM);
    assert!(!was_killed(status), "a shell dies of SIGTERM");
    assert_turned_back(&emulator, &mut step, 11, Entry::Script);
}

#[test]
fn job_whose_output_is_closed_as_it_is_cancelled_gives_the_traffic_back() {
    for entry in Entry::ALL {
        let emulator = Emulator::healthy();
        let mut step = Step::start(baking(&emulator), entry);
        step.read_until(|event| is(event, "observed", "baking"));
        step.close_output();
        step.cancel(SHORT);
        until_given_back(&emulator);
    }
}

#[test]
fn shell_that_is_killed_without_warning_is_noticed_too() {
    let emulator = Emulator::healthy();
    let mut step = Step::start(baking(&emulator), Entry::Script);
    step.read_until(|event| is(event, "observed", "baking"));
    assert!(was_killed(step.kill()));
    assert_turned_back(&emulator, &mut step, 11, Entry::Script);
    let asked = step.events().into_iter();
    let mut asked = asked.filter(|event| event["event"] == "cancel-requested");
    let request = asked.next().expect("a request");
    assert_eq!(request["detail"]["by"], "the end of the parent process");
    let next = request["next"].as_str().expect("what to type");
    assert!(next.contains("`lockgate abort --app shop"), "{next}");
    assert_eq!(asked.next(), None, "one end of one parent is one request");
}

#[test]
fn platform_that_never_answers_leaves_time_for_last_words_before_the_kill() {
    let emulator = Emulator::healthy();
    let patient =
        baking(&emulator).replacing("rollback-deadline = \"4s\"", "rollback-deadline = \"60s\"");
    let mut step = Step::start(patient, Entry::Directly);
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
    let last = events.last().expect("last words");
    assert_eq!(last["exit-code"], 20, "{step}");
    let next = last["next"].as_str().expect("what to type");
    assert!(next.contains("lockgate abort"), "{step}");
}

#[test]
fn killed_run_is_recovered_from_an_empty_machine() {
    let emulator = Emulator::healthy();
    let brief = rollout(&emulator)
        .replacing("bake = \"300ms\"", "bake = \"1s\"")
        .replacing("gate-deadline = \"2s\"", "gate-deadline = \"100ms\"")
        .replacing("verify-deadline = \"3s\"", "verify-deadline = \"100ms\"")
        .replacing(
            "rollback-deadline = \"4s\"",
            "rollback-deadline = \"500ms\"",
        );
    let mut step = Step::start(brief, Entry::Directly);
    step.read_until(|event| is(event, "observed", "baking"));
    assert!(was_killed(step.kill()));
    assert_eq!(emulator.weights()[CANARY], 10, "nobody was left to undo it");
    emulator.until("the run counts as dead", |emulator| {
        let run = Lockgate::on(emulator, "recover --state-dir empty").run();
        match run.code {
            Some(30) => run.says("may still be alive"),
            _ => run.ends(12, emulator),
        };
        run.code != Some(30)
    });
    until_given_back(&emulator);
}

#[test]
fn parent_whose_thread_ends_is_still_a_parent() {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout");
    let start = std::thread::spawn(move || (lockgate.start(), lockgate));
    let (running, _folder) = start.join().expect("lockgate starts");
    running.finish().ends(0, &emulator);
}

#[test]
fn step_whose_shell_keeps_the_signals_is_told_the_fix() {
    for (entry, told) in [
        (Entry::Script, true),
        (Entry::ExecScript, false),
        (Entry::Directly, false),
    ] {
        let emulator = Emulator::healthy();
        for (variable, runner) in [("GITHUB_ACTIONS", true), ("EDITOR", false)] {
            let idle = Lockgate::on(&emulator, "abort --output json").env(variable, "true");
            let mut step = Step::start(idle, entry);
            step.events();
            let says = step.errors().contains("exec lockgate");
            assert_eq!(says, told && runner, "{entry:?} {variable}: {step}");
        }
    }
}
