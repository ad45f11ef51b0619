//! Writes, and the long-running operations that they start.
//!
//! The URL of an operation is signed: it is used as it is, on the endpoint's own host alone, and
//! never shown. When it cannot be followed, that says nothing about the write, and the app itself
//! has to be asked.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::call::{Call, Lane, Subject};
use super::client::{Connection, retry_after, text_of};
use super::error::{ArmError, Repeat, operation_error};
use crate::wire::Operation;

/// How an operation ended, as far as its URL tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The control plane says that it is done.
    Succeeded,
    /// It says that it could not do it; with its reason.
    Failed(String),
    /// It was canceled, or did not end in time: it may have been applied.
    Unknown(String),
    /// It cannot be followed; with the reason.
    Untracked(String),
}

/// Where an operation can be followed.
enum Track {
    /// Answers 200 with a status in its body.
    Status(Url),
    /// Answers 202 until the operation is done.
    Result(Url),
}

impl Track {
    fn url(&self) -> &Url {
        match self {
            Track::Status(url) | Track::Result(url) => url,
        }
    }
}

/// One look at a running operation.
enum Look {
    Ended(Ending),
    Running(Option<Duration>),
}

impl Connection {
    /// Sends a PATCH and follows its operation to the end.
    ///
    /// # Errors
    /// The answer to the PATCH itself; see [`ArmError::into_outcome`] for what it means.
    pub(crate) async fn write(&self, call: &Call, body: &Value) -> Result<Ending, ArmError> {
        let accepted = self.patch(call, body).await?;
        match self.track(&accepted.headers) {
            Some(track) => Ok(self.follow(call, &track).await),
            None => Ok(Ending::Untracked(
                "the answer names no operation".to_owned(),
            )),
        }
    }

    fn track(&self, headers: &HeaderMap) -> Option<Track> {
        let located = |name| self.endpoint.locate(&text_of(headers, name)?);
        located("azure-asyncoperation")
            .map(Track::Status)
            .or_else(|| located("location").map(Track::Result))
    }

    /// Looks at once, since small changes are done at once, then less and less often.
    async fn follow(&self, write: &Call, track: &Track) -> Ending {
        let call = Call {
            url: track.url().clone(),
            app: write.app.clone(),
            subject: Subject::Operation,
            lane: write.lane,
        };
        let limit = match write.lane {
            Lane::Ordinary => self.retry_policy.operation,
            Lane::Rollback => self.retry_policy.rollback_operation,
        };
        let end = Instant::now() + limit;
        let mut pause = self.retry_policy.poll;
        loop {
            let asked = match self.look(&call, track).await {
                Look::Ended(ending) => return ending,
                Look::Running(asked) => asked,
            };
            // A long pause that the service asks for is not worth it: the app can be asked as well.
            let wait = asked.map_or(pause, |asked| asked.min(self.retry_policy.poll_max));
            pause = pause.mul_f64(1.5).min(self.retry_policy.poll_max);
            if Instant::now() + wait >= end {
                return Ending::Unknown(format!(
                    "the operation is not done after {}",
                    rollout::human(limit)
                ));
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn look(&self, call: &Call, track: &Track) -> Look {
        let answer = match self.attempt(Method::GET, call, None).await {
            Ok(answer) => answer,
            Err(error) => return after(&error),
        };
        let asked = retry_after(&answer.headers);
        match track {
            Track::Result(_) if answer.status == 202 => Look::Running(asked),
            Track::Result(_) => Look::Ended(Ending::Succeeded),
            Track::Status(_) => match answer.document::<Operation>(call) {
                Ok(operation) => judged(operation, asked),
                Err(error) => after(&error),
            },
        }
    }
}

/// A failed look says nothing about the operation: goes on when looking again may help.
fn after(error: &ArmError) -> Look {
    match error.repeat_read() {
        Repeat::Never => Look::Ended(Ending::Untracked(error.to_string())),
        Repeat::Backoff => Look::Running(None),
        Repeat::After(pause) => Look::Running(Some(pause)),
    }
}

fn judged(operation: Operation, asked: Option<Duration>) -> Look {
    let status = operation.status.unwrap_or_default();
    let reason = || operation.error.map_or_else(String::new, operation_error);
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => Look::Ended(Ending::Succeeded),
        "failed" => Look::Ended(Ending::Failed(format!(
            "the platform could not apply it: {}",
            reason()
        ))),
        "canceled" | "cancelled" => Look::Ended(Ending::Unknown(format!(
            "the operation was canceled {}",
            reason()
        ))),
        _ => Look::Running(asked),
    }
}
