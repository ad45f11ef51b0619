//! Creating a revision, and the proof that it is new and has no traffic.

use rollout::{Purpose, Traffic, ports};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::template::{body, check_suffix, image_in};
use super::{DeployError, NewRevision, check_free, check_mode};
use crate::app::App;
use crate::arm::{ArmError, Ending, Subject};
use crate::states::Mode;
use crate::status::{AppStatus, RevisionStatus};
use crate::wire;
use ports::{Change, Platform as _, WriteOutcome};

/// A revision that is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// Its full name.
    pub revision: String,
    /// The origin where exactly it answers; `None` when the platform names none yet.
    pub url: Option<String>,
    /// The revision that carries all traffic; `None` when several share it.
    pub stable: Option<String>,
    /// Whether it was there before.
    pub is_reused: bool,
}

impl App {
    /// Makes the revision that is ordered, or finds that it is there, and proves that the traffic is
    /// what it was. Does not wait for it to become ready.
    ///
    /// # Errors
    /// See [`DeployError`].
    pub async fn deploy(&self, order: &NewRevision) -> Result<Deployed, DeployError> {
        check_suffix(self.id.name(), &order.suffix).map_err(DeployError::Refused)?;
        let mut status = self.describe().await.map_err(|e| DeployError::before(&e))?;
        check_free(&status)?;
        if check_mode(&status, order.ensure_multiple)? {
            status = self.switch_to_multiple().await?;
        }
        let name = format!("{}--{}", self.id.name(), order.suffix);
        let document = self.document().await.map_err(|e| DeployError::before(&e))?;
        if let Some(there) = status.revision(&name) {
            return self.reuse(order, &status, there).await;
        }
        let body = body(
            &document,
            &order.image,
            order.container.as_deref(),
            &order.suffix,
        )
        .map_err(DeployError::Refused)?;
        let baseline = self.pin_as_read(&status).await?.traffic;
        self.create(&body).await?;
        let revision = self.appeared(&name).await?;
        self.keep_traffic(&name, &baseline).await?;
        Ok(Deployed {
            revision: name,
            url: revision.url,
            stable: carrier(&baseline),
            is_reused: false,
        })
    }

    /// The same name from an earlier attempt is the same revision, if it runs the same image and has
    /// no traffic; otherwise somebody else's.
    async fn reuse(
        &self,
        order: &NewRevision,
        status: &AppStatus,
        there: &RevisionStatus,
    ) -> Result<Deployed, DeployError> {
        let name = &there.name;
        let read = self.revision_document(name).await;
        let document = read.map_err(|e| DeployError::before(&e))?;
        let template = &document["properties"]["template"];
        let image = image_in(template, &order.image, order.container.as_deref());
        let is_same = image.as_deref() == Some(order.image.as_str());
        if !is_same || !there.active || there.weight > 0 {
            let what = match (is_same, there.active) {
                (false, _) => format!("runs {}", image.unwrap_or_default()),
                (true, false) => "is not active".to_owned(),
                (true, true) => format!("carries {} % of the traffic", there.weight),
            };
            return Err(DeployError::Refused(format!(
                "revision {name} exists already and {what}; the platform ignores a second one of \
                 that name without a word: give another --suffix{}",
                match (is_same, there.active) {
                    (true, false) => format!(
                        ", or activate it with {}",
                        self.id
                            .az("revision activate", &format!("--revision {name}"))
                    ),
                    _ => String::new(),
                }
            )));
        }
        Ok(Deployed {
            revision: name.clone(),
            url: there.url.clone(),
            stable: carrier(&status.traffic),
            is_reused: true,
        })
    }

    async fn switch_to_multiple(&self) -> Result<AppStatus, DeployError> {
        let call = self.connection.call(&self.id, &[], Subject::Mode);
        let body = json!({"properties": {"configuration": {"activeRevisionsMode": "Multiple"}}});
        let ended = self.connection.write(&call, &body).await;
        let why = match ended {
            Ok(Ending::Failed(reason)) => return Err(DeployError::Failed(reason)),
            Ok(_) => "the switch was accepted".to_owned(),
            Err(error) if was_applied_perhaps(&error) => error.to_string(),
            Err(error) => return Err(DeployError::before(&error)),
        };
        let end = Instant::now() + self.connection.retry_policy.operation;
        loop {
            let status = self.describe().await.map_err(|e| DeployError::after(&e))?;
            if status.mode == Mode::Multiple && status.provisioning.is_settled() {
                return Ok(status);
            }
            if Instant::now() >= end {
                return Err(DeployError::Failed(format!(
                    "{why}, but {} still is in revision mode {}",
                    self.id.name(),
                    status.mode
                )));
            }
            tokio::time::sleep(self.connection.retry_policy.poll_max).await;
        }
    }

    async fn create(&self, body: &Value) -> Result<(), DeployError> {
        let call = self.connection.call(&self.id, &[], Subject::Template);
        match self.connection.write(&call, body).await {
            Ok(Ending::Failed(reason)) => Err(DeployError::Failed(reason)),
            Ok(_) => Ok(()),
            // Whether it is there is what is read next.
            Err(error) if was_applied_perhaps(&error) => Ok(()),
            Err(error) => Err(DeployError::before(&error)),
        }
    }

    /// Waits until the new revision can be read. The platform says that it succeeded also when it
    /// did nothing at all.
    async fn appeared(&self, name: &str) -> Result<RevisionStatus, DeployError> {
        let policy = self.connection.retry_policy;
        let end = Instant::now() + policy.appears;
        loop {
            let missing = match self.revision_document(name).await {
                Ok(document) => {
                    let revision = serde_json::from_value::<wire::Revision>(document)
                        .map_err(|error| DeployError::Failed(error.to_string()))?;
                    return Ok(RevisionStatus::new(revision, &self.connection.endpoint));
                }
                Err(error) if error.status() == Some(404) => {
                    "the platform accepted the deployment and made no revision of that name: it \
                     does so when an inactive one had it, or when nothing differs; give another \
                     --suffix"
                        .to_owned()
                }
                Err(error) => error.to_string(),
            };
            if Instant::now() + policy.poll_max >= end {
                return Err(DeployError::Failed(format!("{name}: {missing}")));
            }
            tokio::time::sleep(policy.poll_max).await;
        }
    }

    /// Proves that the new revision took no traffic, and takes back what it took.
    async fn keep_traffic(&self, name: &str, baseline: &Traffic) -> Result<(), DeployError> {
        let Err(seen) = self.until_traffic_is(baseline).await else {
            return Ok(());
        };
        let change = Change {
            purpose: Purpose::RollBack,
            traffic: baseline,
            lease: None,
            needs: self.connection.retry_policy.operation,
        };
        let gave_back = match self.write(change).await {
            WriteOutcome::Applied => self.until_traffic_is(baseline).await.map(drop),
            WriteOutcome::Refused(reason) | WriteOutcome::Unknown(reason) => Err(reason),
        };
        match gave_back {
            Ok(()) => Err(DeployError::Failed(format!(
                "while {name} was made the traffic changed ({seen}); it was given back: {baseline}"
            ))),
            Err(reason) => Err(DeployError::Unverified(format!(
                "while {name} was made the traffic changed ({seen}), and giving it back ({baseline}) \
                 is not verified: {reason}"
            ))),
        }
    }

    /// Reads until the settled app has this traffic; the error is what it has instead.
    pub(super) async fn until_traffic_is(&self, wanted: &Traffic) -> Result<Traffic, String> {
        let policy = self.connection.retry_policy;
        let end = Instant::now() + policy.operation;
        let mut others = 0;
        loop {
            let seen = match self.observe().await {
                Ok(seen) if seen.settled && seen.traffic.same_as(wanted) => {
                    return Ok(seen.traffic);
                }
                Ok(seen) if seen.settled => {
                    // One read after a write may be older than it.
                    others += 1;
                    format!("it has {}", seen.traffic)
                }
                Ok(_) => "the platform is still busy".to_owned(),
                Err(reason) => reason,
            };
            if others >= 3 || Instant::now() + policy.poll >= end {
                return Err(seen);
            }
            tokio::time::sleep(policy.poll).await;
        }
    }

    async fn document(&self) -> Result<Value, ArmError> {
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

/// Returns the one revision that carries everything.
fn carrier(traffic: &Traffic) -> Option<String> {
    traffic.0.iter().find_map(|share| match &share.target {
        rollout::TrafficTarget::Revision(name) if share.weight.per_cent() == 100 => {
            Some(name.clone())
        }
        _ => None,
    })
}

fn was_applied_perhaps(error: &ArmError) -> bool {
    match error {
        ArmError::Lost { .. } | ArmError::Unreadable { .. } => true,
        error => error.status().is_some_and(|status| status >= 500),
    }
}
