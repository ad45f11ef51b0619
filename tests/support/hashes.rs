//! Hashes as journals and attestations have them, made a second time, without the code under test.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Returns the SHA-256 of some bytes, in hex.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns these events as a journal: a line for each, with the hash of the one before.
pub(crate) fn chained(events: impl IntoIterator<Item = Value>) -> String {
    let mut text = String::new();
    let mut previous: Option<String> = None;
    for mut event in events {
        if let Some(previous) = previous {
            event["previous"] = previous.into();
        }
        let line = event.to_string();
        previous = Some(sha256(&line));
        text.push_str(&line);
        text.push('\n');
    }
    text
}
