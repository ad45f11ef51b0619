//! `lockgate status`: what the app looks like now. Reads only, loads no gate.

use anyhow::Context as _;
use azure::{AppStatus, RevisionStatus};
use rollout::{Lease, LeaseState};
use serde_json::{Value, json};

use crate::cli::TargetArgs;
use crate::output::{Format, Output};
use crate::platform;
use crate::{exit, run::clock};

/// Shows it. Exits 0 when the app could be read, 30 when it could not.
///
/// # Errors
/// Usage and configuration errors.
pub(in crate::commands) async fn status(args: &TargetArgs, output: &Output) -> anyhow::Result<u8> {
    let resolved = crate::commands::resolved(args, args.overrides())?;
    let app = platform::app(&resolved)?;
    let status = match app.describe().await {
        Ok(status) => status,
        Err(error) => {
            output.error(&anyhow::Error::from(error).context("the app could not be read"));
            return Ok(exit::REFUSED);
        }
    };
    match output.format() {
        Format::Json => output.json(&as_json(&status)?),
        Format::Text => output.document(&as_text(&status)),
    }
    Ok(0)
}

fn as_text(status: &AppStatus) -> String {
    let mut lines = vec![
        format!("app        {}", status.app.name()),
        format!("mode       {}", status.mode),
        format!("state      {}", status.provisioning),
        format!(
            "host       {}",
            status.fqdn.as_deref().unwrap_or("none (no ingress)")
        ),
        format!("traffic    {}", status.traffic),
        format!("run        {}", run(status)),
        "revisions  newest first".to_owned(),
    ];
    lines.extend(status.revisions.iter().map(revision));
    lines.join("\n")
}

fn run(status: &AppStatus) -> String {
    match &status.lease {
        Ok(None) => "no lease".to_owned(),
        Ok(Some(lease)) => {
            let now = clock::unix_seconds();
            let state = match lease.state {
                LeaseState::Held => {
                    "held: `lockgate resume` goes on, `lockgate abort` gives the traffic back"
                        .to_owned()
                }
                LeaseState::Running if lease.expires_at > now => format!(
                    "under way (silent for at most another {} s): `lockgate abort` gives the traffic back",
                    lease.expires_at - now
                ),
                LeaseState::Running => "dead: `lockgate recover` gives the traffic back".to_owned(),
            };
            format!(
                "{} (epoch {}), canary {} at {}, baseline {}; {state}",
                lease.run, lease.epoch, lease.canary, lease.weight, lease.baseline
            )
        }
        Err(error) => format!("the lease cannot be read: {error}"),
    }
}

fn revision(revision: &RevisionStatus) -> String {
    let active = match revision.active {
        true => "active",
        false => "inactive",
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

fn as_json(status: &AppStatus) -> anyhow::Result<Value> {
    let lease: Option<&Lease> = match &status.lease {
        Ok(lease) => lease.as_ref(),
        Err(error) => return Err(error.clone()).context("the lease cannot be read"),
    };
    Ok(json!({
        "app": status.app.name(),
        "mode": status.mode.to_string(),
        "provisioning-state": status.provisioning.to_string(),
        "host": status.fqdn,
        "traffic": status.traffic,
        "lease": lease,
        "revisions": status.revisions.iter().map(|revision| json!({
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
