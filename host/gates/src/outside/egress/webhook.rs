//! Messages of the embedding program's own to one URL. They leave as the requests of gates do, so what no gate may reach is
//! not reached either, no redirect is followed, and a credential goes to its own origin alone.
//!
//! When a message is sent, and sent again, is decided by who sends it.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use url::Url;

use super::client::Client;
use super::credentials::HeaderCredential;
use super::failure::innermost;
use super::origins::{Origin, Origins, Scope};
use super::policy::{Denied, Policy};
use crate::outside::exchange::{ExchangeError, HttpRequest, HttpResponse};
use crate::outside::secrets::KnownSecrets;

/// The longest answer that is read: its body, and its header fields. In bytes.
const ANSWER_BYTES_MAX: usize = 256 << 10;

/// A URL that messages are posted to, with the credentials for it.
pub struct Webhook {
    url: String,
    policy: Policy,
    /// Made by the first message: root certificates take a while to read.
    client: OnceLock<Result<Client, ExchangeError>>,
}

/// Shows nothing of it: the URL may be a secret.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").finish_non_exhaustive()
    }
}

/// Why nothing can be posted to a URL. Never quotes it: a URL may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// It is no URL for HTTP.
    #[error("it is no URL; write scheme, host and path, such as https://hooks.example/lockgate")]
    Malformed,
    /// It has a user name or a password.
    #[error(
        "it has a user name or a password; write what the receiver wants as a header, such as header.authorization"
    )]
    UserInfo,
    /// What is sent could be read on its way.
    #[error("what is sent there could be read on its way; write https (http is for this machine)")]
    Unencrypted,
    /// It names an address that is never reached.
    #[error("it names a link-local, metadata or reserved address, which nothing may reach")]
    Forbidden,
}

impl Webhook {
    /// Returns the webhook at a URL. The credentials are bound to its origin, or they are not sent.
    ///
    /// # Errors
    /// When the URL is none for HTTP, has a user name or a password, names an address that no gate may reach, or is not
    /// https and leaves this machine.
    pub fn new(url: &str, credentials: &[HeaderCredential]) -> Result<Webhook, WebhookError> {
        let parsed = Url::parse(url).map_err(|_| WebhookError::Malformed)?;
        let is_http = matches!(parsed.scheme(), "http" | "https");
        let origin = Origin::of(&parsed, Scope::Host).filter(|_| is_http);
        let origin = origin.ok_or(WebhookError::Malformed)?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(WebhookError::UserInfo);
        }
        let own = Origins::parse(&[parsed.origin().ascii_serialization()]);
        let own = own.map_err(|_| WebhookError::Malformed)?;
        let policy = Policy::new(&own, credentials, &[]);
        match policy.permit(parsed.as_str()) {
            Ok(_) if origin.may_receive_secrets() => {}
            Ok(_) => return Err(WebhookError::Unencrypted),
            Err(Denied::Invalid(_)) => return Err(WebhookError::Malformed),
            Err(Denied::Forbidden(_)) => return Err(WebhookError::Forbidden),
        }
        Ok(Webhook {
            url: parsed.into(),
            policy,
            client: OnceLock::new(),
        })
    }

    /// Posts a message, and reads the whole answer within `timeout`.
    ///
    /// # Errors
    /// When there is no complete answer. The message may have been received all the same. No error quotes the URL; one may
    /// name its host.
    pub async fn post(
        &self,
        content_type: &str,
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<HttpResponse, ExchangeError> {
        let client = self.client.get_or_init(|| {
            Client::new().map_err(|error| ExchangeError::ThisMachine(innermost(&error)))
        });
        let client = client.as_ref().map_err(Clone::clone)?;
        let permitted = self.policy.permit(&self.url);
        let permitted = permitted.map_err(|denied| match denied {
            Denied::Invalid(why) => ExchangeError::Invalid(why),
            Denied::Forbidden(why) => ExchangeError::Denied(why),
        })?;
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: self.url.clone(),
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: Some(body),
            timeout,
            response_body_bytes_max: ANSWER_BYTES_MAX,
            header_bytes_max: ANSWER_BYTES_MAX,
        };
        // What is minted is a secret of this webhook alone, and nothing of its answers is shown.
        client
            .send(permitted, request, &KnownSecrets::default())
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_https_or_names_this_machine() {
        for url in [
            "https://hooks.example/lockgate?key=x",
            "http://127.0.0.1:9/",
            "http://localhost:9/",
            "http://[::1]:9/",
        ] {
            assert!(Webhook::new(url, &[]).is_ok(), "{url}");
        }
        for (url, error) in [
            ("hooks.example", WebhookError::Malformed),
            ("ftp://hooks.example", WebhookError::Malformed),
            ("https://", WebhookError::Malformed),
            ("https://me:pass@hooks.example", WebhookError::UserInfo),
            ("https://me@hooks.example", WebhookError::UserInfo),
            ("http://hooks.example", WebhookError::Unencrypted),
            ("http://10.0.0.1/", WebhookError::Unencrypted),
            ("https://169.254.169.254/", WebhookError::Forbidden),
            ("http://169.254.169.254/", WebhookError::Forbidden),
            ("https://[::ffff:168.63.129.16]/", WebhookError::Forbidden),
            ("https://[fe80::1]/", WebhookError::Forbidden),
        ] {
            assert_eq!(Webhook::new(url, &[]).err(), Some(error), "{url}");
        }
    }
}
