//! What can go wrong with a request, and what to do about it.
//!
//! Every message names what was being done, carries the service's own code, message and request id,
//! and ends in the next step. It never has a path with a signed query, and never a control
//! character.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use rollout::ports::WriteOutcome;
use serde::Deserialize;

use super::call::Subject;
use crate::credential::CredentialError;
use crate::endpoint::AppId;

const NEW_TOKEN: &str = "the token is missing, has expired or is for something else; run `az \
     login`, or set the token variable to the output of `az account get-access-token --resource \
     https://management.azure.com/ --query accessToken --output tsv`";

/// Longest text of the service that is repeated, in characters.
const TEXT_MAX: usize = 600;
/// Longest piece of a body that is not JSON.
const BODY_MAX: usize = 200;

/// Why a request to the management API gave no result.
#[derive(Debug, thiserror::Error)]
pub enum ArmError {
    /// There is no token; nothing was sent.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// A URL that the service handed out leads elsewhere; nothing was sent there.
    #[error(
        "the service pointed to {host}, which is not the endpoint; a token is sent to no other host"
    )]
    ForeignHost {
        /// Where it leads.
        host: String,
    },
    /// No connection; nothing was sent.
    #[error(
        "cannot reach {host}: {reason}; check the endpoint's address, DNS, the network and the proxy \
         (HTTPS_PROXY, NO_PROXY); `lockgate doctor` looks at all of them"
    )]
    Unreachable {
        /// Host and port.
        host: String,
        /// What the connection attempt said.
        reason: String,
    },
    /// The request was sent, and its answer did not come or did not come whole.
    #[error("{host} did not answer {doing}: {reason}; it may be overloaded, try again")]
    Lost {
        /// Host and port.
        host: String,
        /// What was being done.
        doing: String,
        /// What happened to the connection.
        reason: String,
    },
    /// An answer that means no.
    #[error(transparent)]
    Rejected(Box<Rejection>),
    /// An answer that means yes, but says nothing that can be understood.
    #[error(
        "the answer to {doing} cannot be read: {reason}; check that the endpoint is Azure's \
         management API and nothing stands between"
    )]
    Unreadable {
        /// What was being done.
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
    /// The id that Microsoft's support asks for (`x-ms-request-id`).
    pub request_id: Option<String>,
    /// How long the service asks to be left alone.
    pub retry_after: Option<Duration>,
    app: AppId,
    subject: Subject,
}

/// What may be done after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Nothing: the next answer would be the same, or the effect is not known.
    Never,
    /// The same again after a pause of our choice.
    Backoff,
    /// The same again after the pause that the service asks for.
    After(Duration),
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
    pub(super) fn transport(host: String, doing: String, error: reqwest::Error) -> ArmError {
        // The URL may be signed, and a builder error is one of ours: neither was sent.
        let unsent = error.is_connect() || error.is_builder();
        let timed_out = error.is_timeout();
        let error = error.without_url();
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            reason = inner.to_string();
            cause = inner.source();
        }
        if unsent {
            return ArmError::Unreachable { host, reason };
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

    /// Returns what a read may do after this.
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

    /// Returns what a write may do after this: only what was certainly not applied is sent again.
    pub(super) fn repeat_write(&self) -> Repeat {
        match self {
            ArmError::Unreachable { .. } => Repeat::Backoff,
            ArmError::Rejected(rejection) if rejection.status == 429 || rejection.is_busy() => {
                rejection.pause()
            }
            _ => Repeat::Never,
        }
    }

    /// Returns what this means for a write.
    pub(crate) fn into_outcome(self) -> WriteOutcome {
        match &self {
            ArmError::Rejected(rejection) if rejection.status >= 500 => {
                WriteOutcome::Unknown(self.to_string())
            }
            ArmError::Lost { .. } | ArmError::Unreadable { .. } => {
                WriteOutcome::Unknown(self.to_string())
            }
            _ => WriteOutcome::Refused(self.to_string()),
        }
    }
}

impl Rejection {
    /// Reads the nested `{"error":{…}}`, the flat `{"code":…,"message":…}`, and takes anything else
    /// as text.
    pub(super) fn new(status: u16, body: &[u8], app: AppId, subject: Subject) -> Rejection {
        let (code, message) = match serde_json::from_slice::<Body>(body) {
            Ok(body) => body.into_parts(),
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

    /// Another operation is being applied; it passes by itself. A lock that a person has set does
    /// not.
    fn is_busy(&self) -> bool {
        let code = self.code.to_ascii_lowercase();
        let signs = ["inprogress", "lockconflict", "concurrent"];
        self.status == 409 && signs.iter().any(|sign| code.contains(sign))
    }

    fn pause(&self) -> Repeat {
        self.retry_after.map_or(Repeat::Backoff, Repeat::After)
    }

    fn advice(&self) -> String {
        let app = &self.app;
        match (self.status, self.code.as_str()) {
            (401, _) => NEW_TOKEN.to_owned(),
            (403, _) => format!(
                "the identity needs a role with {} on {app}, such as {}; a new assignment takes \
                 some minutes to work",
                self.subject.action(),
                self.subject.role()
            ),
            (404, "SubscriptionNotFound" | "InvalidSubscriptionId") => {
                format!("check the subscription: {}", app.subscription())
            }
            (404, "ResourceGroupNotFound") => {
                format!("check the resource group: {}", app.resource_group())
            }
            (404, _) => self.subject.whereabouts(app),
            (409, "ScopeLocked") => {
                "remove the lock that is set in Azure, then try again".to_owned()
            }
            (409, _) => format!(
                "wait until {} says Succeeded, then try again",
                app.az("show", "--query properties.provisioningState")
            ),
            (429, _) => match self.retry_after {
                Some(pause) => format!("the service asks to wait {}", rollout::human(pause)),
                None => "too many requests with this identity; wait a minute".to_owned(),
            },
            (500.., _) => {
                "the service failed; try again, and see https://azure.status.microsoft".to_owned()
            }
            (300..=399, _) => {
                "redirects are never followed; check the endpoint's address".to_owned()
            }
            _ => "check that the app and its revisions still are what they were, and the API \
                 version"
                .to_owned(),
        }
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

/// The two shapes of an error body. Both may hold nothing that is of use.
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
    fn into_parts(self) -> (String, String) {
        let detail = self.error.unwrap_or(self.flat);
        let clean = |text: Option<String>| shortened(text.unwrap_or_default().as_bytes(), TEXT_MAX);
        (clean(detail.code), clean(detail.message))
    }
}

/// Returns the code and the message of an error that an operation reports.
pub(super) fn operation_error(error: serde_json::Value) -> String {
    let detail: Detail = serde_json::from_value(error).unwrap_or_default();
    let (code, message) = Body {
        error: Some(detail),
        flat: Detail::default(),
    }
    .into_parts();
    match (code.as_str(), message.as_str()) {
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
