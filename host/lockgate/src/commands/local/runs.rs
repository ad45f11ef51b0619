//! `lockgate runs`: the past runs of this machine, listed, and put in order. Reads journals; `prune` and `bundle` are about whole
//! folders.

mod bundle;
mod prune;

use jiff::Timestamp;
use rollout::human;
use serde_json::{Value, json};

use crate::cli::{RunsArgs, RunsCommand, RunsListArgs};
use crate::exit::Exit;
use crate::output::{Format, Output};
use crate::store::run_folders;
use crate::store::run_summary::RunSummary;

/// Lists runs, or does what a command below says.
///
/// # Errors
/// When there are no runs, or as the commands say.
pub(in crate::commands) fn runs(args: &RunsArgs, output: &Output) -> anyhow::Result<Exit> {
    match &args.command {
        None => list(&args.list, output),
        Some(RunsCommand::Prune(args)) => prune::prune(args, output),
        Some(RunsCommand::Bundle(args)) => bundle::bundle(args, output),
    }
}

fn list(args: &RunsListArgs, output: &Output) -> anyhow::Result<Exit> {
    let (found, strange) = run_folders::list(&args.place.state_dir()?)?;
    let now = Timestamp::now();
    let mut runs = Vec::new();
    for run in &found {
        if runs.len() >= args.limit {
            break;
        }
        match RunSummary::read(run) {
            Ok(summary) if is_wanted(&summary, args, now) => runs.push(summary),
            Ok(_) => {}
            Err(error) => output.note(&format!("left out: {:#}", anyhow::Error::new(error))),
        }
    }
    for folder in strange {
        let shown = folder.display();
        output.note(&format!(
            "left out: {shown} has no journal that can be read"
        ));
    }
    match output.format() {
        Format::Json => output.json(&runs.iter().map(as_json).collect()),
        Format::Text if runs.is_empty() => output.text("no run fits"),
        Format::Text => table(&runs).iter().for_each(|line| output.text(line)),
    }
    Ok(Exit::Success)
}

fn is_wanted(run: &RunSummary, args: &RunsListArgs, now: Timestamp) -> bool {
    let is_of_app = (args.app.as_ref()).is_none_or(|app| *app == run.app.name);
    let has_outcome = (args.outcome.as_ref()).is_none_or(|outcome| outcome == run.outcome());
    let is_young = (args.since).is_none_or(|since| run.began >= since.before(now));
    is_of_app && has_outcome && is_young
}

fn table(runs: &[RunSummary]) -> Vec<String> {
    let row = |run: &RunSummary| {
        let lasted = run.ended_at.map(|ended| lasted(run.began, ended));
        let code = run.ended.as_ref().map(|ended| ended.exit_code.to_string());
        [
            run.run.clone(),
            run.app.name.clone(),
            run.began.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            lasted.unwrap_or_else(|| "-".to_owned()),
            run.outcome().to_owned(),
            code.unwrap_or_else(|| "-".to_owned()),
            run.canary.clone().unwrap_or_else(|| "-".to_owned()),
            format!("{} %", run.weight),
        ]
    };
    let head = [
        "run",
        "app",
        "began (UTC)",
        "lasted",
        "outcome",
        "exit",
        "canary",
        "reached",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(runs.iter().map(row));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..head.len())
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let line = |row: &[String; 8]| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn as_json(run: &RunSummary) -> Value {
    json!({
        "run": run.run,
        "intent": run.intent,
        "app": run.app,
        "began": format!("{:.3}", run.began),
        "ended": run.ended_at.map(|ended| format!("{ended:.3}")),
        "outcome": run.outcome(),
        "exit-code": run.ended.as_ref().map(|ended| ended.exit_code),
        "result": run.ended.as_ref().map(|ended| &ended.result),
        "canary": run.canary,
        "weight": run.weight,
        "processes": run.processes,
    })
}

/// Returns how long something lasted, in whole seconds.
fn lasted(began: Timestamp, ended: Timestamp) -> String {
    let lasted = ended.duration_since(began).try_into().unwrap_or_default();
    let whole: std::time::Duration = lasted;
    human(std::time::Duration::from_secs(whole.as_secs()))
}
