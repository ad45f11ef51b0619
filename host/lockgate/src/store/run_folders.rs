//! The folders of the runs of a state folder: which run is meant, and the folders of its processes. Reads names and first lines
//! alone.

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
    /// Finds a run: `latest`, its id, or the path of a folder of it.
    ///
    /// # Errors
    /// When there is none; with the ids that are like it.
    pub(crate) fn find(state_dir: &Path, wanted: &str) -> anyhow::Result<RunFolders> {
        let path = Path::new(wanted);
        let is_path = path.components().count() > 1 && path.is_dir();
        if is_path {
            let first = journal::first_line(&path.join(JOURNAL));
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return Ok(RunFolders {
                run: first.map_or_else(|_| name.into_owned(), |first| first.run),
                folders: vec![path.to_owned()],
            });
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
        let Some(run) = run else {
            // A journal that cannot be read says no id; its folder has it as its name.
            let folder = runs.join(wanted);
            let parts: Vec<Component<'_>> = path.components().collect();
            let is_name = matches!(parts[..], [Component::Normal(_)]);
            if is_name && folder.is_dir() {
                return Ok(RunFolders {
                    run: wanted.to_owned(),
                    folders: vec![folder],
                });
            }
            bail!("{}", unknown(wanted, &runs, &all));
        };
        let folders = all.into_iter().filter(|(_, other, _)| *other == run);
        Ok(RunFolders {
            folders: folders.map(|(_, _, folder)| folder).collect(),
            run,
        })
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

fn unknown(wanted: &str, runs: &Path, all: &[Began]) -> String {
    let shown = runs.display();
    let ids = all.iter().map(|(_, run, _)| run.as_str());
    let nearest = ids.max_by(|a, b| {
        let [a, b] = [a, b].map(|id| strsim::jaro_winkler(id, wanted));
        a.total_cmp(&b)
    });
    match nearest {
        Some(id) => format!(
            "there is no run {wanted} in {shown}; is it {id}? `latest` stands for the newest"
        ),
        None => format!("there is no run in {shown}; name the state folder with --state-dir"),
    }
}
