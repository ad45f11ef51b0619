//! The emulated world at its start: apps, revisions, traffic, timing, identities and faults. Plain
//! data, read from JSON with kebab-case keys; an unknown key is an error. `world` checks it, and
//! `world/seed.rs` builds the apps.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

mod behaviour;
mod fault;
mod identity;
mod traffic;

pub use behaviour::Behaviour;
pub use fault::{CallPattern, Effect, Fault};
pub use identity::IdentityScenario;
pub use traffic::TrafficScenario;

/// An emulated subscription at its start. The default is [`Scenario::demo`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// Id of the only subscription. Any other id gets 404.
    pub subscription: String,
    /// Name of the only resource group. Any other name gets 404.
    pub resource_group: String,
    /// The container apps in the resource group.
    pub apps: Vec<AppScenario>,
    /// How long writes take.
    pub operation: OperationScenario,
    /// How the host of an app chooses a revision for a request.
    pub choice: RevisionChoice,
    /// When the request counts of Azure Monitor appear.
    pub metrics: MetricsScenario,
    /// Fault rules of the control plane.
    pub faults: Vec<Fault>,
    /// If present, the only bearer token that ARM calls may carry. All others get 401.
    pub token: Option<String>,
    /// Whether ARM calls get 401 unless they carry a token of the emulated Entra or managed
    /// identity that has not expired. Ignored if `token` is present.
    pub require_token: bool,
    /// The identity that the identity endpoints know, and the lifetime of its tokens.
    pub identity: IdentityScenario,
    /// Actions that the caller may not perform, as role definitions write them (`*` matches any
    /// text). Calls for them get 403, and the list of permissions has them in `notActions`.
    pub denied: Vec<String>,
    /// Seconds by which the service's clock is ahead of this machine's, or behind if negative. The
    /// clock sets the `Date` header, all times in documents, and the times in tokens.
    pub clock_skew_s: i64,
    /// Items on one page of a list. 0 puts all items on one page.
    pub page_size: usize,
}

/// One container app.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AppScenario {
    /// Name of the app, without a domain.
    pub name: String,
    /// `activeRevisionsMode`: `Multiple`, `Single`, or any other text to show.
    pub revisions_mode: String,
    /// Whether the app has ingress. Without ingress it serves no requests and has no traffic.
    pub ingress: bool,
    /// The `provisioningState` until the first write, such as `Succeeded` or `Failed`.
    pub provisioning_state: String,
    /// Oldest first. The last one is the latest revision.
    pub revisions: Vec<RevisionScenario>,
    /// The traffic array. It is not checked, so a scenario can describe a broken app.
    pub traffic: Vec<TrafficScenario>,
    /// Whether every write gets 409 `ContainerAppOperationInProgress` and reads show `InProgress`,
    /// although no operation is running, until `POST /_emulator/lift/<app>`.
    pub wedged: bool,
    /// The number of inactive revisions to keep. The oldest ones beyond it are deleted, except
    /// those that an entry of the traffic array names.
    pub max_inactive_revisions: u32,
    /// Resource tags.
    pub tags: BTreeMap<String, String>,
    /// Secrets, names and values. Environment variables of templates may refer to them.
    pub secrets: BTreeMap<String, String>,
    /// Whether `stickySessions.affinity` is `sticky`. The split ignores it, as in Multiple mode.
    pub sticky_sessions: bool,
    /// Behaviours by image, for revisions without one of their own, including those created later.
    pub images: BTreeMap<String, Behaviour>,
    /// Port of the app's host. 0 takes any free port.
    pub port: u16,
}

/// One revision that exists at the start.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RevisionScenario {
    /// Whole name, such as `shop--v1`. Excludes `suffix`. Without both, the suffix is `v` and the
    /// position from 1.
    pub name: Option<String>,
    /// The part after the two dashes.
    pub suffix: Option<String>,
    /// Image of the only container. The default is `registry.example/<app>:<position>`.
    pub image: Option<String>,
    /// Whether the revision is active.
    pub active: bool,
    /// Creation time, in RFC 3339. By default the newest revision is one minute old, and each
    /// earlier one a minute older.
    pub created: Option<String>,
    /// The behaviour. The default is that of the image in `images`, else a healthy one.
    pub behaviour: Option<Behaviour>,
    /// Origin (`http://host:port`) that requests are forwarded to, in place of the built-in web
    /// app.
    pub upstream: Option<String>,
    /// Running replicas. 0 means scaled to zero until the first request.
    pub replicas: u32,
    /// `template.scale.minReplicas`, shown as null if absent, as the service does.
    pub min_replicas: Option<u32>,
    /// `template.scale.maxReplicas`.
    pub max_replicas: u32,
    /// Members of the template as ARM has them, such as `containers` with their `env`, in place of the derived ones.
    pub template: Option<Value>,
    /// Replaces the derived `healthState`.
    pub health_state: Option<String>,
    /// Replaces the derived `provisioningState`. Unless it is `Provisioned`, the revision is never
    /// ready.
    pub provisioning_state: Option<String>,
    /// Replaces the derived `runningState`.
    pub running_state: Option<String>,
    /// Port of the revision's own host. 0 takes any free port.
    pub port: u16,
}

/// How long an operation takes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OperationScenario {
    /// Polls that show `InProgress` before `Succeeded`. Reads of the app and of its revisions count
    /// as polls.
    pub polls: u32,
    /// Milliseconds after which the operation ends without a poll. 0 means that only polls end it.
    pub settle_ms: u64,
}

/// When request counts appear in the metrics, and in which slices. By default they appear at once, by the minute.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MetricsScenario {
    /// Seconds from the start of a slice until it has a number. The real service takes minutes.
    pub lag_s: u64,
    /// The length of the shortest slice that may be asked for, in seconds from 1 to 60. The real service refuses less than
    /// a minute.
    pub shortest_slice_s: u32,
    /// Whether the metrics have no series at all, as for an app that the service does not know.
    pub absent: bool,
}

impl Default for MetricsScenario {
    fn default() -> Self {
        Self {
            lag_s: 0,
            shortest_slice_s: 60,
            absent: false,
        }
    }
}

/// How the host of an app chooses a revision for a request.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum RevisionChoice {
    /// Smooth weighted round-robin, which splits any 100 requests in a row exactly.
    #[default]
    Smooth,
    /// Independent random choices, the same for the same seed.
    Random(u64),
}

impl Scenario {
    /// Returns the JSON Schema of a scenario.
    pub fn schema() -> Schema {
        let mut schema = schemars::schema_for!(Scenario);
        schema.insert("$id".to_owned(), json!("urn:lockgate:schema:scenario:0.1"));
        let title = "A scenario of the emulator (`lockgate emulate --scenario`)";
        schema.insert("title".to_owned(), json!(title));
        schema
    }

    /// Returns the app `shop` with two healthy revisions: `shop--v1` has all the traffic.
    pub fn demo() -> Self {
        let shop = AppScenario {
            revisions: vec![RevisionScenario::default(), RevisionScenario::default()],
            traffic: vec![
                TrafficScenario::named("v1", 100),
                TrafficScenario::named("v2", 0),
            ],
            ..AppScenario::default()
        };
        Self {
            subscription: "00000000-0000-0000-0000-000000000000".to_owned(),
            resource_group: "demo".to_owned(),
            apps: vec![shop],
            operation: OperationScenario::default(),
            choice: RevisionChoice::Smooth,
            metrics: MetricsScenario::default(),
            faults: Vec::new(),
            token: None,
            require_token: false,
            identity: IdentityScenario::default(),
            denied: Vec::new(),
            clock_skew_s: 0,
            page_size: 0,
        }
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self::demo()
    }
}

impl Default for AppScenario {
    fn default() -> Self {
        Self {
            name: "shop".to_owned(),
            revisions_mode: "Multiple".to_owned(),
            ingress: true,
            provisioning_state: "Succeeded".to_owned(),
            revisions: Vec::new(),
            traffic: vec![TrafficScenario::latest(100)],
            wedged: false,
            max_inactive_revisions: 100,
            tags: BTreeMap::new(),
            secrets: BTreeMap::new(),
            sticky_sessions: false,
            images: BTreeMap::new(),
            port: 0,
        }
    }
}

impl Default for RevisionScenario {
    fn default() -> Self {
        Self {
            name: None,
            suffix: None,
            image: None,
            active: true,
            created: None,
            behaviour: None,
            upstream: None,
            replicas: 1,
            min_replicas: None,
            max_replicas: 10,
            template: None,
            health_state: None,
            provisioning_state: None,
            running_state: None,
            port: 0,
        }
    }
}

impl Default for OperationScenario {
    fn default() -> Self {
        Self {
            polls: 2,
            settle_ms: 0,
        }
    }
}
