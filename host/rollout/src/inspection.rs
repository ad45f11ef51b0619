//! What a run found before it wrote anything: the app, its two revisions, its traffic and its lease.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::labels::Labels;
use crate::lease::Lease;
use crate::note::Promotion;
use crate::traffic::{Traffic, Weight};

/// One revision as the run resolved it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Revision {
    /// The platform's full name.
    pub name: String,
    /// The origin where exactly this revision answers: scheme, host, port; no path.
    pub url: String,
    /// The first container's image; empty when the platform does not report one.
    pub image: String,
}

/// Whether a revision can take requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RevisionState {
    /// It is not active: requests to it fail.
    Inactive,
    /// It is active and not running yet.
    Starting,
    /// It is active, and runs or starts with the first request.
    Running,
}

/// What a run found before it wrote anything. Fixed from then on (I-4).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Inspection {
    /// The app's name.
    pub app: String,
    /// The revision that has the traffic before the run.
    pub stable: Revision,
    /// The revision that has the traffic after a promotion.
    pub canary: Revision,
    /// The whole traffic array before the first write of the run.
    pub baseline: Traffic,
    /// The traffic array as it was read now: the baseline, unless an earlier process of the run has written.
    pub now: Traffic,
    /// The lease on the app, of another process of this run or of another run; `None` when the app has no lease.
    pub lease: Option<Lease>,
    /// Why the stable revision cannot serve, with what to type; `None` when no reason is known. A revision that is only
    /// inactive is not unfit: a rollback activates it.
    pub stable_unfit: Option<String>,
    /// The state of the stable revision; `None` when it could not be read.
    pub stable_state: Option<RevisionState>,
    /// False while the platform is still applying a write of some writer.
    pub settled: bool,
    /// The labels that move with the write of 100 %. The engine takes them from the plan, and from the lease where the run
    /// follows one.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// What an undo takes back; `None` of every other run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Undo>,
    /// When the app was read, in seconds since 1970 on the platform's clock. The age of a lease is judged by it.
    #[serde(with = "crate::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub read_at: u64,
}

/// What an undo found beside the app: it begins with the promoted revision as the stable one, and the one that was replaced
/// as the canary, which has to be fit before it gets its traffic again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Undo {
    /// The promotion.
    pub promotion: Promotion,
    /// The state of the replaced revision.
    pub state: RevisionState,
    /// The active revisions that were created after the promoted one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub newer: Vec<String>,
}

impl Undo {
    /// Returns the array that gives all traffic to the replaced revision, with the labels where they were. A label that
    /// somebody has moved since stays where it is.
    pub fn traffic(&self, now: &Traffic) -> Traffic {
        let Promotion {
            promoted,
            replaced,
            labels,
            ..
        } = &self.promotion;
        let ours = |name: &str| name == promoted || name == replaced;
        let labels = labels.iter().filter(|before| {
            let is_ours = now.labelled(&before.label).is_none_or(ours);
            let taken = (before.revision.as_deref()).and_then(|revision| now.label_of(revision));
            is_ours && taken.is_none_or(|other| labels.iter().any(|before| before.label == other))
        });
        let labels = labels.map(|before| (before.label.as_str(), before.revision.as_deref()));
        now.split(replaced, promoted, Weight::ZERO)
            .with_labels(labels)
    }
}

impl Inspection {
    /// Returns the inspection of an undo that goes ahead: the replaced revision is the stable one again, and the array that
    /// gives it all traffic is what is restored.
    pub(crate) fn turned(&self, undo: &Undo) -> Inspection {
        Inspection {
            stable: self.canary.clone(),
            canary: self.stable.clone(),
            baseline: undo.traffic(&self.now),
            stable_state: None,
            ..self.clone()
        }
    }

    /// Returns whether a run may begin: the stable revision has all traffic under its name and the canary is another
    /// revision, or the app has one revision only.
    pub(crate) fn can_begin(&self) -> bool {
        self.is_first() || self.baseline.is_all_of(&self.stable.name)
    }

    /// Returns whether this is the app's first deployment: its only revision has all traffic already. Such a run asks
    /// the gates and writes nothing.
    pub fn is_first(&self) -> bool {
        self.stable.name == self.canary.name
    }

    /// Returns the baseline with all its weight shared by stable and canary: `weight` to the canary. At 100 % the labels have
    /// moved.
    pub(crate) fn split(&self, weight: Weight) -> Traffic {
        let (stable, canary) = (&self.stable.name, &self.canary.name);
        let split = self.baseline.split(stable, canary, weight);
        match weight {
            Weight::ALL => self.labels.moved(split, stable, canary),
            _ => split,
        }
    }
}
