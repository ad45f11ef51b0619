//! The folders of the runs of a state folder: which run is meant, and the folders of its processes. Reads names and first lines
//! alone.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::run::journal;

/// The journal's name in a folder.
const JOURNAL: &str = "journal.jsonl";

/// The folders of one run, in the order in which its processes began. There is at least one.
#[derive(Debug)]
pub(crate) struct RunFolders {
    /// The run's id.
    pub(crate) run: String,
    /// One for each process of the run on this machine.
    pub(crate) folders: Vec<PathBuf>,
}

impl RunFolders {
    /// Finds a run: `latest`, its id, or the path of a folder of it. Each stands for all its processes.
    ///
    /// # Errors
    /// When there is none; with the ids that are like it.
    pub(crate) fn find(state_dir: &Path, wanted: &str) -> anyhow::Result<RunFolders> {
        let path = Path::new(wanted);
        if path.components().count() > 1 {
            return RunFolders::at(path);
        }
        let runs = state_dir.join("runs");
        let all = all(&runs)?;
        let run = match wanted {
            "latest" => all.last().map(|(_, run, _)| run.clone()),
            wanted => all
                .iter()
                .map(|(_, run, _)| run.clone())
                .find(|run| run == wanted),
        };
        if let Some(run) = run {
            return Ok(RunFolders::of(run, all));
        }
        // A journal that cannot be read says no id; its folder has it as its name.
        let parts: Vec<Component<'_>> = path.components().collect();
        let is_name = matches!(parts[..], [Component::Normal(_)]);
        let folder = runs.join(wanted);
        if !is_name || !folder.is_dir() {
            bail!("{}", unknown(wanted, &runs, &all));
        }
        Ok(RunFolders {
            run: wanted.to_owned(),
            folders: vec![folder],
        })
    }

    /// Finds the run of a folder, and the folders beside it that are of the same run.
    fn at(path: &Path) -> anyhow::Result<RunFolders> {
        let shown = path.display();
        if !path.is_dir() {
            bail!(
                "there is no folder {shown}; name a run by its id, as `latest`, or by the path of its folder"
            );
        }
        match (journal::first_line(&path.join(JOURNAL)), path.parent()) {
            (Ok(first), Some(beside)) => Ok(RunFolders::of(first.run, all(beside)?)),
            _ => Ok(RunFolders {
                run: (path.file_name().unwrap_or_default().to_string_lossy()).into_owned(),
                folders: vec![path.to_owned()],
            }),
        }
    }

    fn of(run: String, all: Vec<Began>) -> RunFolders {
        let folders = all.into_iter().filter(|(_, other, _)| *other == run);
        RunFolders {
            folders: folders.map(|(_, _, folder)| folder).collect(),
            run,
        }
    }
}

/// Returns the runs of a state folder, the newest first, and the folders whose journal says no run.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn list(state_dir: &Path) -> anyhow::Result<(Vec<RunFolders>, Vec<PathBuf>)> {
    let runs = state_dir.join("runs");
    let mut found: Vec<RunFolders> = Vec::new();
    let began = all(&runs)?;
    let known: Vec<PathBuf> = began.iter().map(|(.., folder)| folder.clone()).collect();
    for (_, run, folder) in began {
        match found.iter_mut().find(|other| other.run == run) {
            Some(other) => other.folders.push(folder),
            None => found.push(RunFolders {
                run,
                folders: vec![folder],
            }),
        }
    }
    found.reverse();
    let folders = std::fs::read_dir(&runs)?
        .flatten()
        .map(|entry| entry.path());
    let strange = folders.filter(|folder| folder.is_dir() && !known.contains(folder));
    Ok((found, strange.collect()))
}

/// When a process began, the run's id, and the folder.
type Began = (jiff::Timestamp, String, PathBuf);

/// Returns every process whose journal has a first line, oldest first.
fn all(runs: &Path) -> anyhow::Result<Vec<Began>> {
    let entries = std::fs::read_dir(runs).with_context(|| {
        format!(
            "there are no runs in {}; name the state folder with --state-dir",
            runs.display()
        )
    })?;
    let mut all: Vec<Began> = Vec::new();
    for folder in entries.flatten().map(|entry| entry.path()) {
        if let Ok(first) = journal::first_line(&folder.join(JOURNAL)) {
            all.push((first.time, first.run, folder));
        }
    }
    all.sort();
    Ok(all)
}

/// How like a name has to be to be named, between 0 and 1.
const LIKE: f64 = 0.7;
/// The most names that are named.
const NAMES_MAX: usize = 3;

fn unknown(wanted: &str, runs: &Path, all: &[Began]) -> String {
    let shown = runs.display();
    let mut ids: Vec<&str> = all.iter().rev().map(|(_, run, _)| run.as_str()).collect();
    let mut seen = BTreeSet::new();
    ids.retain(|id| seen.insert(*id));
    let Some(newest) = ids.first() else {
        return format!("there is no run in {shown}; name the state folder with --state-dir");
    };
    let mut like: Vec<(f64, &str)> = (ids.iter())
        .map(|id| (strsim::jaro_winkler(id, wanted), *id))
        .filter(|(like, _)| *like >= LIKE)
        .collect();
    // Of those that are equally like it the newest comes first.
    like.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    like.truncate(NAMES_MAX);
    let meant = match like.as_slice() {
        [] => format!("the newest is {newest};"),
        like => {
            let ids: Vec<&str> = like.iter().map(|(_, id)| *id).collect();
            format!("is it {}?", ids.join(" or "))
        }
    };
    format!("there is no run {wanted:?} in {shown}; {meant} `lockgate runs` lists them all")
}
