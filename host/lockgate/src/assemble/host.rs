//! The host of gates with its cache folder and the places of components, and the services that calls of gates use.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use gates::{Host, HostOptions, LogLine, Metering, Services, TrafficSlices};
use tempfile::TempDir;

use super::loader::Loader;
use super::plugins::{Plugins, Reach};
use crate::bounded::Processes;
use crate::config::{AzureSection, RolloutConfig};
use crate::environment::variable;
use crate::output::Output;

/// Starts the host of gates. Without `cache_dir` gates are kept in the user's cache folder; where that cannot be used, a note
/// says so and a private folder takes its place until this process ends.
///
/// # Errors
/// When the engine cannot be made, or `cache_dir` cannot be used.
pub(crate) fn loader(
    cache_dir: Option<PathBuf>,
    reach: Reach,
    output: &Output,
) -> anyhow::Result<Loader> {
    let azure = AzureSection::default();
    start(Metering::Off, cache_dir, &azure, reach, output)
}

/// Starts a host for the gates of a rollout.
///
/// # Errors
/// As for [`loader`].
pub(super) fn loader_of(
    config: &RolloutConfig,
    reach: Reach,
    output: &Output,
) -> anyhow::Result<Loader> {
    let (cache_dir, azure) = (config.cache_dir.clone(), &config.target.azure);
    start(Metering::Off, cache_dir, azure, reach, output)
}

/// Starts a host that counts the steps of each call. It takes components of this machine alone.
///
/// # Errors
/// As for a host that does not count.
pub(crate) fn metered_loader(
    cache_dir: Option<PathBuf>,
    output: &Output,
) -> anyhow::Result<Loader> {
    let (azure, reach) = (AzureSection::default(), Reach::ThisMachine);
    start(Metering::Steps, cache_dir, &azure, reach, output)
}

/// Starts a host that keeps gates in `cache_dir`, or in the user's cache folder, and nowhere else. A registry of Azure's is
/// asked with the credential that `azure` names.
///
/// # Errors
/// When the engine cannot be made, or the folder cannot be used.
pub(crate) fn keeping_loader(
    azure: &AzureSection,
    cache_dir: Option<PathBuf>,
    output: &Output,
) -> anyhow::Result<Loader> {
    let folder = cache_dir.or_else(default_cache);
    let folder = folder.context("there is no home folder; name a folder with --cache-dir")?;
    start(Metering::Off, Some(folder), azure, Reach::Network, output)
}

fn start(
    metering: Metering,
    cache_dir: Option<PathBuf>,
    azure: &AzureSection,
    reach: Reach,
    output: &Output,
) -> anyhow::Result<Loader> {
    let host = |cache: PathBuf, temporary: Option<TempDir>| {
        let host = Host::new(HostOptions {
            cache: Some(cache.clone()),
            work: Arc::new(Processes::new(output, temporary)),
            metering,
        });
        host.map(|host| Loader::new(host, Plugins::new(cache, azure, reach, output)))
    };
    if let Some(folder) = cache_dir {
        let cache = std::path::absolute(folder)?;
        return host(cache, None).context("cannot use the cache folder");
    }
    let why = match default_cache().map(|cache| host(cache, None)) {
        Some(Ok(host)) => return Ok(host),
        Some(Err(error)) => error.to_string(),
        None => "there is no home folder".to_owned(),
    };
    output.note(&format!("note: gates are compiled anew each time: {why}"));
    let temporary = tempfile::Builder::new().prefix("lockgate-").tempdir();
    let temporary = temporary.context("cannot make a folder for compiled gates")?;
    host(temporary.path().to_owned(), Some(temporary)).context("cannot start the gate host")
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
