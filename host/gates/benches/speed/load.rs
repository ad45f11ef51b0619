//! Measures the loading of the default gate, compiled already: judged by its types, found in the cache, asked to describe
//! itself.

use std::time::{Duration, Instant};

use gates::{Host, HostOptions, Limits};

use crate::call::default_gate;

const LOADS: usize = 500;

/// Measures loads.
pub(crate) fn from_the_cache() -> Vec<Duration> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(measure())
}

async fn measure() -> Vec<Duration> {
    let folder = tempfile::tempdir().expect("a folder");
    let host = Host::new(HostOptions {
        cache: Some(folder.path().to_owned()),
        ..HostOptions::default()
    });
    let host = host.expect("a host");
    let component = default_gate();
    let mut took = Vec::with_capacity(LOADS);
    // The first one compiles.
    for _ in 0..=LOADS {
        let began = Instant::now();
        let gate = host.load("gate", &component, Limits::default()).await;
        took.push(began.elapsed());
        gate.expect("a gate");
    }
    took.split_off(1)
}
