//! Whether a revision can serve. Pure: computed from one read of the revision and its replicas, and from the
//! restarts at the read before.
//!
//! Only states that are known to be good count as ready. A succeeded operation does not: the platform also reports
//! success for revisions whose containers crash, and only the restarts of their replicas show that.

use std::collections::BTreeMap;

use rollout::ports::Readiness;

use crate::endpoint::AppId;
use crate::states::{Health, RevisionProvisioning, Running};
use crate::status::RevisionStatus;
use crate::wire::{Replica, ReplicaContainer};

/// A container that was restarted this often counts as crashing in a loop.
const RESTARTS_MAX: i64 = 3;

/// How often each container was restarted.
pub(crate) type Restarts = BTreeMap<ContainerName, i64>;

/// The name of a container in a replica.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ContainerName {
    replica: String,
    container: String,
}

/// What one read shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Assessment {
    Known(Readiness),
    /// No replica runs, and none has to: a request would start one.
    ScaledToZero,
}

/// Assesses one read. `before` is the result of [`restarts`] for the read before, if there was one.
pub(crate) fn assess(
    app: &AppId,
    revision: &RevisionStatus,
    replicas: &[Replica],
    before: Option<&Restarts>,
) -> Assessment {
    if let Some(readiness) = not_set_up(app, revision) {
        return Assessment::Known(readiness);
    }
    if let Some(crash) = crash_loop(revision, replicas, before) {
        return Assessment::Known(Readiness::Failed(crash));
    }
    if let Some(reason) = image_missing(revision, replicas) {
        return Assessment::Known(Readiness::Failed(reason));
    }
    if let Some(reason) = running_failed(revision) {
        return Assessment::Known(Readiness::Failed(reason));
    }
    let count = revision.replicas.map_or(replicas.len(), |n| n as usize);
    if count == 0 {
        return if revision.replicas_min == 0 {
            Assessment::ScaledToZero
        } else {
            not_yet(revision, "no replica runs yet")
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
    // One read cannot distinguish a container that crashed once from one that is about to crash again.
    let restarted = restarts(replicas).into_iter().find(|(_, count)| *count > 0);
    if before.is_none()
        && let Some((name, count)) = restarted
    {
        let reason = format!(
            "container {} was restarted {}, checking once more",
            name.container,
            times(count)
        );
        return not_yet(revision, &reason);
    }
    Assessment::Known(Readiness::Ready)
}

/// Returns why an active revision will not become ready by itself, as far as the revision alone shows it.
pub(crate) fn failed(app: &AppId, revision: &RevisionStatus) -> Option<String> {
    match not_set_up(app, revision) {
        Some(Readiness::Failed(reason)) => Some(reason),
        Some(_) => None,
        None => running_failed(revision),
    }
}

fn running_failed(revision: &RevisionStatus) -> Option<String> {
    matches!(revision.running, Running::Failed)
        .then(|| described(revision, "its runningState is Failed"))
}

/// Returns the restarts of all containers of these replicas.
pub(crate) fn restarts(replicas: &[Replica]) -> Restarts {
    let mut restarts = Restarts::new();
    for replica in replicas {
        for container in &replica.properties.containers {
            restarts.insert(
                name_of(replica, container),
                container.restart_count.unwrap_or(0),
            );
        }
    }
    restarts
}

fn name_of(replica: &Replica, container: &ReplicaContainer) -> ContainerName {
    ContainerName {
        replica: replica.name.clone(),
        container: container.name.clone(),
    }
}

/// Returns why the revision is not active or not provisioned; `None` when it is both.
fn not_set_up(app: &AppId, revision: &RevisionStatus) -> Option<Readiness> {
    if !revision.active {
        let activate = app.az(
            "revision activate",
            &format!("--revision {}", revision.name),
        );
        let reason = format!("it is not active; activate it with {activate}");
        return Some(Readiness::Failed(described(revision, &reason)));
    }
    let state = &revision.provisioning;
    let reason = described(revision, &format!("its provisioningState is {state}"));
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
            let name = name_of(replica, container);
            let earlier = before.and_then(|before| before.get(&name).copied());
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
    Some(described(revision, &reason))
}

/// Returns why the image cannot be pulled. `ImagePullBackOff` appears only after several attempts.
fn image_missing(revision: &RevisionStatus, replicas: &[Replica]) -> Option<String> {
    let mut containers = replicas.iter().flat_map(|r| &r.properties.containers);
    let container = containers.find(|container| {
        let details = container.running_state_details.as_deref();
        details.is_some_and(|details| details.contains("ImagePullBackOff"))
    })?;
    let images = rollout::listed(&revision.images);
    let reason = format!(
        "the image of container {} cannot be pulled{}: check that it exists and that the app may \
         pull it ({images})",
        container.name,
        details(container)
    );
    Some(described(revision, &reason))
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

/// Returns the platform's details of the state of a container, in brackets.
fn details(container: &ReplicaContainer) -> String {
    match container.running_state_details.as_deref() {
        None | Some("") => String::new(),
        Some(details) => format!(" ({details})"),
    }
}

fn not_yet(revision: &RevisionStatus, reason: &str) -> Assessment {
    Assessment::Known(Readiness::NotYet(described(revision, reason)))
}

/// Returns the reason after the revision's name, with the platform's own error if it has one.
fn described(revision: &RevisionStatus, reason: &str) -> String {
    match revision.provisioning_error.as_str() {
        "" => format!("{}: {reason}", revision.name),
        error => format!("{}: {reason}; the platform says: {error}", revision.name),
    }
}

#[cfg(test)]
mod tests;
