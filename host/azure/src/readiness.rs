//! Whether a revision can serve: pure, from one read of it and its replicas and from the restarts
//! seen before.
//!
//! Only states that are known to be good are ready. An operation that succeeded proves nothing: the
//! platform also says so of revisions whose containers crash, which only the restarts of their
//! replicas show.

use std::collections::BTreeMap;

use rollout::ports::Readiness;

use crate::endpoint::AppId;
use crate::states::{Health, RevisionProvisioning, Running};
use crate::status::RevisionStatus;
use crate::wire::{Replica, ReplicaContainer};

/// A container that has been restarted this often is taken for one that crashes in a loop.
const RESTARTS_MAX: i64 = 3;

/// How often each container was restarted, by replica and container name.
pub(crate) type Restarts = BTreeMap<(String, String), i64>;

/// What one read says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// This.
    Known(Readiness),
    /// It sleeps, and a request would wake it.
    Asleep,
}

/// Judges one read. `before` is what [`restarts`] returned at the read before, if there was one.
pub(crate) fn judge(
    app: &AppId,
    revision: &RevisionStatus,
    replicas: &[Replica],
    before: Option<&Restarts>,
) -> Judgement {
    if let Some(readiness) = set_up(app, revision) {
        return Judgement::Known(readiness);
    }
    if let Some(crash) = crash_loop(revision, replicas, before) {
        return Judgement::Known(Readiness::Failed(crash));
    }
    if let Some(reason) = image_missing(revision, replicas) {
        return Judgement::Known(Readiness::Failed(reason));
    }
    if let Running::Failed = revision.running {
        return Judgement::Known(Readiness::Failed(text(
            revision,
            "its runningState is Failed",
        )));
    }
    let count = revision.replicas.map_or(replicas.len(), |n| n as usize);
    if count == 0 {
        return match revision.replicas_min {
            0 => Judgement::Asleep,
            _ => not_yet(revision, "no replica runs yet"),
        };
    }
    match &revision.running {
        Running::Running | Running::RunningAtMaxScale => {}
        state => return not_yet(revision, &format!("its runningState is {state}")),
    }
    match &revision.health {
        Health::Healthy | Health::None => {}
        state => return not_yet(revision, &format!("its healthState is {state}")),
    }
    let wanted = revision.replicas_min.max(1) as usize;
    let ready = replicas.iter().filter(|replica| is_ready(replica)).count();
    if ready < wanted {
        let waiting = replicas.iter().find_map(not_ready_container);
        let reason = format!(
            "{ready} of {wanted} replicas are ready{}",
            waiting.unwrap_or_default()
        );
        return not_yet(revision, &reason);
    }
    // One look cannot tell a container that stumbled once from one that is about to crash again.
    let restarted = restarts(replicas).into_iter().find(|(_, count)| *count > 0);
    match (restarted, before) {
        (Some(((_, container), count)), None) => {
            let times = times(count);
            let reason = format!("container {container} was restarted {times}, looking again");
            not_yet(revision, &reason)
        }
        _ => Judgement::Known(Readiness::Ready),
    }
}

/// Returns the restarts of all containers.
pub(crate) fn restarts(replicas: &[Replica]) -> Restarts {
    let mut restarts = Restarts::new();
    for replica in replicas {
        for container in &replica.properties.containers {
            let key = (replica.name.clone(), container.name.clone());
            restarts.insert(key, container.restart_count.unwrap_or(0));
        }
    }
    restarts
}

/// Returns what keeps the revision from being set up, if anything.
fn set_up(app: &AppId, revision: &RevisionStatus) -> Option<Readiness> {
    if !revision.active {
        let activate = app.az(
            "revision activate",
            &format!("--revision {}", revision.name),
        );
        let reason = format!("it is not active; activate it with {activate}");
        return Some(Readiness::Failed(text(revision, &reason)));
    }
    let state = &revision.provisioning;
    let reason = text(revision, &format!("its provisioningState is {state}"));
    match state {
        RevisionProvisioning::Provisioned => None,
        RevisionProvisioning::Failed
        | RevisionProvisioning::Deprovisioning
        | RevisionProvisioning::Deprovisioned => Some(Readiness::Failed(reason)),
        RevisionProvisioning::Provisioning | RevisionProvisioning::Other(_) => {
            Some(Readiness::NotYet(reason))
        }
    }
}

fn crash_loop(
    revision: &RevisionStatus,
    replicas: &[Replica],
    before: Option<&Restarts>,
) -> Option<String> {
    let (replica, container, count) = replicas.iter().find_map(|replica| {
        replica.properties.containers.iter().find_map(|container| {
            let count = container.restart_count.unwrap_or(0);
            let key = (replica.name.clone(), container.name.clone());
            let earlier = before.and_then(|before| before.get(&key).copied());
            let rising = earlier.is_some_and(|earlier| count > earlier);
            (rising || count >= RESTARTS_MAX).then_some((replica, container, count))
        })
    })?;
    let reason = format!(
        "container {} of replica {} crashes: it was restarted {}{}",
        container.name,
        replica.name,
        times(count),
        details(container)
    );
    Some(text(revision, &reason))
}

/// The platform backs off only after it has tried to pull an image several times.
fn image_missing(revision: &RevisionStatus, replicas: &[Replica]) -> Option<String> {
    let mut containers = replicas.iter().flat_map(|r| &r.properties.containers);
    let container = containers.find(|container| {
        let details = container.running_state_details.as_deref();
        details.is_some_and(|details| details.contains("ImagePullBackOff"))
    })?;
    let images = revision.images.join(", ");
    let reason = format!(
        "the image of container {} cannot be pulled{}: check that it exists and that the app may \
         pull it ({images})",
        container.name,
        details(container)
    );
    Some(text(revision, &reason))
}

fn times(count: i64) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

fn is_ready(replica: &Replica) -> bool {
    let containers = &replica.properties.containers;
    !containers.is_empty() && containers.iter().all(is_container_ready)
}

fn is_container_ready(container: &ReplicaContainer) -> bool {
    let runs = || {
        let state = container.running_state.as_deref().unwrap_or_default();
        state.eq_ignore_ascii_case("Running")
    };
    container.ready.unwrap_or_else(runs)
}

fn not_ready_container(replica: &Replica) -> Option<String> {
    let containers = &replica.properties.containers;
    let waiting = containers.iter().find(|c| !is_container_ready(c))?;
    let state = waiting.running_state.as_deref().unwrap_or("not ready");
    Some(format!(
        "; container {} is {state}{}",
        waiting.name,
        details(waiting)
    ))
}

fn details(container: &ReplicaContainer) -> String {
    match container.running_state_details.as_deref() {
        None | Some("") => String::new(),
        Some(details) => format!(" ({details})"),
    }
}

fn not_yet(revision: &RevisionStatus, reason: &str) -> Judgement {
    Judgement::Known(Readiness::NotYet(text(revision, reason)))
}

fn text(revision: &RevisionStatus, reason: &str) -> String {
    match revision.provisioning_error.as_str() {
        "" => format!("{}: {reason}", revision.name),
        error => format!("{}: {reason}; the platform says: {error}", revision.name),
    }
}

#[cfg(test)]
mod tests;
