//! The one way to read a file that a person names: whole, and no more than it may have. A device or a pipe has no size that
//! could be asked for.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Why a file is not read. The text follows the name of the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// It is not there, or may not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It has more bytes than it may have.
    #[error("it has {bytes}; at most {} are read", size(*.max))]
    TooLarge {
        /// How many, in words.
        bytes: String,
        /// How many it may have.
        max: u64,
    },
    /// It is not UTF-8.
    #[error("it is not text in UTF-8")]
    NotText,
}

/// Reads a file of at most `max` bytes.
///
/// # Errors
/// When it cannot be read, or has more bytes.
pub(crate) fn read(path: &Path, max: u64) -> Result<Vec<u8>, ReadError> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    if bytes > max {
        let bytes = format!("{bytes} bytes");
        return Err(ReadError::TooLarge { bytes, max });
    }
    read_stream(file, max)
}

/// Reads a text of at most `max` bytes.
///
/// # Errors
/// As for [`read`], and when it is not UTF-8.
pub(crate) fn read_text(path: &Path, max: u64) -> Result<String, ReadError> {
    String::from_utf8(read(path, max)?).map_err(|_| ReadError::NotText)
}

/// Reads a stream of at most `max` bytes to its end.
///
/// # Errors
/// When it cannot be read, or has more bytes.
pub(crate) fn read_stream(stream: impl Read, max: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    stream.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        let bytes = "more bytes".to_owned();
        return Err(ReadError::TooLarge { bytes, max });
    }
    Ok(bytes)
}

/// Returns a limit for people.
fn size(bytes: u64) -> String {
    match bytes {
        bytes if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
        bytes => format!("{} KiB", bytes >> 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_that_never_ends_is_read_up_to_the_limit() {
        let error = read_stream(io::repeat(0), 64 << 20)
            .unwrap_err()
            .to_string();
        assert_eq!(error, "it has more bytes; at most 64 MiB are read");
        assert_eq!(read_stream(&b"1234"[..], 4).unwrap(), b"1234");
        assert!(read_stream(&b"12345"[..], 4).is_err());
    }
}
