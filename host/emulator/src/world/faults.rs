//! The fault rules of the world: counts the calls that each rule matches, and decides which effect
//! a call gets. Must not perform the effect; `dispatch.rs` does.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::scenario::{CallPattern, Effect, Fault};

/// The parts of a call that a rule matches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallView<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) body: &'a str,
    pub(crate) client: &'a str,
}

/// All rules, each with its own count.
#[derive(Debug, Default)]
pub(crate) struct FaultRules {
    rules: Vec<FaultRule>,
}

#[derive(Debug)]
struct FaultRule {
    fault: Fault,
    /// Calls that the rule has matched.
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

impl FaultRules {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.rules.push(FaultRule {
            fault,
            matched: 0,
            first_hit: None,
        });
    }

    /// Counts a call with every rule that matches it, and returns the effect of the first rule that
    /// fires.
    pub(crate) fn meet(&mut self, call: CallView<'_>, now: Instant) -> Option<Effect> {
        let mut effect = None;
        for rule in &mut self.rules {
            if matches(&rule.fault.on, call) && rule.fires(now) && effect.is_none() {
                effect = Some(rule.fault.what.clone());
            }
        }
        effect
    }

    pub(crate) fn counts(&self) -> Vec<RuleCount> {
        let shown = |rule: &FaultRule| RuleCount {
            effect: rule.fault.what.name(),
            matched: rule.matched,
        };
        self.rules.iter().map(shown).collect()
    }
}

impl FaultRule {
    /// Counts a matching call, and returns whether the rule hits it.
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

fn matches(pattern: &CallPattern, call: CallView<'_>) -> bool {
    let method = pattern.method.as_deref();
    let path = pattern
        .path_contains
        .as_ref()
        .map(|part| part.to_ascii_lowercase());
    let body = pattern.body_contains.as_deref();
    method.is_none_or(|method| method.eq_ignore_ascii_case(call.method))
        && path.is_none_or(|part| call.path.to_ascii_lowercase().contains(&part))
        && body.is_none_or(|part| call.body.contains(part))
        && pattern
            .client
            .as_ref()
            .is_none_or(|client| client == call.client)
}
