//! Faults of the control plane, scripted by rule: which call, the how-manieth, and what goes wrong.
//! This module decides whether a rule fires; `control/mod.rs` makes it happen on the wire.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::scenario::TrafficScenario;

/// One rule. Rules are counted apart; of those that fire for a call, the first one takes effect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// Which calls it counts.
    #[serde(default)]
    pub on: Calls,
    /// The first matching call that it hits, from 1. Absent: from the first.
    #[serde(default)]
    pub nth: Option<u32>,
    /// How many matching calls it hits, from `nth` on. Absent: one when `nth` is given, else all.
    #[serde(default)]
    pub times: Option<u32>,
    /// Milliseconds from its first hit during which it hits all matching calls, instead of `times`.
    #[serde(default)]
    pub for_ms: Option<u64>,
    /// What goes wrong.
    pub what: Effect,
}

/// A set of control-plane calls; an absent member matches all of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Calls {
    /// The method, in any case.
    pub method: Option<String>,
    /// Part of the path, in any case.
    pub path_contains: Option<String>,
    /// Part of the body's text, exactly.
    pub body_contains: Option<String>,
}

/// What goes wrong with a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Effect {
    /// Answers an error; nothing is applied.
    Refuse {
        /// HTTP status, 100 to 999.
        status: u16,
        /// ARM error code; by default the usual one for the status.
        #[serde(default)]
        code: Option<String>,
        /// Error text.
        #[serde(default)]
        message: Option<String>,
        /// Leaves out the `error` envelope, as some paths of the real service do.
        #[serde(default)]
        flat: bool,
        /// Seconds, sent as `Retry-After`.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Closes the connection without an answer; nothing is applied.
    Reset,
    /// Applies the call, then closes the connection without an answer.
    AppliedButAnswerLost,
    /// Applies the call, sends half of the answer's body, then closes the connection.
    Truncated,
    /// Answers a read of the app with the document as it was so many writes ago.
    StaleRead {
        /// 1 is the document before the last write; more than there were gives the oldest.
        versions: usize,
    },
    /// Accepts the write, but its operation never ends: the app stays busy for good.
    StuckOperation,
    /// Accepts the write, but its operation fails and nothing is applied.
    OperationFailed {
        /// ARM error code of the operation.
        code: String,
        /// Error text of the operation.
        message: String,
    },
    /// After this call, or after the operation that is running then, somebody else writes.
    ForeignWrite {
        /// The traffic array that they leave; not checked.
        traffic: Vec<TrafficScenario>,
        /// Tags that they set beside it.
        #[serde(default)]
        tags: BTreeMap<String, String>,
    },
    /// Waits before the call is applied and answered.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Closes the connection without an answer at once, and applies the call later: a write that
    /// lands when its client has long given it up.
    Late {
        /// Milliseconds from the call's arrival until it is applied.
        ms: u64,
    },
    /// Answers 307 to somewhere else; nothing is applied.
    Redirect {
        /// The `Location`.
        to: String,
    },
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) body: &'a str,
}

/// All rules, each with its own count.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    /// Calls that it has matched.
    matched: u32,
    first_hit: Option<Instant>,
}

/// A rule as the snapshot shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct RuleCount {
    effect: &'static str,
    matched: u32,
}

impl Rules {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.rules.push(Rule {
            fault,
            matched: 0,
            first_hit: None,
        });
    }

    /// Counts a call with every rule that matches it, and returns the effect of the first to fire.
    pub(crate) fn meet(&mut self, seen: Seen<'_>, now: Instant) -> Option<Effect> {
        let mut effect = None;
        for rule in &mut self.rules {
            if rule.fault.on.matches(seen) && rule.fires(now) && effect.is_none() {
                effect = Some(rule.fault.what.clone());
            }
        }
        effect
    }

    pub(crate) fn counts(&self) -> Vec<RuleCount> {
        let shown = |rule: &Rule| RuleCount {
            effect: rule.fault.what.name(),
            matched: rule.matched,
        };
        self.rules.iter().map(shown).collect()
    }
}

impl Rule {
    /// Counts a call that it matches.
    fn fires(&mut self, now: Instant) -> bool {
        self.matched += 1;
        let Fault {
            nth, times, for_ms, ..
        } = self.fault;
        let first = nth.unwrap_or(1);
        if self.matched < first {
            return false;
        }
        let first_hit = *self.first_hit.get_or_insert(now);
        if let Some(for_ms) = for_ms {
            return now - first_hit < Duration::from_millis(for_ms);
        }
        let times = times.unwrap_or(if nth.is_some() { 1 } else { u32::MAX });
        self.matched - first < times
    }
}

impl Fault {
    /// Returns what cannot be sent over HTTP, if anything cannot.
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

impl Calls {
    fn matches(&self, seen: Seen<'_>) -> bool {
        let method = self.method.as_deref();
        let path = self
            .path_contains
            .as_ref()
            .map(|part| part.to_ascii_lowercase());
        let body = self.body_contains.as_deref();
        method.is_none_or(|method| method.eq_ignore_ascii_case(seen.method))
            && path.is_none_or(|part| seen.path.to_ascii_lowercase().contains(&part))
            && body.is_none_or(|part| seen.body.contains(part))
    }
}

impl Effect {
    /// The word for it in a scenario, the request log and the snapshot.
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
            Self::Delay { .. } => "delay",
            Self::Late { .. } => "late",
            Self::Redirect { .. } => "redirect",
        }
    }
}

/// Returns the code that ARM usually gives with a status.
pub(crate) fn usual_code(status: u16) -> &'static str {
    match status {
        400 => "BadRequest",
        401 => "ExpiredAuthenticationToken",
        403 => "AuthorizationFailed",
        404 => "ResourceNotFound",
        409 => "ContainerAppOperationInProgress",
        429 => "TooManyRequests",
        502 => "BadGatewayConnection",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        _ => "InternalServerError",
    }
}
