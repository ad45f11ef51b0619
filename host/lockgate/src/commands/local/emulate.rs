//! `lockgate emulate`: serves the emulator until it is interrupted, and prints where each part answers and what to type.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use crate::bounded_file;
use crate::cli::EmulateArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::run::signals;
use crate::store::whole_file::{Readers, WholeFile};

/// The most bytes that a scenario may have.
const SCENARIO_BYTES_MAX: u64 = 16 << 20;

/// Serves the emulator until it is interrupted.
///
/// # Errors
/// When the scenario cannot be read, a port is taken or the certificate cannot be written.
pub(in crate::commands) async fn emulate(
    args: &EmulateArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    let mut cancel = signals::install_detached()?;
    output.cancel_when_broken(cancel.sender.clone());
    let scenario = match &args.scenario {
        None => emulator::Scenario::demo(),
        Some(path) => {
            let shown = path.display();
            let text = bounded_file::read_text(path, SCENARIO_BYTES_MAX);
            let text = text.with_context(|| format!("cannot read the scenario {shown}"))?;
            serde_json::from_str(&text).with_context(|| format!("scenario {shown}"))?
        }
    };
    let certificate = args.tls_ca.as_deref();
    let certificate = certificate.map(|path| WholeFile::open(path, Readers::Anyone));
    let certificate = certificate.transpose().context(
        "there is no place for the certificate; --tls-ca names a file in a folder that exists",
    )?;
    let control = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let scope = Scope {
        subscription: scenario.subscription.clone(),
        group: scenario.resource_group.clone(),
        identity_header: scenario.identity.identity_header.clone(),
    };
    let options = emulator::Options {
        control,
        tls: args.tls_port,
    };
    let emulator = emulator::Emulator::start(scenario, options)
        .await
        .context("cannot start the emulator; --port 0 and --tls-port 0 take any free port")?;
    if let (Some(file), Some(pem)) = (certificate, emulator.ca_pem()) {
        file.write(pem.as_bytes())?;
    }
    announce(&emulator, &scope, args, output);
    output.text("state: GET /_emulator/snapshot, /_emulator/requests; stop with Ctrl-C");
    if let Some(by) = cancel.receiver.recv().await {
        output.text(&format!("stopped by {by}"));
    }
    Ok(Exit::Success)
}

/// What a client needs to know of the scenario.
struct Scope {
    subscription: String,
    /// The resource group.
    group: String,
    /// The value of `IDENTITY_HEADER`.
    identity_header: String,
}

/// Prints where each part answers, and what to type.
fn announce(emulator: &emulator::Emulator, scope: &Scope, args: &EmulateArgs, output: &Output) {
    let Scope {
        subscription,
        group,
        identity_header,
    } = scope;
    let endpoint = emulator.control_url();
    let apps = emulator.hosts();
    output.command_event(json!({
        "event": "serving",
        "endpoint": endpoint,
        "tls-endpoint": emulator.tls_url(),
        "tls-ca": args.tls_ca,
        "subscription": subscription,
        "resource-group": group,
        "apps": apps.iter().map(|app| json!({
            "name": app.app,
            "url": app.url,
            "revisions": app.revisions.iter().map(|revision| json!({"name": revision.name, "url": revision.url})).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    }));
    output.text(&format!(
        "emulating Azure Container Apps; ARM endpoint {endpoint}"
    ));
    for app in &apps {
        output.text(&format!("app {} at {}", app.app, app.url));
        for revision in &app.revisions {
            output.text(&format!("  revision {} at {}", revision.name, revision.url));
        }
        output.text(&format!(
            "try: lockgate rollout --endpoint {endpoint} --subscription {subscription} --resource-group {group} --app {} \
             --bake 10s",
            app.app
        ));
    }
    if let Some(tls) = emulator.tls_url() {
        let hints = tls_hints(&tls, &endpoint, args.tls_ca.as_deref(), identity_header);
        hints.iter().for_each(|line| output.text(line));
    }
}

/// Returns what to set so that lockgate and az use the TLS endpoint like the real one.
fn tls_hints(tls: &str, endpoint: &str, ca: Option<&Path>, identity_header: &str) -> Vec<String> {
    let Some(ca) = ca else {
        return vec![format!(
            "over TLS at {tls}; --tls-ca FILE writes the certificate that clients must trust"
        )];
    };
    // The lines may be pasted into a shell in another folder.
    let ca = std::path::absolute(ca).unwrap_or_else(|_| ca.to_owned());
    let ca = ca.display();
    vec![
        format!("over TLS at {tls}; clients must trust {ca}"),
        format!(
            "for both: export IDENTITY_ENDPOINT={endpoint}/msi/token IDENTITY_HEADER={identity_header} \
             NO_PROXY=127.0.0.1"
        ),
        format!("for lockgate: export SSL_CERT_FILE={ca}, then --endpoint {tls}"),
        format!(
            "for az: export REQUESTS_CA_BUNDLE={ca}; az cloud register -n emulated \
             --skip-endpoint-discovery --endpoint-resource-manager {tls}/ \
             --endpoint-management {tls}/ --endpoint-active-directory {tls} \
             --endpoint-active-directory-resource-id https://management.core.windows.net/; \
             az cloud set -n emulated; az login --identity"
        ),
    ]
}
