//! The states of an app in which no rollout begins: under a lease, busy, unable to split traffic, or with a
//! traffic array that lockgate cannot write.

use std::time::Duration;

use rollout::{Lease, LeaseState, Share, TrafficTarget, Weight};

use super::candidates::{active_list, give_all};
use super::pin::pin_of;
use super::selection::{Refusal, Selection, is_chosen};
use crate::endpoint::AppId;
use crate::readiness::failed;
use crate::states::{Mode, Provisioning};
use crate::status::{AppStatus, RevisionStatus};
use crate::tags::{self, TagError};

/// Refuses an app with a lease, whether it can be read or not.
pub(super) fn check_lease(status: &AppStatus, now: i64) -> Result<(), Refusal> {
    match &status.lease {
        Ok(None) => Ok(()),
        Ok(Some(lease)) => Err(lease_held(&status.app, lease, now)),
        Err(error) => Err(damaged_lease(&status.app, error)),
    }
}

/// Returns the refusal of a lease that cannot be read. It may hide a run that still changes traffic, so nothing is written.
pub(crate) fn damaged_lease(app: &AppId, error: &TagError) -> Refusal {
    format!(
        "{error}: another program has changed it; inspect {} with {}, correct the traffic and remove the tags that \
         begin with lockgate-",
        app.name(),
        app.lockgate("status")
    )
}

/// Returns the refusal of an app on which another run holds the lease. Whether the process of that run lives cannot
/// be observed; until the lease expires it counts as alive.
fn lease_held(app: &AppId, lease: &Lease, now: i64) -> Refusal {
    let what = format!(
        "run {} holds the lease on {} (canary {} at {})",
        lease.run,
        app.name(),
        lease.canary,
        lease.weight
    );
    let abort = app.lockgate("abort");
    if lease.state == LeaseState::Held {
        let resume = app.lockgate("resume");
        return format!(
            "{what} and is held on purpose: {resume} continues it, {abort} restores the baseline"
        );
    }
    if lease.state == LeaseState::Paused {
        return paused(app, lease, now, &what);
    }
    match u64::try_from(now).map(|now| lease.expires_at.checked_sub(now)) {
        Ok(None) => {
            let recover = app.lockgate("recover");
            format!("{what}, and the lease has expired: {recover} restores the baseline")
        }
        Ok(Some(left)) => format!(
            "{what} and may still be running: the lease expires in {}; wait for the run, or end it with {abort}, which \
             restores the baseline",
            rollout::human(Duration::from_secs(left))
        ),
        Err(_) => format!("{what}; check with {}", app.lockgate("status")),
    }
}

/// Returns the refusal of an app whose run waits for an approval.
fn paused(app: &AppId, lease: &Lease, now: i64, what: &str) -> Refusal {
    let left = u64::try_from(now)
        .ok()
        .and_then(|now| lease.expires_at.checked_sub(now));
    match left {
        Some(left) => format!(
            "{what} and is paused for an approval, which may take another {}: {} continues it, {} restores the baseline",
            rollout::human(Duration::from_secs(left)),
            app.lockgate("resume"),
            app.lockgate("abort")
        ),
        None => format!(
            "{what} and was paused for an approval, whose time is over: {} restores the baseline",
            app.lockgate("recover")
        ),
    }
}

/// Refuses an app that cannot split traffic, or that is busy or broken.
pub(super) fn check_app(status: &AppStatus) -> Result<(), Refusal> {
    check_ingress(status)?;
    check_mode(status)?;
    check_provisioning(status)?;
    check_sessions(status)
}

/// Refuses an app without ingress.
pub(crate) fn check_ingress(status: &AppStatus) -> Result<(), Refusal> {
    let (app, name) = (&status.app, status.app.name());
    if !status.has_ingress {
        let enable = app.az("ingress enable", "--type external --target-port PORT");
        return Err(format!(
            "{name} has no ingress, so there is no traffic to move; {enable} enables it, and gives all traffic to the \
             newest revision"
        ));
    }
    Ok(())
}

/// Refuses an app in which only one revision may be active.
pub(super) fn check_mode(status: &AppStatus) -> Result<(), Refusal> {
    let (app, name) = (&status.app, status.app.name());
    match &status.mode {
        Mode::Multiple => Ok(()),
        Mode::Single => Err(format!(
            "{name} is in revision mode Single, where a new revision takes all traffic at once; switch with {} before \
             you create the next revision",
            app.switch_to_multiple()
        )),
        Mode::Other(mode) => Err(format!(
            "{name} is in revision mode {mode}; lockgate moves traffic in mode Multiple alone: switch with {}",
            app.switch_to_multiple()
        )),
    }
}

/// Refuses an app that is being changed, whose last change failed, or that is stopped.
pub(super) fn check_provisioning(status: &AppStatus) -> Result<(), Refusal> {
    let (app, name) = (&status.app, status.app.name());
    match &status.provisioning {
        Provisioning::Succeeded if status.is_stopped => Err(format!(
            "{name} is stopped, so none of its revisions serves; start it with {}",
            app.start()
        )),
        Provisioning::Succeeded => Ok(()),
        state if state.is_settled() => {
            let show = app.az("show", "--query properties");
            Err(format!(
                "the last change of {name} ended as {state}; see {show}, repair it, and try again"
            ))
        }
        state => Err(format!(
            "{name} is busy: its provisioningState is {state}; wait until {} says Succeeded, then try again",
            app.show_state()
        )),
    }
}

/// Refuses an app that binds each client to one revision.
pub(super) fn check_sessions(status: &AppStatus) -> Result<(), Refusal> {
    let (app, name) = (&status.app, status.app.name());
    if status.is_sticky {
        let disable = app.az("ingress sticky-sessions set", "--affinity none");
        return Err(format!(
            "{name} has sticky sessions, which the platform supports in revision mode Single \
             alone; turn them off with {disable}"
        ));
    }
    Ok(())
}

/// Refuses a traffic array that does not add up to 100, follows `latestRevision`, or has two entries for one
/// revision.
pub(super) fn check_traffic(
    status: &AppStatus,
    selection: &Selection,
    now: i64,
) -> Result<(), Refusal> {
    let name = status.app.name();
    let shares = &status.traffic.0;
    let sum: u32 = shares.iter().map(|share| share.weight.per_cent()).sum();
    if sum == 0 {
        return Err(format!(
            "no revision of {name} carries traffic: {} gives all of it to the one that you name",
            status.app.set_all_traffic("REVISION")
        ));
    }
    if sum != 100 {
        return Err(format!(
            "the weights of {name} add up to {sum}, not 100 ({}): {}",
            status.traffic,
            give_all(status, None)
        ));
    }
    let follows = |share: &&Share| share.target == TrafficTarget::LatestReady;
    if let Some(share) = shares.iter().find(follows) {
        // Without weight and label the entry has no effect: `az` leaves it behind after pinning.
        if share.weight.per_cent() > 0 || share.label.is_some() {
            return Err(follows_latest(status, share, selection, now));
        }
    }
    for (index, share) in shares.iter().enumerate() {
        if shares[..index].iter().any(|s| s.target == share.target) {
            return Err(format!(
                "{} is in the traffic of {name} twice ({}), which a rollout cannot write; {}",
                share.target,
                status.traffic,
                pin(status)
            ));
        }
    }
    Ok(())
}

/// Returns the refusal of traffic that follows `latestRevision`.
pub(super) fn follows_latest(
    status: &AppStatus,
    share: &Share,
    selection: &Selection,
    now: i64,
) -> Refusal {
    let name = status.app.name();
    let latest = status.latest_ready.as_deref().unwrap_or("no revision");
    let weight = share.weight;
    if is_chosen(status, selection, latest) {
        return format!(
            "{latest}, the chosen canary, already carries {weight}, because the traffic of {name} \
             follows latestRevision; {}; {}",
            pin(status),
            active_list(status, now)
        );
    }
    if let Some(label) = share.label.as_ref().filter(|_| weight == Weight::ZERO) {
        return format!(
            "the label {label} of {name} follows latestRevision, which a rollout never writes; {}",
            pin(status)
        );
    }
    format!(
        "{weight} of {name}'s traffic follows latestRevision, so the next revision takes it as \
         soon as it is ready; {}",
        pin(status)
    )
}

/// Returns the advice to pin the traffic, with the split that it keeps, or what keeps the traffic from being pinned.
fn pin(status: &AppStatus) -> String {
    match pin_of(status) {
        Ok(Some(pin)) => format!(
            "pin it with {}, which keeps the traffic as it is ({})",
            status.app.lockgate("pin"),
            pin.traffic
        ),
        Ok(None) => format!("see {}", status.app.lockgate("status")),
        Err(why) => why,
    }
}

/// Refuses an app whose own tags, or whose traffic array, leave no room for the lease.
pub(super) fn check_room(status: &AppStatus) -> Result<(), Refusal> {
    let app = &status.app;
    tags::check_room(&status.tags, &status.traffic).map_err(|error| {
        let see = match &error {
            TagError::NoRoom { .. } => app.az("show", "--query tags"),
            _ => app.az("ingress traffic show", ""),
        };
        format!("{error}; see them with {see}")
    })
}

/// Refuses a revision that is not active. `role` is `stable` or `canary`.
pub(super) fn check_active(
    status: &AppStatus,
    revision: &RevisionStatus,
    role: &str,
) -> Result<(), Refusal> {
    if revision.active {
        return Ok(());
    }
    let name = &revision.name;
    Err(format!(
        "{name}, the {role} revision, is not active; activate it with {}",
        status
            .app
            .az("revision activate", &format!("--revision {name}"))
    ))
}

/// Refuses a canary that has failed: readiness would wait for it in vain.
pub(super) fn check_not_failed(
    status: &AppStatus,
    revision: &RevisionStatus,
) -> Result<(), Refusal> {
    match failed(&status.app, revision) {
        Some(reason) => Err(canary_failed(&status.app, &revision.name, &reason)),
        None => Ok(()),
    }
}

/// Returns the refusal of a canary that will not become ready by itself.
pub(super) fn canary_failed(app: &AppId, canary: &str, reason: &str) -> Refusal {
    let logs = app.az("logs show", &format!("--revision {canary}"));
    format!("the canary cannot become ready: {reason}; see its logs with {logs}")
}
