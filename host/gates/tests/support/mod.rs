//! One host for all tests of a binary, and questions to gates as the engine asks them.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use gates::{ConfiguredGate, Gate, GateSet, Host, HostOptions, Limits, Origins};
use rollout::ports::{Gates as _, Question};
use rollout::{GateAnswer, Inspection, Kind, Memory, Revision, Traffic};
use serde_json::Value;

pub(crate) fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gate-cache");
        let options = HostOptions {
            cache: Some(cache),
            ..HostOptions::default()
        };
        Host::new(options).expect("a host")
    })
}

pub(crate) async fn load(bytes: &[u8]) -> Gate {
    load_with(bytes, Limits::default()).await
}

pub(crate) async fn load_with(bytes: &[u8], limits: Limits) -> Gate {
    host().load("gate", bytes, limits).await.expect("a gate")
}

pub(crate) fn configured(name: &str, gate: Gate, settings: Value) -> ConfiguredGate {
    let settings = gate.complete_settings(&settings);
    ConfiguredGate {
        name: name.to_owned(),
        gate,
        settings: settings.expect("valid settings"),
        facts: Arc::default(),
        allow: Origins::default(),
        credentials: Vec::new(),
        secrets: Arc::default(),
    }
}

pub(crate) async fn ask_about(
    set: &GateSet,
    kind: Kind,
    gates: &[&str],
    stable: &str,
    canary: &str,
) -> Vec<GateAnswer> {
    let gates: Vec<String> = gates.iter().map(|name| (*name).to_owned()).collect();
    let revision = |name: &str, url: &str| Revision {
        name: name.to_owned(),
        url: url.to_owned(),
        image: String::new(),
    };
    let inspection = Inspection {
        app: "shop".to_owned(),
        stable: revision("shop--v1", stable),
        canary: revision("shop--v2", canary),
        baseline: Traffic::default(),
        now: Traffic::default(),
        lease: None,
        stable_unfit: None,
        stable_state: None,
        settled: true,
        labels: rollout::Labels::default(),
        undoes: None,
        read_at: 0,
    };
    set.ask(Question {
        kind,
        gates: &gates,
        run: "run",
        inspection: &inspection,
        stage: 0,
        stages: 4,
        weight: 0,
        next_weight: 10,
        asked: 1,
        weight_since: 1_795_600_000,
        now: 1_795_646_400,
        memory: &Memory::default(),
    })
    .await
}
