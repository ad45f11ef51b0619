//! `lockgate recover`: restores the baseline of a run whose lease has expired, for one app or for every app of a
//! resource group; and of one that was paused for an approval whose time is over. Leaves alone what is held or may be alive.

use std::time::Duration;

use ::rollout::{Intent, Lease, LeaseState, human};
use serde_json::json;

use super::configuration;
use super::restore::{Restored, restore};
use crate::cli::{RecoverArgs, ReportsArgs, TargetArgs};
use crate::exit::Exit;
use crate::output::Output;
use crate::platform;
use crate::platform::TagError;
use crate::run::signals;

/// Restores the baseline if the run that holds the lease is dead, or does so for every app of the resource group.
///
/// # Errors
/// Errors of the configuration and its credential, before an app is read.
pub(in crate::commands) async fn recover(
    args: &RecoverArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    let mut cancel = signals::install(output)?;
    let expired_for = args.expired_for.0.as_secs();
    if args.all {
        return recover_all(&args.target, output, expired_for, &mut cancel).await;
    }
    let intent = Intent::Recover {
        expired_for,
        ended: args.run_id.clone().map(|id| id.0),
        passed: args.promoted,
    };
    let restored = restore(&args.target, &args.reports, output, intent, &mut cancel).await?;
    Ok(restored.code)
}

/// Recovers the apps one after the other. A failure at one app does not keep the next from its turn; a request to end
/// does. A lease must have expired for `expired_for` seconds, on the platform's clock.
async fn recover_all(
    args: &TargetArgs,
    output: &Output,
    expired_for: u64,
    cancel: &mut signals::CancelChannel,
) -> anyhow::Result<Exit> {
    let group = platform::group(&configuration::group(args)?)?;
    let apps = match group.apps().await {
        Ok(apps) => apps,
        Err(error) => {
            let error = anyhow::Error::from(error);
            output.error(&error.context("cannot list the apps, nothing was written"));
            return Ok(Exit::Refused);
        }
    };
    let as_of = group.unix_seconds().saturating_sub(expired_for);
    let mut worst = Exit::Success;
    let (mut with_lease, mut taken_up) = (0, 0);
    for app in &apps {
        match decide(&app.lease, as_of) {
            Decision::NoLease => {}
            Decision::LeaveAlone(why) => {
                with_lease += 1;
                output.text(&format!("{}: {why}", app.name));
                output.command_event(json!({ "event": "left-alone", "app": app.name, "why": why }));
            }
            Decision::TakeUp => {
                with_lease += 1;
                taken_up += 1;
                let restored = recover_named(&app.name, args, output, expired_for, cancel).await;
                worst = worst.worse(restored.code);
                if restored.was_cancelled {
                    output.text("cancelled: the remaining apps were not read");
                    return Ok(worst);
                }
            }
        }
    }
    output.text(&format!(
        "{} apps, {with_lease} with a lease, {taken_up} taken up",
        apps.len()
    ));
    output.command_event(json!({
        "event": "group", "apps": apps.len(), "with-lease": with_lease, "taken-up": taken_up,
    }));
    Ok(worst)
}

/// What becomes of one app of the group.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Decision {
    NoLease,
    /// With the reason, which names the run.
    LeaveAlone(String),
    /// A run of its own reads the app again and restores the baseline, or reports what is damaged.
    TakeUp,
}

/// `as_of` is in seconds since 1970: a lease that expires later may belong to a live run.
fn decide(lease: &Result<Option<Lease>, TagError>, as_of: u64) -> Decision {
    let lease = match lease {
        Ok(None) => return Decision::NoLease,
        Ok(Some(lease)) => lease,
        // The run that takes it up reports the damage.
        Err(_) => return Decision::TakeUp,
    };
    let run = &lease.run;
    match lease.state {
        LeaseState::Held => Decision::LeaveAlone(format!(
            "run {run} is held at {} on purpose, left alone",
            lease.weight
        )),
        LeaseState::Paused if lease.expires_at > as_of => {
            let left = human(Duration::from_secs(lease.expires_at - as_of));
            Decision::LeaveAlone(format!(
                "run {run} is paused at {} for an approval, left alone for another {left}",
                lease.weight
            ))
        }
        LeaseState::Running if lease.expires_at > as_of => {
            let left = human(Duration::from_secs(lease.expires_at - as_of));
            Decision::LeaveAlone(format!(
                "run {run} may be alive, left alone for another {left}"
            ))
        }
        LeaseState::Running | LeaseState::Paused => Decision::TakeUp,
    }
}

/// Recovers one app of the group. An error is printed and counts as stuck: a person must look at the app.
async fn recover_named(
    app: &str,
    args: &TargetArgs,
    output: &Output,
    expired_for: u64,
    cancel: &mut signals::CancelChannel,
) -> Restored {
    let args = TargetArgs {
        app: Some(app.to_owned()),
        ..args.clone()
    };
    output.text(&format!("{app}:"));
    output.command_event(json!({ "event": "taken-up", "app": app }));
    let intent = Intent::Recover {
        expired_for,
        ended: None,
        passed: false,
    };
    match restore(&args, &ReportsArgs::default(), output, intent, cancel).await {
        Ok(restored) => restored,
        Err(error) => {
            output.error(&error.context(format!("app {app}")));
            Restored {
                code: Exit::Stuck,
                was_cancelled: false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ::rollout::{LEASE_FORMAT, Labels, Place, Traffic, Weight};

    use super::*;

    fn lease(state: LeaseState) -> Result<Option<Lease>, TagError> {
        Ok(Some(Lease {
            format: LEASE_FORMAT,
            run: "run-1".to_owned(),
            epoch: 1,
            holder: "run-1".to_owned(),
            place: Place::default(),
            labels: Labels::default(),
            emergency: None,
            begun_at: 0,
            stages: vec![Weight::ALL],
            weight_since: 0,
            stable: "shop--v1".to_owned(),
            canary: "shop--v2".to_owned(),
            stage: 0,
            weight: Weight::new(10).unwrap(),
            state,
            baseline: Traffic::default(),
            expires_at: 1_000,
        }))
    }

    #[test]
    fn app_without_a_lease_is_skipped() {
        assert_eq!(decide(&Ok(None), 0), Decision::NoLease);
    }

    #[test]
    fn run_is_taken_up_from_the_second_at_which_its_lease_expires() {
        let running = lease(LeaseState::Running);
        let why = "run run-1 may be alive, left alone for another 1 s".to_owned();
        assert_eq!(decide(&running, 999), Decision::LeaveAlone(why));
        assert_eq!(decide(&running, 1_000), Decision::TakeUp);
    }

    #[test]
    fn held_run_is_left_alone_however_old_its_lease_is() {
        let why = "run run-1 is held at 10 % on purpose, left alone".to_owned();
        let decision = decide(&lease(LeaseState::Held), 5_000);
        assert_eq!(decision, Decision::LeaveAlone(why));
    }

    #[test]
    fn run_that_waits_for_an_approval_is_taken_up_when_its_time_is_over() {
        let paused = lease(LeaseState::Paused);
        let why = "run run-1 is paused at 10 % for an approval, left alone for another 1 s";
        assert_eq!(decide(&paused, 999), Decision::LeaveAlone(why.to_owned()));
        assert_eq!(decide(&paused, 1_000), Decision::TakeUp);
    }

    #[test]
    fn damaged_lease_is_taken_up() {
        let tag = "lockgate-holder".to_owned();
        let damaged = Err(TagError::Missing { tag });
        assert_eq!(decide(&damaged, 0), Decision::TakeUp);
    }
}
