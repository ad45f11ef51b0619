//! Why these revisions were chosen, in words for people.

use rollout::{Inspection, TrafficTarget};

use super::candidates::{age, listed};
use super::selection::{CanaryChoice, Selection};
use crate::status::{AppStatus, RevisionStatus};

/// The reasons of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasons {
    /// Why this revision is stable.
    pub stable: String,
    /// Why this revision is the canary.
    pub canary: String,
    /// What happens to the other revisions, traffic entries and labels; one sentence for each.
    pub others: Vec<String>,
}

/// Returns the reasons for the revisions of `inspection`. `now` is in seconds since 1970.
pub(crate) fn explain(
    status: &AppStatus,
    selection: &Selection,
    inspection: &Inspection,
    now: i64,
) -> Reasons {
    let named = match &selection.stable {
        Some(_) => "was named, and carries all traffic",
        None => "carries all traffic",
    };
    Reasons {
        stable: named.to_owned(),
        canary: if inspection.is_first() {
            "is the app's only revision: its first deployment".to_owned()
        } else {
            why_canary(status, selection, inspection, now)
        },
        others: others(status, inspection, now),
    }
}

fn why_canary(
    status: &AppStatus,
    selection: &Selection,
    inspection: &Inspection,
    now: i64,
) -> String {
    match &selection.canary {
        Some(CanaryChoice::Revision(_)) => "was named".to_owned(),
        Some(CanaryChoice::Image(image)) => {
            format!("is the only active revision beside stable that runs the digest of {image}")
        }
        None => {
            let created = status
                .revision(&inspection.canary.name)
                .and_then(|r| r.created);
            let age = created.map_or_else(String::new, |created| {
                format!(" ({})", age(now.saturating_sub(created)))
            });
            format!("is the newest active revision without traffic{age}, and newer than stable")
        }
    }
}

fn others(status: &AppStatus, inspection: &Inspection, now: i64) -> Vec<String> {
    let has_role = |name: &str| name == inspection.stable.name || name == inspection.canary.name;
    let idle: Vec<&RevisionStatus> = status
        .revisions
        .iter()
        .filter(|revision| revision.active && !has_role(&revision.name))
        .collect();
    let mut others = Vec::new();
    if !idle.is_empty() {
        others.push(format!("not chosen: {}", listed(&idle, now)));
    }
    for share in &status.traffic.0 {
        let TrafficTarget::Revision(name) = &share.target else {
            continue;
        };
        let state = match status.revision(name) {
            None => "no longer exists",
            Some(revision) if !revision.active => "is not active",
            Some(_) => continue,
        };
        others.push(format!(
            "{name} {state}; its entry without weight stays in the traffic as it is"
        ));
    }
    let labels = status.traffic.0.iter().filter_map(|share| {
        let label = share.label.as_ref()?;
        Some(format!("label {label} stays with {}", share.target))
    });
    others.extend(labels);
    others
}
