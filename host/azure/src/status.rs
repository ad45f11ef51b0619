//! An app and its revisions as they were read, in lockgate's own types.
//!
//! Combines two reads and decides nothing: `resolve` evaluates it, `lockgate status` shows it.

use std::fmt;

use rollout::{Ended, Lease, Promotion, RevisionState, Traffic, TrafficTarget};
use serde_json::Value;

use crate::endpoint::{AppId, Endpoint};
use crate::states::{Health, Mode, Provisioning, RevisionProvisioning, Running};
use crate::tags::{self, TagError, Tags};
use crate::time::unix_seconds;
use crate::wire;

/// An app as it was read.
#[derive(Debug, Clone)]
pub struct AppStatus {
    /// The app's id.
    pub app: AppId,
    /// How many revisions may be active at a time.
    pub mode: Mode,
    /// The app's own host; `None` without ingress.
    pub fqdn: Option<String>,
    /// Whether the platform has an ingress for the app. Without one there is no traffic.
    pub has_ingress: bool,
    /// Whether sticky sessions bind each client to one revision.
    pub is_sticky: bool,
    /// What the control plane is doing with the app.
    pub provisioning: Provisioning,
    /// Whether the app as a whole is stopped, and so serves no requests.
    pub is_stopped: bool,
    /// The revision that `latestRevision` means now.
    pub latest_ready: Option<String>,
    /// The traffic array.
    pub traffic: Traffic,
    /// The lease on the app; `None` without one, an error when its tags are damaged.
    pub lease: Result<Option<Lease>, TagError>,
    /// What the last `abort` or `recover` has left on the app, if anything.
    pub ended: Option<Ended>,
    /// What the last promotion has replaced, if one is known.
    pub promotion: Option<Promotion>,
    /// The last revisions that a gate said no to, the newest last.
    pub failed: Vec<String>,
    /// All revisions that the platform lists, the newest first.
    pub revisions: Vec<RevisionStatus>,
    /// Whether `revisions` is the whole list. False when the list could not be read: then it has only the revisions
    /// that a rollout needs, each read by its name.
    pub is_complete: bool,
    pub(crate) tags: Tags,
}

/// A revision as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionStatus {
    /// Its full name.
    pub name: String,
    /// Its share of the traffic in per cent, including the share of `latestRevision` if that means this revision.
    pub weight: u32,
    /// Whether it is active. Only an active revision runs.
    pub active: bool,
    /// When it was created, in seconds since 1970.
    pub created: Option<i64>,
    /// What its health probes say.
    pub health: Health,
    /// The state of its replicas.
    pub running: Running,
    /// What the control plane is doing with it.
    pub provisioning: RevisionProvisioning,
    /// Why it could not be provisioned, in the platform's words; empty when it could.
    pub provisioning_error: String,
    /// The number of its replicas, if the platform names it.
    pub replicas: Option<u32>,
    /// The smallest number of replicas; 0 means that it may be scaled to zero.
    pub replicas_min: u32,
    /// The largest number of replicas, if the platform names it.
    pub replicas_max: Option<u32>,
    /// The images of its containers, in their order.
    pub images: Vec<String>,
    /// The origin at which this revision alone answers; `None` without ingress.
    pub url: Option<String>,
    /// The whole template of which it was made.
    pub template: RevisionTemplate,
}

/// The template of a revision as it was read.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RevisionTemplate(pub(crate) Value);

impl fmt::Debug for RevisionTemplate {
    /// Leaves the content out: variables in it may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RevisionTemplate(..)")
    }
}

impl AppStatus {
    /// Returns the revision with this full name.
    pub fn revision(&self, name: &str) -> Option<&RevisionStatus> {
        self.revisions.iter().find(|revision| revision.name == name)
    }

    /// Returns the tags of lockgate on the app, each with its value, the lease's included.
    pub fn kept(&self) -> Vec<(String, String)> {
        let tags = self.tags.iter();
        tags.filter(|(tag, _)| tags::is_of_lockgate(tag))
            .filter_map(|(tag, value)| Some((tag.clone(), value.clone()?)))
            .collect()
    }

    /// Combines the reads of the app and of its revisions. The error is a sentence about the traffic entry that is
    /// not valid.
    pub(crate) fn new(
        app: &AppId,
        document: &wire::App,
        revisions: Vec<wire::Revision>,
        endpoint: &Endpoint,
    ) -> Result<AppStatus, String> {
        let properties = &document.properties;
        let ingress = properties.configuration.ingress.as_ref();
        let traffic = ingress
            .map(wire::Ingress::shares)
            .transpose()?
            .unwrap_or_default();
        let latest_ready = properties.latest_ready_revision_name.clone();
        let tags = document.tags.clone().unwrap_or_default();
        let mut revisions: Vec<RevisionStatus> = revisions
            .into_iter()
            .map(|revision| {
                let mut status = RevisionStatus::new(revision, endpoint);
                status.weight = weight_of(&traffic, &status.name, latest_ready.as_deref());
                status
            })
            .collect();
        revisions.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.name.cmp(&b.name)));
        Ok(AppStatus {
            app: app.clone(),
            mode: properties.configuration.active_revisions_mode.clone(),
            fqdn: ingress.and_then(|ingress| ingress.fqdn.clone()),
            has_ingress: ingress.is_some(),
            is_sticky: ingress
                .and_then(|ingress| ingress.sticky_sessions.as_ref()?.affinity.as_deref())
                .is_some_and(|affinity| affinity.eq_ignore_ascii_case("sticky")),
            provisioning: properties.provisioning_state.clone(),
            is_stopped: properties.running_status.as_deref() == Some("Stopped"),
            latest_ready,
            lease: tags::decode(&tags),
            ended: tags::decode_ended(&tags),
            promotion: tags::decode_promotion(&tags),
            failed: tags::decode_failed(&tags),
            tags,
            traffic,
            revisions,
            is_complete: true,
        })
    }
}

impl RevisionStatus {
    /// Returns whether the revision can take requests.
    pub(crate) fn state(&self) -> RevisionState {
        let is_starting = self.running == Running::Processing
            || self.provisioning == RevisionProvisioning::Provisioning;
        match (self.active, is_starting) {
            (false, _) => RevisionState::Inactive,
            (true, true) => RevisionState::Starting,
            (true, false) => RevisionState::Running,
        }
    }

    /// Returns the revision with weight 0: the weight is in the app's document.
    pub(crate) fn new(revision: wire::Revision, endpoint: &Endpoint) -> RevisionStatus {
        let properties = revision.properties;
        let count = |number: Option<i64>| number.and_then(|n| u32::try_from(n).ok());
        let created = properties.created_time.as_deref();
        let wire::Template { known, whole } = properties.template;
        RevisionStatus {
            name: revision.name,
            weight: 0,
            active: properties.active.unwrap_or(false),
            created: created.and_then(unix_seconds),
            health: properties.health_state,
            running: properties.running_state,
            provisioning: properties.provisioning_state,
            provisioning_error: properties.provisioning_error.unwrap_or_default(),
            replicas: count(properties.replicas),
            replicas_min: count(known.scale.min_replicas).unwrap_or(0),
            replicas_max: count(known.scale.max_replicas),
            images: (known.containers.into_iter())
                .filter_map(|container| container.image)
                .collect(),
            url: properties
                .fqdn
                .filter(|fqdn| !fqdn.is_empty())
                .and_then(|fqdn| endpoint.revision_url(&fqdn)),
            template: RevisionTemplate(whole),
        }
    }
}

fn weight_of(traffic: &Traffic, name: &str, latest_ready: Option<&str>) -> u32 {
    let through_latest: u32 = traffic
        .0
        .iter()
        .filter(|share| share.target == TrafficTarget::LatestReady && latest_ready == Some(name))
        .map(|share| share.weight.per_cent())
        .sum();
    traffic.weight_of(name) + through_latest
}
