//! Reads the configuration file, and lays the flags over it. What is wrong with the file is kept beside what is right: each
//! command decides what of it stands in its way.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::file::File;
use super::flags;
use super::overlay::overlay;
use super::understand::{Source, understand};
use crate::bounded_file::{self, ReadError};
use crate::mistake::{Mistake, Mistakes, Place};

/// The most bytes that a configuration may have.
pub(crate) const BYTES_MAX: u64 = 1 << 20;

/// The file that is read where no `--config` is given.
pub(crate) const DEFAULT_NAME: &str = "lockgate.toml";

/// A configuration before its values are checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct UncheckedConfig {
    /// The content of the file, and of the flags once they are laid over it.
    pub(crate) file: File,
    /// The folder that relative paths of plugins start from: the file's own.
    pub(crate) folder: PathBuf,
    /// What is wrong with the file. What `file` has is right.
    pub(crate) mistakes: Vec<Mistake>,
    /// Where the keys of the file are.
    pub(crate) source: Source,
    /// What the flags set.
    pub(crate) flags: File,
    /// Whether nothing of the file could be taken: it cannot be read, or is not TOML.
    pub(crate) is_lost: bool,
}

impl UncheckedConfig {
    /// Returns this configuration with the values of flags and variables in place of the file's.
    pub(crate) fn with_flags(self, flags: File) -> UncheckedConfig {
        UncheckedConfig {
            file: overlay(self.file, flags.clone()),
            flags,
            ..self
        }
    }

    /// Says where a mistake in the value of a key is: in the flag or variable that set it, or in the file.
    pub(super) fn placed(&self, mistake: Mistake) -> Mistake {
        let Some(key) = mistake.key.as_deref() else {
            return mistake;
        };
        let place = match flags::that_set(key, &self.flags) {
            Some(flag) => Place::Given(flags::as_typed(flag)),
            None => self.source.place(key),
        };
        mistake.at(place)
    }

    /// Returns whether a flag or a variable sets this key, so that the file's value does not matter.
    pub(super) fn is_set_by_flag(&self, key: &str) -> bool {
        flags::that_set(key, &self.flags).is_some()
    }
}

/// Reads the given file. Without one, reads `lockgate.toml` in the working directory; where that does not exist, the
/// configuration is empty.
pub(crate) fn read(path: Option<&Path>) -> UncheckedConfig {
    let is_named = path.is_some();
    let path = path.unwrap_or(Path::new(DEFAULT_NAME));
    let shown = path.display().to_string();
    let text = match bounded_file::read_text(path, BYTES_MAX) {
        Ok(text) => text,
        Err(ReadError::Io(error)) if error.kind() == ErrorKind::NotFound && !is_named => {
            return UncheckedConfig::default();
        }
        Err(error) => {
            let mistake = Mistake::new(format!("the configuration cannot be read: {error}"));
            return UncheckedConfig {
                mistakes: vec![mistake.at(Place::WholeFile(shown))],
                is_lost: true,
                ..UncheckedConfig::default()
            };
        }
    };
    let understood = understand::<File>(&shown, &text);
    UncheckedConfig {
        is_lost: understood.value.is_none(),
        file: understood.value.unwrap_or_default(),
        folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
        mistakes: understood.mistakes,
        source: understood.source,
        flags: File::default(),
    }
}

/// Parses the text of a configuration, or of another file in TOML. `path` is only for the errors.
///
/// # Errors
/// Every place that is not TOML, or not a known key with a fitting value.
pub(crate) fn parse<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, Mistakes> {
    parse_with_places(path, text).map(|(value, _)| value)
}

/// Parses as [`parse`] does, and also returns where every key is.
///
/// # Errors
/// As for [`parse`].
pub(crate) fn parse_with_places<T: DeserializeOwned>(
    path: &str,
    text: &str,
) -> Result<(T, Source), Mistakes> {
    let understood = understand(path, text);
    match understood.value {
        Some(value) if understood.mistakes.is_empty() => Ok((value, understood.source)),
        _ => Err(Mistakes(understood.mistakes)),
    }
}
