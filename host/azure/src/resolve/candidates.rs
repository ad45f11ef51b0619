//! Parts of a refusal: the list of candidates, and the command that moves the traffic.

use crate::status::{AppStatus, RevisionStatus};

/// Returns the command that moves all traffic to one revision.
pub(super) fn set_weight(status: &AppStatus, revision: &str) -> String {
    let weight = format!("--revision-weight {revision}=100");
    status.app.az("ingress traffic set", &weight)
}

/// Lists the active revisions.
pub(super) fn active_list(status: &AppStatus, now: i64) -> String {
    let active: Vec<&RevisionStatus> = status.revisions.iter().filter(|r| r.active).collect();
    if active.is_empty() {
        return "no revision is active".to_owned();
    }
    format!("active revisions: {}", listed(&active, now))
}

/// Lists revisions with image, age and weight; at most ten, because an app may have hundreds.
pub(super) fn listed(revisions: &[&RevisionStatus], now: i64) -> String {
    let mut lines: Vec<String> = revisions.iter().take(10).map(|r| line(r, now)).collect();
    if revisions.len() > lines.len() {
        lines.push(format!("and {} more", revisions.len() - lines.len()));
    }
    lines.join(", ")
}

fn line(revision: &RevisionStatus, now: i64) -> String {
    let image = revision.images.first().map_or("no image", String::as_str);
    let age = revision.created.map_or_else(
        || "age unknown".to_owned(),
        |created| age(now.saturating_sub(created)),
    );
    format!("{} ({image}, {age}, {} %)", revision.name, revision.weight)
}

/// Returns an age in the unit that people would use.
pub(super) fn age(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{} s old", seconds.max(0)),
        120..7_200 => format!("{} min old", seconds / 60),
        7_200..172_800 => format!("{} h old", seconds / 3_600),
        _ => format!("{} days old", seconds / 86_400),
    }
}
