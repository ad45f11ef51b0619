//! Requests without a token: whether the endpoint answers at all, and the request that wakes a revision.
//!
//! No token is fetched or sent, so these work before the identity does.

use jiff::Timestamp;

use super::connection::Connection;
use super::error::ArmError;
use crate::endpoint::host_of;

/// A path that Azure answers without a token. Another endpoint may refuse it, which also proves that it answers.
const OPEN_PATH: [&str; 2] = ["metadata", "endpoints"];
const OPEN_VERSION: &str = "api-version=2022-09-01";

impl Connection {
    /// Sends the endpoint a request that needs no token, and returns the status of the answer. A status of
    /// failure is not an error.
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
            ArmError::transport(host_of(self.endpoint.base()), doing, None, error)
        };
        let sent = Timestamp::now();
        let request = self
            .http
            .get(url)
            .timeout(self.retry_policy.attempt_timeout);
        let response = request.send().await.map_err(lost)?;
        self.skew.note(sent, response.headers());
        Ok(response.status().as_u16())
    }

    /// Sends a GET to a revision's own origin, and describes the result for people.
    pub(crate) async fn warm_up(&self, origin: &str) -> String {
        let request = self
            .http
            .get(origin)
            .timeout(self.retry_policy.attempt_timeout);
        match request.send().await {
            Ok(response) => format!("status {}", response.status().as_u16()),
            Err(error) if error.is_timeout() => "no answer yet".to_owned(),
            Err(error) => {
                ArmError::transport(origin.to_owned(), "the warm-up".to_owned(), None, error)
                    .to_string()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::arm::Subject;
    use crate::credential::Credential;
    use crate::scripted::{ScriptedReply, ScriptedServer, app_id, reply};

    #[tokio::test]
    async fn endpoint_is_reached_without_a_token_and_shows_its_clock() {
        let server = ScriptedServer::start(|_| {
            let date = ("date", "Mon, 23 Nov 2020 10:00:00 GMT".to_owned());
            ScriptedReply::Full(401, vec![date], String::new())
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
        let server = ScriptedServer::start(|_| {
            let date = ("date", "Mon, 23 Nov 2120 10:00:00 GMT".to_owned());
            ScriptedReply::Full(200, vec![date], "{}".to_owned())
        })
        .await;
        let connection = server.connection(Credential::Anonymous);
        let call = connection.call(&app_id(), &[], Subject::App);
        connection.read::<serde_json::Value>(&call).await.unwrap();
        assert!(connection.skew().unwrap().is_positive());
    }

    #[tokio::test]
    async fn answer_without_a_date_does_not_show_the_clock() {
        let server = ScriptedServer::start(|_| reply(200, &serde_json::json!({}))).await;
        let connection = server.connection(Credential::Anonymous);
        connection.reach().await.unwrap();
        assert_eq!(connection.skew(), None);
    }
}
