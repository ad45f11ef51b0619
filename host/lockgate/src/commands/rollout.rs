//! The commands that move traffic: rollout, resume, abort, recover.

use ::rollout::ports::{Gates, Platform as _, Question};
use ::rollout::{GateAnswer, Intent};

use crate::cli::RunArgs;
use crate::output::Output;
use crate::run::{self, Run};
use crate::setup::Forward;
use crate::{clock, journal, setup, signals};

/// Rolls the canary out.
///
/// # Errors
/// Before anything is touched: configuration, gates, credentials.
pub(super) async fn forward(args: &RunArgs, output: &Output) -> anyhow::Result<u8> {
    go(args, output, Intent::Rollout).await
}

/// Goes on with a held run.
///
/// # Errors
/// As for a rollout.
pub(super) async fn resume(args: &RunArgs, output: &Output) -> anyhow::Result<u8> {
    go(args, output, Intent::Resume).await
}

async fn go(args: &RunArgs, output: &Output, intent: Intent) -> anyhow::Result<u8> {
    let cancel = signals::install()?;
    let resolved = super::resolved(args)?;
    let Forward {
        app,
        ready,
        gates,
        plan,
    } = setup::forward(&resolved, output).await?;
    let mut rollout = run::begin(plan, intent.clone());
    if intent == Intent::Resume {
        // Who is who comes from the record; without one there is nothing to choose.
        match app.observe().await.map(|seen| seen.record) {
            Ok(None) => return Ok(run::idle(&rollout, output)),
            Ok(Some(record)) => {
                let memory = journal::memory_of(&resolved.state_dir, &record.run)?;
                rollout = ::rollout::Rollout::new(record.run, rollout.plan().clone(), intent)
                    .remembering(memory);
            }
            // The run itself reads once more, and says what it could not read.
            Err(_) => {}
        }
    }
    let run = Run {
        platform: &app,
        gates: &gates,
        gates_shown: setup::shown(&ready),
        state_dir: &resolved.state_dir,
        output,
        cancel,
    };
    run.drive(rollout, &mut |_, _, _| {}).await
}

/// Gives the traffic back, whatever the state of the run on record.
///
/// # Errors
/// Before anything is touched: configuration, credentials.
pub(super) async fn abort(args: &RunArgs, output: &Output) -> anyhow::Result<u8> {
    let by = "`lockgate abort`".to_owned();
    give_back(args, output, Intent::Abort { by }).await
}

/// Gives the traffic back if the run on record is dead.
///
/// # Errors
/// As for an abort.
pub(super) async fn recover(args: &RunArgs, output: &Output) -> anyhow::Result<u8> {
    let as_of = clock::unix_seconds();
    give_back(args, output, Intent::Recover { as_of }).await
}

/// No gate is loaded for this: giving traffic back depends on nothing but the platform (I-8).
async fn give_back(args: &RunArgs, output: &Output, intent: Intent) -> anyhow::Result<u8> {
    let cancel = signals::install()?;
    let resolved = super::resolved(args)?;
    let app = setup::app(&resolved)?;
    let rollout = run::begin(resolved.plan.clone(), intent);
    if let Ok(seen) = app.observe().await
        && seen.record.is_none()
    {
        return Ok(run::idle(&rollout, output));
    }
    let run = Run {
        platform: &app,
        gates: &Nobody,
        gates_shown: "none are asked".to_owned(),
        state_dir: &resolved.state_dir,
        output,
        cancel,
    };
    run.drive(rollout, &mut |_, _, _| {}).await
}

/// Nobody is asked while traffic is given back.
struct Nobody;

impl Gates for Nobody {
    async fn ask(&self, _: Question<'_>) -> Vec<GateAnswer> {
        Vec::new()
    }
}
