//! The commands that move traffic to the canary: rollout and resume. Both load every gate first, so that nothing is
//! written for a run that could not begin (I-6), and both record what the gates see.

use ::rollout::ports::Platform as _;
use ::rollout::{Intent, Outcome, Phase, Progress, Rollout};

use super::deploy::{Canary, ensure_canary};
use super::retire::retire;
use super::{configuration, deploy_failure};
use crate::assemble::{self, RolloutParts};
use crate::cli::{RolloutArgs, RunArgs};
use crate::config::RolloutConfig;
use crate::exit::Exit;
use crate::output::Output;
use crate::platform::App;
use crate::report::Commands;
use crate::run::signals::CancelChannel;
use crate::run::{self, Run, journal, signals};
use crate::store::recordings::RecordingStore;

/// Rolls the canary out, and deploys it before where no active revision runs its image.
///
/// # Errors
/// Errors of configuration, gates and credential, before anything is written.
pub(in crate::commands) async fn rollout(
    args: &RolloutArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    let mut cancel = signals::install()?;
    let mut resolved = configuration::for_rollout(&args.run.target, args.as_file())?;
    let mut parts = assemble::rollout_parts(&resolved, output).await?;
    let new = &args.new_revision;
    match ensure_canary(&parts.app, new, &resolved, &mut cancel.receiver, output).await? {
        Canary::IsThere => {}
        Canary::Deployed(revision) => {
            (
                resolved.target.revisions.canary,
                resolved.target.revisions.image,
            ) = (Some(revision), None);
            parts = assemble::rollout_parts(&resolved, output).await?;
        }
        Canary::Failed(failure) => {
            let commands = Commands::about(&resolved.target.app);
            return Ok(deploy_failure::report(output, &failure, &commands));
        }
    }
    let plan = parts.plan.clone();
    let rollout = match &args.run_id {
        Some(name) => run::named_rollout(name.0.clone(), plan),
        None => run::new_rollout(plan, Intent::Rollout),
    };
    run_forward(rollout, parts, &resolved, &mut cancel, output).await
}

/// Continues a held run from its weight.
///
/// # Errors
/// As for a rollout.
pub(in crate::commands) async fn resume(args: &RunArgs, output: &Output) -> anyhow::Result<Exit> {
    let mut cancel = signals::install()?;
    let resolved = configuration::for_rollout(&args.target, args.as_file())?;
    let parts = assemble::rollout_parts(&resolved, output).await?;
    let rollout = run::new_rollout(parts.plan.clone(), Intent::Resume);
    let rollout = remember_gates(rollout, &parts.app, &resolved).await?;
    run_forward(rollout, parts, &resolved, &mut cancel, output).await
}

/// Hands the gates what they left in the journal of the run that holds the lease. A lease that cannot be read is no
/// error here: the run reads it again, and reports it.
async fn remember_gates(
    rollout: Rollout,
    app: &App,
    resolved: &RolloutConfig,
) -> anyhow::Result<Rollout> {
    let Ok(Some(lease)) = app.observe(None).await.map(|seen| seen.lease) else {
        return Ok(rollout);
    };
    let memory = journal::memory_of(&resolved.target.state_dir, &lease.run)?;
    Ok(rollout.remembering(memory))
}

/// Drives the run to its end, and retires the revision that it has replaced where that is configured. Returns the exit
/// code of the run.
async fn run_forward(
    rollout: Rollout,
    parts: RolloutParts,
    resolved: &RolloutConfig,
    cancel: &mut CancelChannel,
    output: &Output,
) -> anyhow::Result<Exit> {
    let RolloutParts {
        app, ready, gates, ..
    } = parts;
    let folder = run::folder_of_process(&resolved.target.state_dir);
    let store = RecordingStore::open(
        folder.join("recordings"),
        assemble::secrets_of(&ready),
        output,
    )?;
    let gates = gates.recorded_by(store.sink());
    let run = Run {
        platform: &app,
        app: &resolved.target.app,
        gates: &gates,
        gates_shown: assemble::describe_gates(&ready),
        folder,
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
        code = run.drive(rollout, &mut note_replaced) => code?,
        () = app.stay_ready() => unreachable!("stay_ready never returns"),
    };
    drop(gates);
    store.close();
    if let (Some(after), Some(revision)) = (resolved.retire_after, replaced) {
        retire(&app, &revision, after, &mut cancel.receiver, output).await;
    }
    Ok(code)
}
