//! A request to the management API before it is sent: its URL, what it is about, and its lane.

use url::Url;

use super::error::ArmError;
use super::subject::Subject;
use crate::credential::TokenUse;
use crate::endpoint::AppId;

/// A request about an app.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) url: Url,
    pub(crate) app: AppId,
    pub(crate) subject: Subject,
    pub(crate) lane: Lane,
    /// The path as it may be shown. That of a link of the service's may be signed, so it is [`NOT_SHOWN`].
    pub(super) shown_path: String,
    /// How often the request has been sent before, with this time: from 1.
    pub(super) attempt: u32,
}

/// The path of a link of the service's, as it is shown.
pub(super) const NOT_SHOWN: &str = "/REDACTED";

/// Which connections a request uses, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Lane {
    /// The connections that reads and writes forward share.
    #[default]
    Ordinary,
    /// Separate connections: a rollback must not queue behind other requests, and gives up a silent connection
    /// sooner.
    Rollback,
}

impl Lane {
    /// Returns the other lane.
    pub(crate) fn other(self) -> Lane {
        match self {
            Lane::Ordinary => Lane::Rollback,
            Lane::Rollback => Lane::Ordinary,
        }
    }

    /// Returns which token a request of this lane takes.
    pub(super) fn token_use(self) -> TokenUse {
        match self {
            Lane::Ordinary => TokenUse::Ordinary,
            Lane::Rollback => TokenUse::Rollback,
        }
    }
}

impl Call {
    /// Returns the same request on the rollback's own connections.
    pub(crate) fn on_rollback_lane(self) -> Call {
        Call {
            lane: Lane::Rollback,
            ..self
        }
    }

    /// Returns the same request, sent once more.
    pub(super) fn again(self) -> Call {
        Call {
            attempt: self.attempt.saturating_add(1),
            ..self
        }
    }

    /// Returns the error of an answer to this request that cannot be read.
    pub(super) fn unreadable(&self, reason: &str) -> ArmError {
        ArmError::Unreadable {
            doing: self.subject.doing(),
            reason: reason.to_owned(),
        }
    }
}
