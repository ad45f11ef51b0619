//! Who is stable and who is canary: pure, from what was read and what was chosen.
//!
//! Guesses nothing. What is not unambiguous is refused with a sentence that names the thing, lists
//! the candidates and says what to type; after that a person or a pipeline decides, never this
//! file.

mod canary;
mod candidates;
mod explain;
mod leased;

use std::time::Duration;

use rollout::{Inspection, Lease, LeaseState, Revision, Share, TrafficTarget};

pub(crate) use self::canary::has_image;
use self::canary::{canary, is_chosen};
use self::candidates::{active_list, set_weight};
use crate::endpoint::AppId;
use crate::states::{Mode, Provisioning};
use crate::status::{AppStatus, RevisionStatus};
use crate::tags::{self, TagError};

pub use self::explain::Reasons;
pub(crate) use self::explain::explain;
pub(crate) use self::leased::{Found, Pair, leased};

/// Which revisions a person or a pipeline has named; what is `None` is derived.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The stable revision's full name. It must be the one that carries the traffic.
    pub stable: Option<String>,
    /// The canary. Without it: the newest active revision without traffic, if it is newer than the
    /// stable.
    pub canary: Option<CanaryChoice>,
}

/// How the canary was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanaryChoice {
    /// By the revision's full name.
    Revision(String),
    /// By an image of any of its containers: the whole reference, its tag, or its digest.
    Image(String),
}

/// A sentence for people.
type Refusal = String;

/// Returns who is who. `now` is in seconds since 1970 and only used for ages in messages.
pub(crate) fn resolve(
    status: &AppStatus,
    selection: &Selection,
    now: i64,
) -> Result<Inspection, Refusal> {
    let app = &status.app;
    match &status.lease {
        Ok(None) => {}
        Ok(Some(lease)) => return Err(occupied(app, lease, now)),
        Err(error) => return Err(damaged(app, error)),
    }
    check_app(status)?;
    if let Some(only) = first(status, selection) {
        return first_inspection(status, only);
    }
    check_traffic(status, selection, now)?;
    let stable = stable(status, selection, now)?;
    let canary = canary(status, stable, selection, now)?;
    tags::check_room(&status.tags, &status.traffic).map_err(|error| error.to_string())?;
    Ok(Inspection {
        app: app.name().to_owned(),
        stable: known(status, stable)?,
        canary: known(status, canary)?,
        baseline: status.traffic.clone(),
        now: status.traffic.clone(),
        lease: None,
        stable_unfit: None,
    })
}

/// Returns the app's only revision, when it was chosen as the canary and carries everything: the
/// first deployment. Choosing is asked for, so that an app whose other revisions are gone is not
/// taken for one.
fn first<'a>(status: &'a AppStatus, selection: &Selection) -> Option<&'a RevisionStatus> {
    let [only] = &status.revisions[..] else {
        return None;
    };
    let stable_is_another = selection.stable.as_ref().is_some_and(|s| *s != only.name);
    (is_chosen(status, selection, &only.name)
        && !stable_is_another
        && status.is_complete
        && only.active
        && only.weight == 100)
        .then_some(only)
}

fn first_inspection(status: &AppStatus, only: &RevisionStatus) -> Result<Inspection, Refusal> {
    let revision = known(status, only)?;
    Ok(Inspection {
        app: status.app.name().to_owned(),
        stable: revision.clone(),
        canary: revision,
        baseline: status.traffic.clone(),
        now: status.traffic.clone(),
        lease: None,
        stable_unfit: None,
    })
}

/// A damaged lease may hide a run that is under way, so nothing is begun and nothing given back.
pub(crate) fn damaged(app: &AppId, error: &TagError) -> Refusal {
    format!(
        "{error}: another program has changed it; look at {} with `lockgate status`, put the \
         traffic right and remove the tags that begin with lockgate-",
        app.name()
    )
}

/// Another run has the app. Whether its process lives nobody can see; its lease says until when it
/// must be taken for alive.
fn occupied(app: &AppId, lease: &Lease, now: i64) -> Refusal {
    let Lease {
        run,
        canary,
        weight,
        ..
    } = lease;
    let name = app.name();
    let what = format!("run {run} has left its lease on {name} (canary {canary} at {weight})");
    if lease.state == LeaseState::Held {
        return format!(
            "{what} and is held on purpose: `lockgate resume` goes on with it, `lockgate abort` \
             gives the traffic back"
        );
    }
    match u64::try_from(now).map(|now| lease.expires_at.checked_sub(now)) {
        Ok(None) => {
            format!(
                "{what} and has been silent too long: `lockgate recover` gives the traffic back"
            )
        }
        Ok(Some(left)) => format!(
            "{what} and may be under way: it counts as alive for another {}; wait for it, or end \
             it with `lockgate abort`",
            rollout::human(Duration::from_secs(left))
        ),
        Err(_) => format!("{what}; look with `lockgate status`"),
    }
}

fn known(status: &AppStatus, revision: &RevisionStatus) -> Result<Revision, Refusal> {
    let url = revision.url.clone().ok_or_else(|| {
        let show = status
            .app
            .az("revision show", &format!("--revision {}", revision.name));
        format!(
            "revision {} has no address of its own; see {show}",
            revision.name
        )
    })?;
    Ok(Revision {
        name: revision.name.clone(),
        url,
        image: revision.images.first().cloned().unwrap_or_default(),
    })
}

fn check_app(status: &AppStatus) -> Result<(), Refusal> {
    let app = &status.app;
    let name = app.name();
    if !status.has_ingress {
        let enable = app.az("ingress enable", "--type external --target-port <port>");
        return Err(format!(
            "{name} has no ingress, so there is no traffic to move; enable it with {enable}"
        ));
    }
    match &status.mode {
        Mode::Multiple => {}
        Mode::Single => {
            let switch = app.az("revision set-mode", "--mode multiple");
            return Err(format!(
                "{name} is in revision mode Single, where a new revision takes all traffic at \
                 once; switch with {switch} before the next revision is made"
            ));
        }
        Mode::Other(mode) => {
            return Err(format!(
                "{name} is in revision mode {mode}; lockgate moves traffic in mode Multiple alone"
            ));
        }
    }
    match &status.provisioning {
        Provisioning::Succeeded => {}
        state if state.is_settled() => {
            let show = app.az("show", "--query properties");
            return Err(format!(
                "the last change of {name} ended as {state}; see {show}, repair it, and try again"
            ));
        }
        state => {
            return Err(format!(
                "{name} is busy: its provisioningState is {state}; wait until it is Succeeded and \
                 try again"
            ));
        }
    }
    if status.is_sticky {
        let disable = app.az("ingress sticky-sessions set", "--affinity none");
        return Err(format!(
            "{name} has sticky sessions, which the platform supports in revision mode Single \
             alone; turn them off with {disable}"
        ));
    }
    Ok(())
}

fn check_traffic(status: &AppStatus, selection: &Selection, now: i64) -> Result<(), Refusal> {
    let name = status.app.name();
    let shares = &status.traffic.0;
    let sum: u32 = shares.iter().map(|share| share.weight.per_cent()).sum();
    if sum == 0 {
        return Err(format!(
            "no revision of {name} carries traffic; give it to the one that shall be stable with \
             {}",
            set_weight(status, "<revision>")
        ));
    }
    if sum != 100 {
        return Err(format!(
            "the weights of {name} add up to {sum}, not 100 ({}); put them right with {}",
            status.traffic,
            set_weight(status, "<revision>")
        ));
    }
    let follows = |share: &&Share| share.target == TrafficTarget::LatestReady;
    if let Some(share) = shares.iter().find(follows) {
        // Without weight and label it means nothing: `az` leaves it behind after pinning.
        if share.weight.per_cent() > 0 || share.label.is_some() {
            return Err(follows_latest(status, share, selection, now));
        }
    }
    for (index, share) in shares.iter().enumerate() {
        if shares[..index].iter().any(|s| s.target == share.target) {
            return Err(format!(
                "{} is in the traffic of {name} twice ({}), which lockgate cannot write back; \
                 remove one entry or its label",
                share.target, status.traffic
            ));
        }
    }
    Ok(())
}

fn follows_latest(status: &AppStatus, share: &Share, selection: &Selection, now: i64) -> Refusal {
    let name = status.app.name();
    let latest = status.latest_ready.as_deref().unwrap_or("<revision>");
    let weight = share.weight;
    if is_chosen(status, selection, latest) {
        return format!(
            "{latest}, the chosen canary, already carries {weight}, because the traffic of {name} \
             follows latestRevision; give it back to the revision that shall be stable with {} \
             ({})",
            set_weight(status, "<revision>"),
            active_list(status, now)
        );
    }
    if let Some(label) = &share.label {
        return format!(
            "the label {label} of {name} follows latestRevision, which lockgate never writes; \
             move the label to a revision with {}",
            status.app.az(
                "revision label add",
                &format!("--label {label} --revision {latest}")
            )
        );
    }
    format!(
        "{weight} of {name}'s traffic follows latestRevision, so the next revision takes it \
         without being asked; pin it first with {} (ready last: {latest}), then make the new \
         revision",
        set_weight(status, latest)
    )
}

fn stable<'a>(
    status: &'a AppStatus,
    selection: &Selection,
    now: i64,
) -> Result<&'a RevisionStatus, Refusal> {
    let name = status.app.name();
    let carrying: Vec<&Share> = status
        .traffic
        .0
        .iter()
        .filter(|share| share.weight.per_cent() > 0)
        .collect();
    let [share] = carrying[..] else {
        let chosen = carrying.iter().find_map(|share| match &share.target {
            TrafficTarget::Revision(name) if is_chosen(status, selection, name) => {
                Some((name, share))
            }
            _ => None,
        });
        let already = chosen.map_or_else(String::new, |(name, share)| {
            format!(
                "; {name}, the chosen canary, already carries {}",
                share.weight
            )
        });
        return Err(format!(
            "{} revisions of {name} share the traffic ({}){already}; give all of it to the stable \
             one with {}",
            carrying.len(),
            status.traffic,
            set_weight(status, "<revision>")
        ));
    };
    let TrafficTarget::Revision(carrier) = &share.target else {
        return Err(follows_latest(status, share, selection, now));
    };
    if let Some(chosen) = selection
        .stable
        .as_ref()
        .filter(|chosen| *chosen != carrier)
    {
        return Err(format!(
            "{chosen} was chosen as stable, but {carrier} carries the traffic of {name}; choose \
             {carrier}, or move the traffic first with {}",
            set_weight(status, chosen)
        ));
    }
    let revision = status.revision(carrier).ok_or_else(|| {
        format!(
            "{carrier} carries the traffic of {name}, but is not among its revisions; {}",
            active_list(status, now)
        )
    })?;
    active(status, revision, "stable")
}

fn active<'a>(
    status: &AppStatus,
    revision: &'a RevisionStatus,
    role: &str,
) -> Result<&'a RevisionStatus, Refusal> {
    if revision.active {
        return Ok(revision);
    }
    let name = &revision.name;
    Err(format!(
        "{name}, the {role} revision, is not active; activate it with {}",
        status
            .app
            .az("revision activate", &format!("--revision {name}"))
    ))
}

#[cfg(test)]
mod tests;
