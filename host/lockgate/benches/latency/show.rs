//! Runs the measurements and prints them as a table.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::time::Duration;

use crate::measure::{self, CancelledWhile};
use crate::offline;
use crate::reports::{LongRun, cost_of_an_event};

/// Measures and prints runs, recoveries and replays.
pub(crate) fn runs() {
    heading();
    for (when, moment) in [
        ("gating", CancelledWhile::Gating),
        ("shifting, 0.3 s", CancelledWhile::Shifting(300)),
        ("shifting, 1 s", CancelledWhile::Shifting(1_000)),
        ("shifting, 3 s", CancelledWhile::Shifting(3_000)),
        ("verifying", CancelledWhile::Verifying),
        ("baking", CancelledWhile::Baking),
        ("holding", CancelledWhile::Holding),
    ] {
        show(
            &format!("SIGINT to the rollback PATCH, {when}"),
            &mut measure::signal_to_rollback(moment),
        );
    }
    let mut shifts = measure::shifts();
    show("a whole shift, decided to read back", &mut shifts.took);
    show(
        "recover, process start to verified baseline",
        &mut measure::recoveries(),
    );
    show("1,000 gate cases, the whole command", &mut offline::cases());
    show(
        "backtest of 1,000 recorded calls, the whole command",
        &mut offline::backtests(),
    );
    println!("{:<58}{:>10}", "ARM calls of a shift", shifts.arm_calls);
}

fn heading() {
    println!("{:<58}{:>10}{:>10}{:>10}", "", "min", "median", "p99");
}

/// Measures and prints reports.
pub(crate) fn reports() {
    heading();
    let long = LongRun::new();
    println!("{:<58}{:>10}", "answers of a long run", long.answers());
    for format in ["html", "json", "xml", "md"] {
        let mut took = long.report(format);
        let bytes = long.size(format);
        show(
            &format!("its report, {format} of {bytes} bytes, the whole command"),
            &mut took,
        );
    }
    show(
        "all reporters, processor time for each event",
        &mut cost_of_an_event(),
    );
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of benchmarks fit")]
fn show(what: &str, samples: &mut [Duration]) {
    samples.sort();
    let at = |share: usize| {
        let index = (samples.len() * share / 100).min(samples.len() - 1);
        format!("{:.1} ms", samples[index].as_micros() as f64 / 1_000.0)
    };
    println!("{what:<58}{:>10}{:>10}{:>10}", at(0), at(50), at(99));
}
