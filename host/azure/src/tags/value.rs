//! The values of tags: what fits into one, how it is read back, and what is wrong with one that is not as it should be.

use std::collections::BTreeMap;

pub(super) const VALUE_CHARACTERS_MAX: usize = 256;
pub(super) const TAGS_MAX: usize = 50;
/// The most tags that a lease takes.
pub(super) const LEASE_TAGS_MAX: usize = 14;

/// The tags of an app, or of a write, in which `None` deletes a tag.
pub(crate) type Tags = BTreeMap<String, Option<String>>;

/// Why a lease cannot be read from the tags, or be written into them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// The tag is missing, while other tags of the lease exist.
    #[error("tag {tag} of lockgate's lease is missing")]
    Missing {
        /// The name of the tag.
        tag: String,
    },
    /// The value of the tag is not valid.
    #[error("tag {tag} of lockgate's lease is {value:?}, which is not {wanted}")]
    Damaged {
        /// The name of the tag.
        tag: String,
        /// Its value.
        value: String,
        /// What the value should be, with an example.
        wanted: &'static str,
    },
    /// The app has too many tags of its own.
    #[error(
        "the app has {own} tags of its own, and lockgate's lease needs {needed} of the \
         {TAGS_MAX} that Azure allows; remove {} of them", .own + .needed - TAGS_MAX
    )]
    NoRoom {
        /// The number of tags that are not lockgate's.
        own: usize,
        /// The number of tags that the lease needs.
        needed: usize,
    },
    /// The baseline has too many entries for the tags of a lease.
    #[error(
        "the app's traffic array is too long for lockgate's lease: it needs {needed} tags of 256 characters, and \
         {LEASE_TAGS_MAX} is the most; remove entries that have no weight"
    )]
    TooLong {
        /// The number of tags that the lease would need.
        needed: usize,
    },
    /// The lease contains a value that cannot be written to a tag.
    #[error("{what} {value:?} cannot be written to a tag")]
    Unfit {
        /// What the value is in the lease.
        what: &'static str,
        /// The value.
        value: String,
    },
}

/// Returns a text that reads the same after it was written to a tag, or refuses it.
pub(super) fn fit(what: &'static str, text: &str) -> Result<String, TagError> {
    let is_allowed = |c: char| c.is_ascii_graphic() && !",;=@".contains(c);
    if text.is_empty() || text.len() > VALUE_CHARACTERS_MAX || !text.chars().all(is_allowed) {
        return Err(TagError::Unfit {
            what,
            value: text.to_owned(),
        });
    }
    Ok(text.to_owned())
}

/// Returns whether a value can be stored in a tag as it is.
pub(super) fn is_storable(text: &str) -> bool {
    text.len() <= VALUE_CHARACTERS_MAX && text.chars().all(|c| c.is_ascii_graphic())
}

pub(super) fn filled(text: &str) -> Option<String> {
    fit("value", text).ok()
}

/// Reads a number from digits alone, without a sign.
pub(super) fn plain<N: std::str::FromStr>(text: &str) -> Option<N> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
