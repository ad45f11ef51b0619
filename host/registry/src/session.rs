//! The requests of one pull or push to one registry: signs in once, repeats what may pass, follows redirects without the
//! credentials, and says what every status means.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use url::Url;

use crate::credential::FoundCredential;
use crate::credentials::Credentials;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::reference::{Reference, is_loopback};
use crate::sign_in::{self, Right, SignIn};
use crate::transport::{self, host_of};

/// The host that answers for Docker's own registry.
const DOCKER_API: &str = "registry-1.docker.io";

/// A conversation with the registry of one reference.
pub(crate) struct Session<'a> {
    limits: &'a Limits,
    credentials: &'a Credentials,
    reference: &'a Reference,
    right: Right,
    client: reqwest::Client,
    base: Url,
    found: Option<FoundCredential>,
    authorization: Option<HeaderValue>,
    has_signed_in: bool,
}

impl<'a> Session<'a> {
    /// Begins. Over TLS; a registry on this machine that does not speak it is asked in clear text.
    pub(crate) async fn open(
        reference: &'a Reference,
        right: Right,
        credentials: &'a Credentials,
        limits: &'a Limits,
    ) -> Result<Session<'a>, Problem> {
        let on_this_machine = reference.is_on_this_machine();
        let client = transport::client(on_this_machine, limits)?;
        let host = match reference.registry() {
            "docker.io" => DOCKER_API,
            host => host,
        };
        let base = |scheme: &str| Url::parse(&format!("{scheme}://{host}/v2/"));
        let malformed = |_| Problem::Reference("the registry is not a host");
        let mut url = base("https").map_err(malformed)?;
        if on_this_machine {
            let plain = base("http").map_err(malformed)?;
            if speaks_clear_text_alone(&client, &url, &plain).await {
                url = plain;
            }
        }
        Ok(Session {
            limits,
            credentials,
            reference,
            right,
            client,
            base: url,
            found: None,
            authorization: None,
            has_signed_in: false,
        })
    }

    /// Returns host and port of the registry, for people.
    pub(crate) fn host(&self) -> String {
        host_of(&self.base)
    }

    /// Returns the URL of something of the repository, such as `manifests/1.2`.
    pub(crate) fn url(&self, below: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{}/{below}", self.reference.repository()));
        url
    }

    /// Reads something of the repository. `what` is its name for people.
    pub(crate) async fn get(
        &mut self,
        below: &str,
        accept: &str,
        what: &str,
    ) -> Result<Response, Problem> {
        let mut url = self.url(below);
        for _ in 0..=self.limits.redirects {
            let response = self.read(Method::GET, &url, Some(accept)).await?;
            match self.redirected(&response, what)? {
                Some(next) => url = next,
                None => return self.checked(response, what),
            }
        }
        Err(Problem::Redirect {
            host: self.host(),
            what: what.to_owned(),
            why: format!("more than {} times", self.limits.redirects),
        })
    }

    /// Returns whether the repository has something.
    pub(crate) async fn has(&mut self, below: &str, what: &str) -> Result<bool, Problem> {
        let url = self.url(below);
        let response = self.read(Method::HEAD, &url, None).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(false),
            // It is elsewhere, but it is there.
            status if status.is_redirection() => Ok(true),
            _ => self.checked(response, what).map(|_| true),
        }
    }

    /// Sends a write once; signs in first where the registry asks for that.
    pub(crate) async fn write(
        &mut self,
        method: Method,
        url: Url,
        content: (&'static str, Bytes),
        what: &str,
    ) -> Result<Response, Problem> {
        let (media_type, body) = content;
        let send = |session: &Session<'_>| {
            session
                .request(method.clone(), &url)
                .header(CONTENT_TYPE, media_type)
                .body(body.clone())
                .send()
        };
        let lost = |error: reqwest::Error| transport::lost(&error, &url, self.limits);
        let mut response = send(self).await.map_err(lost)?;
        if response.status() == StatusCode::UNAUTHORIZED && self.sign_in(&response).await? {
            let lost = |error: reqwest::Error| transport::lost(&error, &url, self.limits);
            response = send(self).await.map_err(lost)?;
        }
        self.checked(response, what)
    }

    /// Returns where the registry wants the bytes of an upload, which is at the registry itself.
    pub(crate) fn upload(&self, response: &Response, what: &str) -> Result<Url, Problem> {
        let place = self.location(response, what)?;
        if place.origin() == self.base.origin() {
            return Ok(place);
        }
        Err(Problem::Redirect {
            host: self.host(),
            what: what.to_owned(),
            why: format!("to {}", host_of(&place)),
        })
    }

    async fn read(
        &mut self,
        method: Method,
        url: &Url,
        accept: Option<&str>,
    ) -> Result<Response, Problem> {
        let response = self.repeated(&method, url, accept).await?;
        let is_refused = response.status() == StatusCode::UNAUTHORIZED;
        if is_refused && self.is_here(url) && self.sign_in(&response).await? {
            return self.repeated(&method, url, accept).await;
        }
        Ok(response)
    }

    /// Sends a read, and sends it again after a failure that may pass.
    async fn repeated(
        &self,
        method: &Method,
        url: &Url,
        accept: Option<&str>,
    ) -> Result<Response, Problem> {
        let mut pause = self.limits.pause;
        let mut attempt = 1;
        loop {
            let mut request = self.request(method.clone(), url);
            if let Some(accept) = accept {
                request = request.header(ACCEPT, accept);
            }
            let result = request.send().await;
            let result = result.map_err(|error| transport::lost(&error, url, self.limits));
            let asked = match &result {
                Ok(response) if may_pass(response.status()) => retry_after(response),
                Err(Problem::Unreachable { .. }) => None,
                _ => return result,
            };
            let wait = asked.unwrap_or(pause);
            if attempt >= self.limits.attempts || wait > self.limits.pause_max {
                return result;
            }
            tokio::time::sleep(wait).await;
            attempt += 1;
            pause *= 2;
        }
    }

    /// Returns a request, with the credentials where it goes to the registry itself.
    fn request(&self, method: Method, url: &Url) -> reqwest::RequestBuilder {
        let request = self.client.request(method, url.clone());
        match &self.authorization {
            Some(value) if self.is_here(url) => request.header(sign_in::FIELD, value.clone()),
            _ => request,
        }
    }

    fn is_here(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    /// Answers the challenge of a response, once; returns whether there is something to send now.
    async fn sign_in(&mut self, response: &Response) -> Result<bool, Problem> {
        if std::mem::replace(&mut self.has_signed_in, true) {
            return Ok(false);
        }
        let registry = self.reference.registry();
        self.found = self.credentials.find(registry, self.limits).await?;
        let signing_in = self.signing_in(&self.base);
        self.authorization = signing_in.answer(response.headers()).await?;
        Ok(self.authorization.is_some())
    }

    /// `url` is where the credentials are sent, or not.
    fn signing_in(&self, url: &Url) -> SignIn<'_> {
        SignIn {
            client: &self.client,
            limits: self.limits,
            reference: self.reference,
            base: &self.base,
            right: self.right,
            found: self.found.as_ref().filter(|_| self.is_here(url)),
        }
    }

    /// Returns where a response redirects to, if it does and may.
    fn redirected(&self, response: &Response, what: &str) -> Result<Option<Url>, Problem> {
        let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
        if !is_redirect {
            return Ok(None);
        }
        let next = self.location(response, what)?;
        let in_clear_text = next.scheme() == "http"
            && self.base.scheme() == "http"
            && next.host().is_some_and(|host| is_loopback(&host));
        if next.scheme() == "https" || in_clear_text {
            return Ok(Some(next));
        }
        Err(Problem::Redirect {
            host: host_of(response.url()),
            what: what.to_owned(),
            why: format!("to {} in clear text", host_of(&next)),
        })
    }

    fn location(&self, response: &Response, what: &str) -> Result<Url, Problem> {
        let place = response.headers().get(LOCATION);
        let place = place.and_then(|place| place.to_str().ok());
        let place = place.and_then(|place| response.url().join(place).ok());
        place.ok_or_else(|| Problem::Redirect {
            host: self.host(),
            what: what.to_owned(),
            why: "without saying where to".to_owned(),
        })
    }

    /// Returns a response that is a success.
    fn checked(&self, response: Response, what: &str) -> Result<Response, Problem> {
        let host = host_of(response.url());
        match response.status().as_u16() {
            200..=299 => Ok(response),
            status @ (401 | 403) => Err(self
                .signing_in(response.url())
                .refused(status, response.url())),
            404 => Err(Problem::NotFound {
                host,
                what: what.to_owned(),
            }),
            429 => {
                let after = retry_after(&response);
                let after = after.map(|after| format!(" for {} s", after.as_secs()));
                Err(Problem::Busy {
                    host,
                    after: after.unwrap_or_default(),
                })
            }
            status @ 500..=599 => Err(Problem::Broken { host, status }),
            status => Err(Problem::Unexpected {
                host,
                status,
                what: what.to_owned(),
            }),
        }
    }
}

/// Returns whether a registry answers in clear text and not over TLS.
async fn speaks_clear_text_alone(client: &reqwest::Client, tls: &Url, plain: &Url) -> bool {
    match client.get(tls.clone()).send().await {
        Err(error) if error.is_connect() && !transport::is_untrusted(&error) => {
            client.get(plain.clone()).send().await.is_ok()
        }
        _ => false,
    }
}

fn may_pass(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?;
    let seconds = value.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
