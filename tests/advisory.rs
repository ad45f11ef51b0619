//! `mode = "advisory"`: a gate is asked beside the steps, heard and recorded, and decides nothing, whatever it answers and
//! however long it takes.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE, component};

/// The default gate decides, and `odd` does not.
const GATES: &str = "[gates.http-health]\nsettings = { interval-ms = 10 }\n\
    [gates.odd]\nplugin = \"./odd.wasm\"\nmode = \"advisory\"\nlimits = { wall-clock = \"1h\" }\n";

const ENDLESS: &str = "(loop $again (br $again)) unreachable";

fn prepared(emulator: &Emulator, command: &str, odd: &[u8]) -> Lockgate {
    let lockgate = Lockgate::on(emulator, command);
    lockgate.gates(GATES).file("odd.wasm", odd)
}

/// Returns a health check that always answers so: 0 unknown, 1 healthy, 2 unhealthy.
fn saying(health: u8, text: &str) -> Vec<u8> {
    let length = text.len();
    let check = format!(
        "(i32.store8 (i32.const 2048) (i32.const 0)) (i32.store8 (i32.const 2052) (i32.const {health}))
         (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const {length}))
         (i32.const 2048)"
    );
    component::health(&check, text)
}

/// The weights that were written, in order.
fn weights(emulator: &Emulator) -> Vec<u64> {
    let share = |write: &Value| {
        let traffic = write.pointer("/properties/configuration/ingress/traffic")?;
        let mut shares = traffic.as_array()?.iter();
        let canary = shares.find(|share| share["revisionName"] == CANARY);
        Some(canary.map_or(0, |share| share["weight"].as_u64().expect("a weight")))
    };
    emulator.writes().iter().filter_map(share).collect()
}

fn named<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    let events = events.iter();
    events.filter(|event| event["event"] == name).collect()
}

fn ended(events: &[Value]) -> &Value {
    events.last().expect("a last event")
}

#[test]
fn health_check_that_says_no_stops_nothing_and_is_reported() {
    let emulator = Emulator::healthy();
    let gate = saying(2, "errors doubled");
    let run = prepared(&emulator, "rollout", &gate).run();
    run.ends(0, &emulator)
        .says("odd (health check; advisory: asked, decides nothing)")
        .says("health check odd (advisory): would have rolled back: errors doubled")
        .says("odd is advisory, so the run goes on; as a required gate it would have rolled back here")
        .says("advisory odd would have rolled back first at 0 %");
    let first = run.stdout.matches("as a required gate").count();
    assert_eq!(first, 1, "once, at the first time: {run}");
    let said_at = run.stdout.find("as a required gate").expect("a line");
    let shifted_at = run.stdout.find("shifting: writing").expect("a shift");
    assert!(said_at < shifted_at, "at once: {run}");
}

#[test]
fn promotion_gate_that_says_no_or_holds_stops_nothing_and_is_in_the_json() {
    for (decision, would) in [(2, "rolled back"), (0, "held")] {
        let emulator = Emulator::healthy();
        let gate = component::deciding(decision, "too many errors");
        let run = prepared(&emulator, "rollout --output json", &gate).run();
        run.ends(0, &emulator);
        let events = run.events();
        let advised = named(&events, "advised");
        assert_eq!(advised.len(), 4, "once for each stage: {run}");
        for event in advised {
            assert_eq!(event["would-have"], would, "{run}");
            let detail = &event["detail"];
            assert_eq!(detail["kind"], "promotion-gate");
            assert_eq!(detail["answer"]["reason"], "too many errors");
        }
        let sum = &ended(&events)["detail"]["advisory"][0];
        assert_eq!(
            (&sum["gate"], &sum["would-have"]),
            (&json!("odd"), &json!(would))
        );
        assert_eq!(sum["first"]["weight"], 0);
    }
}

#[test]
fn gate_that_never_answers_holds_nothing_up() {
    let promotion = component::promotion("", ENDLESS, "");
    for gate in [component::health(ENDLESS, ""), promotion] {
        let emulator = Emulator::healthy();
        let run = prepared(&emulator, "rollout --output json", &gate).run();
        run.ends(0, &emulator);
        assert_eq!(weights(&emulator), [10, 25, 50, 100, 100], "{run}");
        let events = run.events();
        assert!(named(&events, "advised").is_empty(), "{run}");
        assert!(!named(&events, "unanswered").is_empty(), "{run}");
        let sum = &ended(&events)["detail"]["advisory"][0];
        assert_eq!(sum["would-have"], Value::Null);
        assert_ne!(sum["not-in-time"], 0);
    }
}

#[test]
fn rollback_does_not_wait_for_a_gate_that_never_answers() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let gate = component::health(ENDLESS, "");
    let run = prepared(&emulator, "rollout --output json", &gate).run();
    run.ends(10, &emulator);
    let events = run.events();
    let no = events.iter().position(|event| {
        let fails = |answer: &Value| answer["verdict"] == "fail";
        let answers = event["detail"]["answers"].as_array();
        answers.is_some_and(|answers| answers.iter().any(fails))
    });
    let last_call = events
        .iter()
        .rposition(|event| event["event"] == "unanswered");
    let (no, last_call) = (no.expect("a no"), last_call.expect("a call"));
    assert!(no < last_call, "stopped by the rollback, not before: {run}");
    assert_eq!(ended(&events)["detail"]["cause"], "gate-said-no");
    assert_eq!(
        ended(&events)["detail"]["outcome"]["detail"]["detail"]["gate"],
        "http-health"
    );
}

#[cfg(unix)]
#[test]
fn signal_is_obeyed_while_a_gate_does_not_answer() {
    let emulator = Emulator::healthy();
    let lockgate = prepared(&emulator, "rollout", &component::health(ENDLESS, ""))
        .replacing("bake = \"300ms\"", "bake = \"60s\"");
    let mut running = lockgate.start();
    // The call before has been stopped for the one about this weight, which is under way.
    running.read_past(|line| line.contains("(advisory, asked at 0 %): not answered in time"));
    running.signal("INT");
    let run = running.finish();
    run.ends(11, &emulator)
        .says("health check odd (advisory): not answered in time");
    assert_eq!(weights(&emulator), [10, 0], "{run}");
}

#[test]
fn gate_that_traps_is_reported_and_decides_nothing() {
    let emulator = Emulator::healthy();
    let gate = component::health("unreachable", "");
    let run = prepared(&emulator, "rollout", &gate).run();
    run.ends(0, &emulator)
        .says("health check odd (advisory): could not answer: the gate trapped")
        .says("advisory odd gave no answer");
}

#[test]
fn gate_that_exceeds_its_time_is_reported_and_decides_nothing() {
    let emulator = Emulator::healthy();
    let lockgate = prepared(&emulator, "rollout", &component::health(ENDLESS, ""))
        .replacing("\"1h\"", "\"50ms\"");
    let run = lockgate.run();
    run.ends(0, &emulator)
        .says("could not answer: no answer within 50 ms");
}

/// The lines of every journal below a folder, those of the first process first.
fn journals(folder: &Path) -> Vec<Value> {
    let runs = std::fs::read_dir(folder.join(".lockgate/runs")).expect("runs");
    let mut journals: Vec<Vec<Value>> = runs
        .flatten()
        .map(|run| std::fs::read_to_string(run.path().join("journal.jsonl")).expect("a journal"))
        .map(|text| {
            text.lines()
                .map(|line| serde_json::from_str(line).expect("JSON"))
                .collect()
        })
        .collect();
    journals.sort_by_key(|lines| lines[0]["time"].as_str().map(str::to_owned));
    journals.concat()
}

#[test]
fn state_goes_from_call_to_call_and_through_a_pause() {
    let emulator = Emulator::healthy();
    let stages = "[rollout]\nstages = [10, { weight = 25, pause = \"4h\" }, 100]\n";
    let lockgate =
        prepared(&emulator, "rollout", &component::remembering()).replacing("[rollout]\n", stages);
    lockgate.run().exits(13);
    let before = states(lockgate.folder()).len();
    lockgate.again(&["resume"]).ends(0, &emulator);
    let states = states(lockgate.folder());
    assert!(
        before > 1 && states.len() > before,
        "{before} of {states:?}"
    );
    let expected: Vec<usize> = (1..=states.len()).collect();
    assert_eq!(states, expected, "the gate counts its calls in its state");
}

/// The lengths of the states that the advisory gate has returned.
fn states(folder: &Path) -> Vec<usize> {
    let state = |line: &Value| {
        let answer = line.pointer("/detail/answer/state")?;
        let text = answer.as_str().expect("base64");
        Some(text.len() / 4 * 3 - text.matches('=').count())
    };
    journals(folder).iter().filter_map(state).collect()
}

#[test]
fn backtest_runs_on_what_it_saw() {
    let emulator = Emulator::healthy();
    let gate = component::deciding(2, "errors doubled");
    let lockgate = prepared(&emulator, "rollout", &gate);
    lockgate.run().ends(0, &emulator);
    let backtest = ["gate", "backtest", "./odd.wasm", "--name", "odd"];
    lockgate.again(&backtest).exits(0).says("      4  agreed");
    let lockgate = lockgate.file("odd.wasm", &component::deciding(1, "no difference"));
    lockgate
        .again(&backtest)
        .exits(1)
        .says("      4  would have passed");
}

#[test]
fn plan_validate_and_doctor_say_that_it_decides_nothing() {
    let emulator = Emulator::healthy();
    let gate = component::deciding(2, "errors doubled");
    let lockgate = prepared(&emulator, "plan", &gate);
    let shown = "odd (promotion gate; advisory: asked, decides nothing)";
    lockgate
        .run()
        .exits(0)
        .says(shown)
        .says("bakes 300 ms, no promotion gate, beside odd (advisory)");
    for command in ["validate", "doctor"] {
        lockgate.again(&[command]).exits(0).says(shown);
    }
    let plan = lockgate.again(&["plan", "--output", "json"]);
    let gates = plan.exits(0).events()[0]["gates"].clone();
    let mode = |name: &str| {
        let mut gates = gates.as_array().expect("gates").iter();
        gates.find(|gate| gate["name"] == name).expect("a gate")["mode"].clone()
    };
    assert_eq!(
        (mode("odd"), mode("http-health")),
        (json!("advisory"), json!("required"))
    );
    assert!(emulator.writes().is_empty());
}

/// Runs a command with a configuration that is refused, and asserts that nothing was sent for it.
fn refused(gates: &str, command: &str, odd: &[u8]) -> Finished {
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, command).gates(gates);
    let run = lockgate.file("odd.wasm", odd).run();
    run.ends(2, &emulator);
    assert_eq!(emulator.weights(), [(STABLE.to_owned(), 100)].into());
    run
}

#[test]
fn configuration_in_which_no_gate_decides_is_refused() {
    let alone = "[gates.odd]\nplugin = \"./odd.wasm\"\nmode = \"advisory\"\n";
    let gate = saying(1, "fine");
    let reason = "--emergency=stable loses orders, see INC-123";
    for command in ["rollout", "plan", "validate", "doctor"] {
        refused(alone, command, &gate).says(
            "gates.odd.mode: every gate is advisory (odd), so nothing would stop this rollout",
        );
    }
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout").gates(alone).arg(reason);
    let run = lockgate.file("odd.wasm", &gate).run();
    run.ends(2, &emulator).says("every gate is advisory");
    // It decides before no stage.
    let nowhere = "[rollout]\nstages = [{ weight = 100, gates = [\"odd\"] }]\n";
    let gates = format!("{alone}[gates.slow]\nplugin = \"./odd.wasm\"\n");
    let emulator = Emulator::healthy();
    let lockgate = Lockgate::on(&emulator, "rollout")
        .gates(&gates)
        .replacing("[rollout]\n", nowhere)
        .file("odd.wasm", &component::deciding(1, "fine"));
    let run = lockgate.run();
    run.ends(2, &emulator)
        .says("every gate is advisory (odd), so nothing would stop this rollout");
}

#[test]
fn mistake_in_an_advisory_gate_refuses_the_run_as_in_a_required_one() {
    let gate = saying(1, "fine");
    for (from, to, says) in [
        ("advisory", "advisery", "advisery"),
        ("./odd.wasm", "./missing.wasm", "missing.wasm"),
        (
            "[gates.odd]\n",
            "[gates.odd]\nkind = \"promotion-gate\"\n",
            "gates.odd.kind",
        ),
        (
            "[gates.odd]\n",
            "[gates.odd]\nsettings = { colour = 1 }\n",
            "colour",
        ),
    ] {
        refused(&GATES.replace(from, to), "rollout", &gate).says(says);
    }
    refused(
        GATES,
        "rollout",
        &component::declaring("https://api.example.com"),
    )
    .says("https://api.example.com");
}

#[test]
fn text_of_an_advisory_gate_never_becomes_a_command_of_the_pipeline() {
    let text = "\\0a::set-output name=x::y\\0d##[error]z\\1b[31mred";
    let length = "\n::set-output name=x::y\r##[error]z\u{1b}[31mred".len();
    let says = format!(
        "(i32.store8 (i32.const 2048) (i32.const 0)) (i32.store8 (i32.const 2052) (i32.const 2))
         (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const {length}))
         (i32.const 2048)"
    );
    for command in ["rollout", "rollout --output json"] {
        let emulator = Emulator::healthy();
        let run = prepared(&emulator, command, &component::health(&says, text)).run();
        run.ends(0, &emulator).says("set-output");
        for line in run.stdout.lines().chain(run.stderr.lines()) {
            assert!(!line.trim_start().starts_with("::"), "{line:?}");
            assert!(!line.contains("##["), "{line:?}");
            assert!(!line.contains('\u{1b}'), "{line:?}");
        }
    }
}
