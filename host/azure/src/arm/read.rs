//! Reads. A read that failed in a way that may pass is repeated within a budget of a few seconds.

use reqwest::Method;
use serde::de::DeserializeOwned;

use super::call::{Call, NOT_SHOWN};
use super::connection::Connection;
use super::error::ArmError;
use super::retry_policy::Pauses;
use crate::wire::Page;

/// A list with more pages than this is taken for one whose links form a circle.
const PAGES_MAX: usize = 100;

impl Connection {
    /// Reads one document.
    pub(crate) async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ArmError> {
        let mut pauses = Pauses::new(&self.retry_policy, self.retry_policy.read_budget);
        let mut call = call.clone();
        loop {
            let error = match self.read_once(&call).await {
                Ok(document) => return Ok(document),
                Err(error) => error,
            };
            if !pauses.wait(error.repeat_read()).await {
                return Err(error);
            }
            call = call.again();
        }
    }

    /// Reads a list, page by page. The link to the next page is used unchanged, and only on the endpoint's own
    /// host.
    pub(crate) async fn read_all<T: DeserializeOwned>(
        &self,
        call: Call,
    ) -> Result<Vec<T>, ArmError> {
        let mut call = call;
        let mut items = Vec::new();
        for _ in 0..PAGES_MAX {
            let page: Page<T> = self.read(&call).await?;
            items.extend(page.value.unwrap_or_default());
            let Some(link) = page.next_link.filter(|link| !link.is_empty()) else {
                return Ok(items);
            };
            call.url = self
                .endpoint
                .locate(&link)
                .ok_or_else(|| call.unreadable("the link to the next page is not a URL"))?;
            NOT_SHOWN.clone_into(&mut call.shown_path);
        }
        Err(call.unreadable(&format!("the list has more than {PAGES_MAX} pages")))
    }

    /// Keeps a connection of the rollback open and a token in the cache: a rollback may have no time to get them.
    /// Never returns. Ignores errors, because the rollback itself will report them.
    pub(crate) async fn stay_ready(&self, call: Call) {
        let call = call.on_rollback_lane();
        loop {
            let _ = self.attempt(Method::GET, &call, None).await;
            tokio::time::sleep(self.retry_policy.keep_ready_interval).await;
        }
    }

    /// Reads one document, without a second attempt.
    pub(crate) async fn read_once<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ArmError> {
        let response = self.attempt(Method::GET, call, None).await?;
        response.document(call)
    }
}
