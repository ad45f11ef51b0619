//! Writes. A PATCH is repeated only when the service certainly did not apply it: no connection, 429, or 409
//! because another operation runs. After any other failure the caller has to read the app. A POST here has the same
//! effect when it is repeated, so it is repeated like a read.

use std::sync::{MutexGuard, PoisonError};

use reqwest::Method;
use serde_json::Value;
use tokio::time::Instant;

use super::call::{Call, Lane};
use super::connection::Connection;
use super::error::{ArmError, Repeat};
use super::operation::OperationOutcome;
use super::retry_policy::Pauses;
use super::send::ArmResponse;

impl Connection {
    /// Sends a PATCH and follows its operation to the end.
    ///
    /// # Errors
    /// When the PATCH itself was not accepted; see [`ArmError::into_outcome`] for what that means.
    pub(crate) async fn write(
        &self,
        call: &Call,
        body: &Value,
    ) -> Result<OperationOutcome, ArmError> {
        let accepted = self.patch(call, body).await?;
        Ok(self.follow(call, &accepted.headers).await)
    }

    /// Sends a POST until it is accepted. It must have the same effect when it is repeated.
    pub(crate) async fn post(&self, call: &Call) -> Result<(), ArmError> {
        let mut pauses = Pauses::new(&self.retry_policy, self.retry_policy.write_budget);
        loop {
            let error = match self.attempt(Method::POST, call, None).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            if !pauses.wait(error.repeat_read()).await {
                return Err(error);
            }
        }
    }

    /// Sends a PATCH until it is accepted or its outcome is not certain.
    async fn patch(&self, call: &Call, body: &Value) -> Result<ArmResponse, ArmError> {
        let mut call = call.clone();
        let is_rollback = call.lane == Lane::Rollback;
        if is_rollback {
            self.wait_out_pause().await;
        }
        let budget = if is_rollback {
            self.retry_policy.rollback_write_budget
        } else {
            self.retry_policy.write_budget
        };
        let mut pauses = Pauses::new(&self.retry_policy, budget);
        loop {
            let error = match self.attempt(Method::PATCH, &call, Some(body)).await {
                Ok(accepted) => return Ok(accepted),
                Err(error) => error,
            };
            let repeat = error.repeat_write();
            if !pauses.wait(repeat).await {
                // A pause that the service asked of a write forward does not delay a rollback.
                if is_rollback && let Repeat::After(pause) = repeat {
                    let pause = pause.min(self.retry_policy.retry_after_max);
                    *self.pause_until() = Some(Instant::now() + pause);
                }
                return Err(error);
            }
            if is_rollback {
                // Another connection may reach another instance of the service, one that answers.
                call.lane = call.lane.other();
            }
        }
    }

    /// Waits until the pause is over that the service asked of the last rollback. A request that comes earlier is
    /// refused and makes the pause longer.
    async fn wait_out_pause(&self) {
        let until = self.pause_until().take();
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
    }

    fn pause_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.pause_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
