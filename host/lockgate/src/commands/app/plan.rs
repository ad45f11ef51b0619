//! `lockgate plan`: what a rollout would do, or why it would be refused. Reads only. What it prints is in `planned`.

mod planned;
mod power;

use super::preflight::{Depth, Finding, Findings, allowed, check_offline, check_online, usable};
use super::{configuration, promotion};
use crate::assemble::Reach;
use crate::cli::RolloutArgs;
use crate::exit::Exit;
use crate::output::{Format, Output};

use planned::{Planned, PlannedGate};
use power::PlannedPower;

/// Prints what a rollout would do. Exits 0 when it could begin, else with the code with which it would be refused.
///
/// # Errors
/// Errors of usage and configuration, and gates that cannot be used.
pub(in crate::commands) async fn plan(args: &RolloutArgs, output: &Output) -> anyhow::Result<Exit> {
    let target = &args.run.target;
    let mut resolved = configuration::for_rollout(target, args.as_file())?;
    let mut show = |_: &Finding| {};
    let mut findings = Findings::new(Depth::FirstRefusal, &mut show);
    let prepared = check_offline(target, &resolved, Reach::Network, output, &mut findings).await;
    let (app, gates) = usable(prepared, &findings)?;
    let found = check_online(
        &app,
        Some(&gates),
        &resolved,
        &args.new_revision,
        &mut findings,
    )
    .await;
    let gates = allowed(gates, &found, &mut resolved)?;
    let examined = found.examined.as_ref();
    let undo = examined.and_then(|examined| promotion::as_text(&examined.description));
    let labels = examined.map(|examined| examined.labels.clone());
    let power = PlannedPower::of(
        &gates.ready,
        &gates.plan,
        &resolved.target.azure,
        &app,
        found.choice.as_ref(),
    )
    .await;
    let planned = Planned {
        power,
        labels: labels.unwrap_or_default(),
        undo,
        plan: gates.plan,
        gates: gates.ready.iter().map(PlannedGate::from).collect(),
        facts: resolved.facts.clone(),
        choice: found.choice,
        promoted: found.promoted,
        deployment: found.deployment.map(Into::into),
        findings: findings.into_all(),
    };
    match output.format() {
        Format::Json => output.json(&planned.as_json()),
        Format::Text => output.document(&planned.as_text()),
    }
    Ok(planned.exit_code())
}

#[cfg(test)]
mod tests;
