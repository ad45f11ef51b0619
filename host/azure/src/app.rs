//! One app behind the [`Platform`] port.
//!
//! Traffic, lease and states are read anew by each call. Two things are remembered between calls: the app's tags,
//! which a write must repeat, and the restarts of replicas, with which readiness compares. Neither decides anything
//! about traffic. `inspect` reads the app before a run.

mod inspect;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rollout::ports::{Change, InspectError, Observation, Platform, Readiness, WriteOutcome};
use rollout::{Inspection, Intent, Lease, Note, Purpose, RevisionState, Traffic, TrafficTarget};
use tokio::time::Instant;

use crate::arm::{ArmError, Connection, OperationOutcome, Subject};
use crate::endpoint::AppId;
use crate::readiness::{Assessment, Restarts, assess, restarts};
use crate::resolve::Selection;
use crate::status::RevisionStatus;
use crate::tags::{self, Tags};
use crate::wire;

/// How long a look waits for the state of the stable revision.
const STATE_READ_TIMEOUT: Duration = Duration::from_secs(3);

/// After this many settled reads in a row without the written traffic, waiting longer is of no use.
const OTHER_READS_MAX: u32 = 3;

/// An app in Azure Container Apps, or in an emulator of the service.
#[derive(Debug)]
pub struct App {
    pub(crate) connection: Arc<Connection>,
    pub(crate) id: AppId,
    selection: Selection,
    memory: Mutex<AppMemory>,
}

/// What is remembered between calls.
#[derive(Debug, Default)]
struct AppMemory {
    /// All tags of the latest read.
    tags: Option<Tags>,
    /// The names of lockgate's tags that were ever read or written. A removal must cover all of them, because a
    /// read may be older than a write that is still being applied.
    lease_tags: BTreeSet<String>,
    /// The restarts at the latest read of each revision, by the revision's name.
    restarts: BTreeMap<String, Restarts>,
}

impl AppMemory {
    fn add_lease_tags(&mut self, tags: &Tags) {
        let names = tags.keys().filter(|tag| tags::is_of_lease(tag)).cloned();
        self.lease_tags.extend(names);
    }
}

impl App {
    /// Prepares access to an app. Nothing is sent.
    pub fn new(connection: Connection, id: AppId, selection: Selection) -> App {
        App {
            connection: Arc::new(connection),
            id,
            selection,
            memory: Mutex::default(),
        }
    }

    /// Returns the same app over the same connection, with another choice of revisions.
    #[must_use]
    pub fn choosing(&self, selection: Selection) -> App {
        App {
            connection: Arc::clone(&self.connection),
            id: self.id.clone(),
            selection,
            memory: Mutex::default(),
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

    /// Keeps a connection and a token ready for a rollback while it is polled. Never returns.
    pub async fn stay_ready(&self) {
        let call = self.connection.call(&self.id, &[], Subject::App);
        self.connection.stay_ready(call).await;
    }

    /// Reads the app's own document, and remembers its tags.
    async fn read(&self) -> Result<wire::App, ArmError> {
        let call = self.connection.call(&self.id, &[], Subject::App);
        let document: wire::App = self.connection.read(&call).await?;
        let tags = document.tags.clone().unwrap_or_default();
        let mut memory = self.memory();
        memory.add_lease_tags(&tags);
        memory.tags = Some(tags);
        drop(memory);
        Ok(document)
    }

    fn memory(&self) -> MutexGuard<'_, AppMemory> {
        // Each change is one statement, so a panic of another thread leaves the memory usable.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read_readiness(&self, name: &str) -> Result<Readiness, ArmError> {
        let below = ["revisions", name];
        let call = self
            .connection
            .call(&self.id, &below, Subject::Revision(name.to_owned()));
        let document: wire::Revision = self.connection.read(&call).await?;
        let revision = RevisionStatus::new(document, &self.connection.endpoint);
        match self.assess(&revision).await? {
            Assessment::Known(readiness) => Ok(readiness),
            Assessment::ScaledToZero => Ok(Readiness::NotYet(self.wake(&revision).await)),
        }
    }

    async fn assess(&self, revision: &RevisionStatus) -> Result<Assessment, ArmError> {
        let name = &revision.name;
        let below = ["revisions", name, "replicas"];
        let call = self
            .connection
            .call(&self.id, &below, Subject::Replicas(name.clone()));
        let replicas: Vec<wire::Replica> = self.connection.read_all(call).await?;
        let counts = restarts(&replicas);
        let before = self.memory().restarts.insert(name.clone(), counts);
        Ok(assess(&self.id, revision, &replicas, before.as_ref()))
    }

    /// Reads why a revision will not become ready by itself; `None` where its replicas do not show that, or cannot be
    /// read. Sends it no request.
    pub async fn failure(&self, revision: &RevisionStatus) -> Option<String> {
        match self.assess(revision).await {
            Ok(Assessment::Known(Readiness::Failed(reason))) => Some(reason),
            _ => None,
        }
    }

    /// Sends one request that makes the platform start a replica, and describes the result. The answer decides
    /// nothing.
    async fn wake(&self, revision: &RevisionStatus) -> String {
        let name = &revision.name;
        match &revision.url {
            Some(url) => {
                let result = self.connection.warm_up(url).await;
                format!("{name}: scaled to zero, warming (the request to wake it: {result})")
            }
            None => format!("{name}: scaled to zero, and it has no address to send a request to"),
        }
    }

    /// Reads whether a revision can take requests; `None` when that cannot be read within moments, because a rollback
    /// does not depend on it.
    async fn revision_state(&self, name: Option<&str>) -> Option<RevisionState> {
        let name = name?;
        let subject = Subject::Revision(name.to_owned());
        let call = self
            .connection
            .call(&self.id, &["revisions", name], subject);
        let read = self.connection.read_once::<wire::Revision>(&call);
        let read = tokio::time::timeout(STATE_READ_TIMEOUT, read).await;
        let revision = RevisionStatus::new(read.ok()?.ok()?, &self.connection.endpoint);
        Some(revision.state())
    }

    /// Returns the tags of a write; the error is a sentence about why nothing can be written.
    async fn complete_tags(
        &self,
        lease: Option<&Lease>,
        note: Option<&Note>,
    ) -> Result<Tags, String> {
        if self.memory().tags.is_none() {
            self.read().await.map_err(|error| error.to_string())?;
        }
        let mut memory = self.memory();
        let on_app = memory.tags.clone().unwrap_or_default();
        let tags = tags::complete(&on_app, lease, note, &memory.lease_tags)
            .map_err(|error| error.to_string())?;
        memory.add_lease_tags(&tags);
        drop(memory);
        Ok(tags)
    }

    /// Refuses to begin a stage with a token that may expire before the stage and its rollback are over (I-18).
    async fn check_token_lasts(&self, needs: Duration) -> Result<(), String> {
        match self.connection.token_lasts(needs).await {
            Ok(Some(left)) if left < needs => Err(format!(
                "the token expires in {}, and the stage with its rollback may take {}: use a \
                 credential that lockgate can renew, or a shorter bake",
                rollout::human(left),
                rollout::human(needs)
            )),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Waits until the app itself shows the write. For a write whose operation cannot be followed.
    async fn wait_for_write(
        &self,
        why: &str,
        traffic: &Traffic,
        lease: Option<&Lease>,
    ) -> WriteOutcome {
        let policy = self.connection.retry_policy;
        let end = Instant::now() + policy.operation_timeout;
        let mut pause = policy.poll_first;
        let mut other_reads = 0;
        loop {
            // The first reads after a write may still show the state before it as settled.
            match self.observe(None).await {
                Ok(seen) if seen.settled => {
                    if seen.traffic.same_as(traffic) && seen.lease.as_ref() == lease {
                        return WriteOutcome::Applied;
                    }
                    other_reads += 1;
                }
                Ok(_) => other_reads = 0,
                Err(reason) if Instant::now() >= end => return WriteOutcome::Unknown(reason),
                Err(_) => {}
            }
            if other_reads >= OTHER_READS_MAX || Instant::now() + pause >= end {
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
        match intent {
            Intent::Rollout => Ok(self.choose().await?.0),
            Intent::Undo { .. } => self.inspect_undo().await,
            _ => self.inspect_lease(intent).await,
        }
    }

    async fn readiness(&self, revision: &str) -> Readiness {
        match self.read_readiness(revision).await {
            Ok(readiness) => readiness,
            Err(error) => match error.status() {
                // Waiting helps against none of these.
                Some(401 | 403 | 404) => Readiness::Failed(error.to_string()),
                _ => Readiness::NotYet(error.to_string()),
            },
        }
    }

    async fn observe(&self, stable: Option<&str>) -> Result<Observation, String> {
        let (document, stable) = tokio::join!(self.read(), self.revision_state(stable));
        let document = document.map_err(|error| error.to_string())?;
        let properties = &document.properties;
        let name = self.id.name();
        let ingress = properties
            .configuration
            .ingress
            .as_ref()
            .ok_or_else(|| format!("{name} has no ingress any more, so there is no traffic"))?;
        let tags = document.tags.unwrap_or_default();
        let lease = tags::decode(&tags).map_err(|error| {
            format!(
                "{error}; inspect {name} with {}",
                self.id.lockgate("status")
            )
        })?;
        Ok(Observation {
            traffic: ingress.shares()?,
            lease,
            ended: tags::decode_ended(&tags),
            stable,
            settled: properties.provisioning_state.is_settled(),
        })
    }

    async fn write(&self, change: Change<'_>) -> WriteOutcome {
        let Change {
            purpose,
            traffic,
            lease,
            note,
            needs,
        } = change;
        if let Err(reason) = check_writable(traffic) {
            return WriteOutcome::Refused(reason);
        }
        if purpose == Purpose::Shift
            && let Err(reason) = self.check_token_lasts(needs).await
        {
            return WriteOutcome::Refused(reason);
        }
        let tags = match self.complete_tags(lease, note).await {
            Ok(tags) => tags,
            Err(reason) => return WriteOutcome::Refused(reason),
        };
        let call = self.connection.call(&self.id, &[], Subject::Traffic);
        let body = match purpose {
            Purpose::Mark => {
                // It removes nothing: when it lands, another run may have its lease on the app.
                let tags = tags.into_iter().filter(|(_, value)| value.is_some());
                wire::patch_of_tags(&tags.collect())
            }
            _ => wire::patch(traffic, &tags),
        };
        let written = match purpose {
            Purpose::RollBack => self.connection.write_back(&call, &body).await,
            Purpose::Shift | Purpose::Settle | Purpose::Mark => {
                self.connection.write(&call, &body).await
            }
        };
        match written {
            Err(error) => error.into_outcome(self.connection.retry_policy.retry_after_max),
            Ok(OperationOutcome::Succeeded) => WriteOutcome::Applied,
            Ok(OperationOutcome::Failed(reason)) => WriteOutcome::Refused(reason),
            Ok(OperationOutcome::Unknown(reason)) => WriteOutcome::Unknown(reason),
            Ok(OperationOutcome::Untracked(why)) => self.wait_for_write(&why, traffic, lease).await,
        }
    }

    async fn activate(&self, revision: &str) -> Result<(), String> {
        let below = ["revisions", revision, "activate"];
        let subject = Subject::Activation(revision.to_owned());
        let call = self.connection.call(&self.id, &below, subject);
        let posted = self.connection.post_once(&call.on_rollback_lane()).await;
        posted.map_err(|error| error.to_string())
    }

    fn unix_seconds(&self) -> u64 {
        self.connection.unix_seconds()
    }
}

/// Refuses arrays that the platform would accept although they lose requests or follow the next revision (I-4).
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
