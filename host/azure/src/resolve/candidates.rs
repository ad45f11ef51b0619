//! Parts of a refusal: the list of candidates, and the command that ends a split.

use rollout::{TrafficTarget, Weight, listed as cut};

use crate::status::{AppStatus, RevisionStatus};

/// Returns the command that gives all traffic to one revision, and says so. The revision is a person's choice where
/// several carry traffic; `canary` is the one that it is not.
pub(super) fn give_all(status: &AppStatus, canary: Option<&str>) -> String {
    let app = &status.app;
    let mut carriers: Vec<&str> = status
        .traffic
        .0
        .iter()
        .filter(|share| share.weight > Weight::ZERO)
        .filter_map(|share| match &share.target {
            TrafficTarget::Revision(name) => Some(name.as_str()),
            TrafficTarget::LatestReady => status.latest_ready.as_deref(),
        })
        .collect();
    carriers.dedup();
    let is_shared = carriers.len() > 1;
    carriers.retain(|name| Some(*name) != canary);
    match carriers[..] {
        // Nothing is taken from another revision; and lockgate undoes splits only.
        [one] if !is_shared => format!("{} gives all of it to {one}", app.set_all_traffic(one)),
        [one] => format!(
            "{} gives all of it to {one}",
            app.lockgate(&format!("abort --to {one}"))
        ),
        _ => format!(
            "{} gives all of it to the revision that you name",
            app.lockgate("abort --to REVISION")
        ),
    }
}

/// Lists the active revisions.
pub(super) fn active_list(status: &AppStatus, now: i64) -> String {
    let active: Vec<&RevisionStatus> = status.revisions.iter().filter(|r| r.active).collect();
    if active.is_empty() {
        return "no revision is active".to_owned();
    }
    format!("active revisions: {}", listed(&active, now))
}

/// Lists revisions with image, age and weight, as many as a list has.
pub(super) fn listed(revisions: &[&RevisionStatus], now: i64) -> String {
    cut(revisions.iter().map(|revision| line(revision, now)))
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
