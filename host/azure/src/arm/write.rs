//! Writes. A PATCH is sent once: whoever sends it again reads the app before, because what licensed the first one may no
//! longer hold. A POST here has the same effect when it is repeated, so it is repeated like a read.

use std::sync::atomic::Ordering;

use reqwest::Method;
use serde_json::Value;

use super::call::Call;
use super::connection::Connection;
use super::error::ArmError;
use super::operation::OperationOutcome;
use super::retry_policy::Pauses;

impl Connection {
    /// Sends a PATCH once and follows its operation to the end.
    ///
    /// # Errors
    /// When the PATCH itself was not accepted; see [`ArmError::into_outcome`] for what that means.
    pub(crate) async fn write(
        &self,
        call: &Call,
        body: &Value,
    ) -> Result<OperationOutcome, ArmError> {
        let accepted = self.attempt(Method::PATCH, call, Some(body)).await?;
        Ok(self.follow(call, &accepted.headers).await)
    }

    /// Sends the PATCH of a rollback once. It takes the rollback's own connection; after one that the service did not
    /// answer well the next one takes the other connection.
    ///
    /// # Errors
    /// As for [`Connection::write`].
    pub(crate) async fn write_back(
        &self,
        call: &Call,
        body: &Value,
    ) -> Result<OperationOutcome, ArmError> {
        let mut call = call.clone().on_rollback_lane();
        if self.other_lane.load(Ordering::Relaxed) {
            call.lane = call.lane.other();
        }
        let written = self.write(&call, body).await;
        if written.is_err() {
            self.other_lane.fetch_not(Ordering::Relaxed);
        }
        written
    }

    /// Sends a PATCH, and sends it again while the service does not take it now. `compare` reads before each repetition
    /// whether the app is still as it was when the write was decided.
    ///
    /// # Errors
    /// As for [`Connection::write`]; also the last refusal when the app is no longer as it was.
    pub(crate) async fn write_comparing(
        &self,
        call: &Call,
        body: &Value,
        compare: impl AsyncFn() -> bool,
    ) -> Result<OperationOutcome, ArmError> {
        let mut pauses = Pauses::new(&self.retry_policy, self.retry_policy.write_budget);
        let mut call = call.clone();
        loop {
            let error = match self.write(&call, body).await {
                Ok(outcome) => return Ok(outcome),
                Err(error) => error,
            };
            if !pauses.wait(error.repeat_write()).await || !compare().await {
                return Err(error);
            }
            call = call.again();
        }
    }

    /// Sends a POST until it is accepted. It must have the same effect when it is repeated.
    pub(crate) async fn post(&self, call: &Call) -> Result<(), ArmError> {
        let mut pauses = Pauses::new(&self.retry_policy, self.retry_policy.write_budget);
        let mut call = call.clone();
        loop {
            let error = match self.attempt(Method::POST, &call, None).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            if !pauses.wait(error.repeat_read()).await {
                return Err(error);
            }
            call = call.again();
        }
    }

    /// Sends a POST once.
    ///
    /// # Errors
    /// When it was not accepted. It may have had its effect.
    pub(crate) async fn post_once(&self, call: &Call) -> Result<(), ArmError> {
        self.attempt(Method::POST, call, None).await.map(drop)
    }
}
