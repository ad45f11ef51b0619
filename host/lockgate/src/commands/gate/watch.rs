//! Runs a command again whenever the bytes of its files have changed. Looks at files again and again instead of waiting for
//! the system to tell: that works on every file system, and where a build deletes and makes a file anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::exit::Exit;
use crate::output::Output;

/// Quick enough for a person, and a file that is still being written has changed again at the next look.
const INTERVAL: Duration = Duration::from_millis(250);

/// Runs `once`, and again whenever a file has other bytes, for ever: Ctrl-C ends it. An error is printed, and the watching
/// goes on. `named` returns the files that a run reads, and `listed` those that may come and go, which is asked often.
///
/// # Errors
/// None; the type is that of every command.
pub(super) async fn watch(
    output: &Output,
    named: impl Fn() -> Vec<PathBuf>,
    listed: impl Fn() -> Vec<PathBuf>,
    mut once: impl AsyncFnMut() -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    loop {
        let named = named();
        let files = || named.iter().cloned().chain(listed()).collect();
        let seen = Files::look(files());
        if let Err(error) = once().await {
            output.error(&error);
        }
        output.text(&format!("watching {} files; Ctrl-C ends it", seen.0.len()));
        let changed = changed(&seen, &files).await;
        let short = |path: &PathBuf| path.strip_prefix(".").unwrap_or(path).display().to_string();
        let shown = changed.iter().map(short);
        let shown: Vec<String> = shown.collect();
        output.text(&format!("changed: {}", shown.join(", ")));
    }
}

/// Waits until files have other bytes than before and stay so, and returns them.
async fn changed(before: &Files, files: &impl Fn() -> BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut last = stamps(files());
    let mut looked_at = None;
    loop {
        tokio::time::sleep(INTERVAL).await;
        let now = stamps(files());
        let rests = now == last;
        last.clone_from(&now);
        // Bytes are read only where something has happened, and it is over.
        if !rests || looked_at.as_ref() == Some(&now) {
            continue;
        }
        looked_at = Some(now);
        let differ = Files::look(files()).others_than(before);
        // A component that is gone is about to be written.
        let is_whole = differ.iter().all(|path| path.exists() || is_case(path));
        if !differ.is_empty() && is_whole {
            return differ;
        }
    }
}

fn is_case(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml")
}

/// When each file was written, and its length; `None` for a file that is not there.
type Stamps = BTreeMap<PathBuf, Option<(Option<SystemTime>, u64)>>;

fn stamps(paths: BTreeSet<PathBuf>) -> Stamps {
    let stamp = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok(), metadata.len()))
    };
    let stamped = paths.into_iter().map(|path| {
        let stamp = stamp(&path);
        (path, stamp)
    });
    stamped.collect()
}

/// The digests of files; `None` for a file that cannot be read.
#[derive(Debug)]
struct Files(BTreeMap<PathBuf, Option<String>>);

impl Files {
    fn look(paths: BTreeSet<PathBuf>) -> Files {
        let digest = |path: &PathBuf| std::fs::read(path).ok().map(|bytes| gates::digest(&bytes));
        let looked_at = paths.into_iter().map(|path| {
            let digest = digest(&path);
            (path, digest)
        });
        Files(looked_at.collect())
    }

    /// Returns the files that are not as they were, those that came and went included.
    fn others_than(&self, before: &Files) -> Vec<PathBuf> {
        let paths: BTreeSet<&PathBuf> = self.0.keys().chain(before.0.keys()).collect();
        let differs = |path: &&PathBuf| self.0.get(*path) != before.0.get(*path);
        paths.into_iter().filter(differs).cloned().collect()
    }
}
