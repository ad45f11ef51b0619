//! The services that the embedding program provides to calls: a sink for log lines, and the platform's request counts by
//! slices of time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::per_revision::PerRevision;

/// The level of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For the gate's author.
    Debug,
    /// For the operator.
    Info,
    /// For the operator, shown without being asked for.
    Warn,
    /// For the operator, shown without being asked for.
    Error,
}

/// A line that a gate logged, sanitised and with secrets masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The gate's name in the configuration.
    pub gate: String,
    /// The level.
    pub level: Level,
    /// The message, one line.
    pub message: String,
    /// Further fields: names and values.
    pub fields: Vec<(String, String)>,
}

impl Level {
    /// Returns whether lines of this level are shown without being asked for.
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

/// The platform's count of requests to one revision with one class of status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Count {
    /// The revision's name.
    pub revision: String,
    /// The class of the responses' status: `2xx` to `5xx`.
    pub status_class: String,
    /// The number of requests; platforms may report averages.
    pub requests: f64,
}

/// The platform's counts of one stretch of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Slice {
    /// The beginning, in seconds since 1970 on the platform's clock.
    pub start_s: f64,
    /// The end, which belongs to the next slice.
    pub end_s: f64,
    /// The counts; one that is missing is unknown, not zero.
    pub counts: Vec<Count>,
}

/// The future of the platform's slices.
pub type SlicesFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<Slice>, String>> + Send + 'a>>;

/// A source of the platform's request counts.
pub trait TrafficSlices: Send + Sync {
    /// Returns the newest complete slices (`newest`: 1 to 1,440), oldest first, with the counts of the two revisions, by
    /// name; or a sentence why there are none. Must end by itself: the time counts towards the gate's budget.
    fn slices<'a>(&'a self, newest: u32, revisions: PerRevision<&'a str>) -> SlicesFuture<'a>;
}

/// Receives log lines.
pub type LogSink = Arc<dyn Fn(LogLine) + Send + Sync>;

/// The services that calls of gates use.
#[derive(Clone)]
pub struct Services {
    /// Receives the gate's log lines.
    pub log: LogSink,
    /// The source of the platform's counts; `None` if there is none.
    pub traffic: Option<Arc<dyn TrafficSlices>>,
}

impl Services {
    /// Returns services without a source of counts.
    pub fn without_traffic(log: LogSink) -> Services {
        Services { log, traffic: None }
    }

    /// Returns services that drop log lines and have no counts.
    pub fn silent() -> Services {
        Services::without_traffic(Arc::new(|_| {}))
    }
}
