//! `lockgate emulate`: the emulator, served until interrupted.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use serde_json::json;

use crate::cli::EmulateArgs;
use crate::output::Output;
use crate::signals;

/// Serves the emulator.
///
/// # Errors
/// When the scenario cannot be read or the port is taken.
pub(super) async fn emulate(args: &EmulateArgs, output: &Output) -> anyhow::Result<u8> {
    let (sender, mut cancel) = signals::install()?;
    output.cancel_when_broken(sender);
    let scenario = match &args.scenario {
        None => emulator::Scenario::demo(),
        Some(path) => {
            let shown = path.display();
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the scenario {shown}"))?;
            serde_json::from_str(&text).with_context(|| format!("scenario {shown}"))?
        }
    };
    let control = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let (subscription, group) = (
        scenario.subscription.clone(),
        scenario.resource_group.clone(),
    );
    let emulator = emulator::Emulator::start(scenario, emulator::Options { control })
        .await
        .context("cannot start the emulator; --port 0 takes any free port")?;
    let endpoint = emulator.control_url();
    let apps = emulator.hosts();
    output.json(&json!({
        "event": "serving",
        "endpoint": endpoint,
        "subscription": subscription,
        "resource-group": group,
        "apps": apps.iter().map(|app| json!({
            "name": app.app,
            "url": app.url,
            "revisions": app.revisions.iter().map(|(name, url)| json!({"name": name, "url": url})).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    }));
    output.text(&format!(
        "emulating Azure Container Apps; ARM endpoint {endpoint}"
    ));
    for app in &apps {
        output.text(&format!("app {} at {}", app.app, app.url));
        for (name, url) in &app.revisions {
            output.text(&format!("  revision {name} at {url}"));
        }
        output.text(&format!(
            "try: lockgate rollout --endpoint {endpoint} --subscription {subscription} --resource-group {group} --app {} \
             --bake 10s",
            app.app
        ));
    }
    output.text("state: GET /_emulator/snapshot, /_emulator/requests; stop with Ctrl-C");
    let by = cancel.recv().await.unwrap_or_default();
    output.text(&format!("stopped by {by}"));
    Ok(0)
}
