//! `lockgate runs prune`: removes the folders of runs that ended long ago, and the components that no other run has called. A run
//! that may be under way stays, and so does everything that cannot be read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde_json::json;

use crate::cli::RunsPruneArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::store::components;
use crate::store::past_runs;
use crate::store::run_folders::{self, RunFolders};
use crate::store::run_summary::RunSummary;

/// A run without an end whose journal was written within this time, and that of its longest bake, may be under way.
const MAY_BE_ALIVE: Duration = Duration::from_hours(24);

/// Removes runs, the oldest first.
///
/// # Errors
/// When nothing says which, the runs cannot be read, or a folder cannot be removed.
pub(super) fn prune(args: &RunsPruneArgs, output: &Output) -> anyhow::Result<Exit> {
    if args.keep.is_none() && args.keep_last.is_none() {
        bail!(
            "say what stays: --keep 30d keeps the runs of the last 30 days, --keep-last 50 the newest 50"
        );
    }
    let state_dir = args.place.state_dir()?;
    let (found, strange) = run_folders::list(&state_dir)?;
    let now = Timestamp::now();
    let (mut removed, mut kept) = (Vec::new(), Vec::new());
    for (index, run) in found.iter().enumerate() {
        match RunSummary::read(run) {
            Ok(summary) if goes(&summary, index, args, now) => removed.push(run),
            Ok(_) => kept.push(run),
            Err(error) => {
                let error = anyhow::Error::new(error);
                output.note(&format!("kept, because it cannot be read: {error:#}"));
                kept.push(run);
            }
        }
    }
    for folder in &strange {
        let shown = folder.display();
        output.note(&format!(
            "kept, because it has no journal that can be read: {shown}"
        ));
    }
    let verb = if args.dry_run {
        "would be removed"
    } else {
        "removed"
    };
    let mut bytes = 0;
    for run in removed.iter().rev() {
        let of_run: u64 = run.folders.iter().map(|folder| size(folder)).sum();
        if !args.dry_run {
            remove(&run.folders)?;
        }
        bytes += of_run;
        output.text(&format!("{verb}: run {}, {}", run.run, megabytes(of_run)));
    }
    let unused = unused_components(&state_dir, &kept, &strange)?;
    bytes += unused.iter().map(|file| size(file)).sum::<u64>();
    if !args.dry_run {
        remove(&unused)?;
    }
    output.text(&format!(
        "{} and {} {verb}, {}; kept: {}",
        counted(removed.len(), "run"),
        counted(unused.len(), "component"),
        megabytes(bytes),
        counted(kept.len() + strange.len(), "run"),
    ));
    output.command_event(json!({
        "event": "runs-pruned", "runs": removed.iter().map(|run| &run.run).collect::<Vec<_>>(),
        "components": unused.len(), "bytes": bytes, "kept": kept.len() + strange.len(), "dry-run": args.dry_run,
    }));
    Ok(Exit::Success)
}

/// Returns whether a run goes; `index` is its place among all, the newest first.
fn goes(run: &RunSummary, index: usize, args: &RunsPruneArgs, now: Timestamp) -> bool {
    let age = Duration::try_from(now.duration_since(run.last)).unwrap_or_default();
    if run.ended.is_none() && age < MAY_BE_ALIVE + run.longest_bake {
        return false;
    }
    let is_young = args.keep.is_some_and(|keep| age <= keep.0);
    let is_among_the_last = args.keep_last.is_some_and(|count| index < count);
    !is_young && !is_among_the_last
}

/// Returns the kept components that no run has called that stays.
///
/// # Errors
/// When the folder of the components cannot be read.
fn unused_components(
    state_dir: &Path,
    kept: &[&RunFolders],
    strange: &[PathBuf],
) -> anyhow::Result<Vec<PathBuf>> {
    let folder = components::folder(state_dir);
    // A run that begins has no first line yet, and may be about to call any of them.
    if !folder.is_dir() || strange.iter().any(|folder| is_recent(folder)) {
        return Ok(Vec::new());
    }
    let kept = kept.iter().flat_map(|run| &run.folders);
    let called: BTreeSet<PathBuf> = kept
        .chain(strange)
        .flat_map(|run| {
            past_runs::components_of(run)
                .into_iter()
                .map(|sha256| components::path_of(run, &sha256))
        })
        .collect();
    let what = || format!("cannot read {}", folder.display());
    let mut unused = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(what)? {
        let path = entry.with_context(what)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wasm")
            && !called.contains(&path)
        {
            unused.push(path);
        }
    }
    unused.sort();
    Ok(unused)
}

/// Returns whether something in a folder was written within the time in which a run may be under way.
fn is_recent(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).chain([folder.to_owned()]);
    let written = paths.filter_map(|path| std::fs::metadata(path).ok()?.modified().ok());
    let now = SystemTime::now();
    let age = |written: SystemTime| now.duration_since(written).unwrap_or_default();
    written.map(age).any(|age| age < MAY_BE_ALIVE)
}

/// Removes files, and folders with all that is in them.
fn remove(paths: &[PathBuf]) -> anyhow::Result<()> {
    for path in paths {
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(path)
        } else {
            std::fs::remove_file(path)
        };
        removed.with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

/// Returns the bytes of a file, or of all files below a folder. A link has none.
fn size(path: &Path) -> u64 {
    match std::fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            entries.map(|entry| size(&entry.path())).sum()
        }
        Ok(there) if there.is_file() => there.len(),
        _ => 0,
    }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

fn megabytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:.1} MB")
}
