//! `lockgate status`: the app's traffic, its revisions and the lease of a run. Reads only, loads no gate. With `--watch` it goes on
//! (`watch.rs`).

mod code;
mod holder;
mod watch;
mod watched;

use std::time::Duration;

use anyhow::ensure;
use rollout::{Weight, human};
use serde_json::{Value, json};

use self::holder::state;
use super::{configuration, promotion};
use crate::cli::StatusArgs;
use crate::exit::Exit;
use crate::output::{Format, Output};
use crate::platform::{self, Administration as _, AppDescription, RevisionStatus};
use crate::report::Commands;

/// Prints the status. Exits 0 when the app could be read, 30 when it could not.
///
/// # Errors
/// Errors of the configuration and its credential; when code is asked for as JSON.
pub(in crate::commands) async fn status(
    args: &StatusArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    ensure!(
        args.language.is_none() || output.format() == Format::Text,
        "--as prints code, and --output json prints JSON: leave one of them out"
    );
    let target = configuration::target(&args.target)?;
    let app = platform::app(&target)?;
    let description = match app.describe().await {
        Ok(description) => description,
        Err(error) => {
            output.error(&error.context("the app could not be read"));
            return Ok(Exit::Refused);
        }
    };
    if args.watch {
        let watching = watch::Watching {
            interval: args.interval.0,
            as_json,
            output,
        };
        return watching.run(&app, description).await;
    }
    match (output.format(), args.language) {
        (Format::Json, _) => output.json(&as_json(&description)),
        (Format::Text, None) => output.document(&as_text(&description)),
        (Format::Text, Some(language)) => {
            let app = description.app.name();
            if let Ok(Some(lease)) = &description.lease {
                output.note(&format!(
                    "note: run {} holds the app, so these weights are not its last ones",
                    lease.run
                ));
            }
            output.document(&code::code(language, app, &description.traffic));
        }
    }
    Ok(Exit::Success)
}

fn as_text(description: &AppDescription) -> String {
    let host = description.host.as_deref().unwrap_or("none (no ingress)");
    let mut lines = vec![
        format!("app        {}", description.app.name()),
        format!("mode       {}", description.mode),
        format!("state      {}", description.provisioning),
        format!("host       {host}"),
        format!("traffic    {}", description.traffic),
        format!("run        {}", run(description)),
        format!(
            "promotion  {}",
            promotion::as_text(description)
                .as_deref()
                .unwrap_or("none is noted")
        ),
        format!("failed     {}", failed(description)),
        "revisions  newest first".to_owned(),
    ];
    lines.extend(description.revisions.iter().map(revision));
    lines.join("\n")
}

/// Returns the lines about the run, the first one without its heading.
fn run(description: &AppDescription) -> String {
    let commands = Commands::about(&description.app);
    let lease = match &description.lease {
        Ok(None) => return without_lease(description, &commands),
        Ok(Some(lease)) => lease,
        Err(error) => return format!("the lease cannot be read: {error}"),
    };
    let now = description.read_at;
    let ago = |then: u64| human(Duration::from_secs(now.saturating_sub(then)));
    let weights: Vec<String> = lease.stages.iter().map(Weight::to_string).collect();
    let newer = if lease.is_newer() {
        ", begun by a newer lockgate"
    } else {
        ""
    };
    let lines = [
        format!(
            "{}{newer}, canary {} at {} for {}, stages {}, baseline {}",
            lease.run,
            lease.canary,
            lease.weight,
            ago(lease.weight_since),
            weights.join(", "),
            lease.baseline
        ),
        format!(
            "begun {} ago, held by {} (epoch {}, process {})",
            ago(lease.begun_at),
            lease.place,
            lease.epoch,
            lease.holder
        ),
        state(lease, now, &commands),
    ];
    let emergency = lease.emergency.iter();
    let emergency =
        emergency.map(|reason| format!("EMERGENCY, promotion gates decide nothing: {reason}"));
    let lines: Vec<String> = lines.into_iter().chain(emergency).collect();
    lines.join(&format!("\n{INDENT}"))
}

/// The width of the headings.
const INDENT: &str = "           ";

fn without_lease(description: &AppDescription, commands: &Commands) -> String {
    let mut text = "no lease".to_owned();
    let shares = description.traffic.0.iter();
    if shares.filter(|share| share.weight > Weight::ZERO).count() > 1 {
        text.push_str(&format!(
            ", and nothing says what the split was before: {} gives all traffic to a revision",
            commands.lockgate("abort --to REVISION")
        ));
    }
    if let Some(ended) = &description.ended {
        let ago = Duration::from_secs(description.read_at.saturating_sub(ended.at));
        text.push_str(&format!(
            "\n{INDENT}run {} was ended by {} {} ago, from {}",
            ended.run,
            ended.by,
            human(ago),
            ended.place
        ));
    }
    text
}

fn failed(description: &AppDescription) -> String {
    match &description.failed[..] {
        [] => "none is noted".to_owned(),
        names => format!(
            "{}: they did not pass their gates; none is rolled out again by itself",
            names.join(", ")
        ),
    }
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

fn as_json(description: &AppDescription) -> Value {
    let lease = description.lease.as_ref();
    json!({
        "app": description.app.name(),
        "mode": description.mode.to_string(),
        "provisioning-state": description.provisioning.to_string(),
        "host": description.host,
        "traffic": description.traffic,
        "read-at": description.read_at,
        "lease": lease.ok().and_then(Option::as_ref),
        "lease-problem": lease.err().map(ToString::to_string),
        "ended": description.ended,
        "promotion": description.promotion,
        "undo": promotion::undo_as_json(description),
        "failed": description.failed,
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
    })
}

#[cfg(test)]
mod tests;
