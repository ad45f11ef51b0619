//! The attestation of a run that has ended: written from its journal, and named to the next step of the pipeline. Changes no exit
//! code.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::attest::{self, PREDICATE_TYPE, Written};
use crate::output::Output;
use crate::report::step_output;
use crate::store::whole_file::WholeFile;

/// How long a disk may take for it. The run has ended by then.
const WRITE_MAX: Duration = Duration::from_secs(5);

/// A file that was opened before the run, and its path.
pub(super) struct AttestationFile {
    path: PathBuf,
    file: WholeFile,
}

impl AttestationFile {
    /// Makes sure that the file can be written.
    ///
    /// # Errors
    /// When it cannot.
    pub(super) fn open(path: &Path) -> anyhow::Result<AttestationFile> {
        Ok(AttestationFile {
            path: path.to_owned(),
            file: WholeFile::open(path, crate::store::whole_file::Readers::Anyone)?,
        })
    }

    /// Writes the attestation from the journal, and says what it is about, or why there is none.
    pub(super) async fn write(self, journal: PathBuf, output: &Output) {
        let AttestationFile { path, file } = self;
        let writing = tokio::task::spawn_blocking(move || attest::write(&journal, file));
        let shown = path.display();
        match tokio::time::timeout(WRITE_MAX, writing).await {
            Ok(Ok(Ok(written))) => {
                let digest = written.subject.digest();
                output.note(&format!(
                    "attestation: {shown} is the predicate ({PREDICATE_TYPE}) about {}@{digest}",
                    written.subject.name
                ));
                if let Err(error) = name(&path, &written) {
                    output.note(&format!("{error:#}"));
                }
            }
            Ok(Ok(Err(error))) => {
                output.note(&format!("no attestation is written to {shown}: {error:#}"));
            }
            Ok(Err(error)) => {
                output.note(&format!("no attestation is written to {shown}: {error}"))
            }
            Err(_) => output.note(&format!(
                "no attestation is written to {shown}: the disk does not answer within {}",
                rollout::human(WRITE_MAX)
            )),
        }
    }
}

/// Hands the four values to the next step, by the names of the inputs of `actions/attest`
/// (<https://github.com/actions/attest>).
fn name(path: &Path, written: &Written) -> anyhow::Result<()> {
    let path = std::path::absolute(path)?;
    step_output::append(&[
        ("subject-name", &written.subject.name),
        ("subject-digest", &written.subject.digest()),
        ("predicate-type", PREDICATE_TYPE),
        ("predicate-path", &path.to_string_lossy()),
    ])
}
