//! What a run says of itself beside its facts: with what it begins, what it remarks, how it ended.

use rollout::{Intent, Kind, Outcome, Plan, Traffic, Weight};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::GateMode;

/// An event of a run that is no fact of its engine.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", content = "detail", rename_all = "kebab-case")]
pub(crate) enum RunEvent {
    /// A process of a run begins: the first event of it, and the first line of its journal.
    Began(Began),
    /// The split that the demo has measured at a weight.
    Split(Split),
    /// The process has ended: the last event of it, and the last line of its journal.
    Ended(Ended),
}

/// What a process of a run begins with.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Began {
    /// The version of lockgate.
    pub(crate) lockgate: String,
    /// The id of this process among those of the run.
    pub(crate) holder: String,
    /// What the run is for.
    pub(crate) intent: Intent,
    /// The app.
    pub(crate) app: AppShape,
    /// The stages, checks and bounds.
    pub(crate) plan: Plan,
    /// The gates that are asked.
    pub(crate) gates: Vec<GateShape>,
    /// What gates that judge real traffic promise, each with what it rests on.
    pub(crate) promises: Vec<String>,
}

/// An app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct AppShape {
    /// The id of its subscription.
    pub(crate) subscription: String,
    /// Its resource group.
    pub(crate) resource_group: String,
    /// Its name.
    pub(crate) name: String,
}

/// A gate of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct GateShape {
    /// Its name in the configuration.
    pub(crate) name: String,
    /// The kinds of question that it is asked.
    pub(crate) kinds: Vec<Kind>,
    /// Whether it decides.
    pub(crate) mode: GateMode,
    /// The component, as the configuration names it.
    pub(crate) component: String,
    /// The SHA-256 of the component, in hex.
    pub(crate) sha256: String,
}

/// The split that was measured at a weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Split {
    /// The canary's weight.
    pub(crate) wanted_per_cent: u32,
    /// Requests that the canary served.
    pub(crate) canary: u64,
    /// Requests that any revision served.
    pub(crate) total: u64,
    /// Responses of class 5xx and requests without a response.
    pub(crate) failed: u64,
}

/// How a process of a run ended.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Ended {
    /// The outcome.
    pub(crate) outcome: Outcome,
    /// The name of why the run was rolled back; `null` where it was not.
    pub(crate) cause: Option<String>,
    /// What happened, in a sentence.
    pub(crate) result: String,
    /// What production serves as last read, in a sentence.
    pub(crate) serves: String,
    /// How often the rollback was tried, and its last failure; `null` where it worked at once.
    pub(crate) tried: Option<String>,
    /// What to do next; `null` where there is nothing to do.
    pub(crate) next: Option<String>,
    /// The traffic as last read; `null` where it was not.
    pub(crate) traffic: Option<Traffic>,
    /// What each advisory gate would have done.
    pub(crate) advisory: Vec<Advice>,
    /// Why nobody judged the real traffic; `null` where it was judged, or could not be.
    pub(crate) unjudged: Option<String>,
    /// Why promotion gates decided nothing; `null` where they did.
    pub(crate) emergency: Option<String>,
    /// The exit code of the process.
    pub(crate) exit_code: u8,
}

/// What an advisory gate would have done.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Advice {
    /// Its name in the configuration.
    pub(crate) gate: String,
    /// What it would have done; `null` where it gave no answer.
    pub(crate) would_have: Option<String>,
    /// Its first answer to that effect; `null` where it would have let the run go on.
    pub(crate) first: Option<FirstAdvice>,
    /// Answers that let the run go on.
    pub(crate) passed: u32,
    /// Answers that would have rolled back.
    pub(crate) failed: u32,
    /// Answers that would have held.
    pub(crate) held: u32,
    /// Calls without an answer.
    pub(crate) could_not_answer: u32,
    /// Calls that the run did not wait for.
    pub(crate) not_in_time: u32,
}

/// The first answer of an advisory gate that would have rolled back, or held.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct FirstAdvice {
    /// Milliseconds since the process began.
    pub(crate) at_ms: u64,
    /// The kind of question.
    pub(crate) kind: Kind,
    /// The stage that the question was about.
    pub(crate) stage: u32,
    /// The canary's weight when it was asked.
    pub(crate) weight: Weight,
    /// The gate's reason.
    pub(crate) reason: String,
}
