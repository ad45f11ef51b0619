//! What can go wrong with a request, whether it may be repeated, and what a person can do about it.
//!
//! The message of a rejection names what the request was doing, the service's own code, message and request id,
//! and the next step. The service's text is quoted in one line without control characters. No message contains the
//! path or query of a URL, which may be signed.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use rollout::ports::WriteOutcome;
use serde::Deserialize;

use super::advice::{Refused, advice};
use super::subject::Subject;
use crate::credential::CredentialError;
use crate::endpoint::AppId;

/// The longest text of the service that a message quotes, in characters.
const TEXT_MAX: usize = 600;
/// The longest part of a body that is not JSON that a message quotes, in characters.
const BODY_MAX: usize = 200;

/// Why a request to the management API had no result.
#[derive(Debug, thiserror::Error)]
pub enum ArmError {
    /// No token could be fetched. Nothing was sent.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// A URL from an answer of the service leads to another host. Nothing was sent there.
    #[error(
        "the service returned a link to {host}, which is not the endpoint; lockgate sends its token to \
         no other host"
    )]
    ForeignHost {
        /// Host and port of the URL.
        host: String,
    },
    /// No connection could be opened. Nothing was sent.
    #[error(
        "cannot reach {host}: {reason}; check the endpoint's address, DNS, the network and the proxy \
         (HTTPS_PROXY, NO_PROXY){}", doctor(.app.as_ref())
    )]
    Unreachable {
        /// Host and port.
        host: String,
        /// Why the connection attempt failed.
        reason: String,
        /// The app that the request was about, if it was about one.
        app: Option<AppId>,
    },
    /// The request was sent, and no complete answer arrived. A write may have been applied.
    #[error("{doing}: no answer from {host}: {reason}; it may be overloaded, try again")]
    Lost {
        /// Host and port.
        host: String,
        /// What the request was doing.
        doing: String,
        /// What happened to the connection.
        reason: String,
    },
    /// The answer has a status that is not a success.
    #[error(transparent)]
    Rejected(Box<Rejection>),
    /// The answer has a status of success, but its body cannot be read.
    #[error(
        "{doing}: the answer cannot be read: {reason}; check that the endpoint is Azure's \
         management API and that no other server answers in its place"
    )]
    Unreadable {
        /// What the request was doing.
        doing: String,
        /// What is wrong, with its position in the body.
        reason: String,
    },
}

/// An answer with a status that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The HTTP status.
    pub status: u16,
    /// The service's code, such as `AuthorizationFailed`; empty when the body has none.
    pub code: String,
    /// The service's message, or the beginning of a body that is not JSON.
    pub message: String,
    /// The id to name to Microsoft's support (`x-ms-request-id`).
    pub request_id: Option<String>,
    /// The pause that the service asks for before the next request.
    pub retry_after: Option<Duration>,
    app: AppId,
    subject: Subject,
}

/// Whether a failed attempt may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// No: the next answer would be the same, or the effect of the first is not known.
    Never,
    /// Yes, after a pause of lockgate's choice.
    Backoff,
    /// Yes, after the pause that the service asks for.
    After(Duration),
}

fn doctor(app: Option<&AppId>) -> String {
    app.map_or_else(String::new, |app| {
        format!("; {} checks all of them", app.lockgate("doctor"))
    })
}

impl ArmError {
    /// Returns the HTTP status of a rejection.
    pub fn status(&self) -> Option<u16> {
        match self {
            ArmError::Rejected(rejection) => Some(rejection.status),
            _ => None,
        }
    }

    /// Returns the error of a request that got no complete answer.
    pub(super) fn transport(
        host: String,
        doing: String,
        app: Option<&AppId>,
        error: reqwest::Error,
    ) -> ArmError {
        // After either of these nothing was sent. A builder error is lockgate's own.
        let unsent = error.is_connect() || error.is_builder();
        let timed_out = error.is_timeout();
        // The URL may be signed, so it must not show.
        let error = error.without_url();
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            reason = inner.to_string();
            cause = inner.source();
        }
        if unsent {
            let app = app.cloned();
            return ArmError::Unreachable { host, reason, app };
        }
        if timed_out {
            "no answer in time".clone_into(&mut reason);
        }
        ArmError::Lost {
            host,
            doing,
            reason,
        }
    }

    /// Returns whether a read may be repeated after this.
    pub(super) fn repeat_read(&self) -> Repeat {
        match self {
            ArmError::Unreachable { .. } | ArmError::Lost { .. } | ArmError::Unreadable { .. } => {
                Repeat::Backoff
            }
            ArmError::Rejected(rejection) => match rejection.status {
                408 | 429 | 500.. => rejection.pause(),
                _ => Repeat::Never,
            },
            ArmError::Credential(_) | ArmError::ForeignHost { .. } => Repeat::Never,
        }
    }

    /// Returns whether a write may be repeated after this: only one that was certainly not applied.
    pub(super) fn repeat_write(&self) -> Repeat {
        match self {
            ArmError::Unreachable { .. } => Repeat::Backoff,
            ArmError::Rejected(rejection) if rejection.status == 429 || rejection.is_busy() => {
                rejection.pause()
            }
            ArmError::Rejected(_)
            | ArmError::Credential(_)
            | ArmError::ForeignHost { .. }
            | ArmError::Lost { .. }
            | ArmError::Unreadable { .. } => Repeat::Never,
        }
    }

    /// Returns the outcome of a write that ended with this error. A longer pause than `pause_max` is cut, because a
    /// rollback has a deadline.
    pub(crate) fn into_outcome(self, pause_max: Duration) -> WriteOutcome {
        if self.may_have_been_applied() {
            return WriteOutcome::Unknown(self.to_string());
        }
        let reason = self.to_string();
        match self.repeat_write() {
            Repeat::Never => WriteOutcome::Refused(reason),
            Repeat::Backoff => WriteOutcome::NotNow {
                reason,
                pause: None,
            },
            Repeat::After(pause) => WriteOutcome::NotNow {
                reason,
                pause: Some(pause.min(pause_max)),
            },
        }
    }

    /// Returns whether a write that ended with this error may have been applied.
    pub(crate) fn may_have_been_applied(&self) -> bool {
        match self {
            ArmError::Rejected(rejection) => rejection.status >= 500,
            ArmError::Lost { .. } | ArmError::Unreadable { .. } => true,
            ArmError::Credential(_)
            | ArmError::ForeignHost { .. }
            | ArmError::Unreachable { .. } => false,
        }
    }
}

impl Rejection {
    /// Reads a body of the form `{"error":{…}}` or `{"code":…,"message":…}`; any other body is the message.
    pub(super) fn new(status: u16, body: &[u8], app: AppId, subject: Subject) -> Rejection {
        let (code, message) = match serde_json::from_slice::<Body>(body) {
            Ok(body) => {
                let detail = body.detail();
                (detail.code(), detail.message())
            }
            Err(_) => (String::new(), shortened(body, BODY_MAX)),
        };
        Rejection {
            status,
            code,
            message,
            request_id: None,
            retry_after: None,
            app,
            subject,
        }
    }

    /// Returns whether it was refused because another operation runs, which ends by itself. A lock that a person
    /// has set does not.
    fn is_busy(&self) -> bool {
        let code = self.code.to_ascii_lowercase();
        let signs = ["inprogress", "lockconflict", "concurrent"];
        self.status == 409 && signs.iter().any(|sign| code.contains(sign))
    }

    fn pause(&self) -> Repeat {
        self.retry_after.map_or(Repeat::Backoff, Repeat::After)
    }

    fn advice(&self) -> String {
        advice(&Refused {
            status: self.status,
            code: &self.code,
            message: &self.message,
            is_busy: self.is_busy(),
            retry_after: self.retry_after,
            app: &self.app,
            subject: &self.subject,
        })
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: status {}", self.subject.doing(), self.status)?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        let message = self.message.trim_end_matches('.');
        if !message.is_empty() {
            write!(f, ": {message}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        write!(f, "; {}", self.advice())
    }
}

impl std::error::Error for Rejection {}

/// The two forms of an error body: nested and flat.
#[derive(Deserialize)]
struct Body {
    error: Option<Detail>,
    #[serde(flatten)]
    flat: Detail,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    code: Option<String>,
    message: Option<String>,
}

impl Body {
    fn detail(self) -> Detail {
        self.error.unwrap_or(self.flat)
    }
}

impl Detail {
    fn code(&self) -> String {
        quoted(self.code.as_deref())
    }

    fn message(&self) -> String {
        quoted(self.message.as_deref())
    }
}

fn quoted(text: Option<&str>) -> String {
    shortened(text.unwrap_or_default().as_bytes(), TEXT_MAX)
}

/// Returns code and message of an error that an operation reports, as one text.
pub(super) fn operation_error(error: serde_json::Value) -> String {
    let detail: Detail = serde_json::from_value(error).unwrap_or_default();
    match (detail.code().as_str(), detail.message().as_str()) {
        ("", "") => "no reason given".to_owned(),
        ("", text) | (text, "") => text.to_owned(),
        (code, message) => format!("{code}: {message}"),
    }
}

/// Returns one line without control characters, at most `max` characters long.
pub(crate) fn shortened(bytes: &[u8], max: usize) -> String {
    let text = String::from_utf8_lossy(bytes);
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    if line.chars().count() <= max {
        return line;
    }
    line.chars().take(max).chain(['…']).collect()
}
