//! What a run is for, the one thing to do now, and which facts can come of it.

use std::time::Duration;

use crate::event::{Fact, Timestamp};
use crate::lease::Lease;
use crate::outcome::Outcome;
use crate::traffic::{Traffic, Weight};
use crate::verdict::Kind;

/// What a run is for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intent {
    /// Bring the canary to 100 %.
    Rollout,
    /// Go on with a held run.
    Resume,
    /// Give the baseline back whatever the state of the recorded run.
    Abort {
        /// Who wants it.
        by: String,
    },
    /// Give the baseline back if the recorded run is dead.
    Recover {
        /// Seconds since 1970 now: a run whose lease is stale by then is dead.
        as_of: u64,
        /// A run that is known to have ended, whatever its lease still grants it.
        ended: Option<String>,
    },
}

/// What a write is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The canary takes a stage's weight.
    Shift,
    /// The weights stay; the lease is marked or removed.
    Settle,
    /// The baseline is restored. Nothing that is not needed for it may stand in its way (I-8, I-10).
    RollBack,
}

/// The one thing to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Read the app and resolve the revisions.
    Inspect,
    /// Read whether the canary is ready.
    CheckReadiness,
    /// Put a question to these gates.
    Ask {
        /// Which question.
        kind: Kind,
        /// The stage that a pass would begin or continue.
        stage: usize,
        /// The canary's weight now.
        weight: Weight,
        /// The weight a pass leads to.
        next_weight: Weight,
        /// 1 the first time.
        asked: u32,
    },
    /// Wait.
    Wait {
        /// Until when.
        until: Timestamp,
    },
    /// Read the traffic and the lease.
    Observe {
        /// How long the read may take: a rollback does not wait for a platform that does not answer (I-10).
        within: Option<Duration>,
    },
    /// Write the whole traffic array and the lease.
    Write {
        /// What it is for.
        purpose: Purpose,
        /// The whole array.
        traffic: Traffic,
        /// The lease, `expires_at` still 0; `None` clears it.
        lease: Option<Lease>,
        /// How long after this write the run may be silent before it counts as dead.
        silent_for: Duration,
        /// When waiting for its answer ends.
        until: Option<Timestamp>,
    },
    /// Nothing: the run is over.
    Finish(Outcome),
}

impl Action {
    /// Says whether a fact can come of this action. A request to end and the loss of the journal can come of any but
    /// the last; anything else that does not fit is a broken caller or a damaged journal.
    pub(super) fn can_lead_to(&self, fact: &Fact) -> bool {
        match (self, fact) {
            (Action::Finish(_), _) => false,
            (_, Fact::CancelRequested { .. } | Fact::JournalLost { .. }) => true,
            (Action::Ask { kind, .. }, Fact::Answered { kind: answered, .. }) => kind == answered,
            (Action::Inspect, Fact::Inspected { .. } | Fact::NoLease | Fact::Refused { .. })
            | (Action::CheckReadiness, Fact::Ready | Fact::NotReady { .. })
            | (Action::Wait { .. }, Fact::Waited)
            | (Action::Observe { .. }, Fact::Observed { .. } | Fact::Unobserved { .. }) => true,
            (Action::Write { .. }, fact) => matches!(
                fact,
                Fact::Written | Fact::WriteRefused { .. } | Fact::WriteUnknown { .. }
            ),
            _ => false,
        }
    }
}
