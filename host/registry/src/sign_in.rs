//! From a registry's challenge (`WWW-Authenticate`) to the field that answers it: a password as it is, or a token for one
//! repository and one right, fetched where the registry says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_auth::{ChallengeParser, ChallengeRef};
use reqwest::Response;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use serde::Deserialize;
use url::Url;

use crate::credential::{Credential, FoundCredential};
use crate::credentials::Found;
use crate::limits::Limits;
use crate::place::{host_of, is_safe, place_of, without_user};
use crate::problem::Problem;
use crate::reference::Reference;
use crate::repeat;
use crate::transport::{self, Bound};

const JUDGE: &str = "check that it is an OCI registry";
const LOG_IN: &str = "sign in with `docker login`";

/// What is wanted of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    Pull,
    Push,
}

impl Right {
    /// Returns the word for people.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Right::Pull => "pull from",
            Right::Push => "push to",
        }
    }

    fn scope(self, repository: &str) -> String {
        match self {
            Right::Pull => format!("repository:{repository}:pull"),
            Right::Push => format!("repository:{repository}:pull,push"),
        }
    }
}

/// Who signs in, where, for what.
pub(crate) struct SignIn<'a> {
    pub(crate) client: &'a reqwest::Client,
    pub(crate) limits: &'a Limits,
    pub(crate) reference: &'a Reference,
    pub(crate) base: &'a Url,
    pub(crate) right: Right,
    /// `None` before anything was looked for, and for another host than the registry's.
    pub(crate) found: Option<&'a Found>,
}

/// Where tokens are fetched.
struct TokenServer {
    realm: Url,
    service: Option<String>,
}

/// What an answer with a token holds. Servers use one name or the other.
#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
}

impl SignIn<'_> {
    /// Returns the field `Authorization` that answers a challenge; `None` where there is nothing to answer with.
    pub(crate) async fn answer(&self, headers: &HeaderMap) -> Result<Option<HeaderValue>, Problem> {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter();
        let texts: Vec<&str> = texts.filter_map(|value| value.to_str().ok()).collect();
        let challenges = texts.iter().flat_map(|text| ChallengeParser::new(text));
        let challenges: Vec<ChallengeRef<'_>> = challenges.filter_map(Result::ok).collect();
        let by_scheme = |scheme: &str| {
            let mut all = challenges.iter();
            all.find(|challenge| challenge.scheme.eq_ignore_ascii_case(scheme))
        };
        if let Some(challenge) = by_scheme("Bearer") {
            let server = self.token_server(challenge)?;
            return self.token(&server).await.map(Some);
        }
        if by_scheme("Basic").is_none() {
            let reason = "it names neither Bearer nor Basic".to_owned();
            return Err(self.unusable(reason, JUDGE));
        }
        let Some(found) = self.credential() else {
            return Ok(None);
        };
        match &found.credential {
            Credential::Password { user, password } => {
                let pair = STANDARD.encode(format!("{user}:{}", password.exposed()));
                Ok(Some(sensitive(&format!("Basic {pair}"))))
            }
            Credential::RefreshToken(_) => {
                let origin = &found.origin;
                let reason =
                    format!("it asks for a password, and there is only a token from {origin}");
                Err(self.unusable(reason, LOG_IN))
            }
        }
    }

    fn credential(&self) -> Option<&FoundCredential> {
        match self.found {
            Some(Found::Credential(found)) => Some(found),
            _ => None,
        }
    }

    fn unusable(&self, reason: String, next: &'static str) -> Problem {
        Problem::Challenge {
            host: host_of(self.base),
            reason,
            next,
        }
    }

    fn token_server(&self, challenge: &ChallengeRef<'_>) -> Result<TokenServer, Problem> {
        let value = |name: &str| {
            let mut params = challenge.params.iter();
            let found = params.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_unescaped())
        };
        let realm = value("realm").unwrap_or_default();
        let realm = Url::parse(&realm).ok().filter(Url::has_host);
        let realm = realm
            .map(without_user)
            .ok_or_else(|| self.unusable("it names no URL for tokens".to_owned(), JUDGE))?;
        if !is_safe(&realm, self.base) {
            let place = place_of(&realm);
            let reason = format!("tokens are to be fetched from {place}");
            return Err(self.unusable(reason, "look at proxies on the way"));
        }
        let stays_here = self.credential().is_some_and(|found| found.stays_here);
        if stays_here && realm.origin() != self.base.origin() {
            let host = host_of(&realm);
            let reason =
                format!("tokens are to be fetched from {host}, where this credential is not sent");
            return Err(self.unusable(reason, LOG_IN));
        }
        Ok(TokenServer {
            realm,
            service: value("service"),
        })
    }

    /// Fetches a token for one repository and one right.
    async fn token(&self, server: &TokenServer) -> Result<HeaderValue, Problem> {
        let scope = self.right.scope(self.reference.repository());
        let service = server
            .service
            .as_deref()
            .map(|service| ("service", service));
        let fields = service.into_iter().chain([("scope", scope.as_str())]);
        let request = || match self.credential().map(|found| &found.credential) {
            Some(Credential::RefreshToken(token)) => {
                let more = [
                    ("grant_type", "refresh_token"),
                    ("client_id", "lockgate"),
                    ("refresh_token", token.exposed()),
                ];
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(fields.clone().chain(more));
                self.client
                    .post(server.realm.clone())
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(form.finish())
            }
            other => {
                let mut url = server.realm.clone();
                url.query_pairs_mut().extend_pairs(fields.clone());
                let request = self.client.get(url);
                match other {
                    Some(Credential::Password { user, password }) => {
                        request.basic_auth(user, Some(password.exposed()))
                    }
                    _ => request,
                }
            }
        };
        let response = repeat::sent(self.limits, &server.realm, request).await?;
        match response.status().as_u16() {
            200 => self.read_token(response).await,
            429 => Err(repeat::busy(&response)),
            status => Err(self.refused(status, &server.realm)),
        }
    }

    async fn read_token(&self, response: Response) -> Result<HeaderValue, Problem> {
        let what = format!("the token from {}", host_of(response.url()));
        let bound = Bound {
            what: &what,
            max: self.limits.answer_bytes,
            expected: None,
            next: JUDGE,
        };
        let body = transport::body(response, &bound, self.limits).await?;
        let answer: Option<TokenAnswer> = serde_json::from_slice(&body).ok();
        // Some send both names, and one of them empty.
        let tokens = answer.map(|answer| [answer.token, answer.access_token]);
        let mut tokens = tokens.into_iter().flatten().flatten();
        let token = tokens.find(|token| !token.is_empty());
        let token = token.filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()));
        let token = token.ok_or_else(|| Problem::Malformed {
            what: what.clone(),
            reason: "it is no JSON with a token".to_owned(),
        })?;
        Ok(sensitive(&format!("Bearer {token}")))
    }

    /// Returns what it means that a token, or the registry with what was sent, answers with this status.
    pub(crate) fn refused(&self, status: u16, url: &Url) -> Problem {
        let host = host_of(url);
        let with = self.with();
        match status {
            // Some servers of tokens answer 400 to a refresh token that has expired.
            400 if self.credential().is_some() => self.unauthenticated(host, status, with),
            401 => self.unauthenticated(host, status, with),
            403 => Problem::Forbidden {
                host,
                with,
                right: self.right.word(),
                repository: self.reference.repository().to_owned(),
            },
            500..=599 => Problem::Broken { host, status },
            _ => Problem::Unexpected {
                host,
                status,
                what: "a token".to_owned(),
            },
        }
    }

    fn unauthenticated(&self, host: String, status: u16, with: String) -> Problem {
        Problem::Unauthenticated {
            host,
            status,
            with,
            registry: self.reference.registry().to_owned(),
        }
    }

    fn with(&self) -> String {
        match self.found {
            Some(Found::Credential(found)) => format!("to {}", found.origin),
            Some(Found::Nothing {
                reason: Some(reason),
            }) => format!("without credentials ({reason})"),
            _ => "without credentials".to_owned(),
        }
    }
}

/// Returns the value of a field that no log of the HTTP client shows.
fn sensitive(text: &str) -> HeaderValue {
    // Passwords are base64 here, and tokens were checked.
    let mut value = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// The field that carries what [`SignIn::answer`] returns.
pub(crate) const FIELD: reqwest::header::HeaderName = AUTHORIZATION;
