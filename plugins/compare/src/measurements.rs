//! The numbers behind an answer.

use std::f64::consts::LN_10;

use evidence::Phase;
use lockgate_gate::{Measurement, measurement};

use crate::view::{View, share_of};

/// Returns the measurements. All of them are finite.
pub(crate) fn measurements(view: &View<'_>) -> Vec<Measurement> {
    let mut found = Vec::new();
    let mut add = |name: &str, subject: &str, value: f64, unit: &str| {
        if value.is_finite() {
            found.push(measurement(name, subject, value, unit));
        }
    };
    let is_gating = matches!(view.asked.phase(), Phase::Gating | Phase::BeforeTraffic);
    for ((metric, known), judged) in view.metrics().zip(view.judged()) {
        let name = metric.name.as_str();
        add(
            "evidence-against",
            name,
            known.evidence.against() / LN_10,
            "log10",
        );
        if is_gating {
            let margin = judged.margin(view.asked.next_weight);
            add(
                "evidence-for",
                name,
                known.evidence.in_favour(margin) / LN_10,
                "log10",
            );
            let needed = view.still_needed(metric, known).unwrap_or(f64::NAN);
            add("requests-needed", name, needed, "requests");
        }
        if let Some(margin) = known
            .evidence
            .not_worse_by_more_than(view.settings.rules.beta)
        {
            add("excess-at-most", name, margin * 100.0, "points");
        }
        for (revision, counts) in [
            ("canary", known.totals.canary),
            ("stable", known.totals.stable),
        ] {
            // The first metric needs no name, as most gates have no other.
            let subject = if name == view.settings.metrics[0].name {
                revision.to_owned()
            } else {
                format!("{revision} {name}")
            };
            add("failures", &subject, counts.failures, "requests");
            add("requests", &subject, counts.requests, "requests");
        }
    }
    if let Some(share) = view.state.metrics.first().and_then(share_of) {
        add("canary-share", "canary", share * 100.0, "%");
    }
    if view.settings.metrics.len() > 1 {
        add(
            "evidence-against",
            "all metrics",
            view.against() / LN_10,
            "log10",
        );
    }
    found
}
