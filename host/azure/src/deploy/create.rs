//! Creates a revision, and checks that it is new and that the traffic is unchanged.

use rollout::{Purpose, Traffic, listed, ports};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::checks::{check_free, check_multiple, must_switch};
use super::error::DeployError;
use super::new_revision::{Existing, NewRevision, body, check_suffix, container_in, not_there};
use crate::app::App;
use crate::arm::{ArmError, OperationOutcome, Subject};
use crate::resolve::{digest, runs_digest};
use crate::states::Mode;
use crate::status::{AppStatus, RevisionStatus};
use crate::wire;
use ports::{Change, Platform as _, WriteOutcome};

/// After this many settled reads with other traffic, waiting longer is of no use.
const OTHER_READS_MAX: u32 = 3;

/// The revision after a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// The full name of the revision.
    pub revision: String,
    /// The origin at which this revision alone answers; `None` when the platform names none yet.
    pub url: Option<String>,
    /// The revision that carries all traffic; `None` when several share it.
    pub stable: Option<String>,
    /// Whether an earlier deployment had created it.
    pub is_reused: bool,
    /// What is worth a look all the same, as a sentence.
    pub note: Option<String>,
}

/// What the platform said about the write that creates a revision.
enum Creation {
    /// It is done, or will be.
    Accepted,
    /// There was no answer that says whether it was taken; with the reason.
    Unknown(String),
}

impl App {
    /// Creates the revision, or finds that it exists already, and checks that the traffic is unchanged. Does not
    /// wait for the revision to become ready.
    ///
    /// # Errors
    /// See [`DeployError`].
    pub async fn deploy(&self, new: &NewRevision) -> Result<Deployed, DeployError> {
        let mut has_written = false;
        let deployed = self.deploy_noting(new, &mut has_written).await;
        deployed.map_err(|error| match error {
            // The service refused the template after the mode was switched or the traffic was pinned.
            DeployError::Refused(why) if has_written => DeployError::Failed(why),
            error => error,
        })
    }

    /// Deploys, and notes once something is written.
    async fn deploy_noting(
        &self,
        new: &NewRevision,
        has_written: &mut bool,
    ) -> Result<Deployed, DeployError> {
        check_suffix(&self.id, new).map_err(DeployError::Refused)?;
        let mut status = self
            .describe()
            .await
            .map_err(|e| DeployError::before_write(&e))?;
        check_free(&status)?;
        if must_switch(&status, new) {
            // The switch is a write, so whatever would be refused after it is refused before it.
            self.check_deployable(new).await?;
            status = self.switch_to_multiple(&status.traffic).await?;
            *has_written = true;
        } else {
            check_multiple(&status)?;
        }
        let name = self.id.revision_name(&new.suffix);
        let document = self
            .document()
            .await
            .map_err(|e| DeployError::before_write(&e))?;
        if let Some(existing) = status.revision(&name) {
            return self.reuse(new, &status, existing).await;
        }
        let body = body(&self.id, &document, new).map_err(DeployError::Refused)?;
        let pinned = self.pin_as_read(&status).await?;
        *has_written |= pinned.revision.is_some();
        let baseline = pinned.traffic;
        let creation = self.create(&body, &baseline).await?;
        let revision = self.appeared(&name, &creation).await?;
        self.keep_traffic(&name, &baseline).await?;
        Ok(Deployed {
            revision: name,
            url: revision.url,
            stable: carrier(&baseline),
            is_reused: false,
            note: not_there(&document, new),
        })
    }

    /// Takes an existing revision of that name for the one of an earlier attempt if it runs the same image, as far as
    /// [`Existing`] asks for, and has no traffic. Refuses any other.
    pub(super) async fn reuse(
        &self,
        new: &NewRevision,
        status: &AppStatus,
        existing: &RevisionStatus,
    ) -> Result<Deployed, DeployError> {
        let name = &existing.name;
        let read = self.revision_document(name).await;
        let document = read.map_err(|e| DeployError::before_write(&e))?;
        let template = &document["properties"]["template"];
        let container = container_in(template, new);
        let image = container.and_then(|container| container["image"].as_str());
        let image = image.unwrap_or_default();
        let lacking = match container {
            Some(container) => new.changes.lacking(template, container),
            None if new.changes.is_empty() => Vec::new(),
            None => vec!["no container of it is the one for the image".to_owned()],
        };
        let mut other_way = String::new();
        let problem = if image != new.image && !runs_digest(existing, &new.image) {
            format!("runs {image}")
        } else if new.existing == Existing::SameDigest && digest(image).is_none() {
            let choose = self.id.lockgate(&format!("rollout --canary {name}"));
            other_way =
                format!(", name the image by its digest, or roll out that revision with {choose}");
            format!("runs {image} too, which proves nothing because a tag can be moved")
        } else if !lacking.is_empty() {
            format!(
                "runs the image without what is to come with it ({})",
                listed(lacking)
            )
        } else if !existing.active {
            let rest = format!("--revision {name}");
            let activate = self.id.az("revision activate", &rest);
            other_way = format!(", or activate it with {activate}");
            "is not active".to_owned()
        } else if existing.weight > 0 {
            format!("carries {} % of the traffic", existing.weight)
        } else {
            return Ok(Deployed {
                revision: name.clone(),
                url: existing.url.clone(),
                stable: carrier(&status.traffic),
                is_reused: true,
                note: None,
            });
        };
        Err(DeployError::Refused(format!(
            "revision {name} exists already and {problem}; the platform silently ignores a second \
             one of that name: choose another suffix, as in {}{other_way}",
            new.command(&self.id, "--suffix SUFFIX")
        )))
    }

    async fn switch_to_multiple(&self, traffic: &Traffic) -> Result<AppStatus, DeployError> {
        let call = self.connection.call(&self.id, &[], Subject::Mode);
        let body = json!({"properties": {"configuration": {"activeRevisionsMode": "Multiple"}}});
        let unchanged = async || self.is_unchanged(traffic).await;
        let ended = self
            .connection
            .write_comparing(&call, &body, unchanged)
            .await;
        let result = match ended {
            Ok(OperationOutcome::Failed(reason)) => return Err(DeployError::Failed(reason)),
            Ok(_) => "the switch was accepted".to_owned(),
            Err(error) if error.may_have_been_applied() => error.to_string(),
            Err(error) => return Err(DeployError::before_write(&error)),
        };
        let end = Instant::now() + self.connection.retry_policy.operation_timeout;
        loop {
            let status = self
                .describe()
                .await
                .map_err(|e| DeployError::after_write(&e))?;
            if status.mode == Mode::Multiple && status.provisioning.is_settled() {
                return Ok(status);
            }
            if Instant::now() >= end {
                return Err(DeployError::Failed(format!(
                    "{result}, but {} is still in revision mode {}",
                    self.id.name(),
                    status.mode
                )));
            }
            tokio::time::sleep(self.connection.retry_policy.poll_max).await;
        }
    }

    async fn create(&self, body: &Value, traffic: &Traffic) -> Result<Creation, DeployError> {
        let call = self.connection.call(&self.id, &[], Subject::Template);
        let unchanged = async || self.is_unchanged(traffic).await;
        match self
            .connection
            .write_comparing(&call, body, unchanged)
            .await
        {
            Ok(OperationOutcome::Failed(reason)) => Err(DeployError::Failed(reason)),
            Ok(_) => Ok(Creation::Accepted),
            // A later read shows whether it exists.
            Err(error) if error.may_have_been_applied() => Ok(Creation::Unknown(error.to_string())),
            Err(error) => Err(DeployError::before_write(&error)),
        }
    }

    /// Waits until the new revision can be read. The platform reports success also when it created nothing.
    async fn appeared(
        &self,
        name: &str,
        creation: &Creation,
    ) -> Result<RevisionStatus, DeployError> {
        let policy = self.connection.retry_policy;
        let end = Instant::now() + policy.appear_timeout;
        loop {
            let missing = match self.revision_document(name).await {
                Ok(document) => {
                    let revision = serde_json::from_value::<wire::Revision>(document)
                        .map_err(|error| DeployError::Failed(error.to_string()))?;
                    return Ok(RevisionStatus::new(revision, &self.connection.endpoint));
                }
                Err(error) if error.status() == Some(404) => None,
                Err(error) => Some(error.to_string()),
            };
            if Instant::now() + policy.poll_max >= end {
                return Err(self.did_not_appear(name, creation, missing).await);
            }
            tokio::time::sleep(policy.poll_max).await;
        }
    }

    /// Returns why the new revision is not there. `unread` is the error of the last read, unless that found nothing.
    async fn did_not_appear(
        &self,
        name: &str,
        creation: &Creation,
        unread: Option<String>,
    ) -> DeployError {
        let roll_out = self.id.lockgate(&format!("rollout --canary {name}"));
        let look = self.id.lockgate("status");
        let may_come = format!(
            "it may still appear, without traffic: look with {look}, and roll it out with {roll_out} once it is there"
        );
        if let Some(error) = unread {
            return DeployError::Unverified(format!("{name} cannot be read ({error}); {may_come}"));
        }
        if let Creation::Unknown(error) = creation {
            return DeployError::Unverified(format!(
                "whether {name} is created is not known ({error}); {may_come}"
            ));
        }
        match self.observe(None).await {
            Ok(seen) if seen.settled => DeployError::Failed(format!(
                "{name}: the platform accepted the deployment and created no revision of that name, which happens when an \
                 inactive one has it or when nothing differs; see all with {}, and choose another --suffix",
                self.id.list_revisions()
            )),
            Ok(_) => DeployError::Unverified(format!(
                "the platform is still creating {name}; {may_come}"
            )),
            Err(error) => {
                DeployError::Unverified(format!("{name} is not there yet ({error}); {may_come}"))
            }
        }
    }

    /// Returns whether the app is at rest with this traffic and no lease: what licenses a write that was not taken before.
    pub(crate) async fn is_unchanged(&self, traffic: &Traffic) -> bool {
        self.observe(None)
            .await
            .is_ok_and(|seen| seen.settled && seen.lease.is_none() && seen.traffic.same_as(traffic))
    }

    /// Checks that the new revision took no traffic, and restores the baseline if it did. Traffic that somebody else
    /// changed meanwhile is left as it is.
    async fn keep_traffic(&self, name: &str, baseline: &Traffic) -> Result<(), DeployError> {
        let Err(seen) = self.until_traffic_is(baseline).await else {
            return Ok(());
        };
        let taken = self
            .observe(None)
            .await
            .is_ok_and(|now| now.traffic.weight_of(name) > 0 && now.lease.is_none());
        if !taken {
            return Err(DeployError::Unverified(format!(
                "the traffic changed while {name} was created, and not by {name} ({seen}); it was {baseline} before and is \
                 left as it is: look with {}",
                self.id.lockgate("status")
            )));
        }
        let change = Change {
            purpose: Purpose::RollBack,
            traffic: baseline,
            lease: None,
            note: None,
            needs: self.connection.retry_policy.operation_timeout,
        };
        let restored = match self.write(change).await {
            WriteOutcome::Applied => self.until_traffic_is(baseline).await.map(drop),
            WriteOutcome::Refused(reason)
            | WriteOutcome::NotNow { reason, .. }
            | WriteOutcome::Unknown(reason) => Err(reason),
        };
        match restored {
            Ok(()) => Err(DeployError::Failed(format!(
                "the traffic changed while {name} was created ({seen}); it was restored: {baseline}"
            ))),
            Err(reason) => Err(DeployError::Unverified(format!(
                "the traffic changed while {name} was created ({seen}), and restoring it ({baseline}) \
                 is not verified: {reason}"
            ))),
        }
    }

    /// Reads until the settled app has this traffic; the error says what it has instead.
    pub(super) async fn until_traffic_is(&self, wanted: &Traffic) -> Result<Traffic, String> {
        let policy = self.connection.retry_policy;
        let end = Instant::now() + policy.operation_timeout;
        let mut other_reads = 0;
        loop {
            let seen = match self.observe(None).await {
                Ok(seen) if seen.settled && seen.traffic.same_as(wanted) => {
                    return Ok(seen.traffic);
                }
                Ok(seen) if seen.settled => {
                    // A read after a write may be older than the write.
                    other_reads += 1;
                    format!("it has {}", seen.traffic)
                }
                Ok(_) => "the platform is still busy".to_owned(),
                Err(reason) => reason,
            };
            if other_reads >= OTHER_READS_MAX || Instant::now() + policy.poll_first >= end {
                return Err(seen);
            }
            tokio::time::sleep(policy.poll_first).await;
        }
    }

    pub(super) async fn document(&self) -> Result<Value, ArmError> {
        let call = self.connection.call(&self.id, &[], Subject::App);
        self.connection.read(&call).await
    }

    async fn revision_document(&self, name: &str) -> Result<Value, ArmError> {
        let subject = Subject::Revision(name.to_owned());
        let call = self
            .connection
            .call(&self.id, &["revisions", name], subject);
        self.connection.read(&call).await
    }
}

/// Returns the revision that carries all traffic, if one does.
fn carrier(traffic: &Traffic) -> Option<String> {
    traffic.0.iter().find_map(|share| match &share.target {
        rollout::TrafficTarget::Revision(name) if share.weight.per_cent() == 100 => {
            Some(name.clone())
        }
        _ => None,
    })
}
