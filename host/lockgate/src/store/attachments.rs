//! The files that hold the bodies of a recording: beside the HAR file, or in one zip file with it. Reads no file outside of the
//! recording's own folder, and no more than a recording may have.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};
use gates::{Attachments, RECORDING_BYTES_MAX};
use zip::ZipArchive;

use crate::bounded_file;

/// The ending of the HAR file in a zip file.
const ENDING: &str = ".har";

/// Files in the folder of a recording.
pub(super) struct FolderAttachments {
    /// The folder.
    pub(super) folder: PathBuf,
}

impl Attachments for FolderAttachments {
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        let shown = gates::sanitise(name, 100);
        let missing = |why: String| format!("it is in the file {shown}, {why}");
        let is_inside = |path: &Path| {
            let mut parts = path.components();
            parts.all(|part| matches!(part, Component::Normal(_))) && !name.is_empty()
        };
        let path = Path::new(name);
        if !is_inside(path) {
            return Err(missing(
                "a name that leads out of the recording's folder".to_owned(),
            ));
        }
        let folder = match &*self.folder {
            folder if folder.as_os_str().is_empty() => Path::new("."),
            folder => folder,
        };
        let whole = folder.join(path).canonicalize();
        let whole = whole.map_err(|error| missing(format!("which cannot be read: {error}")))?;
        // A link may lead out of the folder, too.
        if !folder
            .canonicalize()
            .is_ok_and(|folder| whole.starts_with(folder))
        {
            return Err(missing(
                "a link that leads out of the recording's folder".to_owned(),
            ));
        }
        let file = std::fs::File::open(&whole);
        let file = file.map_err(|error| missing(format!("which cannot be read: {error}")))?;
        read(file).map_err(missing)
    }
}

/// Files in a zip file.
pub(super) struct ArchiveAttachments {
    archive: RefCell<ZipArchive<Cursor<Vec<u8>>>>,
    har: String,
}

impl ArchiveAttachments {
    /// Opens a zip file.
    ///
    /// # Errors
    /// When it is damaged, or does not have one HAR file.
    pub(super) fn open(bytes: Vec<u8>) -> anyhow::Result<ArchiveAttachments> {
        let archive = ZipArchive::new(Cursor::new(bytes))?;
        let names = archive.file_names().filter_map(Result::ok);
        let names = names.map(Cow::into_owned);
        let names: Vec<String> = names.filter(|name| name.ends_with(ENDING)).collect();
        let [har] = &names[..] else {
            bail!("it has {} files that end with {ENDING}", names.len());
        };
        Ok(ArchiveAttachments {
            har: har.clone(),
            archive: RefCell::new(archive),
        })
    }

    /// Returns the HAR file.
    ///
    /// # Errors
    /// When it is damaged, or larger than a recording may be.
    pub(super) fn har(&self) -> anyhow::Result<Vec<u8>> {
        let mut archive = self.archive.borrow_mut();
        let file = archive.by_name(&self.har);
        let file = file.with_context(|| format!("cannot read {}", self.har))?;
        let har = bounded_file::read_stream(file, RECORDING_BYTES_MAX);
        har.with_context(|| format!("cannot read {} in the zip file", self.har))
    }
}

impl Attachments for ArchiveAttachments {
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        let shown = gates::sanitise(name, 100);
        let mut archive = self.archive.borrow_mut();
        let file = archive.by_name(name);
        let file = file.map_err(|error| {
            format!("it is in the file {shown}, which the zip file does not have: {error}")
        })?;
        read(file).map_err(|why| format!("it is in the file {shown}, {why}"))
    }
}

/// Reads a stream to its end, unless that is farther than a recording may be long.
fn read(stream: impl Read) -> Result<Vec<u8>, String> {
    let bytes = bounded_file::read_stream(stream, RECORDING_BYTES_MAX);
    bytes.map_err(|error| format!("which cannot be read: {error}"))
}
