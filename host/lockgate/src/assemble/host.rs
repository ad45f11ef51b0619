//! The gate host with its compile cache, and what calls of gates need beside the engine.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use gates::{Host, HostOptions, LogLine, Metering, Services, TrafficCounts};

use crate::output::Output;

/// Returns the host of gates with its compile cache.
///
/// # Errors
/// When the engine cannot be made. A cache that cannot be used is a note, not an error.
pub(crate) fn host(cache_dir: Option<PathBuf>, output: &Output) -> anyhow::Result<Host> {
    host_that(Metering::Off, cache_dir, output)
}

/// The same, for a host that counts steps or does not.
///
/// # Errors
/// As for one that does not.
pub(crate) fn host_that(
    metering: Metering,
    cache_dir: Option<PathBuf>,
    output: &Output,
) -> anyhow::Result<Host> {
    let asked_for = cache_dir.is_some();
    let cache = match cache_dir {
        Some(folder) => Some(std::path::absolute(folder)?),
        None => default_cache(),
    };
    match Host::new(HostOptions { cache, metering }) {
        Ok(host) => Ok(host),
        Err(error) if asked_for => Err(error).context("cannot use the cache folder"),
        Err(error) => {
            output.note(&format!("note: gates are compiled anew each time: {error}"));
            Host::new(HostOptions {
                cache: None,
                metering,
            })
            .context("cannot start the gate host")
        }
    }
}

/// The user's cache folder by the platform's own convention.
pub(crate) fn default_cache() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = variable("XDG_CACHE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    base.is_absolute().then(|| base.join("lockgate"))
}

/// Returns what calls need beside the engine: their log lines go to the output.
pub(crate) fn services(counts: Option<Arc<dyn TrafficCounts>>, output: &Output) -> Services {
    let output = output.clone();
    let log = Arc::new(move |line: LogLine| {
        if line.level.is_loud() || output.is_verbose() {
            output.note(&line.to_string());
        }
    });
    Services { log, counts }
}
