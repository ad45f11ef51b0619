//! One call of the default gate in a fresh instance, with an answer that is there already.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gates::{
    Answer, Asked, ConfiguredGate, Exchange, Exchanging, GateSet, Host, HostOptions, Limits,
    Origins, Services,
};
use rollout::ports::{Gates as _, Question};
use rollout::{Inspection, Kind, Memory, Revision, Traffic, Verdict};

const CALLS: usize = 5_000;

/// Answers 200 at once.
struct Canned;

impl Exchange for Canned {
    fn exchange(&self, _: Asked) -> Exchanging<'_> {
        Box::pin(std::future::ready(Ok(Answer {
            status: 200,
            headers: Vec::new(),
            body: b"ok".to_vec(),
            elapsed_ms: 1.0,
        })))
    }
}

/// Returns how long each call took.
pub(crate) fn fresh_calls() -> Vec<Duration> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(measure())
}

async fn measure() -> Vec<Duration> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/http-health/http-health.wasm");
    let bytes = std::fs::read(path).expect("the default gate");
    let host = Host::new(HostOptions::default()).expect("a host");
    let gate = host.load(&bytes, Limits::default()).await.expect("a gate");
    let configured = ConfiguredGate {
        name: "http-health".to_owned(),
        gate,
        settings: serde_json::json!({ "attempts": 1 }),
        allow: Origins::default(),
    };
    let set = GateSet::answered_by(vec![configured], Services::silent(), Arc::new(Canned));
    let revision = |name: &str| Revision {
        name: name.to_owned(),
        url: "https://canary.example".to_owned(),
        image: String::new(),
    };
    let inspection = Inspection {
        app: "shop".to_owned(),
        stable: revision("stable"),
        canary: revision("canary"),
        baseline: Traffic::default(),
        now: Traffic::default(),
        record: None,
        stable_unfit: None,
    };
    let (gates, memory) = (["http-health".to_owned()], Memory::default());
    let mut took = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let question = Question {
            kind: Kind::HealthCheck,
            gates: &gates,
            run: "bench",
            inspection: &inspection,
            stage: 0,
            stages: 4,
            weight: 0,
            next_weight: 10,
            asked: 1,
            memory: &memory,
        };
        let began = Instant::now();
        let answers = set.ask(question).await;
        took.push(began.elapsed());
        let report = answers[0].result.as_ref().expect("an answer");
        assert_eq!(report.verdict, Verdict::Pass, "{}", report.reason);
    }
    took
}
