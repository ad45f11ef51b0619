//! The requests of one pull or push to one registry: signs in where it is asked to, follows redirects without the
//! credentials, and says what every status means.

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, Response, StatusCode};
use url::Url;

use crate::credentials::{Credentials, Found};
use crate::limits::Limits;
use crate::place::{host_of, is_safe, place_of, without_user};
use crate::problem::Problem;
use crate::reference::{DOCKER, Reference};
use crate::repeat;
use crate::sign_in::{self, Right, SignIn};
use crate::transport;

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
    /// `None` before the registry asks for a sign-in.
    found: Option<Found>,
    authorization: Option<HeaderValue>,
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
        let host = if reference.host() == DOCKER {
            DOCKER_API
        } else {
            reference.registry()
        };
        let base = |scheme: &str| Url::parse(&format!("{scheme}://{host}/v2/"));
        let malformed = |_| Problem::Reference("the registry is not a host; correct it");
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
        let limits = self.limits;
        let lost = |error: reqwest::Error| transport::lost(error, &url, limits);
        let mut response = send(self).await.map_err(lost)?;
        // A registry refuses before it writes.
        if response.status() == StatusCode::UNAUTHORIZED && self.sign_in(&response).await? {
            response = send(self).await.map_err(lost)?;
        }
        self.checked(response, what)
    }

    /// Returns where the registry wants the bytes of an upload, which is at the registry itself.
    pub(crate) fn upload(&self, response: &Response, what: &str) -> Result<Url, Problem> {
        let refused = |why: String| Problem::Upload {
            host: self.host(),
            what: what.to_owned(),
            why,
        };
        let place = location(response).ok_or_else(|| refused("without saying where".to_owned()))?;
        if self.is_here(&place) {
            return Ok(place);
        }
        Err(refused(format!("at {}", place_of(&place))))
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
        let request = || {
            let request = self.request(method.clone(), url);
            match accept {
                Some(accept) => request.header(ACCEPT, accept),
                None => request,
            }
        };
        repeat::sent(self.limits, url, request).await
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

    /// Answers the challenge of a response; returns whether there is something to send now. A caller does so once for each
    /// request: a token may run out on the way.
    async fn sign_in(&mut self, response: &Response) -> Result<bool, Problem> {
        if self.found.is_none() {
            self.found = Some(self.credentials.find(self.reference, self.limits).await?);
        }
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
        if !is_redirect(response) {
            return Ok(None);
        }
        let Some(next) = location(response) else {
            return Err(not_followed(response, what));
        };
        if is_safe(&next, &self.base) {
            return Ok(Some(next));
        }
        Err(not_followed(response, what))
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
            429 => Err(repeat::busy(&response)),
            status @ 500..=599 => Err(Problem::Broken { host, status }),
            _ if is_redirect(&response) => Err(not_followed(&response, what)),
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
        Err(error) if error.is_connect() && !transport::speaks_tls(&error) => {
            client.get(plain.clone()).send().await.is_ok()
        }
        _ => false,
    }
}

fn is_redirect(response: &Response) -> bool {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Returns where a response leads.
fn location(response: &Response) -> Option<Url> {
    let place = response.headers().get(LOCATION)?.to_str().ok()?;
    response.url().join(place).ok().map(without_user)
}

fn not_followed(response: &Response, what: &str) -> Problem {
    let why = location(response).map(|place| format!("to {}", place_of(&place)));
    Problem::Redirect {
        host: host_of(response.url()),
        what: what.to_owned(),
        why: why.unwrap_or_else(|| "without saying where to".to_owned()),
    }
}
