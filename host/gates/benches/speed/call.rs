//! Measures one call of the default gate in a fresh instance, replayed from a recording.

use std::path::Path;
use std::time::{Duration, Instant};

use gates::{
    Ask, Exchange, Host, HostOptions, HttpResponse, Limits, Outcome, Readings, ReplaySource,
    RequestOrder, Seed, Services, in_virtual_time,
};
use rollout::{Kind, Verdict};

const CALLS: usize = 5_000;
const CANARY: &str = "https://canary.example";

/// Returns the duration of each call.
pub(crate) fn fresh_calls() -> Vec<Duration> {
    in_virtual_time(measure()).expect("a runtime")
}

async fn measure() -> Vec<Duration> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/http-health/http-health.wasm");
    let bytes = std::fs::read(path).expect("the default gate");
    let host = Host::new(HostOptions::default()).expect("a host");
    let gate = host
        .load("gate", &bytes, Limits::default())
        .await
        .expect("a gate");
    let mut ask = Ask::about("http-health", Kind::HealthCheck, CANARY, CANARY);
    ask.settings = serde_json::json!({ "attempts": 1 });
    let source = ReplaySource {
        entries: vec![recorded()],
        recorded_at: ask.urls().map(str::to_owned),
        seed: Seed::from_text("bench"),
        readings: Readings::default(),
        order: RequestOrder::Any,
        otherwise: None,
    };
    let mut took = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let began = Instant::now();
        let replayed = gate.replay(&ask, source.clone(), Services::silent()).await;
        took.push(began.elapsed());
        let report = replayed.answer.result.as_ref().expect("an answer");
        assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
        assert_eq!(replayed.misses, []);
    }
    took
}

fn recorded() -> Exchange {
    Exchange {
        method: "GET".to_owned(),
        url: format!("{CANARY}/health"),
        headers: Vec::new(),
        body: None,
        any_body: false,
        began_ms: 0.0,
        outcome: Outcome::Answered(HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: b"ok".to_vec(),
            elapsed_ms: 1.0,
        }),
    }
}
