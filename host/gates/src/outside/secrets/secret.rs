//! A secret: a value with a name; the name may be shown.

use std::fmt;

/// The shortest secret, in bytes: a shorter text would be found, and masked, in ordinary text.
const LENGTH_MIN: usize = 6;

/// A value that no guest, log or recording may show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The name of the secret, such as the environment variable that holds it.
    pub name: String,
    value: String,
}

/// Why a secret or a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The secret is too short to be distinguished from ordinary text.
    #[error(
        "{0} has fewer than {LENGTH_MIN} characters, which cannot be kept out of logs and recordings; use a longer secret"
    )]
    TooShort(String),
    /// A pattern is not a regular expression.
    #[error("redact pattern {pattern:?}: {problem}")]
    Pattern {
        /// The pattern as written.
        pattern: String,
        /// The problem.
        problem: String,
    },
    /// The secrets are too large to be searched for.
    #[error("the secrets are too large to be kept out of logs and recordings: {0}")]
    TooLarge(String),
}

impl Secret {
    /// Returns a secret of this name.
    ///
    /// # Errors
    /// When the value has fewer than 6 bytes.
    pub fn new(name: &str, value: &str) -> Result<Secret, SecretError> {
        if value.len() < LENGTH_MIN {
            return Err(SecretError::TooShort(name.to_owned()));
        }
        Ok(Secret {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}
