//! What can be wrong with a configuration. The text of each error names the file and line, or the key.

/// An error of a configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    Unreadable {
        /// The file's path, as given.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not TOML, or has an unknown key or a value of the wrong type.
    #[error("{path}, line {line}: {message}")]
    Invalid {
        /// The file's path, as given.
        path: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong, with a suggestion where there is one.
        message: String,
    },
    /// A value is missing or impossible; the text names the key.
    #[error("{0}")]
    Value(String),
}
