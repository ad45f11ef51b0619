//! Recordings: the HTTP that a gate saw, as HAR 1.2 files that other tools read and write too.
//!
//! What lockgate adds is in `_lockgate` members, which other tools ignore; a file without them can be replayed too.
//! Format: <http://www.softwareishard.com/blog/har-12-spec/>. Start with `exchanges.rs`.

mod attachments;
pub(crate) mod call;
pub(crate) mod exchanges;
mod failures;
mod foreign;
mod har;
mod read;
mod recorder;
mod write;

pub use attachments::{Attachments, NoAttachments};
pub(crate) use call::CALL_VERSION;
pub use call::{Component, RecordedCall};
pub use exchanges::{Exchange, NotRecorded, Outcome, Recording};
pub use read::{RECORDING_BYTES_MAX, RecordingError};
pub(crate) use recorder::Recorder;
