//! `lockgate rollout`: moves traffic to the canary, stage by stage. Makes every check of the preflight before anything is
//! written (I-6).

use ::rollout::ports::{CancelRequest, InspectError};
use ::rollout::{Inspection, Intent};
use serde_json::json;

use super::forward::{Files, cancelled, run_forward};
use super::new_revision::{WantedRevision, deploy_and_wait};
use super::preflight::{
    Depth, Finding, Findings, Grade, allowed, check_offline, check_online, usable,
};
use super::{configuration, deploy_failure};
use crate::assemble::{LoadedGates, Reach};
use crate::cli::RolloutArgs;
use crate::config::RolloutConfig;
use crate::exit::Exit;
use crate::output::Output;
use crate::platform::App;
use crate::report::Commands;
use crate::report::pipelines::EarlyEnd;
use crate::run::signals::CancelChannel;
use crate::run::{self, signals};

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
    let mut resolved = configuration::for_rollout(&args.run.target, args.as_file())?;
    let (app, gates, checked) = match check(args, &mut resolved, &mut cancel, output).await? {
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
    let files = Files::begin(&resolved, &parts, &id, &args.run.reports).await?;
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
        Some(_) => run::named_rollout(id, plan, Intent::Rollout),
        None => run::new_rollout(id, plan, Intent::Rollout),
    };
    Ok(run_forward(rollout, parts, files, found, &resolved, &mut cancel, output).await)
}

/// Says that there is nothing to roll out.
fn already_promoted(revision: &str, output: &Output) -> Exit {
    let result =
        format!("promoted already: {revision} runs the image, by its digest, and carries 100 %");
    let end = EarlyEnd {
        promoted: Some(revision),
        ..EarlyEnd::new(Exit::Success, "promoted", &result)
    };
    end.publish(output);
    output.text(&result);
    output.text("nothing was written");
    output.text(&format!("exit code {}", Exit::Success));
    output.command_event(json!({
        "event": "already-promoted", "revision": revision, "result": result,
        "exit-code": Exit::Success.code(),
    }));
    Exit::Success
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
    resolved: &mut RolloutConfig,
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
        found = check_online(&app, Some(&gates), resolved, new, &mut findings) => Ok(found),
    };
    let gates = match &found {
        Ok(found) => allowed(gates, found, resolved)?,
        Err(_) => gates,
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
