//! Measures one call of the default gate in a fresh instance, replayed from a recording.

use std::path::Path;
use std::time::{Duration, Instant};

use gates::{
    Ask, Exchange, Host, HostOptions, HttpResponse, Limits, Outcome, Readings, Repeats,
    ReplaySource, RequestOrder, Seed, Services, in_virtual_time,
};
use rollout::{Kind, Verdict};

pub(crate) const CALLS: usize = 5_000;
const CANARY: &str = "https://canary.example";

/// Calls that were measured.
pub(crate) struct Calls {
    /// The duration of each.
    pub(crate) took: Vec<Duration>,
    /// The complete settings that each had.
    pub(crate) settings: String,
}

/// Measures calls.
pub(crate) fn fresh_calls() -> Calls {
    in_virtual_time(measure()).expect("a runtime")
}

/// Returns the component of the default gate.
pub(crate) fn default_gate() -> Vec<u8> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/http-health/http-health.wasm");
    std::fs::read(path).expect("the default gate")
}

async fn measure() -> Calls {
    let host = Host::new(HostOptions::default()).expect("a host");
    let gate = host
        .load("gate", &default_gate(), Limits::default())
        .await
        .expect("a gate");
    let mut ask = Ask::about("http-health", Kind::HealthCheck, CANARY, CANARY);
    let settings = serde_json::json!({ "attempts": 1 });
    ask.settings = gate.complete_settings(&settings).expect("valid settings");
    let source = ReplaySource {
        entries: vec![recorded()],
        recorded_at: ask.urls().map(str::to_owned),
        seed: Seed::from_text("bench"),
        readings: Readings::default(),
        traffic: None,
        order: RequestOrder::Any,
        repeats: Repeats::Missed,
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
    let settings = ask.settings.to_string();
    Calls { took, settings }
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
