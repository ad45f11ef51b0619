//! How a revision behaves: how fast and how well its built-in web app replies, and whether its
//! replicas start. Plain data; `data/web_app.rs` and `world/revision.rs` act on it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The behaviour of a revision. It can be replaced while the emulator runs.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Behaviour {
    /// Milliseconds that each reply takes.
    pub latency_ms: u64,
    /// Share of replies that are errors, 0 to 1. The share is exact: 0.25 fails every fourth reply.
    pub error_share: f64,
    /// Status of these errors, 100 to 999.
    pub error_status: u16,
    /// Body of a good reply to any path except `/health` and `/metrics`. The default is JSON with the revision's
    /// name, and a small shop at `/login`, `/baskets` and `/orders`.
    pub body: Option<String>,
    /// Content type of `body`.
    pub content_type: Option<String>,
    /// Share of the users' requests that get 500, 0 to 1, each by chance. Requests for `/health` and `/metrics` are not
    /// among them: the revision looks well and is not.
    pub fails_share: f64,
    /// Seed of these failures: the same seed fails the same requests in a row.
    pub fails_seed: u64,
    /// Parts of paths, such as `/checkout`. Requests whose path contains one get 500.
    pub fails_paths: Vec<String>,
    /// The weight of the revision from which on every request gets 503.
    pub fails_from_weight: Option<u32>,
    /// Seconds from its start during which the revision is being provisioned and replies 503.
    pub not_ready_for_s: f64,
    /// Whether its container crashes again and again: it is never ready, and each read of its
    /// replicas shows one more restart.
    pub crash_loop: bool,
    /// Whether its image cannot be pulled, so that its replicas never start.
    pub image_pull_error: bool,
    /// The reason that the service shows why the revision cannot be provisioned.
    pub provisioning_error: Option<String>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            latency_ms: 0,
            error_share: 0.0,
            error_status: 500,
            body: None,
            content_type: None,
            fails_share: 0.0,
            fails_seed: 0,
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
    /// Describes the first value that is out of range.
    pub(crate) fn problem(&self) -> Option<String> {
        let shares = [
            ("error-share", self.error_share),
            ("fails-share", self.fails_share),
        ];
        if let Some((name, share)) = shares
            .into_iter()
            .find(|(_, share)| !(0.0..=1.0).contains(share))
        {
            return Some(format!("{name} {share} is not between 0 and 1"));
        }
        if !(100..=999).contains(&self.error_status) {
            return Some(format!(
                "error-status {} is not between 100 and 999",
                self.error_status
            ));
        }
        if !(0.0..=1e9).contains(&self.not_ready_for_s) {
            return Some(format!(
                "not-ready-for-s {} is not between 0 and 1,000,000,000",
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
