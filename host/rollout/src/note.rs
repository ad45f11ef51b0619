//! The notes: what a run leaves on the app beside the lease, for later runs and for people. Decides nothing. How a
//! platform stores a note is the adapter's business.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lease::Place;

/// What a write leaves on the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The run that held the lease was ended from elsewhere.
    Ended(Ended),
    /// The run promoted its canary. The note stays until the next promotion.
    Promoted(Promotion),
    /// A gate said no to this revision. The platform keeps the last four.
    Failed(String),
}

/// What a promotion has replaced, so that it can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Promotion {
    /// The id of the run.
    pub run: String,
    /// The revision that was promoted.
    pub promoted: String,
    /// The revision that had all traffic before.
    pub replaced: String,
    /// The labels that the promotion has moved or taken away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<LabelBefore>,
    /// When, in seconds since 1970 on the platform's clock.
    #[serde(with = "crate::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: u64,
}

/// Where a label was before a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LabelBefore {
    /// The label.
    pub label: String,
    /// The revision that had it; `None` when none had.
    pub revision: Option<String>,
}

/// What `abort` and `recover` leave on the app in place of the lease: it tells a run that is still alive, and people,
/// who ended it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Ended {
    /// The id of the run that was ended.
    pub run: String,
    /// The process that held the lease until then.
    pub holder: String,
    /// The command that ended it.
    pub by: EndedBy,
    /// Where that command ran.
    pub place: Place,
    /// When, in seconds since 1970 on the platform's clock.
    #[serde(with = "crate::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: u64,
}

/// The command that ended a run from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    /// `lockgate abort`: a person or a pipeline decided it.
    Abort,
    /// `lockgate recover`: the run counted as dead.
    Recover,
}

impl fmt::Display for EndedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EndedBy::Abort => "lockgate abort",
            EndedBy::Recover => "lockgate recover",
        })
    }
}
