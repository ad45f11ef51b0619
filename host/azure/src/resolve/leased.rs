//! The path that follows a lease: the revisions and the baseline are those of the lease, and nothing is chosen.
//!
//! Never refuses to restore the baseline because of another problem of the app. Reports when the stable revision
//! cannot serve.

use rollout::{Inspection, Intent, Labels, Lease, Revision, RevisionState, Traffic, Weight};

use super::selection::Refusal;
use crate::endpoint::AppId;
use crate::states::{Health, RevisionProvisioning, Running};
use crate::status::RevisionStatus;

/// A revision of a lease, as it was read.
#[derive(Debug, Clone)]
pub(crate) enum LeasedRevision {
    Present(Box<RevisionStatus>),
    /// The platform has no revision of this name.
    Gone,
    /// It could not be read; with the reason.
    Unknown(String),
}

/// The two revisions of a lease.
#[derive(Debug, Clone)]
pub(crate) struct LeasedRevisions {
    pub(crate) stable: LeasedRevision,
    pub(crate) canary: LeasedRevision,
}

/// What a revision is in a run.
#[derive(Debug, Clone, Copy)]
enum Role {
    Stable,
    Canary,
}

/// Returns stable revision, canary and baseline of a lease. `now` is the traffic that was read.
pub(crate) fn follow_lease(
    app: &AppId,
    lease: &Lease,
    now: Traffic,
    revisions: &LeasedRevisions,
    intent: &Intent,
) -> Result<Inspection, Refusal> {
    if *intent == Intent::Resume {
        check_usable(app, lease, Role::Stable, &revisions.stable)?;
        check_usable(app, lease, Role::Canary, &revisions.canary)?;
    }
    Ok(Inspection {
        app: app.name().to_owned(),
        stable: revision(&lease.stable, &revisions.stable),
        canary: revision(&lease.canary, &revisions.canary),
        baseline: lease.baseline.clone(),
        now,
        lease: Some(lease.clone()),
        stable_unfit: unfit(app, &lease.stable, &lease.canary, &revisions.stable),
        stable_state: state(&revisions.stable),
        settled: true,
        labels: Labels::default(),
        undoes: None,
        read_at: 0,
    })
}

/// Returns what gives all traffic of a split to its first revision. The array that was read is the split to undo.
pub(crate) fn undo_split(
    app: &AppId,
    [to, other]: [&str; 2],
    now: Traffic,
    revisions: &LeasedRevisions,
) -> Inspection {
    Inspection {
        app: app.name().to_owned(),
        stable: revision(to, &revisions.stable),
        canary: revision(other, &revisions.canary),
        baseline: now.split(to, other, Weight::ZERO),
        now,
        lease: None,
        stable_unfit: unfit(app, to, other, &revisions.stable),
        stable_state: state(&revisions.stable),
        settled: true,
        labels: Labels::default(),
        undoes: None,
        read_at: 0,
    }
}

fn state(read: &LeasedRevision) -> Option<RevisionState> {
    match read {
        LeasedRevision::Present(revision) => Some(revision.state()),
        LeasedRevision::Gone | LeasedRevision::Unknown(_) => None,
    }
}

/// Refuses to resume a run whose revision is missing or has no address: its gates ask about both revisions.
fn check_usable(
    app: &AppId,
    lease: &Lease,
    role: Role,
    read: &LeasedRevision,
) -> Result<(), Refusal> {
    let problem = match read {
        LeasedRevision::Present(revision) if revision.url.is_some() => return Ok(()),
        LeasedRevision::Present(_) => "has no address of its own".to_owned(),
        LeasedRevision::Gone => "no longer exists".to_owned(),
        LeasedRevision::Unknown(reason) => format!("cannot be read ({reason})"),
    };
    let (role, name) = match role {
        Role::Stable => ("stable", &lease.stable),
        Role::Canary => ("canary", &lease.canary),
    };
    Err(format!(
        "run {} cannot continue: its {role} revision {name} {problem}; check with {}, or restore the baseline with {}",
        lease.run,
        app.list_revisions(),
        app.lockgate("abort")
    ))
}

fn revision(name: &str, read: &LeasedRevision) -> Revision {
    let present = match read {
        LeasedRevision::Present(revision) => Some(revision),
        LeasedRevision::Gone | LeasedRevision::Unknown(_) => None,
    };
    Revision {
        name: name.to_owned(),
        url: present.and_then(|r| r.url.clone()).unwrap_or_default(),
        image: present
            .and_then(|r| r.images.first().cloned())
            .unwrap_or_default(),
    }
}

/// Returns why the stable revision cannot serve; `None` when it can, when it is only inactive, since a rollback activates
/// it, or when it could not be read, because a failed read must not stop a rollback.
fn unfit(app: &AppId, stable: &str, canary: &str, read: &LeasedRevision) -> Option<String> {
    let (problem, cure) = match read {
        LeasedRevision::Unknown(_) => return None,
        LeasedRevision::Gone => (
            "no longer exists".to_owned(),
            "create it again from its image".to_owned(),
        ),
        LeasedRevision::Present(revision) if !revision.active => return None,
        LeasedRevision::Present(revision) => (
            bad_state(revision)?,
            format!(
                "see {} and repair it",
                app.az("revision show", &format!("--revision {stable}"))
            ),
        ),
    };
    let keep = app.set_all_traffic(canary);
    let abort = app.lockgate("abort");
    Some(format!(
        "stable revision {stable} {problem}, so it would not serve the restored traffic. Either \
         {cure}, then run {abort} again; or keep {canary} for good: {keep} gives it all traffic"
    ))
}

/// Returns the state in which the revision cannot serve, if it has one. Scaled to zero is not such a state: the
/// first request starts a replica.
fn bad_state(revision: &RevisionStatus) -> Option<String> {
    match (&revision.provisioning, &revision.health, &revision.running) {
        (
            state @ (RevisionProvisioning::Failed
            | RevisionProvisioning::Deprovisioning
            | RevisionProvisioning::Deprovisioned),
            ..,
        ) => Some(format!("has provisioningState {state}")),
        (_, state @ Health::Unhealthy, _) => Some(format!("has healthState {state}")),
        (.., state @ Running::Failed) => Some(format!("has runningState {state}")),
        _ => None,
    }
}
