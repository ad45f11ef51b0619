//! Taking a leased run up again: everything was settled when it began, and is only looked up.
//!
//! Never refuses to give traffic back because something else about the app is odd; says so when the
//! stable revision cannot take it.

use rollout::{Inspection, Intent, Lease, Revision, Traffic};

use super::Refusal;
use crate::endpoint::AppId;
use crate::states::{Health, RevisionProvisioning, Running};
use crate::status::RevisionStatus;

/// A leased revision as it was looked up.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    /// It is there.
    Here(Box<RevisionStatus>),
    /// The platform says that there is none of this name.
    Gone,
    /// The platform did not say; with its words.
    Unknown(String),
}

/// The two revisions of a lease.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) stable: Found,
    pub(crate) canary: Found,
}

/// Returns who is who according to a lease.
pub(crate) fn leased(
    app: &AppId,
    lease: &Lease,
    now: Traffic,
    pair: &Pair,
    intent: &Intent,
) -> Result<Inspection, Refusal> {
    if *intent == Intent::Resume {
        for (role, name, found) in [
            ("stable", &lease.stable, &pair.stable),
            ("canary", &lease.canary, &pair.canary),
        ] {
            can_go_on(app, lease, (role, name), found)?;
        }
    }
    Ok(Inspection {
        app: app.name().to_owned(),
        stable: revision(&lease.stable, &pair.stable),
        canary: revision(&lease.canary, &pair.canary),
        baseline: lease.baseline.clone(),
        now,
        lease: Some(lease.clone()),
        stable_unfit: unfit(app, lease, &pair.stable),
    })
}

/// A run that goes on asks its gates about both revisions.
fn can_go_on(
    app: &AppId,
    lease: &Lease,
    (role, name): (&str, &str),
    found: &Found,
) -> Result<(), Refusal> {
    let problem = match found {
        Found::Here(revision) if revision.url.is_some() => return Ok(()),
        Found::Here(_) => "has no address of its own".to_owned(),
        Found::Gone => "does not exist any more".to_owned(),
        Found::Unknown(reason) => format!("cannot be read ({reason})"),
    };
    Err(format!(
        "run {} cannot go on: its {role} revision {name} {problem}; look with {}, or give the \
         traffic back with `lockgate abort`",
        lease.run,
        app.az("revision list", "--all --output table")
    ))
}

fn revision(name: &str, found: &Found) -> Revision {
    let here = match found {
        Found::Here(revision) => Some(revision),
        Found::Gone | Found::Unknown(_) => None,
    };
    Revision {
        name: name.to_owned(),
        url: here.and_then(|r| r.url.clone()).unwrap_or_default(),
        image: here
            .and_then(|r| r.images.first().cloned())
            .unwrap_or_default(),
    }
}

/// Returns why the stable revision cannot serve, if that is certain. What is not known does not
/// stand in the way of a rollback.
fn unfit(app: &AppId, lease: &Lease, found: &Found) -> Option<String> {
    let stable = &lease.stable;
    let activate = app.az("revision activate", &format!("--revision {stable}"));
    let (problem, cure) = match found {
        Found::Unknown(_) => return None,
        Found::Gone => (
            "does not exist any more".to_owned(),
            "make it again from its image".to_owned(),
        ),
        Found::Here(revision) if !revision.active => {
            ("is not active".to_owned(), format!("run {activate}"))
        }
        Found::Here(revision) => (
            sick(revision)?,
            format!(
                "see {} and repair it",
                app.az("revision show", &format!("--revision {stable}"))
            ),
        ),
    };
    let keep = app.az(
        "ingress traffic set",
        &format!("--revision-weight {}=100", lease.canary),
    );
    Some(format!(
        "stable revision {stable} {problem}, so traffic given back to it would reach nothing. \
         Either {cure}, then run `lockgate abort` again; or keep {} for good with {keep}",
        lease.canary
    ))
}

/// One that sleeps at zero replicas is well: the first request wakes it.
fn sick(revision: &RevisionStatus) -> Option<String> {
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
