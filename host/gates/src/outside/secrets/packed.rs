//! Reads compressed bodies, so that secrets are found in them: gzip, and deflate with and without zlib's frame.
//!
//! Reads no more than a bound allows, whatever a body expands to. What it cannot read to the end it does not vouch for.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// The most bytes that a body is expanded to: four times the largest body that a gate may receive by default.
const UNPACKED_BYTES_MAX: usize = 16 << 20;
/// The most encodings around one body. More than one is hardly ever seen.
const ENCODINGS_MAX: usize = 3;
/// The first bytes of gzip with deflate, its only method.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// What a body is.
#[derive(Debug, PartialEq)]
pub(crate) enum Body {
    /// It is not compressed.
    Plain,
    /// It is compressed, and this is what it holds.
    Unpacked(Vec<u8>),
    /// It is or may be compressed, and cannot be read; the reason continues "this body".
    Unreadable(String),
}

/// Reads a body with these encodings, the values of `content-encoding` in order. Without one, gzip is known by its first bytes.
pub(crate) fn unpack(body: &[u8], encodings: &[&str]) -> Body {
    let names = encodings.iter().flat_map(|value| value.split(','));
    let names: Vec<String> = names
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    if body.is_empty() || (names.is_empty() && !body.starts_with(&GZIP)) {
        return Body::Plain;
    }
    if names.is_empty() {
        return match expand(MultiGzDecoder::new(body)) {
            Ok(held) => Body::Unpacked(held),
            Err(why) => Body::Unreadable(format!("begins as gzip and {why}")),
        };
    }
    if names.len() > ENCODINGS_MAX {
        return Body::Unreadable(format!("is encoded {} times", names.len()));
    }
    let mut held = Cow::Borrowed(body);
    // The encoding that was applied last is named last.
    for name in names.iter().rev() {
        let expanded = match name.as_str() {
            "gzip" | "x-gzip" => expand(MultiGzDecoder::new(&held[..]))
                .map_err(|why| format!("should be gzip and {why}")),
            // HTTP means the frame of zlib, which some servers leave out.
            "deflate" => expand(ZlibDecoder::new(&held[..]))
                .or_else(|_| expand(DeflateDecoder::new(&held[..])))
                .map_err(|why| format!("should be deflate and {why}")),
            // The name is the service's: it may hold a secret itself.
            _ => Err("has an encoding that is neither gzip nor deflate".to_owned()),
        };
        held = match expanded {
            Ok(expanded) => Cow::Owned(expanded),
            Err(why) => return Body::Unreadable(why),
        };
    }
    Body::Unpacked(held.into_owned())
}

fn expand(mut packed: impl Read) -> Result<Vec<u8>, String> {
    let mut held = Vec::new();
    let bytes_max = u64::try_from(UNPACKED_BYTES_MAX).unwrap_or(u64::MAX);
    let read = packed.by_ref().take(bytes_max + 1).read_to_end(&mut held);
    match read {
        Ok(bytes) if bytes > UNPACKED_BYTES_MAX => Err(format!(
            "expands to more than {} MiB",
            UNPACKED_BYTES_MAX >> 20
        )),
        Ok(_) => Ok(held),
        Err(_) => Err("is not, or is cut off".to_owned()),
    }
}
