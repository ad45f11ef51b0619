//! One app behind the [`Platform`] port.
//!
//! Every answer starts from a fresh read. Two things are kept between calls, and neither decides
//! anything about traffic: the app's own tags, which a write must repeat, and the restarts that
//! readiness compares with.

mod inspect;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rollout::ports::{Change, InspectError, Observation, Platform, Readiness, WriteOutcome};
use rollout::{Inspection, Intent, Lease, Purpose, Traffic, TrafficTarget};
use tokio::time::Instant;

use crate::arm::{ArmError, Connection, Ending, Subject};
use crate::endpoint::AppId;
use crate::readiness::{Judgement, Restarts, judge, restarts};
use crate::resolve::Selection;
use crate::status::RevisionStatus;
use crate::tags::{self, Tags};
use crate::wire;

/// Settled reads without the written traffic after which waiting any longer is of no use.
const OTHER_READS_MAX: u32 = 3;

/// An app in Azure Container Apps, or in an emulator of it.
#[derive(Debug)]
pub struct App {
    pub(crate) connection: Connection,
    pub(crate) id: AppId,
    selection: Selection,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The tags of the latest read.
    tags: Option<Tags>,
    /// lockgate's tags that were ever seen or written: what a removal must cover, since a read may
    /// be older than a write that is still being applied.
    ours: BTreeSet<String>,
    /// The restarts of the latest look at each revision.
    restarts: BTreeMap<String, Restarts>,
}

impl App {
    /// Prepares access to an app. Nothing is sent.
    pub fn new(connection: Connection, id: AppId, selection: Selection) -> App {
        App {
            connection,
            id,
            selection,
            kept: Mutex::default(),
        }
    }

    /// Returns which app this is.
    pub fn id(&self) -> &AppId {
        &self.id
    }

    /// Returns the connection, to get a token before it is needed.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Keeps what a rollback needs ready, for as long as it is awaited: it never returns.
    pub async fn stay_ready(&self) {
        let call = self.connection.call(&self.id, &[], Subject::App);
        self.connection.stay_ready(call).await;
    }

    /// Reads the app's own document, and keeps its tags.
    async fn read(&self) -> Result<wire::App, ArmError> {
        let call = self.connection.call(&self.id, &[], Subject::App);
        let document: wire::App = self.connection.read(&call).await?;
        let tags = document.tags.clone().unwrap_or_default();
        let mut kept = self.kept();
        let ours = tags.keys().filter(|tag| tags::is_ours(tag)).cloned();
        kept.ours.extend(ours);
        kept.tags = Some(tags);
        drop(kept);
        Ok(document)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Each change of it is one statement, so a panic elsewhere leaves nothing half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn look(&self, name: &str) -> Result<Readiness, ArmError> {
        let below = ["revisions", name];
        let call = self
            .connection
            .call(&self.id, &below, Subject::Revision(name.to_owned()));
        let document: wire::Revision = self.connection.read(&call).await?;
        let below = ["revisions", name, "replicas"];
        let call = self
            .connection
            .call(&self.id, &below, Subject::Replicas(name.to_owned()));
        let replicas: Vec<wire::Replica> = self.connection.read_all(call).await?;
        let revision = RevisionStatus::new(document, &self.connection.endpoint);
        let counts = restarts(&replicas);
        let before = self.kept().restarts.insert(name.to_owned(), counts);
        match judge(&self.id, &revision, &replicas, before.as_ref()) {
            Judgement::Known(readiness) => Ok(readiness),
            Judgement::Asleep => Ok(Readiness::NotYet(self.wake(&revision).await)),
        }
    }

    /// Sends one request that makes the platform start a replica. Whatever it is answered with is
    /// not judged.
    async fn wake(&self, revision: &RevisionStatus) -> String {
        let name = &revision.name;
        match &revision.url {
            Some(url) => {
                let came = self.connection.warm_up(url).await;
                format!("{name}: scaled to zero, warming (the request to wake it: {came})")
            }
            None => format!("{name}: scaled to zero, and it has no address to wake it at"),
        }
    }

    /// Returns the tags of a write, or a sentence about why there can be no write.
    async fn complete_tags(&self, lease: Option<&Lease>) -> Result<Tags, String> {
        if self.kept().tags.is_none() {
            self.read().await.map_err(|error| error.to_string())?;
        }
        let mut kept = self.kept();
        let own = kept.tags.clone().unwrap_or_default();
        let tags = tags::complete(&own, lease, &kept.ours).map_err(|error| error.to_string())?;
        let ours = tags.keys().filter(|tag| tags::is_ours(tag)).cloned();
        kept.ours.extend(ours);
        drop(kept);
        Ok(tags)
    }

    /// No stage begins with a token that may run out before the stage and its rollback are over
    /// (I-18).
    async fn check_identity(&self, needs: Duration) -> Result<(), String> {
        match self.connection.token_lasts(needs).await {
            Ok(Some(left)) if left < needs => Err(format!(
                "the token lives for another {}, and the stage with its rollback may need {}: give \
                 lockgate a credential that it can renew, or a shorter bake",
                rollout::human(left),
                rollout::human(needs)
            )),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Waits until the app itself shows the write, for when its operation cannot be followed.
    async fn settle(&self, why: &str, traffic: &Traffic, lease: Option<&Lease>) -> WriteOutcome {
        let policy = self.connection.retry_policy;
        let end = Instant::now() + policy.operation;
        let mut pause = policy.poll;
        let mut others = 0;
        loop {
            // The first read after a write may still show what was before, and say that it is
            // settled.
            match self.observe().await {
                Ok(seen) if seen.settled => {
                    if seen.traffic.same_as(traffic) && seen.lease.as_ref() == lease {
                        return WriteOutcome::Applied;
                    }
                    others += 1;
                }
                Ok(_) => others = 0,
                Err(reason) if Instant::now() >= end => return WriteOutcome::Unknown(reason),
                Err(_) => {}
            }
            if others >= OTHER_READS_MAX || Instant::now() + pause >= end {
                return WriteOutcome::Unknown(format!(
                    "the operation cannot be followed ({why}), and the app does not show the write"
                ));
            }
            tokio::time::sleep(pause).await;
            pause = pause.mul_f64(1.5).min(policy.poll_max);
        }
    }
}

impl Platform for App {
    async fn inspect(&self, intent: &Intent) -> Result<Inspection, InspectError> {
        if *intent != Intent::Rollout {
            return self.take_up(intent).await;
        }
        Ok(self.choose().await?.0)
    }

    async fn readiness(&self, revision: &str) -> Readiness {
        match self.look(revision).await {
            Ok(readiness) => readiness,
            Err(error) => match error.status() {
                // Waiting brings neither a permission nor a revision.
                Some(401 | 403 | 404) => Readiness::Failed(error.to_string()),
                _ => Readiness::NotYet(error.to_string()),
            },
        }
    }

    async fn observe(&self) -> Result<Observation, String> {
        let document = self.read().await.map_err(|error| error.to_string())?;
        let properties = &document.properties;
        let name = self.id.name();
        let ingress = properties
            .configuration
            .ingress
            .as_ref()
            .ok_or_else(|| format!("{name} has no ingress any more, so there is no traffic"))?;
        let lease = tags::decode(document.tags.as_ref().unwrap_or(&Tags::new()))
            .map_err(|error| format!("{error}; look at {name} with `lockgate status`"))?;
        Ok(Observation {
            traffic: ingress.shares()?,
            lease,
            settled: properties.provisioning_state.is_settled(),
        })
    }

    async fn write(&self, change: Change<'_>) -> WriteOutcome {
        let Change {
            purpose,
            traffic,
            lease,
            needs,
        } = change;
        if let Err(reason) = check_writable(traffic) {
            return WriteOutcome::Refused(reason);
        }
        if purpose == Purpose::Shift
            && let Err(reason) = self.check_identity(needs).await
        {
            return WriteOutcome::Refused(reason);
        }
        let tags = match self.complete_tags(lease).await {
            Ok(tags) => tags,
            Err(reason) => return WriteOutcome::Refused(reason),
        };
        let mut call = self.connection.call(&self.id, &[], Subject::Traffic);
        if purpose == Purpose::RollBack {
            call = call.urgent();
        }
        match self
            .connection
            .write(&call, &wire::patch(traffic, &tags))
            .await
        {
            Err(error) => error.into_outcome(),
            Ok(Ending::Succeeded) => WriteOutcome::Applied,
            Ok(Ending::Failed(reason)) => WriteOutcome::Refused(reason),
            Ok(Ending::Unknown(reason)) => WriteOutcome::Unknown(reason),
            Ok(Ending::Untracked(why)) => self.settle(&why, traffic, lease).await,
        }
    }
}

/// The platform accepts arrays that send requests nowhere, or wherever the next revision is. This
/// does not (I-4).
fn check_writable(traffic: &Traffic) -> Result<(), String> {
    let sum: u32 = traffic.0.iter().map(|share| share.weight.per_cent()).sum();
    if sum != 100 {
        return Err(format!(
            "the weights to write add up to {sum}, not 100 ({traffic})"
        ));
    }
    let mut following = traffic
        .0
        .iter()
        .filter(|s| s.target == TrafficTarget::LatestReady);
    if following.any(|share| share.weight.per_cent() > 0 || share.label.is_some()) {
        return Err(format!(
            "the traffic to write follows latestRevision ({traffic})"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
