//! Recordings: the HTTP that a gate saw, as HAR 1.2 files that other tools read and write too. lockgate's own facts are
//! `_lockgate` members, which other tools ignore; a file without them is as good a source of answers.
//!
//! Format: <http://www.softwareishard.com/blog/har-12-spec/>.

mod har;
mod read;
mod recorder;
mod write;

use rollout::{GateFailure, Report};
use serde::{Deserialize, Serialize};

use crate::call::ask::Ask;
use crate::outside::environment::Readings;
use crate::outside::exchange::{ExchangeError, HttpResponse};
use crate::outside::randomness::Seed;

pub use read::{RECORDING_BYTES_MAX, RecordingError};
pub(crate) use recorder::Recorder;

/// The version of lockgate's own members that is written, and the only one that is read.
pub(crate) const FACTS_VERSION: u32 = 1;

/// One recorded call of a gate, or what another tool recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// What lockgate knows of the call; nothing in a file of another tool.
    pub facts: Option<Facts>,
    /// The exchanges in the order in which they began.
    pub entries: Vec<Exchange>,
}

/// What lockgate knows of a recorded call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Facts {
    /// The version of these members: 1.
    pub version: u32,
    /// The question.
    pub ask: Ask,
    /// The component that was asked.
    pub component: Component,
    /// When, in milliseconds since 1970.
    pub began_unix_ms: u64,
    /// Where the call's randomness came from.
    pub seed: Seed,
    /// What it read beside HTTP.
    #[serde(default)]
    pub readings: Readings,
    /// What it answered.
    pub result: Result<Report, GateFailure>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// Which component was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Component {
    /// What it calls itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The SHA-256 of its bytes in hex.
    pub sha256: String,
}

/// One exchange.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The URL, as the gate wrote it.
    pub url: String,
    /// The header fields that the gate wrote.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Written, not recorded: it answers whatever the body of a request is.
    pub any_body: bool,
    /// When it began, in milliseconds since the call did.
    pub began_ms: f64,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an exchange.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// An answer.
    Answered(HttpResponse),
    /// None, and why.
    Failed {
        /// Why.
        error: ExchangeError,
        /// After how many milliseconds.
        elapsed_ms: f64,
    },
    /// The call ended before.
    Unfinished,
    /// An answer whose body the tool did not keep.
    BodyNotKept {
        /// The status code.
        status: u16,
    },
}
