//! Recorded and replayed calls: the gate cannot tell them apart, and no response is made up.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::component;
use crate::support::{ask_about, configured, load, load_with};
use axum::Router;
use axum::routing::get;
use gates::{
    Ask, Exchange, ExchangeError, Gate, GateSet, HttpResponse, Limits, Outcome, PerRevision,
    Recording, ReplaySource, Replayed, RequestOrder, Services, in_virtual_time,
};
use rollout::{GateFailure, Kind, Report, Verdict};
use serde_json::{Value, json};

async fn http_health() -> Gate {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/http-health/http-health.wasm");
    load(&std::fs::read(path).expect("the default gate")).await
}

async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// Makes a live call, and returns the answer and the recording, written to a HAR file's text and read again.
async fn recorded(
    gate: &Gate,
    settings: Value,
    stable: &str,
    canary: &str,
) -> (Result<Report, GateFailure>, Recording) {
    let recordings: Arc<Mutex<Vec<Recording>>> = Arc::default();
    let sink = recordings.clone();
    let set = GateSet::new(
        vec![configured("asked", gate.clone(), settings)],
        Services::silent(),
    )
    .recorded_by(Arc::new(move |recording| {
        sink.lock().expect("unpoisoned").push(recording)
    }));
    let mut answers = ask_about(&set, Kind::HealthCheck, &["asked"], stable, canary).await;
    let recording = recordings.lock().expect("unpoisoned").remove(0);
    let read = Recording::from_har(&recording.to_har()).expect("a HAR file");
    assert_eq!(read, recording, "the file holds the whole recording");
    (answers.remove(0).result, read)
}

fn replay(
    gate: &Gate,
    recording: &Recording,
    change: impl FnOnce(&mut Ask, &mut ReplaySource),
) -> Replayed {
    let mut source = ReplaySource::of(recording);
    let mut ask = recording.call.as_ref().expect("lockgate's own").ask.clone();
    change(&mut ask, &mut source);
    run(gate.clone(), ask, source)
}

/// Replays a call on a thread of its own, since the test runs in real time.
fn run(gate: Gate, ask: Ask, source: ReplaySource) -> Replayed {
    let replaying =
        move || in_virtual_time(async { gate.replay(&ask, source, Services::silent()).await });
    std::thread::spawn(replaying)
        .join()
        .expect("no panic")
        .expect("a runtime")
}

#[track_caller]
fn assert_complete(replayed: &Replayed) {
    assert_eq!(replayed.misses, []);
    assert_eq!(replayed.unused, [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn default_gate_answers_as_it_did_to_the_last_digit() {
    let canary = serve(Router::new().route("/health", get(|| async { "fine" }))).await;
    let stable = serve(Router::new().route("/health", get(|| async { "fine" }))).await;
    let gate = http_health().await;
    let settings = json!({ "interval-ms": 1, "attempts": 3 });
    let (answer, recording) = recorded(&gate, settings, &stable, &canary).await;
    assert_eq!(answer.as_ref().expect("an answer").verdict, Verdict::Pass);
    for _ in 0..2 {
        let replayed = replay(&gate, &recording, |_, _| {});
        assert_eq!(replayed.answer.result, answer);
        assert_complete(&replayed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_that_hashes_all_it_reads_answers_the_same_in_a_replay() {
    let canary = serve(Router::new().route("/", get(|| async { "one of many" }))).await;
    let gate = load(&component::spying()).await;
    let (answer, recording) = recorded(&gate, json!({}), &canary, &canary).await;
    let (another, _) = recorded(&gate, json!({}), &canary, &canary).await;
    assert_ne!(answer, another, "two live calls differ");
    let replayed = replay(&gate, &recording, |_, _| {});
    assert_eq!(replayed.answer.result, answer);
    assert_complete(&replayed);
    assert_eq!(
        Some(&replayed.readings),
        recording.call.as_ref().map(|call| &call.readings)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_replayed_too() {
    let gate = http_health().await;
    let settings = json!({ "interval-ms": 1 });
    let (answer, recording) =
        recorded(&gate, settings, "http://127.0.0.1:9", "http://127.0.0.1:9").await;
    let failed = recording.entries.iter().all(|entry| {
        matches!(
            &entry.outcome,
            Outcome::Failed {
                error: ExchangeError::Unreachable(_),
                ..
            }
        )
    });
    assert!(failed && !recording.entries.is_empty(), "{recording:?}");
    let replayed = replay(&gate, &recording, |_, _| {});
    assert_eq!(replayed.answer.result, answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn deadline_is_replayed() {
    let limits = Limits {
        wall_clock: Duration::from_millis(50),
        ..Limits::default()
    };
    let gate = load_with(&component::waiting(600_000), limits).await;
    let (answer, recording) =
        recorded(&gate, json!({}), "http://127.0.0.1:9", "http://127.0.0.1:9").await;
    assert!(
        matches!(answer, Err(GateFailure::Deadline { .. })),
        "{answer:?}"
    );
    assert_eq!(replay(&gate, &recording, |_, _| {}).answer.result, answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_minutes_of_waiting_take_no_time() {
    let limits = Limits {
        wall_clock: Duration::from_mins(20),
        ..Limits::default()
    };
    let gate = load_with(&component::waiting(600_000), limits).await;
    let ask = Ask::about(
        "waiting",
        Kind::HealthCheck,
        "http://a.example",
        "http://a.example",
    );
    let source = ReplaySource::of(&Recording {
        untimed: Vec::new(),
        call: None,
        entries: Vec::new(),
    });
    let replayed = run(gate, ask, source);
    assert_eq!(
        replayed.answer.result.expect("an answer").verdict,
        Verdict::Pass
    );
    assert_eq!(replayed.answer.took_ms, 600_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn gate_that_computes_forever_ends_in_a_replay_too() {
    let limits = Limits {
        wall_clock: Duration::from_millis(50),
        ..Limits::default()
    };
    let gate = load_with(
        &component::health("(loop $forever (br $forever)) unreachable", ""),
        limits,
    )
    .await;
    let (answer, recording) =
        recorded(&gate, json!({}), "http://127.0.0.1:9", "http://127.0.0.1:9").await;
    assert!(
        matches!(answer, Err(GateFailure::Deadline { .. })),
        "{answer:?}"
    );
    assert_eq!(replay(&gate, &recording, |_, _| {}).answer.result, answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn recording_of_one_host_is_replayed_for_another() {
    let canary = serve(Router::new().route("/health", get(|| async { "fine" }))).await;
    let gate = http_health().await;
    let (answer, recording) = recorded(&gate, json!({ "interval-ms": 1 }), &canary, &canary).await;
    let replayed = replay(&gate, &recording, |ask, _| {
        ask.canary.url = "https://shop--v9.example".to_owned();
        ask.stable.url = "https://shop--v8.example".to_owned();
    });
    assert_eq!(replayed.answer.result, answer);
    assert_complete(&replayed);
}

/// Returns an entry with this response.
fn entry(method: &str, url: &str, status: u16, body: &str) -> Exchange {
    Exchange {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        any_body: false,
        began_ms: 0.0,
        outcome: Outcome::Answered(HttpResponse {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            elapsed_ms: 1.0,
        }),
    }
}

async fn replay_of_two_probes(entries: Vec<Exchange>, order: RequestOrder) -> Replayed {
    let gate = http_health().await;
    let mut ask = Ask::about(
        "http-health",
        Kind::HealthCheck,
        "https://s.example",
        "https://c.example",
    );
    let settings = gate.complete_settings(&json!({ "attempts": 2, "interval-ms": 1 }));
    ask.settings = settings.expect("valid settings");
    let mut source = ReplaySource::of(&Recording {
        untimed: Vec::new(),
        call: None,
        entries,
    });
    source.recorded_at = PerRevision {
        stable: "https://s.example".to_owned(),
        canary: "https://c.example".to_owned(),
    };
    source.order = order;
    run(gate, ask, source)
}

#[tokio::test(flavor = "multi_thread")]
async fn several_answers_to_one_request_come_in_recorded_order() {
    let health = "https://c.example/health";
    let entries = vec![entry("GET", health, 200, ""), entry("GET", health, 503, "")];
    let replayed = replay_of_two_probes(entries, RequestOrder::Any).await;
    assert_complete(&replayed);
    let report = replayed.answer.result.expect("an answer");
    assert!(report.reason.contains("503"), "{}", report.reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn request_that_was_never_recorded_is_a_miss_with_the_nearest_entry() {
    let entries = vec![
        entry("GET", "https://c.example/healthz?full=1", 200, ""),
        entry("GET", "https://elsewhere.example/", 200, ""),
    ];
    let replayed = replay_of_two_probes(entries, RequestOrder::Any).await;
    assert_eq!(replayed.unused, [0, 1]);
    let miss = replayed.misses[0].to_string();
    assert_eq!(
        miss,
        "GET canary:/health was never recorded; the nearest is entry 0, GET canary:/healthz?full=1: it asks \
         canary:/healthz, its query is full=1, not empty"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn request_that_is_made_more_often_than_recorded_is_a_miss() {
    let replayed = replay_of_two_probes(
        vec![entry("GET", "https://c.example/health", 200, "")],
        RequestOrder::Any,
    )
    .await;
    let miss = replayed.misses[0].to_string();
    assert!(miss.contains("asked more often than recorded"), "{miss}");
}

#[tokio::test(flavor = "multi_thread")]
async fn order_of_requests_matters_only_if_it_is_asked_for() {
    let entries = || {
        vec![
            entry("GET", "https://c.example/other", 200, ""),
            entry("GET", "https://c.example/health", 200, ""),
            entry("GET", "https://c.example/health", 200, ""),
        ]
    };
    let replayed = replay_of_two_probes(entries(), RequestOrder::Any).await;
    assert_eq!((replayed.misses.len(), &replayed.unused[..]), (0, &[0][..]));
    let ordered = replay_of_two_probes(entries(), RequestOrder::Recorded).await;
    let miss = ordered.misses[0].to_string();
    assert!(miss.contains("entry 0, GET canary:/other"), "{miss}");
}
