//! The commands that give the canary more: rollout and resume.

use ::rollout::ports::Platform as _;
use ::rollout::{Intent, Outcome, Phase, Progress, Rollout};

use super::{deploy, retire};
use crate::assemble::Forward;
use crate::cli::{RolloutArgs, RunArgs};
use crate::output::Output;
use crate::report::Commands;
use crate::run::{self, Run};
use crate::store::recordings::Shelf;
use crate::{assemble, run::journal, run::signals};

/// Rolls the canary out.
///
/// # Errors
/// Before anything is touched: configuration, gates, credentials.
pub(in crate::commands) async fn rollout(
    args: &RolloutArgs,
    output: &Output,
) -> anyhow::Result<u8> {
    go(args, output, Intent::Rollout).await
}

/// Goes on with a held run.
///
/// # Errors
/// As for a rollout.
pub(in crate::commands) async fn resume(args: &RunArgs, output: &Output) -> anyhow::Result<u8> {
    let args = RolloutArgs {
        run: args.clone(),
        ..RolloutArgs::default()
    };
    go(&args, output, Intent::Resume).await
}

async fn go(args: &RolloutArgs, output: &Output, intent: Intent) -> anyhow::Result<u8> {
    let mut cancel = signals::install()?;
    let mut resolved = crate::commands::resolved(&args.run.target, args.run.overrides())?;
    let mut parts = assemble::forward(&resolved, output).await?;
    if intent == Intent::Rollout {
        // Every gate is loaded by now: nothing is written for a run that could not begin (I-6).
        let before = deploy::before_rollout(
            &parts.app,
            &args.new_revision,
            &resolved,
            &mut cancel.1,
            output,
        );
        match before.await? {
            Ok(None) => {}
            Ok(Some(revision)) => {
                (resolved.canary, resolved.image) = (Some(revision), None);
                parts = assemble::forward(&resolved, output).await?;
            }
            Err(failure) => {
                let commands = Commands::about(&resolved.app);
                return Ok(deploy::failed(output, &failure, &commands));
            }
        }
    }
    let Forward {
        app,
        ready,
        gates,
        plan,
    } = parts;
    let mut rollout = match (&args.run_id, &intent) {
        (Some(name), Intent::Rollout) => run::begin_named(name.0.clone(), plan),
        _ => run::begin(plan, intent.clone()),
    };
    if intent == Intent::Resume {
        // What the gates left behind hangs on the run's id. The run itself reads once more, and says what it could
        // not read.
        if let Ok(Some(lease)) = app.observe().await.map(|seen| seen.lease) {
            let memory = journal::memory_of(&resolved.state_dir, &lease.run)?;
            rollout = rollout.remembering(memory);
        }
    }
    let folder = run::folder(&resolved.state_dir);
    let shelf = Shelf::open(
        folder.join("recordings"),
        assemble::secrets_of(&ready),
        output,
    )?;
    let gates = gates.recorded_by(shelf.recorder());
    let run = Run {
        platform: &*app,
        app: &resolved.app,
        gates: &gates,
        gates_shown: assemble::shown(&ready),
        folder,
        output,
        cancel: &mut cancel,
    };
    let mut replaced = None;
    let mut watch = |rollout: &Rollout, _: Progress<'_>, _: &mut _| {
        if let Phase::Ended(Outcome::Promoted) = rollout.phase() {
            let found = rollout.inspection().filter(|found| !found.is_first());
            replaced = found.map(|found| found.stable.name.clone());
        }
    };
    let code = tokio::select! {
        code = run.drive(rollout, &mut watch) => code?,
        () = app.stay_ready() => unreachable!("it stays ready for as long as the run lasts"),
    };
    drop(gates);
    shelf.close();
    if let (Some(after), Some(revision)) = (resolved.retire_after, replaced) {
        retire::retire(&app, &revision, after, &mut cancel.1, output).await;
    }
    Ok(code)
}
