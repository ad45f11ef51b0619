//! Measures the same call of the same component with nothing but wasmtime around it: an instance and a call, no limits, no
//! WASI, no recording. What lockgate adds to that is the difference.

use std::time::{Duration, Instant};

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

use crate::call::{CALLS, default_gate};

/// The contract as wasmtime generates it.
mod bindings {
    wasmtime::component::bindgen!({ path: "../../wit/plugin-0.1", world: "health-check" });
}

use bindings::lockgate::plugin::{clock, http, log, traffic, types};

/// Answers every request alike, at once.
struct Answering;

impl types::Host for Answering {}

impl http::Host for Answering {
    fn send(&mut self, _: http::Request) -> Result<http::Response, http::Error> {
        Ok(http::Response {
            status: 200,
            headers: Vec::new(),
            body: b"ok".to_vec(),
            elapsed_ms: 1.0,
        })
    }

    fn send_all(
        &mut self,
        requests: Vec<http::Request>,
    ) -> Vec<Result<http::Response, http::Error>> {
        requests.into_iter().map(|one| self.send(one)).collect()
    }
}

impl clock::Host for Answering {
    fn now_ms(&mut self) -> f64 {
        0.0
    }

    fn sleep_ms(&mut self, _: u32) {}
}

impl log::Host for Answering {
    fn write(&mut self, _: log::Level, _: String, _: Vec<(String, String)>) {}
}

impl traffic::Host for Answering {
    fn slices(&mut self, _: u32) -> Result<Vec<traffic::Slice>, String> {
        Err("there are none".to_owned())
    }
}

/// Returns the duration of each call with these settings.
pub(crate) fn fresh_calls(settings: &str) -> Vec<Duration> {
    let engine = Engine::default();
    let component = Component::new(&engine, default_gate()).expect("a component");
    let mut linker = Linker::new(&engine);
    bindings::HealthCheck::add_to_linker::<_, HasSelf<Answering>>(&mut linker, |host| host)
        .expect("the contract");
    let linked = linker.instantiate_pre(&component).expect("it is linked");
    let linked = bindings::HealthCheckPre::new(linked).expect("a health check");
    let context = context(settings);
    let once = || {
        let began = Instant::now();
        let mut store = Store::new(&engine, Answering);
        let instance = linked.instantiate(&mut store).expect("an instance");
        let report = instance
            .lockgate_plugin_health_checking()
            .call_check(&mut store, &context)
            .expect("no trap")
            .expect("a report");
        drop(store);
        let took = began.elapsed();
        assert_eq!(report.health, types::Health::Healthy, "{}", report.summary);
        took
    };
    (0..CALLS).map(|_| once()).collect()
}

fn context(settings: &str) -> types::Context {
    let revision = || types::Revision {
        name: "shop--v1".to_owned(),
        url: "https://canary.example".to_owned(),
        image: String::new(),
    };
    types::Context {
        rollout: types::Rollout {
            id: "run".to_owned(),
            app: "shop".to_owned(),
            stable: revision(),
            canary: revision(),
        },
        stage: types::Stage {
            index: 0,
            total: 1,
            weight: 0,
            next_weight: 100,
            asked: 1,
            weight_since_s: 0.0,
            now_s: 0.0,
        },
        settings: settings.to_owned(),
        facts: Vec::new(),
        state: Vec::new(),
    }
}
