//! What a run is for (`Intent`), the one thing to do now (`Action`), and which facts can follow it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Fact, Timestamp};
use crate::lease::Lease;
use crate::note::Note;
use crate::outcome::Outcome;
use crate::traffic::{Traffic, Weight};
use crate::verdict::Kind;

/// What a run is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Intent {
    /// Move all traffic to the canary, stage by stage.
    Rollout,
    /// Continue a held run at the stage after the one of its lease.
    Resume,
    /// Restore the baseline of the run that holds the lease, whatever the state of that run.
    Abort {
        /// The person or program that asks for it.
        by: String,
        /// The revision that gets all traffic where no lease says what the baseline is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
    /// Return all traffic to the revision that the last promotion has replaced.
    Undo {
        /// The person or program that asks for it.
        by: String,
        /// True when its health is not asked first.
        force: bool,
    },
    /// Restore the baseline of the run that holds the lease, if that run is dead.
    Recover {
        /// For how many seconds a lease must have expired before its run counts as dead.
        #[serde(rename = "expired-for-s")]
        expired_for: u64,
        /// The id of a run that is known to have ended, even if its lease has not expired.
        ended: Option<String>,
        /// True when the run is known to have passed every check: then its lease is removed and nothing else.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        passed: bool,
    },
}

impl Intent {
    /// Returns the command that has such runs, as a person types it.
    pub fn command(&self) -> &'static str {
        match self {
            Intent::Rollout => "rollout",
            Intent::Resume => "resume",
            Intent::Abort { .. } => "abort",
            Intent::Undo { .. } => "undo",
            Intent::Recover { .. } => "recover",
        }
    }
}

/// What a write is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The canary takes a stage's weight.
    Shift,
    /// The weights stay; the lease is written as held, or removed.
    Settle,
    /// The baseline is restored. The platform must not check or prepare anything that this does not need (I-8, I-10).
    RollBack,
    /// A note is left on an app that has no lease. The platform writes no traffic.
    Mark,
}

/// Whether a read of the app covers the state of the stable revision too, which costs a call of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadStable {
    /// It does not.
    No,
    /// It does unless the state was read within the time of six looks (see `watch`).
    UnlessKnown,
    /// It does.
    Yes,
}

/// The one thing to do now.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and a box would be in the way of whoever matches it"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Read the app and resolve the revisions.
    Inspect,
    /// Read whether the canary is ready.
    CheckReadiness,
    /// Ask the gates of one kind.
    Ask {
        /// The kind of question.
        kind: Kind,
        /// The stage that a pass would begin or continue, from 0; the number of stages after the last bake.
        stage: usize,
        /// The canary's weight now.
        weight: Weight,
        /// The canary's weight after a pass.
        next_weight: Weight,
        /// The number of times that this was asked at this stage, this time included.
        asked: u32,
    },
    /// Wait.
    Wait {
        /// The time at which the wait ends.
        until: Timestamp,
    },
    /// Read the traffic and the lease.
    Observe {
        /// The longest that the read may take; a rollback does not wait for a platform that does not answer (I-10).
        within: Option<Duration>,
        /// Whether the state of the stable revision is read too.
        stable: ReadStable,
    },
    /// Make the stable revision active.
    Activate,
    /// Write the whole traffic array and the lease.
    Write {
        /// What the write is for.
        purpose: Purpose,
        /// The whole array.
        traffic: Traffic,
        /// The lease, with `expires_at` still 0; `None` removes it from the app.
        lease: Option<Lease>,
        /// What is left on the app, with every time in it still 0.
        note: Option<Note>,
        /// The time until which the comparison that licensed a write forward is fresh; after it the app is read again
        /// before anything is sent (I-19).
        compared_until: Option<Timestamp>,
        /// How long after this write the run may write nothing before it counts as dead.
        silent_for: Duration,
        /// The time at which waiting for the answer ends.
        until: Option<Timestamp>,
    },
    /// Nothing: the run is over.
    Finish(Outcome),
}

impl Action {
    /// Returns whether a fact can follow this action. A request to end, the loss of the journal and the answers of gates that
    /// decide nothing can follow every action but `Finish`, which only leaves such gates without an answer; what a look at the
    /// app shows can follow what is done while one looks.
    pub(super) fn can_lead_to(&self, fact: &Fact) -> bool {
        match (self, fact) {
            (_, Fact::Unanswered { .. }) => true,
            (Action::Finish(_), _) => false,
            (
                _,
                Fact::CancelRequested { .. }
                | Fact::JournalLost { .. }
                | Fact::LateAnswer { .. }
                | Fact::Advised { .. },
            ) => true,
            (Action::Ask { kind, .. }, Fact::Answered { kind: answered, .. }) => kind == answered,
            (
                Action::Inspect,
                Fact::Inspected { .. } | Fact::NoLease { .. } | Fact::Refused { .. },
            )
            | (Action::Ask { .. } | Action::Wait { .. }, Fact::Observed { .. })
            | (Action::Activate, Fact::Activated | Fact::NotActivated { .. })
            | (Action::CheckReadiness, Fact::Ready | Fact::NotReady { .. })
            | (Action::Wait { .. }, Fact::Waited)
            | (Action::Observe { .. }, Fact::Observed { .. } | Fact::Unobserved { .. }) => true,
            (
                Action::Write { compared_until, .. },
                Fact::Observed { .. } | Fact::Unobserved { .. },
            ) => compared_until.is_some(),
            (Action::Write { .. }, fact) => matches!(
                fact,
                Fact::Written
                    | Fact::WriteRefused { .. }
                    | Fact::WriteNotNow { .. }
                    | Fact::WriteUnknown { .. }
            ),
            _ => false,
        }
    }
}
