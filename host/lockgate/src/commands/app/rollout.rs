//! The commands that move traffic to the canary: rollout and resume. Both load every gate first, so that nothing is
//! written for a run that could not begin (I-6), and both record what the gates see. A rollout makes every check of the
//! preflight before anything else.

use ::rollout::ports::{CancelRequest, InspectError, Platform as _};
use ::rollout::{Inspection, Intent, Outcome, Phase, Progress, Rollout};
use serde_json::json;

use super::new_revision::{WantedRevision, deploy_and_wait};
use super::preflight::{
    Begun, Depth, Finding, Findings, Grade, check_offline, check_online, usable,
};
use super::retire::retire;
use super::{configuration, deploy_failure};
use crate::assemble::{self, LoadedGates, Reach, ReadyGate, RolloutParts};
use crate::cli::{RolloutArgs, RunArgs};
use crate::config::{PluginSource, RolloutConfig};
use crate::exit::Exit;
use crate::output::Output;
use crate::platform::App;
use crate::report::Commands;
use crate::run::keeper::Keeper;
use crate::run::recordings::{ComponentSource, Components, RecordingStore};
use crate::run::signals::CancelChannel;
use crate::run::{self, Run, journal, signals};

/// Rolls the canary out, and deploys it before where no active revision is proven to run its image. Every check comes
/// before the first write of any kind.
///
/// # Errors
/// Errors of configuration and gates, and a state folder that cannot be used, before anything is written.
pub(in crate::commands) async fn rollout(
    args: &RolloutArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    let mut cancel = signals::install(output)?;
    let resolved = configuration::for_rollout(&args.run.target, args.as_file())?;
    let (app, gates, checked) = match check(args, &resolved, &mut cancel, output).await? {
        Ok(prepared) => prepared,
        Err(by) => return Ok(cancelled(&by, output)),
    };
    if let Checked::IsPromoted(revision) = &checked {
        return Ok(already_promoted(revision, output));
    }
    let mut parts = gates.with(app, &resolved, output)?;
    let id = match &args.run_id {
        Some(name) => name.0.clone(),
        None => run::new_id(),
    };
    let files = Files::begin(&resolved, &parts, &id).await?;
    let found = match checked {
        Checked::Ends(reason) => Some(Err(InspectError::Refused(reason))),
        Checked::LeftToTheRun | Checked::IsPromoted(_) => None,
        Checked::Begins(inspection) => Some(Ok(*inspection)),
        Checked::Deploys(wanted) => {
            match deploy_and_wait(&parts.app, &wanted, &mut cancel.receiver, output).await {
                Ok(deployed) => parts.app = parts.app.with_canary(deployed.revision),
                Err(failure) => {
                    let commands = Commands::about(&resolved.target.app);
                    return Ok(deploy_failure::report(output, &failure, &commands));
                }
            }
            None
        }
    };
    let plan = parts.plan.clone();
    let rollout = match &args.run_id {
        Some(_) => run::named_rollout(id, plan),
        None => run::new_rollout(id, plan, Intent::Rollout),
    };
    Ok(run_forward(rollout, parts, files, found, &resolved, &mut cancel, output).await)
}

/// Says that there is nothing to roll out.
fn already_promoted(revision: &str, output: &Output) -> Exit {
    let result =
        format!("promoted already: {revision} runs the image, by its digest, and carries 100 %");
    output.text(&result);
    output.text("nothing was written");
    output.text(&format!("exit code {}", Exit::Success));
    output.json(&json!({
        "event": "already-promoted", "revision": revision, "result": result,
        "exit-code": Exit::Success.code(),
    }));
    Exit::Success
}

/// Says that the run was asked to end before it had read anything.
fn cancelled(by: &CancelRequest, output: &Output) -> Exit {
    let result = format!("cancelled by {by} before the app was read");
    output.text(&result);
    output.text("nothing was written");
    output.text(&format!("exit code {}", Exit::Cancelled));
    output.json(&json!({
        "event": "cancelled", "by": by.by, "result": result, "exit-code": Exit::Cancelled.code(),
    }));
    Exit::Cancelled
}

/// What the preflight of a rollout leads to.
enum Checked {
    /// A refusal, with the sentence.
    Ends(String),
    /// The run reads the app itself: a request to end came first, which it reports.
    LeftToTheRun,
    /// The run begins with what was read.
    Begins(Box<Inspection>),
    /// The revision with the named digest carries all traffic already.
    IsPromoted(String),
    /// The canary is deployed first.
    Deploys(Box<WantedRevision>),
}

/// Makes every check, and hands on what it has prepared; or who asked the run to end while its gates were made ready.
async fn check(
    args: &RolloutArgs,
    resolved: &RolloutConfig,
    cancel: &mut CancelChannel,
    output: &Output,
) -> anyhow::Result<Result<(App, LoadedGates, Checked), CancelRequest>> {
    let mut show = |finding: &Finding| {
        if finding.grade == Grade::Warn && output.is_verbose() {
            output.note(&format!("warning: {}", finding.sentence()));
        }
    };
    let mut findings = Findings::new(Depth::FirstRefusal, &mut show);
    // Compiling a gate may take minutes.
    let prepared = tokio::select! {
        biased;
        Some(by) = cancel.receiver.recv() => return Ok(Err(by)),
        prepared = check_offline(&args.run.target, resolved, Reach::Network, output, &mut findings) => prepared,
    };
    let (app, gates) = usable(prepared, &findings)?;
    let new = &args.new_revision;
    let found = tokio::select! {
        biased;
        Some(by) = cancel.receiver.recv() => Err(by),
        found = check_online(&app, Some(&gates.plan), resolved, new, &mut findings) => Ok(found),
    };
    let checked = match (found, findings.refusal()) {
        (Err(by), _) => {
            cancel.put_back(by);
            Checked::LeftToTheRun
        }
        (Ok(_), Some(refusal)) => Checked::Ends(refusal.sentence()),
        (Ok(found), None) => match (found.choice, found.deployment, found.promoted) {
            (Some(choice), ..) => Checked::Begins(Box::new(choice.inspection)),
            (None, Some(wanted), _) => Checked::Deploys(Box::new(wanted)),
            (None, None, Some(revision)) => Checked::IsPromoted(revision),
            // The run reads the app, and reports what keeps it from beginning.
            (None, None, None) => Checked::LeftToTheRun,
        },
    };
    Ok(Ok((app, gates, checked)))
}

/// Continues a held run from its weight.
///
/// # Errors
/// As for a rollout.
pub(in crate::commands) async fn resume(args: &RunArgs, output: &Output) -> anyhow::Result<Exit> {
    let mut cancel = signals::install(output)?;
    let mut resolved = configuration::for_rollout(&args.target, args.as_file())?;
    let mut parts = tokio::select! {
        biased;
        Some(by) = cancel.receiver.recv() => return Ok(cancelled(&by, output)),
        parts = assemble::rollout_parts(&resolved, output) => parts?,
    };
    // A lease that cannot be read is no error here: the run reads it again, and reports it.
    let lease = parts
        .app
        .observe(None)
        .await
        .ok()
        .and_then(|seen| seen.lease);
    if let Some(lease) = &lease
        && resolved.follow_stages(&lease.stages)
    {
        parts = assemble::rollout_parts(&resolved, output).await?;
    }
    let mut rollout = run::new_rollout(run::new_id(), parts.plan.clone(), Intent::Resume);
    let mut name = rollout.run().to_owned();
    if let Some(lease) = lease {
        rollout = rollout.remembering(journal::memory_of(&resolved.target.state_dir, &lease.run)?);
        name = lease.run;
    }
    let files = Files::begin(&resolved, &parts, &name).await?;
    Ok(run_forward(rollout, parts, files, None, &resolved, &mut cancel, output).await)
}

/// The files of a run that moves traffic to the canary, begun before anything is written to the app.
struct Files {
    keeper: Keeper,
    recordings: RecordingStore,
}

impl Files {
    async fn begin(
        resolved: &RolloutConfig,
        parts: &RolloutParts,
        run: &str,
    ) -> anyhow::Result<Files> {
        let keeper = run::keeper_of_a_rollout(&resolved.target.state_dir, run).await?;
        let secrets = assemble::secrets_of(&parts.ready);
        Ok(Files {
            recordings: RecordingStore::open(keeper.clone(), secrets, components(&parts.ready))?,
            keeper,
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

/// Drives the run to its end, and retires the revision that it has replaced where that is configured. `found` is what
/// the preflight has read of the app, or its refusal. Returns the exit code of the run.
async fn run_forward(
    rollout: Rollout,
    parts: RolloutParts,
    files: Files,
    found: Option<Result<Inspection, InspectError>>,
    resolved: &RolloutConfig,
    cancel: &mut CancelChannel,
    output: &Output,
) -> Exit {
    let RolloutParts {
        app, ready, gates, ..
    } = parts;
    let Files { keeper, recordings } = files;
    let gates = gates.recorded_by(recordings.sink());
    let begun = Begun::new(&app, found);
    let run = Run {
        platform: &begun,
        app: &resolved.target.app,
        gates: &gates,
        gates_shown: assemble::describe_gates(&ready),
        keeper: Some(keeper),
        replays: Some(recordings.replay_lines()),
        output,
        cancel,
    };
    let mut replaced = None;
    let mut note_replaced = |rollout: &Rollout, _: Progress<'_>, _: &mut _| {
        if let Phase::Ended(Outcome::Promoted) = rollout.phase() {
            let found = rollout.inspection().filter(|found| !found.is_first());
            replaced = found.map(|found| found.stable.name.clone());
        }
    };
    let code = tokio::select! {
        code = run.drive(rollout, &mut note_replaced) => code,
        () = app.stay_ready() => unreachable!("stay_ready never returns"),
    };
    drop(gates);
    if let Some(missing) = recordings.close().await {
        output.note(&missing);
    }
    if let (Some(after), Some(revision)) = (resolved.retire_after, replaced) {
        retire(&app, &revision, after, &mut cancel.receiver, output).await;
    }
    code
}
