//! What a story is. Its JSON is a report too (`lockgate.report/1`).

use rollout::{Intent, Kind, Measurement, Revision, Traffic};
use serde::Serialize;

use crate::event::{AppShape, Ended, GateShape};

/// The format of a story as JSON, and its version.
pub(super) const SCHEMA: &str = "lockgate.report/1";

/// The story of a run.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Story {
    /// The format of this document and its version.
    pub(crate) schema: String,
    /// The run's id.
    pub(crate) run: String,
    /// Its processes on this machine, the first one first. There is at least one.
    pub(crate) processes: Vec<Process>,
}

/// One process of a run.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Process {
    /// The version of lockgate.
    pub(crate) lockgate: String,
    /// What it was for.
    pub(crate) intent: Intent,
    /// The app.
    pub(crate) app: AppShape,
    /// When it began, as RFC 3339 writes it.
    pub(crate) began: String,
    /// How long it lasted, in milliseconds, as far as its journal goes.
    pub(crate) lasted_ms: u64,
    /// The revision that served before; `null` where the app was not read.
    pub(crate) stable: Option<Revision>,
    /// The revision that it is about.
    pub(crate) canary: Option<Revision>,
    /// The gates.
    pub(crate) gates: Vec<GateShape>,
    /// What gates that judge real traffic promise.
    pub(crate) promises: Vec<String>,
    /// Why promotion gates decided nothing.
    pub(crate) emergency: Option<String>,
    /// The stages of the plan, each with what became of it.
    pub(crate) stages: Vec<StageStory>,
    /// Everything that happened, in order.
    pub(crate) happened: Vec<Happened>,
    /// When the app was read, in milliseconds since the process began; reads that showed nothing new among them.
    pub(crate) reads: Vec<u64>,
    /// What was measured of the two revisions, in order.
    pub(crate) points: Vec<Point>,
    /// How it ended; `null` where the journal stops before that.
    pub(crate) ended: Option<Ended>,
    /// The hash of its journal.
    pub(crate) journal_sha256: String,
}

/// A stage of the plan, and what became of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct StageStory {
    /// The canary's weight, in per cent.
    pub(crate) weight: u32,
    /// How long it was to bake, in milliseconds.
    pub(crate) bake_ms: u64,
    /// When the weight was read back, in milliseconds since the process began; `null` where it was never reached.
    pub(crate) reached_ms: Option<u64>,
    /// When the run went on or turned back.
    pub(crate) left_ms: Option<u64>,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Happened {
    /// Milliseconds since the process began.
    pub(crate) at_ms: u64,
    /// The canary's weight as last read, in per cent.
    pub(crate) weight: u32,
    /// What it was.
    #[serde(flatten)]
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "what", content = "detail", rename_all = "kebab-case")]
pub(crate) enum What {
    /// A gate was asked.
    Verdict(Verdict),
    /// The app was read, and showed something else than before.
    Read(Traffic),
    /// A write was sent: for what, and what became of it.
    Write {
        /// What it was for.
        purpose: String,
        /// What was written.
        traffic: Traffic,
        /// The canary's weight in that, in per cent; `null` where the canary is not known.
        wanted: Option<u32>,
        /// `done`, or why not.
        became: String,
    },
    /// Something else, as a sentence.
    Note(String),
    /// The run turned back: why.
    TurnedBack(String),
}

/// One answer of a gate.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Verdict {
    /// The gate's name in the configuration.
    pub(crate) gate: String,
    /// The kind of question.
    pub(crate) kind: Kind,
    /// Whether it decided nothing.
    pub(crate) advisory: bool,
    /// The stage that the question was about, from 0; the number of stages after the last bake.
    pub(crate) stage: usize,
    /// `pass`, `fail` or `hold`; `failure` where the gate could not answer, `not-waited-for` where another one said no first.
    pub(crate) verdict: String,
    /// Whether this answer turned the run back.
    pub(crate) turned: bool,
    /// The gate's reason, or why it could not answer.
    pub(crate) reason: String,
    /// What else is known of a failure: the gate's functions, and what it wrote.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<String>,
    /// The numbers behind it.
    pub(crate) measurements: Vec<Measurement>,
    /// How long the call took, in milliseconds.
    pub(crate) took_ms: u64,
    /// The file of its recording, below the folder of the process; `null` where there is none.
    pub(crate) recording: Option<String>,
    /// Its HTTP exchanges, as the recording has them.
    pub(crate) exchanges: Vec<ShownExchange>,
}

/// An HTTP exchange of a gate, shortened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ShownExchange {
    /// The method.
    pub(crate) method: String,
    /// The URL.
    pub(crate) url: String,
    /// The status, or why there is no response.
    pub(crate) answer: String,
    /// How long it took, in milliseconds; `null` without a response.
    pub(crate) took_ms: Option<f64>,
    /// The beginning of the response's body, where it is text.
    pub(crate) body: Option<String>,
}

/// A number about one of the two revisions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Point {
    /// Milliseconds since the process began.
    pub(crate) at_ms: u64,
    /// What was measured: `latency` in milliseconds, `errors` in per cent of the requests, `share` in per cent of all requests,
    /// `evidence-for` and `evidence-against` as decimal logarithms of a factor.
    pub(crate) name: String,
    /// `canary` or `stable`.
    pub(crate) subject: String,
    /// The number.
    pub(crate) value: f64,
    /// The gate that measured it, or `platform`.
    pub(crate) from: String,
}
