//! `lockgate runs prune`: removes the folders of runs that ended long ago, and the components that no other run has called.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde_json::json;

use crate::cli::RunsPruneArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::run::journal;
use crate::store::run_folders::{self, RunFolders};
use crate::store::run_summary::RunSummary;

/// A run without an end whose journal was written within this time may be under way.
const MAY_BE_ALIVE: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes runs.
///
/// # Errors
/// When nothing says which, the runs cannot be read, or a folder cannot be removed.
pub(super) fn prune(args: &RunsPruneArgs, output: &Output) -> anyhow::Result<Exit> {
    if args.keep.is_none() && args.keep_last.is_none() {
        bail!(
            "say what stays: --keep 30d keeps the runs of the last 30 days, --keep-last 50 the newest 50"
        );
    }
    let state_dir = args.place.state_dir();
    let (found, _) = run_folders::list(&state_dir)?;
    let now = Timestamp::now();
    let (mut removed, mut kept) = (Vec::new(), Vec::new());
    for (index, run) in found.iter().enumerate() {
        match RunSummary::read(run) {
            Ok(summary) if goes(&summary, index, args, now) => removed.push(run),
            Ok(_) => kept.push(run),
            Err(error) => {
                output.note(&format!("kept, because it cannot be read: {error}"));
                kept.push(run);
            }
        }
    }
    let components = components_of(&state_dir, &kept, &removed);
    let folders: Vec<&PathBuf> = removed.iter().flat_map(|run| &run.folders).collect();
    let bytes = folders.iter().map(|folder| size(folder)).sum::<u64>()
        + components.iter().map(|file| size(file)).sum::<u64>();
    if !args.dry_run {
        for folder in &folders {
            std::fs::remove_dir_all(folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        for file in &components {
            std::fs::remove_file(file)
                .with_context(|| format!("cannot remove {}", file.display()))?;
        }
    }
    for run in &removed {
        output.text(&run.run);
    }
    let verb = if args.dry_run {
        "would be removed"
    } else {
        "removed"
    };
    output.text(&format!(
        "{} runs and {} components {verb}, {}; {} runs stay",
        removed.len(),
        components.len(),
        megabytes(bytes),
        kept.len()
    ));
    output.command_event(json!({
        "event": "runs-pruned", "runs": removed.iter().map(|run| &run.run).collect::<Vec<_>>(),
        "components": components.len(), "bytes": bytes, "kept": kept.len(), "dry-run": args.dry_run,
    }));
    Ok(Exit::Success)
}

/// Returns whether a run goes; `index` is its place among all, the newest first.
fn goes(run: &RunSummary, index: usize, args: &RunsPruneArgs, now: Timestamp) -> bool {
    let age = Duration::try_from(now.duration_since(run.last)).unwrap_or_default();
    if run.ended.is_none() && age < MAY_BE_ALIVE {
        return false;
    }
    let is_young = args.keep.is_some_and(|keep| age <= keep.0);
    let is_among_the_last = args.keep_last.is_some_and(|count| index < count);
    !is_young && !is_among_the_last
}

/// Returns the kept components that only removed runs have called.
fn components_of(state_dir: &Path, kept: &[&RunFolders], removed: &[&RunFolders]) -> Vec<PathBuf> {
    let called = |runs: &[&RunFolders]| -> BTreeSet<String> {
        let folders = runs.iter().flat_map(|run| &run.folders);
        let first =
            folders.filter_map(|folder| journal::first_line(&folder.join("journal.jsonl")).ok());
        first
            .flat_map(|first| first.began.gates)
            .map(|gate| gate.sha256)
            .collect()
    };
    let still = called(kept);
    let gone = called(removed)
        .into_iter()
        .filter(|sha256| !still.contains(sha256));
    let path = |sha256: String| state_dir.join("components").join(format!("{sha256}.wasm"));
    gone.map(path).filter(|path| path.is_file()).collect()
}

/// Returns the bytes of a file, or of all files below a folder.
fn size(path: &Path) -> u64 {
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            entries.map(|entry| size(&entry.path())).sum()
        }
        Ok(there) => there.len(),
        Err(_) => 0,
    }
}

fn megabytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:.1} MB")
}
