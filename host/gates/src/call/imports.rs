//! The imports of the contract, over the state of one call: `http`, `clock`, `log` and `traffic`.
//!
//! Converts between the contract's types and ours. Requests are checked and sent in `outside/http.rs`; `wasi:http` is in
//! `outside/wasi_http.rs`.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;

use super::state::CallState;
use crate::component::bindings::host::lockgate::plugin::{clock, http, log, traffic, types};
use crate::outside::exchange::{ExchangeError, HttpResponse};
use crate::outside::services::{Level, Slice};
use crate::per_revision::PerRevision;

/// The most slices that are returned at once: a day of minutes.
const SLICES_MAX: u32 = 1_440;

impl types::Host for CallState {}

impl http::Host for CallState {
    async fn send(&mut self, request: http::Request) -> Result<http::Response, http::Error> {
        let admitted = self.outgoing.admit(request);
        to_contract(self.outgoing.send(admitted).await)
    }

    async fn send_all(
        &mut self,
        requests: Vec<http::Request>,
    ) -> Vec<Result<http::Response, http::Error>> {
        let outgoing = &self.outgoing;
        // Every request is checked against the limits before the first is sent.
        let admitted: Vec<_> = requests
            .into_iter()
            .map(|request| outgoing.admit(request))
            .collect();
        let exchanges = admitted.into_iter().map(|request| outgoing.send(request));
        join_all(exchanges)
            .await
            .into_iter()
            .map(to_contract)
            .collect()
    }
}

/// Converts the outcome of a request to the contract's types.
fn to_contract(
    outcome: Result<HttpResponse, ExchangeError>,
) -> Result<http::Response, http::Error> {
    match outcome {
        Ok(HttpResponse {
            status,
            headers,
            body,
            elapsed_ms,
        }) => Ok(http::Response {
            status,
            headers,
            body,
            elapsed_ms,
        }),
        Err(error) => Err(match error {
            ExchangeError::Denied(why) => http::Error::Denied(why),
            ExchangeError::Invalid(why) => http::Error::Invalid(why),
            ExchangeError::Timeout => http::Error::Timeout,
            ExchangeError::Unreachable(why) => http::Error::Unreachable(why),
            ExchangeError::Unresolved(why) | ExchangeError::ThisMachine(why) => {
                http::Error::Unresolved(why)
            }
            ExchangeError::Untrusted(why) => http::Error::Untrusted(why),
            ExchangeError::TooLarge(bytes) => http::Error::TooLarge(bytes),
            ExchangeError::Budget(why) => http::Error::Budget(why),
        }),
    }
}

impl clock::Host for CallState {
    async fn now_ms(&mut self) -> f64 {
        self.environment.now_ms()
    }

    async fn sleep_ms(&mut self, ms: u32) {
        sleep(Duration::from_millis(u64::from(ms))).await;
    }
}

impl log::Host for CallState {
    async fn write(&mut self, level: log::Level, message: String, fields: Vec<(String, String)>) {
        let level = match level {
            log::Level::Debug => Level::Debug,
            log::Level::Info => Level::Info,
            log::Level::Warn => Level::Warn,
            log::Level::Error => Level::Error,
        };
        self.log(level, &message, fields);
    }
}

impl traffic::Host for CallState {
    async fn slices(&mut self, newest: u32) -> Result<Vec<traffic::Slice>, String> {
        if !(1..=SLICES_MAX).contains(&newest) {
            return Err(format!("{newest} slices are not between 1 and 1,440"));
        }
        let environment = self.environment.clone();
        let result = match environment.recorded_slices(newest) {
            Some(recorded) => recorded,
            None => self.platform_slices(newest).await,
        };
        environment.record_slices(newest, &result);
        Ok(result?.into_iter().map(slice).collect())
    }
}

/// Converts a slice to the contract's types.
fn slice(slice: Slice) -> traffic::Slice {
    let counts = slice.counts.into_iter();
    traffic::Slice {
        start_s: slice.start_s,
        end_s: slice.end_s,
        counts: counts
            .map(|count| traffic::Count {
                revision: count.revision,
                status_class: count.status_class,
                requests: count.requests,
            })
            .collect(),
    }
}

impl CallState {
    /// Asks the platform for its slices. Takes `&mut self` because the state is not `Sync`.
    async fn platform_slices(&mut self, newest: u32) -> Result<Vec<Slice>, String> {
        let (Some(source), Some(revisions)) = (&self.services.traffic, &self.revisions) else {
            return Err("this host does not know what the platform counted".to_owned());
        };
        let PerRevision { stable, canary } = revisions;
        let mut slices = source
            .slices(newest, PerRevision { stable, canary })
            .await?;
        for slice in &mut slices {
            // Gates learn the counts of no third revision, and no number that is none.
            slice.counts.retain(|count| {
                [stable, canary].contains(&&count.revision)
                    && count.requests.is_finite()
                    && count.requests >= 0.0
            });
        }
        Ok(slices)
    }
}
