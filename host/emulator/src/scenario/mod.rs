//! What the emulated world looks like when it starts: apps, revisions, traffic, timing and faults.
//! Plain data, read from TOML or JSON (kebab-case keys, an unknown key is an error), so that a
//! scenario file, a test and a demo say the same thing in the same words.
//! Checked by `world/seed.rs`; holds no behaviour of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::world::faults::Fault;

mod identity;

pub use identity::IdentityScenario;

/// The start of an emulated subscription. The default is [`Scenario::demo`].
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// The only subscription that exists; any other answers 404.
    pub subscription: String,
    /// The only resource group that exists; any other answers 404.
    pub resource_group: String,
    /// The container apps in it.
    pub apps: Vec<AppScenario>,
    /// How long writes take.
    pub operation: OperationScenario,
    /// How the app's own host spreads requests over revisions.
    pub choice: Choice,
    /// How Azure Monitor's counts of requests appear.
    pub metrics: MetricsScenario,
    /// Faults to inject into the control plane, each with its own count of matching calls.
    pub faults: Vec<Fault>,
    /// When given, every ARM call must carry this very text as a bearer token, or gets 401.
    pub token: Option<String>,
    /// Whether every ARM call must carry a token of the emulated Entra or managed identity that has
    /// not expired, or gets 401. `token` goes before it.
    pub require_token: bool,
    /// Who is known to the identity endpoints, and how long tokens last.
    pub identity: IdentityScenario,
    /// Actions that the caller may not perform, as role definitions write them (`*` is any text):
    /// their calls get 403, and the list of permissions has them in `notActions`.
    pub denied: Vec<String>,
    /// Seconds by which the service's clock is ahead of this machine's, or behind if negative. It
    /// dates the answers, all times in them, and the tokens.
    pub clock_skew_s: i64,
    /// Apps or revisions on one page of a list; 0 means all of them on one.
    pub page_size: usize,
}

/// One container app.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AppScenario {
    /// Name of the app, without the dots of a host.
    pub name: String,
    /// `Multiple`, `Single`, or any other text that the service might show.
    pub revisions_mode: String,
    /// Whether the app can be reached over HTTP at all; without ingress there is no traffic split.
    pub ingress: bool,
    /// The state shown until the first write, such as `Succeeded`, `InProgress` or `Failed`.
    pub provisioning_state: String,
    /// Oldest first; the last one is the latest revision.
    pub revisions: Vec<RevisionScenario>,
    /// The traffic array, in this order. Not checked, so that a broken app can be shown.
    pub traffic: Vec<TrafficScenario>,
    /// Whether every write gets 409 `ContainerAppOperationInProgress` although nothing is going on,
    /// until `POST /_emulator/lift/<app>`; reads show `InProgress` for as long.
    pub wedged: bool,
    /// Inactive revisions that are kept; the oldest ones beyond are deleted, unless an entry of the
    /// traffic array names them.
    pub max_inactive_revisions: u32,
    /// Resource tags.
    pub tags: BTreeMap<String, String>,
    /// Shown as `stickySessions.affinity = sticky`; the split ignores it, as in Multiple mode.
    pub sticky_sessions: bool,
    /// Behaviour of revisions that have none of their own, by image; also of those created later.
    pub images: BTreeMap<String, Behaviour>,
    /// Port of the app's host; 0 takes any free one.
    pub port: u16,
}

/// One revision that exists at the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RevisionScenario {
    /// Whole name (`shop--v1`). Give this or `suffix`; without both the suffix is `v1`, `v2`, …
    pub name: Option<String>,
    /// The part after the two dashes.
    pub suffix: Option<String>,
    /// Image of the only container; by default `registry.example/<app>:<position>`.
    pub image: Option<String>,
    /// Whether it runs.
    pub active: bool,
    /// RFC 3339; by default a minute after the revision before it.
    pub created: Option<String>,
    /// How its built-in web app answers; by default as `images` says, else well.
    pub behaviour: Option<Behaviour>,
    /// Origin (`http://host:port`) that gets its requests instead of the built-in web app.
    pub upstream: Option<String>,
    /// Replicas that run; 0 shows a revision that has scaled to zero until its first request.
    pub replicas: u32,
    /// `template.scale.minReplicas`; absent is shown as null, as the service does.
    pub min_replicas: Option<u32>,
    /// `template.scale.maxReplicas`.
    pub max_replicas: u32,
    /// Shown instead of the derived `healthState`.
    pub health_state: Option<String>,
    /// Shown instead of the derived `provisioningState`; other than `Provisioned` is never ready.
    pub provisioning_state: Option<String>,
    /// Shown instead of the derived `runningState`.
    pub running_state: Option<String>,
    /// Port of the revision's own host; 0 takes any free one.
    pub port: u16,
}

/// One entry of a traffic array.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrafficScenario {
    /// Name or suffix of a revision.
    pub revision: Option<String>,
    /// Follows the latest ready revision instead of a named one.
    pub latest_revision: bool,
    /// Per cent of the requests, 0 to 100.
    pub weight: u32,
    /// Gives the target a host of its own, `<app>---<label>`.
    pub label: Option<String>,
}

/// How long a write takes to become visible.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct OperationScenario {
    /// Answers `InProgress` before `Succeeded`. A read of the app or of its revisions counts too.
    pub polls: u32,
    /// Milliseconds after which it ends even if nobody asks; 0 means that only polls end it.
    pub settle_ms: u64,
}

/// How the counts of requests appear in the metrics; by default at once.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MetricsScenario {
    /// Seconds after its beginning before a minute has a number; the real service takes minutes.
    pub lag_s: u64,
    /// Leaves all counts out, as for an app that the service knows nothing of.
    pub absent: bool,
}

/// How the app's own host picks a revision for a request.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Smooth weighted round-robin: any 100 requests in a row are split exactly.
    #[default]
    Smooth,
    /// Independent draws, the same for the same seed.
    Random(u64),
}

/// How the built-in web app of a revision answers. Can be replaced while it runs.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Behaviour {
    /// Milliseconds that each answer takes.
    pub latency_ms: u64,
    /// Share of answers that are errors, 0 to 1; exact, so 0.25 fails each fourth one.
    pub error_share: f64,
    /// Status of those errors, 100 to 999.
    pub error_status: u16,
    /// Body of a good answer to any path but `/health`. By default JSON with the revision's name, and
    /// a small shop at `/login`, `/baskets` and `/orders`.
    pub body: Option<String>,
    /// Content type that goes with `body`.
    pub content_type: Option<String>,
    /// Requests whose path contains one of these texts answer 500, such as `/checkout`.
    pub fails_paths: Vec<String>,
    /// Every request answers 503 while the revision's own weight is at least this.
    pub fails_from_weight: Option<u32>,
    /// Seconds from its start for which the revision is being provisioned, and answers 503.
    pub not_ready_for_s: f64,
    /// Its container dies again and again: never ready, a restart more at every look.
    pub crash_loop: bool,
    /// Its image cannot be pulled: its replicas wait for it for ever.
    pub image_pull_error: bool,
    /// What the service shows as the reason why it cannot be set up at all.
    pub provisioning_error: Option<String>,
}

impl Scenario {
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
            choice: Choice::Smooth,
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
            health_state: None,
            provisioning_state: None,
            running_state: None,
            port: 0,
        }
    }
}

impl TrafficScenario {
    /// Returns an entry for a revision, by name or suffix.
    pub fn named(revision: &str, weight: u32) -> Self {
        Self {
            revision: Some(revision.to_owned()),
            weight,
            ..Self::default()
        }
    }

    /// Returns the entry that follows the latest ready revision.
    pub fn latest(weight: u32) -> Self {
        Self {
            latest_revision: true,
            weight,
            ..Self::default()
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

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            latency_ms: 0,
            error_share: 0.0,
            error_status: 500,
            body: None,
            content_type: None,
            fails_paths: Vec::new(),
            fails_from_weight: None,
            not_ready_for_s: 0.0,
            crash_loop: false,
            image_pull_error: false,
            provisioning_error: None,
        }
    }
}

impl Behaviour {
    /// Returns what is out of range, if anything is.
    pub(crate) fn problem(&self) -> Option<String> {
        if !(0.0..=1.0).contains(&self.error_share) {
            return Some(format!(
                "error-share {} is not between 0 and 1",
                self.error_share
            ));
        }
        if !(100..=999).contains(&self.error_status) {
            return Some(format!(
                "error-status {} is not between 100 and 999",
                self.error_status
            ));
        }
        if !(0.0..=1e9).contains(&self.not_ready_for_s) {
            return Some(format!(
                "not-ready-for-s {} is out of range",
                self.not_ready_for_s
            ));
        }
        if self.fails_paths.iter().any(String::is_empty) {
            return Some("fails-paths has an empty text, which every path contains".to_owned());
        }
        let text = self.content_type.as_deref().unwrap_or_default();
        let visible = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        (!visible).then(|| format!("content-type {text:?} cannot be sent as a header"))
    }
}
