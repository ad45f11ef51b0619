//! `lockgate gate bench`: what a gate costs over its cases, and a second one beside it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use gates::{Gate, Host, Metering, Services};
use serde_json::json;

use crate::cases::{self, Prepared};
use crate::cli::GateBenchArgs;
use crate::config::PluginSource;
use crate::output::Output;
use crate::{assemble, assemble::plugins};

/// What one component costs.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    size: usize,
    /// Steps of all cases together; the same in every round.
    fuel: u64,
    /// Of one case, a fresh instance included: the median over all cases and rounds.
    time: Duration,
    /// The largest of all cases.
    memory_bytes: usize,
    requests: usize,
    as_expected: usize,
}

/// Measures one or two components over cases.
///
/// # Errors
/// When a component or a case cannot be used, or steps differ between two rounds.
pub(super) async fn bench(args: &GateBenchArgs, output: &Output) -> anyhow::Result<u8> {
    let cases = cases::find(&args.cases)?;
    let cases = cases.iter().map(|path| cases::read(path));
    let cases: Vec<Prepared> = cases.collect::<Result<_, _>>().map_err(|broken| {
        broken
            .error
            .context(format!("case {}", broken.path.display()))
    })?;
    let metered = assemble::host_that(Metering::Steps, args.cache_dir.clone(), output)?;
    let plain = assemble::host(args.cache_dir.clone(), output)?;
    let mut costs = Vec::new();
    for plugin in [Some(&args.plugin), args.against.as_ref()]
        .into_iter()
        .flatten()
    {
        let source = PluginSource::parse(plugin, std::path::Path::new(""))?;
        let bytes = plugins::read(&source)?;
        let loaded = Loaded {
            metered: load(&metered, &bytes, plugin).await?,
            plain: load(&plain, &bytes, plugin).await?,
        };
        let (cases, rounds) = (cases.clone(), args.rounds);
        let measuring = move || gates::in_virtual_time(measure(&loaded, &cases, rounds));
        let cost = tokio::task::spawn_blocking(measuring)
            .await
            .context("the measuring was cut short")?;
        costs.push((name(plugin), cost.context("cannot start the replay")??));
    }
    show(&costs, cases.len(), args.rounds, output);
    Ok(0)
}

/// A path is too long for the head of a column.
fn name(plugin: &str) -> String {
    let path = std::path::Path::new(plugin);
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| plugin.to_owned())
}

struct Loaded {
    metered: Gate,
    plain: Gate,
}

async fn load(host: &Host, bytes: &[u8], plugin: &str) -> anyhow::Result<Gate> {
    host.load(bytes, gates::Limits::default())
        .await
        .with_context(|| format!("{plugin} is not a gate"))
}

async fn measure(loaded: &Loaded, cases: &[Prepared], rounds: u32) -> anyhow::Result<Cost> {
    let mut cost = Cost {
        size: loaded.plain.size(),
        ..Cost::default()
    };
    let mut times = Vec::new();
    for case in cases {
        let what = || format!("case {}", case.path.display());
        let (ask, world) = case.question(&loaded.plain).with_context(what)?;
        let mut fuel = None;
        for _ in 0..2 {
            let replayed = loaded
                .metered
                .replay(&ask, world.clone(), Services::silent())
                .await;
            let steps = replayed.usage.fuel.unwrap_or_default();
            ensure!(
                fuel.is_none_or(|before| before == steps),
                "{}: two rounds took {} and {steps} steps, so something else than the case decides",
                what(),
                fuel.unwrap_or_default()
            );
            fuel = Some(steps);
        }
        cost.fuel += fuel.unwrap_or_default();
        for round in 0..rounds {
            let began = Instant::now();
            let replayed = loaded
                .plain
                .replay(&ask, world.clone(), Services::silent())
                .await;
            times.push(began.elapsed());
            if round == 0 {
                cost.requests += replayed.entries.len();
                cost.memory_bytes = cost.memory_bytes.max(replayed.usage.memory_bytes);
                cost.as_expected += usize::from(case.is_met(&ask, &replayed));
            }
        }
    }
    times.sort();
    cost.time = times.get(times.len() / 2).copied().unwrap_or_default();
    Ok(cost)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn show(costs: &[(String, Cost)], cases: usize, rounds: u32, output: &Output) {
    type Figure = (&'static str, fn(&Cost) -> f64, &'static str);
    let figures: [Figure; 6] = [
        ("size", |cost| cost.size as f64, "bytes"),
        ("steps, all cases", |cost| cost.fuel as f64, ""),
        (
            "time, a case (median)",
            |cost| cost.time.as_secs_f64() * 1e6,
            "us",
        ),
        (
            "memory at most",
            |cost| cost.memory_bytes as f64 / 1024.0,
            "KiB",
        ),
        ("requests, all cases", |cost| cost.requests as f64, ""),
        ("cases as expected", |cost| cost.as_expected as f64, ""),
    ];
    output.text(&format!("{cases} cases, {rounds} rounds of each"));
    let names: Vec<String> = costs
        .iter()
        .map(|(name, _)| format!("{name:>28}"))
        .collect();
    let ratio = if costs.len() == 2 { "   ratio" } else { "" };
    output.text(&format!("{:<24}{}{ratio}", "", names.join("")));
    for (name, figure, unit) in figures {
        let values: Vec<f64> = costs.iter().map(|(_, cost)| figure(cost)).collect();
        let shown: Vec<String> = values
            .iter()
            .map(|value| format!("{:>28}", format!("{value:.0} {unit}").trim_end()))
            .collect();
        let ratio = match values[..] {
            [first, second] if first > 0.0 => format!("{:>8.2}", second / first),
            _ => String::new(),
        };
        output.text(&format!("{name:<24}{}{ratio}", shown.join("")));
    }
    for (name, cost) in costs {
        output.json(&json!({
            "event": "measured", "plugin": name, "cases": cases, "rounds": rounds, "bytes": cost.size,
            "steps": cost.fuel, "median-us": cost.time.as_secs_f64() * 1e6, "memory-bytes": cost.memory_bytes,
            "requests": cost.requests, "as-expected": cost.as_expected,
        }));
    }
}
