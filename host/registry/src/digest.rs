//! A SHA-256 of bytes, as registries write it: `sha256:` and 64 hexadecimal digits.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The digest of a manifest or of a component.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Digest(String);

impl Digest {
    /// Returns the digest of these bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        let hex = Sha256::digest(bytes);
        Digest(hex.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads `sha256:` and 64 digits; `None` for anything else, such as a digest by another algorithm.
    pub fn parse(text: &str) -> Option<Digest> {
        let hex = text.strip_prefix("sha256:")?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (hex.len() == 64 && hex.bytes().all(is_digit)).then(|| Digest(hex.to_owned()))
    }

    /// Returns the 64 digits alone.
    pub fn hex(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}
