//! `lockgate recover`: restores the baseline where a run has died; of one app, or of every app of a resource group.

use ::rollout::{Intent, Lease, LeaseState};
use serde_json::json;

use super::restore::restore;
use crate::cli::{RecoverArgs, TargetArgs};
use crate::output::Output;
use crate::run::{clock, signals};
use crate::{config, exit, platform};

/// Gives the traffic back if the run that holds the lease is dead; of one app, or of every app of the resource group.
///
/// # Errors
/// As for an abort; for a resource group also when its apps cannot be listed.
pub(in crate::commands) async fn recover(
    args: &RecoverArgs,
    output: &Output,
) -> anyhow::Result<u8> {
    let mut cancel = signals::install()?;
    let expired_for = args.expired_for.0.as_secs();
    let as_of = clock::unix_seconds().saturating_sub(expired_for);
    if args.all {
        return recover_all(&args.target, output, as_of, &mut cancel).await;
    }
    let ended = args.run_id.clone().map(|id| id.0);
    let intent = Intent::Recover { as_of, ended };
    let (code, _) = restore(&args.target, output, intent, &mut cancel).await?;
    Ok(code)
}

/// One app after the other, and none is kept from its turn by what another ended in. Runs that are held or may be
/// alive are left alone.
async fn recover_all(
    args: &TargetArgs,
    output: &Output,
    as_of: u64,
    cancel: &mut signals::Channel,
) -> anyhow::Result<u8> {
    let (file, _) = config::load(args.config.as_deref())?;
    let group = platform::group(&file, &args.overrides())?;
    let apps = match group.apps().await {
        Ok(apps) => apps,
        Err(error) => {
            let error = anyhow::Error::from(error);
            output.error(&error.context("cannot list the apps, nothing was written"));
            return Ok(exit::REFUSED);
        }
    };
    let mut worst = exit::PROMOTED;
    let (mut recorded, mut recovered) = (0, 0);
    for app in &apps {
        match &app.lease {
            Ok(None) => continue,
            Ok(Some(lease)) => {
                recorded += 1;
                if let Some(why) = left_alone(lease, as_of) {
                    output.text(&format!("{}: {why}", app.name));
                    output.json(&json!({ "event": "left-alone", "app": app.name, "why": why }));
                    continue;
                }
            }
            // The run itself says what is damaged.
            Err(_) => recorded += 1,
        }
        let args = TargetArgs {
            app: Some(app.name.clone()),
            ..args.clone()
        };
        output.text(&format!("{}:", app.name));
        output.json(&json!({ "event": "taken-up", "app": app.name }));
        recovered += 1;
        let intent = Intent::Recover { as_of, ended: None };
        let code = match restore(&args, output, intent, cancel).await {
            Ok((code, false)) => code,
            Ok((code, true)) => {
                output.text("cancelled: the apps after this one were not looked at");
                return Ok(exit::worse(worst, code));
            }
            Err(error) => {
                output.error(&error.context(format!("app {}", app.name)));
                exit::STUCK
            }
        };
        worst = exit::worse(worst, code);
    }
    output.text(&format!(
        "{} apps, {recorded} with a lease, {recovered} taken up",
        apps.len()
    ));
    output.json(&json!({
        "event": "group", "apps": apps.len(), "with-lease": recorded, "taken-up": recovered,
    }));
    Ok(worst)
}

/// Says why a run is none of our business, if it is not.
fn left_alone(lease: &Lease, as_of: u64) -> Option<String> {
    let run = &lease.run;
    if lease.state == LeaseState::Held {
        return Some(format!(
            "run {run} is held at {} on purpose, left alone",
            lease.weight
        ));
    }
    let left = lease.expires_at.checked_sub(as_of)?;
    (left > 0).then(|| {
        let left = ::rollout::human(std::time::Duration::from_secs(left));
        format!("run {run} may be alive, left alone for another {left}")
    })
}
