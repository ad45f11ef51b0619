//! Why these revisions were chosen, in words for people.

use rollout::{Inspection, Traffic, TrafficTarget, listed as cut};

use super::candidates::{age, listed};
use super::labels::moves;
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
        others: others(status, selection, inspection, now),
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

fn others(
    status: &AppStatus,
    selection: &Selection,
    inspection: &Inspection,
    now: i64,
) -> Vec<String> {
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
    let gone = |name: &str| status.revision(name).is_none();
    let inactive = |name: &str| status.revision(name).is_some_and(|found| !found.active);
    others.extend(leftovers(
        &status.traffic,
        gone,
        "exists no longer",
        "exist no longer",
    ));
    others.extend(leftovers(
        &status.traffic,
        inactive,
        "is not active",
        "are not active",
    ));
    let (stable, canary) = (&inspection.stable.name, &inspection.canary.name);
    let moves = moves(&status.traffic, &selection.labels, stable, canary);
    let stays = |label: &str| !moves.iter().any(|moved| moved.label == label);
    let labels = status.traffic.0.iter().filter_map(|share| {
        let label = share.label.as_ref().filter(|label| stays(label))?;
        Some(format!("{label} with {}", share.target))
    });
    let labels = cut(labels);
    if !labels.is_empty() {
        others.push(format!("labels stay as they are: {labels}"));
    }
    others.extend(moves.iter().map(ToString::to_string));
    others
}

/// Returns one sentence about the entries whose revision is of one kind. `az` never removes an entry, so there may be
/// hundreds.
fn leftovers(
    traffic: &Traffic,
    is_of_kind: impl Fn(&str) -> bool,
    one_is: &str,
    all_are: &str,
) -> Option<String> {
    let names = traffic.0.iter().filter_map(|share| match &share.target {
        TrafficTarget::Revision(name) if is_of_kind(name) => Some(name.as_str()),
        TrafficTarget::Revision(_) | TrafficTarget::LatestReady => None,
    });
    let names: Vec<&str> = names.collect();
    match names[..] {
        [] => None,
        [name] => Some(format!(
            "{name} {one_is}; its entry without weight stays in the traffic as it is"
        )),
        _ => Some(format!(
            "{} revisions {all_are}; their entries without weight stay in the traffic as they are: {}",
            names.len(),
            cut(&names)
        )),
    }
}
