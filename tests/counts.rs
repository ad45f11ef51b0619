//! A promotion gate that judges by what the platform counted, while real requests are served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use crate::support::{CANARY, Emulator, Finished, Lockgate, counting};

/// Two stages, the second opened by the gate alone; counts appear at once.
const CONFIGURATION: &str = r#"
[app]
name = "shop"
resource-group = "demo"
subscription = "00000000-0000-0000-0000-000000000000"

[azure]
metrics-lag = "0s"

[rollout]
stages = [{ weight = 25, gates = [] }, { weight = 100, gates = ["counts"] }]
bake = "100ms"
gate-deadline = "60s"
retry-interval = "50ms"

[gates.counts]
plugin = "./counts.wasm"
"#;

fn lockgate(emulator: &Emulator) -> Lockgate {
    Lockgate::on(emulator, "rollout")
        .config(CONFIGURATION)
        .file("counts.wasm", &counting::counting())
}

/// Requests at the app's own address, one after the other, until this is dropped.
struct Load {
    stop: Arc<AtomicBool>,
    visits: Option<JoinHandle<()>>,
}

impl Load {
    fn on(emulator: &Emulator) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let (url, stopped) = (emulator.app_url().to_owned(), stop.clone());
        let visits = std::thread::spawn(move || {
            let client = reqwest::blocking::Client::new();
            while !stopped.load(Ordering::Relaxed) {
                client.get(&url).send().expect("the app answers");
            }
        });
        Load {
            stop,
            visits: Some(visits),
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // A visitor that failed has said so on stderr.
        let _ = self.visits.take().map(JoinHandle::join);
    }
}

/// Returns the questions about counts that the emulator was asked.
fn questions(emulator: &Emulator) -> Vec<Value> {
    let is_count = |request: &Value| {
        let path = request["path"].as_str().unwrap_or_default();
        path.ends_with("/providers/Microsoft.Insights/metrics")
    };
    emulator.requests().into_iter().filter(is_count).collect()
}

/// Rolls out with a gate that never gets counts, and gives up soon.
fn without_counts(scenario: &Value) -> (Emulator, Finished) {
    let emulator = Emulator::start(scenario);
    let run = lockgate(&emulator)
        .replacing("gate-deadline = \"60s\"", "gate-deadline = \"300ms\"")
        .run();
    (emulator, run)
}

#[test]
fn gate_promotes_a_canary_whose_counted_answers_are_good() {
    let emulator = Emulator::healthy();
    let load = Load::on(&emulator);
    let run = lockgate(&emulator).run();
    drop(load);
    run.ends(0, &emulator)
        .says("promotion gate counts: pass: the canary answers well");
    assert!(!questions(&emulator).is_empty(), "{run}");
}

#[test]
fn gate_stops_a_canary_that_fails_under_real_traffic_alone() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "fails-from-weight": 25 }));
    let load = Load::on(&emulator);
    let run = lockgate(&emulator).run();
    drop(load);
    run.ends(10, &emulator)
        .says("promotion gate counts said no: the canary answered with 5xx");
    let writes = emulator.writes();
    assert_eq!(writes.len(), 2, "25 % and back: {run}");
}

#[test]
fn counts_that_are_not_there_yet_hold_the_canary_and_say_so() {
    let mut scenario = Emulator::shop();
    scenario["metrics"] = json!({ "absent": true });
    let (emulator, run) = without_counts(&scenario);
    run.ends(10, &emulator)
        .says("no data yet for shop--v1 and shop--v2");
}

#[test]
fn counts_that_may_not_be_read_name_the_role() {
    let mut scenario = Emulator::shop();
    scenario["denied"] = json!(["Microsoft.Insights/metrics/read"]);
    let (emulator, run) = without_counts(&scenario);
    run.ends(10, &emulator)
        .says("Microsoft.Insights/metrics/read")
        .says("Monitoring Reader");
}

#[test]
fn counts_are_asked_for_in_the_time_of_the_service() {
    let mut scenario = Emulator::shop();
    scenario["clock-skew-s"] = json!(-240);
    let emulator = Emulator::start(&scenario);
    let load = Load::on(&emulator);
    let run = lockgate(&emulator).run();
    drop(load);
    run.ends(0, &emulator)
        .says("promotion gate counts: pass: the canary answers well");
}

#[test]
fn gates_that_ask_the_same_share_one_question() {
    let emulator = Emulator::healthy();
    // Both gates ask while the first answer is under way.
    let delay = json!({ "delay": { "ms": 500 } });
    let on = json!({ "path-contains": "Microsoft.Insights" });
    emulator.fault(&json!({ "on": on, "what": delay }));
    // As on Azure, the window is the same one for a minute; what is served now is not in it yet.
    let second = "\n[gates.twin]\nplugin = \"./counts.wasm\"\n";
    let run = Lockgate::on(&emulator, "rollout")
        .config(&format!("{CONFIGURATION}{second}"))
        .replacing("gates = [\"counts\"]", "gates = [\"counts\", \"twin\"]")
        .replacing("gate-deadline = \"60s\"", "gate-deadline = \"1ms\"")
        .replacing("metrics-lag = \"0s\"", "metrics-lag = \"3m\"")
        .file("counts.wasm", &counting::counting())
        .run();
    run.ends(10, &emulator).says("no data yet");
    assert_eq!(questions(&emulator).len(), 1, "{run}");
}
