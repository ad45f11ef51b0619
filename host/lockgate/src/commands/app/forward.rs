//! A run that asks gates, from its files to what follows its end: rollout, resume and undo share it. All of them load every
//! gate first, so that nothing is written for a run that could not begin (I-6), and record what the gates see.

use ::rollout::ports::{CancelRequest, InspectError};
use ::rollout::{Inspection, Outcome, Phase, Progress, Rollout};
use serde_json::json;

use super::after::{deactivate_failed, retire};
use super::attestation::AttestationFile;
use super::preflight::Begun;
use crate::assemble::{self, ReadyGate, RolloutParts};
use crate::cli::ReportsArgs;
use crate::commands::report_files::ReportFiles;
use crate::config::{OnFailure, PluginSource, RolloutConfig};
use crate::exit::Exit;
use crate::output::Output;
use crate::report::Report;
use crate::report::pipelines::EarlyEnd;
use crate::run::gates::RunGates;
use crate::run::keeper::Keeper;
use crate::run::recordings::{ComponentSource, Components, RecordingStore};
use crate::run::signals::CancelChannel;
use crate::run::{self, ReportersOf, Run};

/// Says that the run was asked to end before it had read anything.
pub(super) fn cancelled(by: &CancelRequest, output: &Output) -> Exit {
    let result = format!("cancelled by {by} before the app was read");
    EarlyEnd::new(Exit::Cancelled, "cancelled", &result).publish(output);
    output.text(&result);
    output.text("nothing was written");
    output.text(&format!("exit code {}", Exit::Cancelled));
    output.command_event(json!({
        "event": "cancelled", "by": by.by, "result": result, "exit-code": Exit::Cancelled.code(),
    }));
    Exit::Cancelled
}

/// The files of a run that moves traffic to the canary, begun before anything is written to the app.
pub(super) struct Files {
    keeper: Keeper,
    recordings: RecordingStore,
    attestation: Option<AttestationFile>,
    reports: ReportFiles,
}

impl Files {
    pub(super) async fn begin(
        resolved: &RolloutConfig,
        parts: &RolloutParts,
        run: &str,
        reports: &ReportsArgs,
    ) -> anyhow::Result<Files> {
        let reports = ReportFiles::open(&reports.report)?;
        let attestation = resolved.attest.as_deref().map(AttestationFile::open);
        let attestation = attestation.transpose()?;
        let keeper = run::keeper_of_a_rollout(&resolved.target.state_dir, run).await?;
        let secrets = assemble::secrets_of(&parts.ready);
        Ok(Files {
            recordings: RecordingStore::open(
                keeper.clone(),
                secrets,
                components(&parts.ready),
                resolved.written.clone(),
            )?,
            keeper,
            attestation,
            reports,
        })
    }
}

/// Returns where the components of gates are from.
fn components(ready: &[ReadyGate]) -> Components {
    let source = |gate: &ReadyGate| {
        let source = match (&gate.config.plugin, &gate.file) {
            (PluginSource::BuiltIn(name), _) => ComponentSource::BuiltIn(name),
            (_, Some(file)) => ComponentSource::File(file.clone(), gate.gate.digest().to_owned()),
            (_, None) => return None,
        };
        Some((gate.config.name.clone(), source))
    };
    ready.iter().filter_map(source).collect()
}

/// Drives the run to its end, and deactivates what it has replaced, or its failed canary, where that is configured. `found`
/// is what the preflight has read of the app, or its refusal. Returns the exit code of the run.
pub(super) async fn run_forward(
    rollout: Rollout,
    parts: RolloutParts,
    files: Files,
    found: Option<Result<Inspection, InspectError>>,
    resolved: &RolloutConfig,
    cancel: &mut CancelChannel,
    output: &Output,
) -> Exit {
    let RolloutParts {
        app,
        ready,
        gates,
        subscriptions,
        ..
    } = parts;
    let Files {
        keeper,
        recordings,
        attestation,
        reports,
    } = files;
    let (journal, folder) = (keeper.journal(), keeper.folder().to_owned());
    let id = rollout.run().to_owned();
    let gates = RunGates::new(gates.recorded_by(recordings.sink()));
    let begun = Begun::new(&app, found);
    let failed_goes = resolved.on_failure == OnFailure::Deactivate;
    let run = Run {
        platform: &begun,
        gates: &gates,
        beginning: run::beginning(&resolved.target.app, &ready),
        reporters: ReportersOf {
            output,
            subscriptions,
        }
        .list(),
        keeper: Some(keeper),
        replays: Some(recordings.replay_lines()),
        failed_goes,
        unjudged: resolved.unjudged.clone(),
        output,
        cancel,
    };
    let mut left_over = None;
    let mut note_left_over = |rollout: &Rollout, _: Progress<'_>, _: &mut Report<'_>| {
        left_over = LeftOver::of(rollout);
    };
    let code = tokio::select! {
        code = run.drive(rollout, &mut note_left_over) => code,
        () = app.stay_ready() => unreachable!("stay_ready never returns"),
    };
    drop(gates);
    if let Some(missing) = recordings.close().await {
        output.note(&missing);
    }
    reports.write(&id, &folder, output).await;
    if let Some(attestation) = attestation {
        attestation.write(journal, output).await;
    }
    match (left_over, resolved.retire_after) {
        (Some(LeftOver::Replaced(revision)), Some(after)) => {
            retire(&app, &revision, after, &mut cancel.receiver, output).await;
        }
        (Some(LeftOver::Failed(revision)), _) if failed_goes => {
            deactivate_failed(&app, &revision, &mut cancel.receiver, output).await;
        }
        _ => {}
    }
    code
}

/// A revision that has no traffic any more after the run.
enum LeftOver {
    /// The promotion has replaced it.
    Replaced(String),
    /// A gate said no to it.
    Failed(String),
}

impl LeftOver {
    /// Returns the revision that a run has left without traffic; `None` before its end, and where it has left none.
    fn of(rollout: &Rollout) -> Option<LeftOver> {
        match rollout.phase() {
            Phase::Ended(Outcome::Promoted) => {
                let found = rollout.inspection().filter(|found| !found.is_first());
                found.map(|found| LeftOver::Replaced(found.stable.name.clone()))
            }
            Phase::Ended(Outcome::RolledBack(cause)) => {
                rollout.failed_canary(cause).map(LeftOver::Failed)
            }
            _ => None,
        }
    }
}
