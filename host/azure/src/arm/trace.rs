//! What of a request can be seen from outside: one span, and one line when it is answered. Method, path, status, request id,
//! time and attempt; never a header, a body, a token or a query, and no path that the service has made.

use std::time::Instant;

use reqwest::Method;
use reqwest::header::HeaderMap;
use tracing::Span;
use tracing::field::Empty;

use super::call::{Call, Lane};
use super::error::ArmError;
use super::headers::request_id;

/// A request that is under way, as others see it.
pub(super) struct TracedCall {
    span: Span,
    began: Instant,
}

impl TracedCall {
    /// Begins the span of a request. Its name and fields are known to whoever exports spans.
    pub(super) fn begin(method: &Method, call: &Call) -> TracedCall {
        // Of the highest level, so that every line about the request has it, whatever level is asked for.
        let span = tracing::error_span!(
            target: "azure",
            "call",
            method = method.as_str(),
            server = call.url.origin().ascii_serialization(),
            path = call.shown_path.as_str(),
            subject = call.subject.path_template(),
            attempt = call.attempt,
            lane = match call.lane {
                Lane::Ordinary => "ordinary",
                Lane::Rollback => "rollback",
            },
            status = Empty,
            request_id = Empty,
            error = Empty,
        );
        TracedCall {
            span,
            began: Instant::now(),
        }
    }

    /// Returns the span.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Notes how the request was answered: with a status and header fields, or not at all.
    pub(super) fn end(self, answered: Result<(u16, &HeaderMap), &ArmError>) {
        let (status, id) = match answered {
            Ok((status, headers)) => (Some(status), request_id(headers)),
            Err(ArmError::Rejected(rejection)) => {
                (Some(rejection.status), rejection.request_id.clone())
            }
            Err(_) => (None, None),
        };
        if let Some(status) = status {
            self.span.record("status", status);
        }
        if let Some(id) = &id {
            self.span.record("request_id", id.as_str());
        }
        let error = answered.err().map(kind_of);
        if let Some(error) = error {
            self.span.record("error", error);
        }
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let _entered = self.span.enter();
        match error {
            None => tracing::debug!(target: "azure", ms, "answered"),
            Some(_) => tracing::warn!(target: "azure", ms, "failed"),
        }
    }
}

/// Returns what kind of failure an error is, in one word for machines.
fn kind_of(error: &ArmError) -> &'static str {
    match error {
        ArmError::Credential(_) => "credential",
        ArmError::ForeignHost { .. } => "foreign-host",
        ArmError::Unreachable { .. } => "unreachable",
        ArmError::Lost { .. } => "lost",
        ArmError::Rejected(_) => "rejected",
        ArmError::Unreadable { .. } => "unreadable",
    }
}
