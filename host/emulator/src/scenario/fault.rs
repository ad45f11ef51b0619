//! Faults of the control plane as a scenario writes them: which calls they hit, from which call on,
//! and what goes wrong. Plain data. `world/faults.rs` decides whether a rule fires, and
//! `dispatch.rs` performs the effect.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::traffic::TrafficScenario;

/// One fault rule. Each rule counts its calls by itself. If several rules fire for one call, the
/// first one takes effect.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// The calls that the rule counts.
    #[serde(default)]
    pub on: CallPattern,
    /// The first matching call that the rule hits, counted from 1. The default is 1.
    #[serde(default)]
    pub nth: Option<u32>,
    /// The number of matching calls that the rule hits, from `nth` on. The default is one if `nth`
    /// is present, else all.
    #[serde(default)]
    pub times: Option<u32>,
    /// Milliseconds from the first hit during which the rule hits all matching calls. Replaces
    /// `times`.
    #[serde(default)]
    pub for_ms: Option<u64>,
    /// The effect on a call that the rule hits.
    pub what: Effect,
}

/// A set of control-plane calls. An absent member matches all of them.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CallPattern {
    /// The method, in any case.
    pub method: Option<String>,
    /// Part of the path, in any case.
    pub path_contains: Option<String>,
    /// Part of the body's text, in the same case.
    pub body_contains: Option<String>,
    /// The whole name of the client: that of its door ([`crate::Emulator::open_door`]), or else its `User-Agent`.
    pub client: Option<String>,
}

/// What goes wrong with a call.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Effect {
    /// Replies with an error. The call is not applied.
    Refuse {
        /// HTTP status, 200 to 999.
        status: u16,
        /// ARM error code. The default is the usual code of the status.
        #[serde(default)]
        code: Option<String>,
        /// Error text.
        #[serde(default)]
        message: Option<String>,
        /// Whether the body lacks the `error` envelope, as on some paths of the real service.
        #[serde(default)]
        flat: bool,
        /// Seconds, sent as `Retry-After`.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Closes the connection without a reply. The call is not applied.
    Reset,
    /// Applies the call, then closes the connection without a reply.
    AppliedButAnswerLost,
    /// Applies the call, sends half of the reply's body, then closes the connection.
    Truncated,
    /// Replies to a read of the app with an earlier document.
    StaleRead {
        /// The age of the document in writes. 1 is the document before the last write; a number
        /// beyond the oldest kept document means the oldest.
        versions: usize,
    },
    /// Accepts the write, but its operation never ends, so the app stays busy.
    StuckOperation,
    /// Accepts the write, but its operation fails and the write is not applied.
    OperationFailed {
        /// ARM error code of the operation.
        code: String,
        /// Error text of the operation.
        message: String,
    },
    /// Lets another client write after the call, or after the operation that is running then.
    ForeignWrite {
        /// The traffic array that the other client writes. It is not checked.
        traffic: Vec<TrafficScenario>,
        /// Tags that the other client adds; null removes one.
        #[serde(default)]
        tags: BTreeMap<String, Option<String>>,
    },
    /// Accepts the write, and its operation takes this long, however often it is polled.
    SlowOperation {
        /// Milliseconds from the acceptance until the write takes effect.
        ms: u64,
    },
    /// Waits before the call is applied and replied to.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Closes the connection at once without a reply, and applies the call later: a write that
    /// takes effect long after its client has stopped waiting.
    Late {
        /// Milliseconds from the call's arrival until it is applied.
        ms: u64,
    },
    /// Replies 307. The call is not applied.
    Redirect {
        /// The `Location`.
        to: String,
    },
}

impl Fault {
    /// Describes the first value that cannot be emulated.
    pub(crate) fn problem(&self) -> Option<String> {
        if self.nth == Some(0) {
            return Some("nth counts from 1".to_owned());
        }
        match &self.what {
            Effect::Refuse { status, .. } if !(200..=999).contains(status) => {
                Some(format!("status {status} is not between 200 and 999"))
            }
            Effect::Redirect { to } if !to.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Some(format!("{to:?} cannot be sent as a location"))
            }
            _ => None,
        }
    }
}

impl Effect {
    /// Returns the name of the effect in scenarios, the request log and the snapshot.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Refuse { .. } => "refuse",
            Self::Reset => "reset",
            Self::AppliedButAnswerLost => "applied-but-answer-lost",
            Self::Truncated => "truncated",
            Self::StaleRead { .. } => "stale-read",
            Self::StuckOperation => "stuck-operation",
            Self::OperationFailed { .. } => "operation-failed",
            Self::ForeignWrite { .. } => "foreign-write",
            Self::SlowOperation { .. } => "slow-operation",
            Self::Delay { .. } => "delay",
            Self::Late { .. } => "late",
            Self::Redirect { .. } => "redirect",
        }
    }
}
