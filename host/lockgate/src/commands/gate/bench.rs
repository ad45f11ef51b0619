//! `lockgate gate bench`: measures what a gate costs over test cases, alone or beside a second gate. Steps are counted
//! by a metered host and are repeatable; times come from an unmetered one.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use gates::{Gate, Limits};
use serde_json::json;

use super::printed::Printed;
use crate::assemble::{self, Reach};
use crate::cases::{self, CallResult, PreparedCase};
use crate::cli::GateBenchArgs;
use crate::config::PluginSource;
use crate::exit::Exit;
use crate::output::Output;

/// What one component costs over all cases.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GateCost {
    /// Of the component, in bytes.
    pub(super) size: usize,
    /// Steps of all cases together; the same in every round.
    pub(super) steps: u64,
    /// Of one case, with a fresh instance for each of its calls: the median over all cases and rounds.
    pub(super) median: Duration,
    /// Of the case that needs the most.
    pub(super) memory_bytes: usize,
    /// Of all cases together.
    pub(super) requests: usize,
    /// Cases whose expectations the gate meets.
    pub(super) passed: usize,
    /// Cases of a kind that the gate is not, which are not measured.
    pub(super) skipped: usize,
}

/// A measured component under its name for the table.
pub(super) struct MeasuredGate {
    pub(super) name: String,
    pub(super) cost: GateCost,
}

/// Measures one or two components over cases.
///
/// # Errors
/// When a component or a case cannot be used, or the steps of two rounds differ.
pub(super) async fn bench(args: &GateBenchArgs, output: &Output) -> anyhow::Result<Exit> {
    let paths = cases::find(&args.cases)?;
    let cases = paths.iter().map(|path| cases::read(path));
    let cases: Vec<PreparedCase> = cases.collect::<Result<_, _>>().map_err(|broken| {
        broken
            .error
            .context(format!("case {}", broken.path.display()))
    })?;
    let metered = assemble::metered_loader(args.cache_dir.clone(), output)?;
    let unmetered = assemble::loader(args.cache_dir.clone(), Reach::ThisMachine, output)?;
    let mut measured = Vec::new();
    for plugin in std::iter::once(&args.plugin).chain(&args.against) {
        let source = PluginSource::parse(plugin, Path::new(""))?;
        let unusable = || format!("{plugin} cannot be measured");
        let steps = metered.load(&source, Limits::default()).await;
        let time = unmetered.load(&source, Limits::default()).await;
        let gate = BenchGate {
            metered: steps.with_context(unusable)?,
            unmetered: time.with_context(unusable)?,
        };
        let (cases, rounds) = (cases.clone(), args.rounds);
        let measuring = move || gates::in_virtual_time(gate.measure(&cases, rounds));
        let cost = tokio::task::spawn_blocking(measuring)
            .await
            .context("the measurement was cut short")?;
        let cost = cost.context("cannot start the replay")??;
        ensure!(
            cost.skipped < paths.len(),
            "{plugin} is of another kind than every case below {}; name cases for it with --cases",
            args.cases.display()
        );
        measured.push(MeasuredGate {
            name: column_name(plugin),
            cost,
        });
    }
    printed(&measured, cases.len(), args.rounds).print(output);
    Ok(Exit::Success)
}

/// Returns the file name of a path, because a whole path is too long for the head of a column.
fn column_name(plugin: &str) -> String {
    let name = Path::new(plugin).file_name();
    let name = name.map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| plugin.to_owned())
}

/// One component, loaded by a host that counts steps and by one that does not.
struct BenchGate {
    metered: Gate,
    unmetered: Gate,
}

impl BenchGate {
    async fn measure(self, cases: &[PreparedCase], rounds: u32) -> anyhow::Result<GateCost> {
        let mut cost = GateCost {
            size: self.unmetered.size(),
            ..GateCost::default()
        };
        let mut times = Vec::new();
        for case in cases {
            if !case.fits(&self.unmetered) {
                cost.skipped += 1;
                continue;
            }
            let context = || format!("case {}", case.path.display());
            cost.steps += self.steps(case).await.with_context(context)?;
            for round in 0..rounds {
                let began = Instant::now();
                let calls = case.replay(&self.unmetered).await.with_context(context)?;
                times.push(began.elapsed());
                if round == 0 {
                    for CallResult { replayed, .. } in &calls {
                        cost.requests += replayed.entries.len();
                        cost.memory_bytes = cost.memory_bytes.max(replayed.usage.memory_bytes);
                    }
                    let passed = calls.iter().all(|call| call.differences.is_empty());
                    cost.passed += usize::from(passed);
                }
            }
        }
        times.sort();
        cost.median = times.get(times.len() / 2).copied().unwrap_or_default();
        Ok(cost)
    }

    /// Returns the steps of a case, counted twice.
    async fn steps(&self, case: &PreparedCase) -> anyhow::Result<u64> {
        let mut counted = [0; 2];
        for steps in &mut counted {
            let calls = case.replay(&self.metered).await?;
            let of_call = |call: &CallResult| call.replayed.usage.fuel.unwrap_or_default();
            *steps = calls.iter().map(of_call).sum();
        }
        let [first, second] = counted;
        ensure!(
            first == second,
            "two rounds took {first} and {second} steps, so the gate depends on more than the case"
        );
        Ok(first)
    }
}

/// One row of the table.
struct Figure {
    name: &'static str,
    value: fn(&GateCost) -> f64,
    unit: &'static str,
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
const FIGURES: [Figure; 7] = [
    Figure {
        name: "size",
        value: |cost| cost.size as f64,
        unit: "bytes",
    },
    Figure {
        name: "steps, all cases",
        value: |cost| cost.steps as f64,
        unit: "",
    },
    Figure {
        name: "time, a case (median)",
        value: |cost| cost.median.as_secs_f64() * 1e6,
        unit: "us",
    },
    Figure {
        name: "memory at most",
        value: |cost| cost.memory_bytes as f64 / 1024.0,
        unit: "KiB",
    },
    Figure {
        name: "requests, all cases",
        value: |cost| cost.requests as f64,
        unit: "",
    },
    Figure {
        name: "cases passed",
        value: |cost| cost.passed as f64,
        unit: "",
    },
    Figure {
        name: "cases of another kind",
        value: |cost| cost.skipped as f64,
        unit: "",
    },
];

/// Returns a table with a column for each gate; of two gates also the ratio of the second to the first.
pub(super) fn printed(gates: &[MeasuredGate], cases: usize, rounds: u32) -> Printed {
    let mut printed = Printed::default();
    printed.line(format!("{cases} cases, {rounds} rounds of each"));
    let names: String = gates
        .iter()
        .map(|gate| format!("{:>28}", gate.name))
        .collect();
    let ratio = if gates.len() == 2 { "   ratio" } else { "" };
    printed.line(format!("{:<24}{names}{ratio}", ""));
    for Figure { name, value, unit } in FIGURES {
        let values: Vec<f64> = gates.iter().map(|gate| value(&gate.cost)).collect();
        let cell = |value: &f64| format!("{:>28}", format!("{value:.0} {unit}").trim_end());
        let cells: String = values.iter().map(cell).collect();
        let ratio = match values[..] {
            [first, second] if first > 0.0 => format!("{:>8.2}", second / first),
            _ => String::new(),
        };
        printed.line(format!("{name:<24}{cells}{ratio}"));
    }
    printed.events = gates
        .iter()
        .map(|gate| event(gate, cases, rounds))
        .collect();
    printed
}

fn event(gate: &MeasuredGate, cases: usize, rounds: u32) -> serde_json::Value {
    let cost = &gate.cost;
    json!({
        "event": "gate-measured", "plugin": gate.name, "cases": cases, "rounds": rounds, "bytes": cost.size,
        "steps": cost.steps, "median-us": cost.median.as_secs_f64() * 1e6, "memory-bytes": cost.memory_bytes,
        "requests": cost.requests, "passed": cost.passed,
        "skipped": cost.skipped,
    })
}
