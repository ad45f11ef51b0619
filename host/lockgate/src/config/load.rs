//! Reads the file. A mistake is one error with the file, the line, what was written and what was meant.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::file::File;

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path}, line {line}: {message}")]
    Invalid {
        /// Which file.
        path: String,
        /// Counted from 1.
        line: usize,
        /// What, and what was meant.
        message: String,
    },
    /// A value is impossible; the text names the key.
    #[error("{0}")]
    Value(String),
}

/// The name that is looked for where no `--config` is given.
pub(crate) const DEFAULT_NAME: &str = "lockgate.toml";

/// Reads the given file, or `lockgate.toml` in the working directory if it is there, or nothing.
///
/// Returns the file's content and the folder that its relative paths start from.
///
/// # Errors
/// When a named file is missing, unreadable or malformed, or the default one is unreadable or malformed.
pub(crate) fn load(path: Option<&Path>) -> Result<(File, PathBuf), ConfigError> {
    let (path, required) = match path {
        Some(path) => (path, true),
        None => (Path::new(DEFAULT_NAME), false),
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !required => {
            return Ok((File::default(), PathBuf::new()));
        }
        Err(source) => {
            return Err(ConfigError::Unreadable {
                path: path.display().to_string(),
                source,
            });
        }
    };
    let file = parse(&path.display().to_string(), &text)?;
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok((file, folder))
}

/// Parses the text of a configuration, or of another file in TOML; `path` is for the error.
///
/// # Errors
/// At the first thing that is not TOML or not a known key with a fitting value.
pub(crate) fn parse<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        ConfigError::Invalid {
            path: path.to_owned(),
            line: text[..start].matches('\n').count() + 1,
            message: explain(error.message()),
        }
    })
}

/// Adds what was probably meant to a complaint about an unknown key.
fn explain(message: &str) -> String {
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
