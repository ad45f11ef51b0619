//! The long-running operations that writes start.
//!
//! The URL of an operation is signed: it is used unchanged, only on the endpoint's own host, and never shown.
//! When an operation cannot be followed, the outcome of the write is open, and the app itself has to be read.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use tokio::time::Instant;
use url::Url;

use super::call::{Call, Lane, NOT_SHOWN};
use super::connection::Connection;
use super::error::{ArmError, Repeat, operation_error};
use super::headers::{retry_after, text_of};
use super::subject::Subject;
use crate::wire::Operation;

/// How an operation ended, as far as its URL shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OperationOutcome {
    /// The control plane reports that it is done.
    Succeeded,
    /// The control plane reports that it failed; with its reason.
    Failed(String),
    /// It was canceled, or did not end in time: it may have been applied.
    Unknown(String),
    /// It cannot be followed; with the reason.
    Untracked(String),
}

/// Where an operation can be followed.
enum OperationUrl {
    /// `azure-asyncoperation`: answers 200 with a status in its body.
    Status(Url),
    /// `location`: answers 202 until the operation is done.
    Result(Url),
}

impl OperationUrl {
    fn url(&self) -> &Url {
        match self {
            OperationUrl::Status(url) | OperationUrl::Result(url) => url,
        }
    }
}

/// What one read of an operation showed.
enum Poll {
    Ended(OperationOutcome),
    /// With the pause that the service asks for.
    Running(Option<Duration>),
}

impl Connection {
    /// Follows the operation that the headers of an accepted write name, to its end. Reads it at once, because
    /// small changes are done at once, then at growing intervals.
    pub(super) async fn follow(&self, write: &Call, accepted: &HeaderMap) -> OperationOutcome {
        let Some(operation) = self.operation_url(accepted) else {
            return OperationOutcome::Untracked("the answer names no operation".to_owned());
        };
        let call = Call {
            url: operation.url().clone(),
            app: write.app.clone(),
            subject: Subject::Operation,
            lane: write.lane,
            shown_path: NOT_SHOWN.to_owned(),
            attempt: 1,
        };
        let policy = &self.retry_policy;
        let limit = match write.lane {
            Lane::Ordinary => policy.operation_timeout,
            Lane::Rollback => policy.rollback_operation_timeout,
        };
        let end = Instant::now() + limit;
        let mut pause = policy.poll_first;
        loop {
            let asked = match self.poll(&call, &operation).await {
                Poll::Ended(outcome) => return outcome,
                Poll::Running(asked) => asked,
            };
            // A longer pause that the service asks for is cut: the app itself can be read instead.
            let wait = asked.map_or(pause, |asked| asked.min(policy.poll_max));
            pause = pause.mul_f64(1.5).min(policy.poll_max);
            if Instant::now() + wait >= end {
                return OperationOutcome::Unknown(format!(
                    "the operation is not done after {}",
                    rollout::human(limit)
                ));
            }
            tokio::time::sleep(wait).await;
        }
    }

    fn operation_url(&self, headers: &HeaderMap) -> Option<OperationUrl> {
        let located = |name| self.endpoint.locate(&text_of(headers, name)?);
        located("azure-asyncoperation")
            .map(OperationUrl::Status)
            .or_else(|| located("location").map(OperationUrl::Result))
    }

    async fn poll(&self, call: &Call, operation: &OperationUrl) -> Poll {
        let response = match self.attempt(Method::GET, call, None).await {
            Ok(response) => response,
            Err(error) => return poll_failed(&error),
        };
        let asked = retry_after(&response.headers);
        match operation {
            OperationUrl::Result(_) if response.status == 202 => Poll::Running(asked),
            OperationUrl::Result(_) => Poll::Ended(OperationOutcome::Succeeded),
            OperationUrl::Status(_) => match response.document::<Operation>(call) {
                Ok(operation) => poll_of(operation, asked),
                Err(error) => poll_failed(&error),
            },
        }
    }
}

/// Returns what a failed read means: the operation counts as running while a later read may succeed.
fn poll_failed(error: &ArmError) -> Poll {
    match error.repeat_read() {
        Repeat::Never => Poll::Ended(OperationOutcome::Untracked(error.to_string())),
        Repeat::Backoff => Poll::Running(None),
        Repeat::After(pause) => Poll::Running(Some(pause)),
    }
}

/// Returns what the status of an operation means. An unknown word counts as running.
fn poll_of(operation: Operation, asked: Option<Duration>) -> Poll {
    let status = operation.status.unwrap_or_default();
    let reason = || operation.error.map_or_else(String::new, operation_error);
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => Poll::Ended(OperationOutcome::Succeeded),
        "failed" => Poll::Ended(OperationOutcome::Failed(format!(
            "the platform could not apply it: {}",
            reason()
        ))),
        "canceled" | "cancelled" => Poll::Ended(OperationOutcome::Unknown(format!(
            "the operation was canceled {}",
            reason()
        ))),
        _ => Poll::Running(asked),
    }
}
