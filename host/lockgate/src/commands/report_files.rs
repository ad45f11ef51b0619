//! The files of `--report`: opened before a run, written from what it has left. They change no exit code.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::output::Output;
use crate::pages::PageKind;
use crate::store::whole_file::{Readers, WholeFile};
use crate::story;

/// How long a disk may take for them. The run has ended by then.
const WRITE_MAX: Duration = Duration::from_secs(5);

/// Files that were opened before the run.
#[derive(Default)]
pub(super) struct ReportFiles(Vec<(PathBuf, PageKind, WholeFile)>);

impl ReportFiles {
    /// Makes sure that every file can be written.
    ///
    /// # Errors
    /// When one cannot, or its name ends in nothing that is a report.
    pub(super) fn open(paths: &[PathBuf]) -> anyhow::Result<ReportFiles> {
        let open = |path: &PathBuf| {
            let kind = PageKind::of(path)?;
            let file = WholeFile::open(path, Readers::Anyone)?;
            Ok((path.clone(), kind, file))
        };
        let files: anyhow::Result<Vec<_>> = paths.iter().map(open).collect();
        files.map(ReportFiles)
    }

    /// Writes every file from the folder of a process, and says what could not be written.
    pub(super) async fn write(self, run: &str, folder: &Path, output: &Output) {
        if self.0.is_empty() {
            return;
        }
        let (run, folder) = (run.to_owned(), folder.to_owned());
        let writing = tokio::task::spawn_blocking(move || self.write_all(&run, &folder));
        let problems = match tokio::time::timeout(WRITE_MAX, writing).await {
            Ok(Ok(problems)) => problems,
            Ok(Err(error)) => vec![format!("no report is written: {error}")],
            Err(_) => vec![format!(
                "no report is written: the disk does not answer within {}",
                rollout::human(WRITE_MAX)
            )],
        };
        for problem in problems {
            output.note(&problem);
        }
    }

    fn write_all(self, run: &str, folder: &Path) -> Vec<String> {
        let story = match story::read(run, &[folder]) {
            Ok(story) => story,
            Err(error) => return vec![format!("no report is written: {error:#}")],
        };
        let mut problems = Vec::new();
        for (path, kind, file) in self.0 {
            let written = kind
                .render(&story)
                .and_then(|text| file.write(text.as_bytes()));
            if let Err(error) = written {
                problems.push(format!(
                    "the report {} is not written: {error:#}",
                    path.display()
                ));
            }
        }
        problems
    }
}
