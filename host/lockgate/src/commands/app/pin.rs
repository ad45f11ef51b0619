//! `lockgate pin`: what follows `latestRevision` becomes the revision that it means now.

use serde_json::json;

use crate::cli::TargetArgs;
use crate::output::Output;
use crate::platform;
use crate::report::Commands;
use crate::run::signals;

/// Pins, and reads back.
///
/// # Errors
/// Usage and configuration errors.
pub(in crate::commands) async fn pin(args: &TargetArgs, output: &Output) -> anyhow::Result<u8> {
    // One write at most, which is read back whatever happens meanwhile.
    let _cancel = signals::install()?;
    let resolved = crate::commands::resolved(args, args.overrides())?;
    let app = platform::app(&resolved)?;
    let pinned = match app.pin().await {
        Ok(pinned) => pinned,
        Err(error) => {
            let commands = Commands::about(&resolved.app);
            return Ok(super::deploy::failed(output, &error.into(), &commands));
        }
    };
    let words = match &pinned.revision {
        Some(revision) => format!(
            "pinned: {revision} has the traffic by its name now, and a new revision takes none by itself"
        ),
        None => "nothing follows latestRevision, and nothing was written".to_owned(),
    };
    output.text(&words);
    output.text(&format!(
        "production serves {} (as last read back)",
        pinned.traffic
    ));
    output.json(&json!({
        "event": "pinned", "revision": pinned.revision, "traffic": pinned.traffic, "words": words,
    }));
    Ok(0)
}
