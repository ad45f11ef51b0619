//! `lockgate resume`: continues a held run from its weight, on whatever machine: the lease says where it stands.

use ::rollout::ports::Platform;
use ::rollout::{Intent, LeaseState, listed};

use super::configuration;
use super::forward::{Files, cancelled, run_forward};
use crate::assemble;
use crate::attest::{NotByDigest, Subject};
use crate::cli::RunArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::run::{self, journal, signals};

/// Continues the run that is held.
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
    if resolved.attest.is_some()
        && let Err(error) = can_be_attested(&parts.app).await
    {
        output.error(&error.into());
        return Ok(Exit::Refused);
    }
    // Whoever continues a run goes by its id.
    let name = match &lease {
        Some(lease) => lease.run.clone(),
        None => run::new_id(),
    };
    let plan = parts.plan.clone();
    let mut rollout = run::named_rollout(name.clone(), plan, Intent::Resume);
    if let Some(lease) = lease {
        if let Some(reason) = &lease.emergency {
            output.note(&format!(
                "run {} was begun in an emergency ({reason}); from here on its promotion gates decide again",
                lease.run
            ));
        }
        let memory = journal::memory_of(&resolved.target.state_dir, &lease.run)?;
        if memory.states.is_empty() && lease.state != LeaseState::Running {
            let gates = parts.ready.iter().map(|gate| &gate.config.name);
            output.note(&format!(
                "this machine has no journal of run {}, so what its gates remember is not here; each begins again: {}",
                lease.run,
                listed(gates)
            ));
        }
        rollout = rollout.remembering(memory);
    }
    let files = Files::begin(&resolved, &parts, &name, &args.reports).await?;
    Ok(run_forward(rollout, parts, files, None, &resolved, &mut cancel, output).await)
}

/// Makes sure that an attestation can be about the canary of the run. An app that cannot be read is reported by the run.
async fn can_be_attested(app: &impl Platform) -> Result<(), NotByDigest> {
    match app.inspect(&Intent::Resume).await {
        Ok(found) => Subject::of(&found.canary.image).map(drop),
        Err(_) => Ok(()),
    }
}
