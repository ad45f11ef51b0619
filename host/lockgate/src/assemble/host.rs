//! The host of gates with its cache of compiled gates, and the services that calls of gates use.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use gates::{Host, HostOptions, LogLine, Metering, Services, TrafficSlices};

use crate::environment::variable;
use crate::output::Output;

/// Starts the host of gates. Without `cache_dir` compiled gates are kept in the user's cache folder; where that cannot be
/// used, a note says so and each gate is compiled at every start.
///
/// # Errors
/// When the engine cannot be made, or `cache_dir` cannot be used.
pub(crate) fn host(cache_dir: Option<PathBuf>, output: &Output) -> anyhow::Result<Host> {
    start(Metering::Off, cache_dir, output)
}

/// Starts a host that counts the steps of each call.
///
/// # Errors
/// As for a host that does not count.
pub(crate) fn metered_host(cache_dir: Option<PathBuf>, output: &Output) -> anyhow::Result<Host> {
    start(Metering::Steps, cache_dir, output)
}

fn start(metering: Metering, cache_dir: Option<PathBuf>, output: &Output) -> anyhow::Result<Host> {
    let host = |cache| Host::new(HostOptions { cache, metering });
    if let Some(folder) = cache_dir {
        let cache = std::path::absolute(folder)?;
        return host(Some(cache)).context("cannot use the cache folder");
    }
    host(default_cache()).or_else(|error| {
        output.note(&format!("note: gates are compiled anew each time: {error}"));
        host(None).context("cannot start the gate host")
    })
}

/// Returns the folder for lockgate in the user's cache folder, by the platform's convention; `None` without a home folder.
pub(crate) fn default_cache() -> Option<PathBuf> {
    let base = variable("XDG_CACHE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    base.is_absolute().then(|| base.join("lockgate"))
}

/// Returns the services that calls of gates use: their log lines go to `output`, and `traffic` answers their questions
/// about the platform's counts.
pub(crate) fn services(traffic: Option<Arc<dyn TrafficSlices>>, output: &Output) -> Services {
    let output = output.clone();
    let log = Arc::new(move |line: LogLine| {
        if line.level.is_loud() || output.is_verbose() {
            output.note(&line.to_string());
        }
    });
    Services { log, traffic }
}
