//! The webhooks that learn of a run: whether each can be posted to, as far as that is known without a network. Posts nothing.

use super::check::Check;
use super::finding::Finding;
use crate::assemble;
use crate::config::RolloutConfig;

/// Checks the webhooks. Returns nothing where there are none.
pub(crate) fn webhooks(config: &RolloutConfig) -> Vec<Finding> {
    let target = &config.target;
    let webhooks = &target.webhooks.good;
    if webhooks.is_empty() {
        return Vec::new();
    }
    if let Err(mistakes) = assemble::subscriptions(webhooks, &target.azure) {
        let each = mistakes.0.iter();
        return each
            .map(|mistake| Finding::unusable(Check::Webhooks, mistake.to_string()))
            .collect();
    }
    let each = webhooks.iter().map(|webhook| {
        let events: Vec<&str> = webhook.events.iter().map(|event| event.name()).collect();
        format!("{} learns of {}", webhook.name, events.join(", "))
    });
    let shown: Vec<String> = each.collect();
    vec![Finding::ok(Check::Webhooks, shown.join("; "))]
}
