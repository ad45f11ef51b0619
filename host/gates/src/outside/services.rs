//! What the host of the host provides: where log lines go, and what the platform counted.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For the author of the gate.
    Debug,
    /// For the operator.
    Info,
    /// For the operator, always.
    Warn,
    /// For the operator, always.
    Error,
}

/// A line that a gate logged, made harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The gate's name in the configuration.
    pub gate: String,
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// Names and values with it.
    pub fields: Vec<(String, String)>,
}

impl Level {
    /// Says whether the operator sees it always.
    pub fn is_loud(self) -> bool {
        self >= Level::Warn
    }
}

impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warning",
            Level::Error => "error",
        };
        write!(f, "gate {} | {level}: {}", self.gate, self.message)?;
        for (name, value) in &self.fields {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

/// What the platform counted for a revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Count {
    /// The revision's name.
    pub revision: String,
    /// `2xx` to `5xx`.
    pub status_class: String,
    /// How many.
    pub requests: f64,
}

/// Counts, later.
pub type Counting<'a> = Pin<Box<dyn Future<Output = Result<Vec<Count>, String>> + Send + 'a>>;

/// Whoever knows what the platform counted.
pub trait TrafficCounts: Send + Sync {
    /// Returns the counts of the stable and the canary revision, in a window of so many seconds (1 to 86,400), or a
    /// sentence why there are none. Must come to an end by itself: the gate's time goes on meanwhile.
    fn counts<'a>(&'a self, window_s: u32, revisions: [&'a str; 2]) -> Counting<'a>;
}

/// Where log lines go.
pub type LogSink = Arc<dyn Fn(LogLine) + Send + Sync>;

/// What calls of gates need beside the engine.
#[derive(Clone)]
pub struct Services {
    /// Where log lines go.
    pub log: LogSink,
    /// What the platform counted; `None` where nobody knows.
    pub counts: Option<Arc<dyn TrafficCounts>>,
}

impl Services {
    /// Returns services for a platform whose counts nobody knows.
    pub fn without_counts(log: LogSink) -> Services {
        Services { log, counts: None }
    }

    /// Returns services that keep nothing.
    pub fn silent() -> Services {
        Services::without_counts(Arc::new(|_| {}))
    }
}
