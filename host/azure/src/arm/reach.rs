//! Whether the endpoint answers at all, and what its clock says.
//!
//! Neither needs a token, and none is sent: this is for finding out what is wrong with the way to
//! the service before an identity is.

use std::sync::{Mutex, PoisonError};

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap};

use super::client::{Connection, text_of};
use super::error::ArmError;
use crate::endpoint::{Endpoint, host_of};

/// Answers without a token on Azure. Elsewhere any answer will do, and a refusal is one.
const OPEN_PATH: [&str; 2] = ["metadata", "endpoints"];
const OPEN_VERSION: &str = "api-version=2022-09-01";

impl Connection {
    /// Returns where the management API is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Asks the endpoint for something that needs no token and returns the status of its answer,
    /// whatever that is.
    ///
    /// # Errors
    /// When there is no connection, or no answer in time.
    pub async fn reach(&self) -> Result<u16, ArmError> {
        let mut url = self.endpoint.base().clone();
        url.path_segments_mut()
            .expect("http and https URLs have a path")
            .pop_if_empty()
            .extend(OPEN_PATH);
        url.set_query(Some(OPEN_VERSION));
        let lost = |error| {
            let doing = "a request without a token".to_owned();
            ArmError::transport(host_of(self.endpoint.base()), doing, error)
        };
        let sent = Timestamp::now();
        let request = self.http.get(url).timeout(self.retry_policy.attempt);
        let response = request.send().await.map_err(lost)?;
        self.skew.note(sent, response.headers());
        Ok(response.status().as_u16())
    }

    /// Returns how far the service's clock is ahead of this machine's, negative when it is behind;
    /// `None` before the first answer with a date. Good to a second or so.
    pub fn skew(&self) -> Option<SignedDuration> {
        self.skew.latest()
    }
}

/// The difference that the latest answer showed.
#[derive(Debug, Default)]
pub(super) struct Skew(Mutex<Option<SignedDuration>>);

impl Skew {
    /// Keeps the date of an answer to a request that was sent then.
    pub(super) fn note(&self, sent: Timestamp, headers: &HeaderMap) {
        if let Some(skew) = difference(sent, Timestamp::now(), headers) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(skew);
        }
    }

    fn latest(&self) -> Option<SignedDuration> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn difference(sent: Timestamp, received: Timestamp, headers: &HeaderMap) -> Option<SignedDuration> {
    static PARSER: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    let date = text_of(headers, DATE.as_str())?;
    let date = PARSER.parse_timestamp(&date).ok()?;
    // The answer was dated on the way there and back, and its date is cut to whole seconds.
    let middle = sent + received.duration_since(sent) / 2;
    Some(date.duration_since(middle) + SignedDuration::from_millis(500))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::Credential;
    use crate::scripted::{Reply, Server, reply};

    #[test]
    fn skew_is_measured_from_the_middle_of_the_exchange() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Mon, 23 Nov 2026 10:00:00 GMT".parse().unwrap());
        let (sent, received) = ("2026-11-23T09:59:58Z", "2026-11-23T10:00:02Z");
        let (sent, received) = (sent.parse().unwrap(), received.parse().unwrap());
        let skew = difference(sent, received, &headers).unwrap();
        assert_eq!(skew, SignedDuration::from_millis(500));
        headers.insert(DATE, "yesterday".parse().unwrap());
        assert_eq!(difference(sent, received, &headers), None);
    }

    #[tokio::test]
    async fn endpoint_is_reached_without_a_token_and_shows_its_clock() {
        let server = Server::start(|_| {
            let date = ("date", "Mon, 23 Nov 2020 10:00:00 GMT".to_owned());
            Reply::Full(401, vec![date], String::new())
        })
        .await;
        let token = Credential::Variable {
            name: "CARGO_PKG_NAME".to_owned(),
        };
        let connection = server.connection(token);
        assert_eq!(connection.skew(), None);
        assert_eq!(connection.reach().await.unwrap(), 401);
        let request = &server.requests()[0];
        assert_eq!(request.target, "/metadata/endpoints?api-version=2022-09-01");
        assert_eq!(request.header("authorization"), None);
        let years = connection.skew().unwrap().as_hours() / 24 / 365;
        assert!(years < 0, "{years}");
    }

    #[tokio::test]
    async fn every_answer_shows_the_clock() {
        let server = Server::start(|_| {
            let date = ("date", "Mon, 23 Nov 2120 10:00:00 GMT".to_owned());
            Reply::Full(200, vec![date], "{}".to_owned())
        })
        .await;
        let connection = server.connection(Credential::Anonymous);
        let call = connection.call(&crate::scripted::app_id(), &[], super::super::Subject::App);
        connection.read::<serde_json::Value>(&call).await.unwrap();
        assert!(connection.skew().unwrap().is_positive());
    }

    #[tokio::test]
    async fn answer_without_a_date_shows_nothing() {
        let server = Server::start(|_| reply(200, &serde_json::json!({}))).await;
        let connection = server.connection(Credential::Anonymous);
        connection.reach().await.unwrap();
        assert_eq!(connection.skew(), None);
    }
}
