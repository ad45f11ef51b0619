//! Writes the predicate of a run that has ended.

use std::path::Path;

use super::fold::predicate;
use super::subject::Subject;
use crate::run::journal::SavedJournal;
use crate::store::whole_file::WholeFile;

/// What was written.
pub(crate) struct Written {
    /// What the predicate is about.
    pub(crate) subject: Subject,
}

/// Makes the predicate of a journal, and writes it to a file that was opened before the run.
///
/// # Errors
/// When the journal cannot be read or has nothing to attest, or the file cannot be written.
pub(crate) fn write(journal: &Path, file: WholeFile) -> anyhow::Result<Written> {
    let (subject, predicate) = predicate(&SavedJournal::read(journal)?)?;
    let mut text = serde_json::to_string_pretty(&predicate)?;
    text.push('\n');
    file.write(text.as_bytes())?;
    Ok(Written { subject })
}
