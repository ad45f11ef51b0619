//! `cargo bench -p gates`: measures the cost of a gate's call and of the executable. Prints figures and asserts none.
//!
//! `call`, `load` and `masking` measure inside this process, `bare` a call without lockgate; `process` builds and starts the executable.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

mod bare;
mod call;
mod load;
mod masking;
mod process;

use std::time::Duration;

fn main() {
    // `cargo test --benches` only checks that the benchmark builds.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    println!("{:<58}{:>10}{:>10}{:>10}", "", "min", "median", "p99");
    let call::Calls {
        took: mut replayed,
        settings,
    } = call::fresh_calls();
    let mut bare = bare::fresh_calls(&settings);
    show(
        "a fresh instance and one http-health call, replayed",
        &mut replayed,
    );
    show("the same call with wasmtime alone", &mut bare);
    let median = |samples: &[Duration]| samples[samples.len() / 2].as_secs_f64();
    println!(
        "{:<58}{:>20.2}",
        "ratio of the medians",
        median(&replayed) / median(&bare)
    );
    show(
        "http-health loaded from the cache of compiled gates",
        &mut load::from_the_cache(),
    );
    show(
        "4 MiB of JSON searched for 10 secrets of 2,000 characters",
        &mut masking::searches(),
    );
    let executable = process::build();
    show(
        "process start to the first probe's bytes, warm cache",
        &mut process::first_probe(&executable),
    );
    show(
        "failing verdict to the rollback PATCH on the wire",
        &mut process::verdict_to_rollback(&executable),
    );
    let peak = process::peak_memory_kib(&executable);
    println!(
        "{:<58}{:>7.1} MiB",
        "peak memory of a whole rollout",
        peak / 1_024.0
    );
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of benchmarks fit")]
fn show(what: &str, samples: &mut [Duration]) {
    samples.sort();
    let at = |share: usize| {
        let index = (samples.len() * share / 100).min(samples.len() - 1);
        let us = samples[index].as_micros();
        match us {
            0..10_000 => format!("{us} µs"),
            _ => format!("{:.1} ms", us as f64 / 1_000.0),
        }
    };
    println!("{what:<58}{:>10}{:>10}{:>10}", at(0), at(50), at(99));
}
