//! What a replayed call asked for and the recording does not have.

use std::fmt;

use super::nearest::Nearest;

/// Something that a replayed call asked for and the recording does not have. The gate's answer then does not count.
#[derive(Debug, Clone, PartialEq)]
pub enum Miss {
    /// A request.
    Request {
        /// Method and URL, with `canary:` or `stable:` in the place of a revision's origin.
        request: String,
        /// The most similar recorded entry, and the differences.
        nearest: Option<Nearest>,
    },
    /// A request whose response has no body in the recording, because the tool did not keep it.
    BodyNotKept {
        /// Method and URL.
        request: String,
        /// The index of the entry, from 0.
        entry: usize,
    },
    /// So many of the platform's slices.
    Slices(u32),
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Miss::Request {
                request,
                nearest: None,
            } => write!(
                f,
                "{request} was never recorded, and the recording has no entry left to answer from"
            ),
            Miss::Request {
                request,
                nearest: Some(nearest),
            } => write!(f, "{request} was never recorded; {nearest}"),
            Miss::BodyNotKept { request, entry } => write!(
                f,
                "{request} is entry {entry}, whose response has no body in the recording; record it with contents"
            ),
            Miss::Slices(newest) => write!(
                f,
                "the newest {newest} slices of the platform's counts were never recorded"
            ),
        }
    }
}
