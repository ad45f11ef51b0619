//! `lockgate status`: the app's traffic, its revisions and the lease of a run. Reads only, loads no gate.

use anyhow::Context as _;
use rollout::{Lease, LeaseState};
use serde_json::{Value, json};

use super::configuration;
use crate::cli::TargetArgs;
use crate::exit::Exit;
use crate::output::{Format, Output};
use crate::platform::{self, Administration as _, AppDescription, RevisionStatus};
use crate::run::clock;

/// Prints the status. Exits 0 when the app could be read, 30 when it could not.
///
/// # Errors
/// Errors of the configuration and its credential; in JSON also a lease that cannot be read.
pub(in crate::commands) async fn status(
    args: &TargetArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    let target = configuration::target(args)?;
    let app = platform::app(&target)?;
    let description = match app.describe().await {
        Ok(description) => description,
        Err(error) => {
            output.error(&error.context("the app could not be read"));
            return Ok(Exit::Refused);
        }
    };
    match output.format() {
        Format::Json => output.json(&as_json(&description)?),
        Format::Text => output.document(&as_text(&description, clock::unix_seconds())),
    }
    Ok(Exit::Success)
}

/// `now` is in seconds since 1970.
fn as_text(description: &AppDescription, now: u64) -> String {
    let host = description.host.as_deref().unwrap_or("none (no ingress)");
    let mut lines = vec![
        format!("app        {}", description.app.name()),
        format!("mode       {}", description.mode),
        format!("state      {}", description.provisioning),
        format!("host       {host}"),
        format!("traffic    {}", description.traffic),
        format!("run        {}", run(description, now)),
        "revisions  newest first".to_owned(),
    ];
    lines.extend(description.revisions.iter().map(revision));
    lines.join("\n")
}

fn run(description: &AppDescription, now: u64) -> String {
    let lease = match &description.lease {
        Ok(None) => return "no lease".to_owned(),
        Ok(Some(lease)) => lease,
        Err(error) => return format!("the lease cannot be read: {error}"),
    };
    let state = match lease.state {
        LeaseState::Held => {
            "held: `lockgate resume` continues it, `lockgate abort` restores the baseline"
                .to_owned()
        }
        LeaseState::Running if lease.expires_at > now => format!(
            "under way (its lease expires in {} s): `lockgate abort` restores the baseline",
            lease.expires_at - now
        ),
        LeaseState::Running => {
            "dead (its lease has expired): `lockgate recover` restores the baseline".to_owned()
        }
    };
    format!(
        "{} (epoch {}), canary {} at {}, baseline {}; {state}",
        lease.run, lease.epoch, lease.canary, lease.weight, lease.baseline
    )
}

fn revision(revision: &RevisionStatus) -> String {
    let active = if revision.active {
        "active"
    } else {
        "inactive"
    };
    let images = revision.images.join(", ");
    let replicas = revision
        .replicas
        .map_or_else(String::new, |count| format!(", {count} replicas"));
    let url = revision.url.as_deref().unwrap_or("no URL");
    format!(
        "  {:<28} {:>3} %  {active}, {}, {}, {}{replicas}; {images}; {url}",
        revision.name, revision.weight, revision.provisioning, revision.running, revision.health
    )
}

fn as_json(description: &AppDescription) -> anyhow::Result<Value> {
    let lease: Option<&Lease> = match &description.lease {
        Ok(lease) => lease.as_ref(),
        Err(error) => return Err(error.clone()).context("the lease cannot be read"),
    };
    Ok(json!({
        "app": description.app.name(),
        "mode": description.mode.to_string(),
        "provisioning-state": description.provisioning.to_string(),
        "host": description.host,
        "traffic": description.traffic,
        "lease": lease,
        "revisions": description.revisions.iter().map(|revision| json!({
            "name": revision.name,
            "weight": revision.weight,
            "active": revision.active,
            "provisioning-state": revision.provisioning.to_string(),
            "running-state": revision.running.to_string(),
            "health-state": revision.health.to_string(),
            "replicas": revision.replicas,
            "images": revision.images,
            "url": revision.url,
        })).collect::<Vec<_>>(),
    }))
}

#[cfg(test)]
mod tests;
