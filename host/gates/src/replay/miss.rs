//! What a replayed call asked for and the recording does not have.

use std::fmt;

use super::nearest::Nearest;
use crate::recording::NotRecorded;

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
    /// A request that an entry matches, though the recording does not say what a response needs.
    NotRecorded {
        /// Method and URL.
        request: String,
        /// The index of the entry, from 0.
        entry: usize,
        /// What it does not say.
        what: NotRecorded,
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
            Miss::NotRecorded {
                request,
                entry,
                what,
            } => write!(f, "{request} is entry {entry}, {what}"),
            Miss::Slices(newest) => write!(
                f,
                "the newest {newest} slices of the platform's counts were never recorded"
            ),
        }
    }
}
