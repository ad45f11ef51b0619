//! Work that takes as much time and memory as a stranger wants, and the port to a process of its own that bounds both. Does
//! no work itself.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::engine::Metering;
use super::super::settings::list::ListedSetting;
use super::super::settings::mistake::SettingsError;

/// What one piece of work may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The computing of all threads together.
    pub cpu: Duration,
    /// The time from the start of the process to its end.
    pub wall_clock: Duration,
    /// What its allocator hands out at a time, in bytes.
    pub memory_bytes: usize,
    /// The threads that compute at a time.
    pub threads: usize,
}

/// The bounds of compiling a component.
pub(crate) const COMPILING: Bounds = Bounds {
    cpu: Duration::from_secs(120),
    wall_clock: Duration::from_secs(600),
    memory_bytes: 1 << 30,
    threads: 4,
};

/// The bounds of checking settings by a schema.
pub(crate) const CHECKING: Bounds = Bounds {
    cpu: Duration::from_secs(10),
    wall_clock: Duration::from_secs(30),
    memory_bytes: 256 << 20,
    threads: 1,
};

/// One piece of work for the bounded process.
#[derive(Debug, Clone)]
pub struct Job {
    /// What it is for the person who waits, such as `compiling my-gate.wasm (18 MB), once`.
    pub title: String,
    /// What it may take.
    pub bounds: Bounds,
    /// What [`work`](crate::work) is called with.
    pub request: Vec<u8>,
}

/// Why a piece of work has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkError {
    /// It computed for longer than this.
    Cpu(Duration),
    /// It took longer than this.
    WallClock(Duration),
    /// It wanted more memory than this, in bytes.
    Memory(usize),
    /// The process has ended without a result, or could not be started.
    Process(String),
}

impl fmt::Display for WorkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkError::Cpu(max) => {
                write!(
                    f,
                    "it takes more than {} of computing",
                    rollout::human(*max)
                )
            }
            WorkError::WallClock(max) => write!(f, "it takes more than {}", rollout::human(*max)),
            WorkError::Memory(max) => {
                write!(f, "it takes more than {} MiB of memory", max >> 20)
            }
            WorkError::Process(why) => write!(f, "its process has no result: {why}"),
        }
    }
}

impl std::error::Error for WorkError {}

/// The result of a piece of work, once it is there.
pub type WorkFuture = Pin<Box<dyn Future<Output = Result<Vec<u8>, WorkError>> + Send>>;

/// Does work within bounds.
pub trait BoundedWork: fmt::Debug + Send + Sync {
    /// Calls [`work`](crate::work) with the job's request in a process of its own. The work ends when the future is dropped.
    fn run(&self, job: Job) -> WorkFuture;

    /// As `run`, but blocks this thread until there is a result: for work of seconds at most.
    ///
    /// # Errors
    /// Why there is no result.
    fn run_here(&self, job: Job) -> Result<Vec<u8>, WorkError>;
}

/// What the bounded process is asked to do. The bytes of a component follow behind a line break.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in super::super) enum Request {
    /// Compiles the component that follows.
    Compile {
        /// The folder of compiled components.
        cache: PathBuf,
        /// The component's name in that folder.
        key: String,
        /// Whether its steps are counted.
        metered: bool,
    },
    /// Checks that a schema is sound, and completes settings by it where there are some.
    Settings {
        /// The schema.
        schema: Value,
        /// The settings.
        settings: Option<Value>,
    },
}

/// What became of a check of settings.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in super::super) enum SettingsReply {
    /// The schema is sound, and there were no settings; what it describes.
    Sound(Vec<ListedSetting>),
    /// The settings fit, and are complete.
    Completed(Value),
    /// The schema or the settings are at fault.
    Refused(SettingsError),
}

/// What became of it.
pub(super) type Reply = Result<(), String>;

impl Request {
    /// Returns the request as bytes, with what follows it.
    pub(in super::super) fn encode(&self, rest: &[u8]) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(rest);
        bytes
    }

    /// Returns a request and what follows it.
    pub(super) fn decode(bytes: &[u8]) -> Result<(Request, &[u8]), String> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let end = end.ok_or("a request without an end")?;
        let request = serde_json::from_slice(&bytes[..end]).map_err(|error| error.to_string())?;
        Ok((request, &bytes[end + 1..]))
    }
}

impl Metering {
    pub(super) fn of(metered: bool) -> Metering {
        if metered {
            Metering::Steps
        } else {
            Metering::Off
        }
    }
}
