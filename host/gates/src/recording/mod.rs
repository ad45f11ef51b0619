//! Recordings: the HTTP that a gate saw, as HAR 1.2 files that other tools read and write too.
//!
//! lockgate's own facts are `_lockgate` members, which other tools ignore; a file without them can be replayed too.
//! Format: <http://www.softwareishard.com/blog/har-12-spec/>. Start with `exchanges.rs`.

mod attachments;
pub(crate) mod exchanges;
pub(crate) mod facts;
mod failures;
mod foreign;
mod har;
mod read;
mod recorder;
mod write;

pub use attachments::{Attachments, NoAttachments};
pub use exchanges::{Exchange, NotRecorded, Outcome, Recording};
pub(crate) use facts::FACTS_VERSION;
pub use facts::{Component, Facts};
pub use read::{RECORDING_BYTES_MAX, RecordingError};
pub(crate) use recorder::Recorder;
