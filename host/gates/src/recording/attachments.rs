//! Bodies that a recording has in files of their own, as Playwright writes them. Where the files are is the business of the
//! program that reads the recording.

/// The files beside a recording.
pub trait Attachments {
    /// Returns a file's bytes.
    ///
    /// # Errors
    /// Why it cannot be had, as a sentence about the file: it is not there, it is too large, or the name leads out of the
    /// recording's own folder.
    fn read(&self, name: &str) -> Result<Vec<u8>, String>;
}

/// A recording that stands alone.
#[derive(Debug, Clone, Copy)]
pub struct NoAttachments;

impl Attachments for NoAttachments {
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        let shown = crate::call::sanitise::sanitise(name, 100);
        Err(format!("it is in the file {shown}, which is not here"))
    }
}
