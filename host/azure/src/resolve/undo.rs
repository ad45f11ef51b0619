//! What undoing the last promotion would do: which revision gets all traffic back, or why it must not be done.
//!
//! Refuses wherever the app is not as that promotion left it: what somebody else has changed since is not ours to take
//! back.

use rollout::{Inspection, Labels, Promotion, Traffic, Undo};

use super::candidates::give_all;
use super::checks::{check_ingress, check_lease, check_mode};
use super::roles::revision_of;
use super::selection::Refusal;
use crate::status::AppStatus;

/// What an undo would find.
#[derive(Debug, Clone)]
pub enum Undoing {
    /// The replaced revision would get all traffic again.
    Possible(Box<Inspection>),
    /// The replaced revision has all traffic already.
    Done,
}

impl Undoing {
    /// Returns the array that an undo would write; `None` where nothing is to be written.
    pub fn traffic(&self) -> Option<Traffic> {
        match self {
            Undoing::Possible(found) => Some(found.undoes.as_ref()?.traffic(&found.now)),
            Undoing::Done => None,
        }
    }
}

/// Returns what an undo of the last promotion would find. `now` is in seconds since 1970 and is used for times in refusals
/// only.
///
/// # Errors
/// The sentence with which it is refused.
pub fn find_undo(status: &AppStatus, now: i64) -> Result<Undoing, Refusal> {
    let (app, name) = (&status.app, status.app.name());
    check_lease(status, now)?;
    check_ingress(status)?;
    check_mode(status)?;
    let traffic = &status.traffic;
    let Some(promotion) = &status.promotion else {
        return Err(format!(
            "there is nothing to undo: {name} carries no note of a promotion, which every rollout leaves that promotes; \
             the app has {traffic}, as {} shows",
            app.lockgate("status")
        ));
    };
    let Promotion {
        promoted, replaced, ..
    } = promotion;
    if traffic.is_all_of(replaced) {
        return Ok(Undoing::Done);
    }
    if !traffic.is_all_of(promoted) {
        return Err(format!(
            "the last promotion on {name} gave all traffic to {promoted}, and the app has {traffic} now: somebody has \
             changed it since, and that is not taken back; {}",
            give_all(status, Some(promoted))
        ));
    }
    let Some(target) = status.revision(replaced) else {
        return Err(format!(
            "{replaced}, which the last promotion on {name} replaced, no longer exists, so there is nothing to go back to; \
             see what there is with {}, or deploy its image again",
            app.list_revisions()
        ));
    };
    let Some(serving) = status.revision(promoted) else {
        return Err(format!(
            "{promoted} carries the traffic of {name}, but is not among its revisions: see them with {}",
            app.list_revisions()
        ));
    };
    let newer = status.revisions.iter();
    let newer = newer.filter(|other| other.active && other.created > serving.created);
    Ok(Undoing::Possible(Box::new(Inspection {
        app: name.to_owned(),
        stable: revision_of(serving),
        canary: revision_of(target),
        baseline: traffic.clone(),
        now: traffic.clone(),
        lease: None,
        stable_unfit: None,
        stable_state: Some(serving.state()),
        settled: status.provisioning.is_settled(),
        labels: Labels::default(),
        undoes: Some(Undo {
            promotion: promotion.clone(),
            state: target.state(),
            newer: newer
                .filter(|other| other.name != *replaced)
                .map(|other| other.name.clone())
                .collect(),
        }),
        read_at: 0,
    })))
}
