//! Reads the configuration file, and lays the flags over it. An error names the file, the line, what was written and
//! what was probably meant.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::error::ConfigError;
use super::file::File;
use super::overlay::overlay;

/// The file that is read where no `--config` is given.
pub(crate) const DEFAULT_NAME: &str = "lockgate.toml";

/// A configuration before its values are checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct UncheckedConfig {
    /// The content of the file, and of the flags once they are laid over it.
    pub(crate) file: File,
    /// The folder that relative paths of plugins start from: the file's own.
    pub(crate) folder: PathBuf,
}

impl UncheckedConfig {
    /// Returns this configuration with the values of flags and variables in place of the file's.
    pub(crate) fn with_flags(self, flags: File) -> UncheckedConfig {
        UncheckedConfig {
            file: overlay(self.file, flags),
            ..self
        }
    }
}

/// Reads the given file. Without one, reads `lockgate.toml` in the working directory; where that does not exist, the
/// configuration is empty.
///
/// # Errors
/// When the file is unreadable or malformed, or a file that was named does not exist.
pub(crate) fn read(path: Option<&Path>) -> Result<UncheckedConfig, ConfigError> {
    let is_named = path.is_some();
    let path = path.unwrap_or(Path::new(DEFAULT_NAME));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => {
            return Ok(UncheckedConfig::default());
        }
        Err(source) => {
            return Err(ConfigError::Unreadable {
                path: path.display().to_string(),
                source,
            });
        }
    };
    Ok(UncheckedConfig {
        file: parse(&path.display().to_string(), &text)?,
        folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
    })
}

/// Parses the text of a configuration, or of another file in TOML. `path` is only for the error.
///
/// # Errors
/// The first place that is not TOML, or not a known key with a fitting value.
pub(crate) fn parse<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        ConfigError::Invalid {
            path: path.to_owned(),
            line: text[..start].matches('\n').count() + 1,
            message: suggest_key(error.message()),
        }
    })
}

/// Replaces the list of known keys in a complaint about an unknown key by the nearest one.
fn suggest_key(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (Some(rest), Some((unknown, known))) =
        (message.strip_prefix("unknown field"), quoted.split_first())
    else {
        return message.to_owned();
    };
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(unknown, name), *name))
        .min();
    match nearest {
        Some((distance, name)) if distance <= unknown.len().div_ceil(3).max(2) => {
            format!("unknown key `{unknown}`; did you mean `{name}`?")
        }
        _ => format!("unknown key{rest}"),
    }
}
