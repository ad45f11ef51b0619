//! One call of the control port, read from the wire: path, query, headers, token and body.

use axum::body::Bytes;
use axum::http::{HeaderMap, header, request};
use serde_json::Value;
use url::form_urlencoded;

use crate::refusal::Refusal;

/// Query members that carry a signature, which must not be logged.
const SIGNED: [&str; 3] = ["c", "s", "h"];

/// One call, as its client sent it.
#[derive(Debug)]
pub(crate) struct HttpCall {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) raw_body: Bytes,
    /// The body, if it is JSON.
    pub(crate) body: Option<Value>,
    /// Who calls: the name of the door that the call came through, or else its `User-Agent`.
    pub(crate) client: String,
    /// The bearer token.
    pub(crate) bearer: Option<String>,
    /// `scheme://host:port` as the client wrote it. Absolute links in replies begin with it.
    pub(crate) origin: String,
    headers: HeaderMap,
    lower_path: String,
    query: Vec<(String, String)>,
}

impl HttpCall {
    /// `door` is the name of the client that the listener was opened for.
    pub(crate) fn read(
        parts: &request::Parts,
        body: &Bytes,
        scheme: &str,
        door: Option<&str>,
    ) -> Self {
        let text = |name| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let bearer = text(header::AUTHORIZATION).and_then(|value| value.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let query = parts.uri.query().unwrap_or_default();
        let path = parts.uri.path().to_owned();
        Self {
            method: parts.method.to_string(),
            lower_path: path.to_ascii_lowercase(),
            path,
            raw_body: body.clone(),
            body: serde_json::from_slice(body).ok(),
            client: door
                .or_else(|| text(header::USER_AGENT))
                .unwrap_or_default()
                .to_owned(),
            bearer: bearer.map(|(_, token)| token.trim().to_owned()),
            origin: format!("{scheme}://{}", text(header::HOST).unwrap_or("127.0.0.1")),
            headers: parts.headers.clone(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        }
    }

    /// Returns the segments of the path in lower case, because ARM ignores the case of paths.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.lower_path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect()
    }

    /// Returns the value of a query member. ARM ignores the case of its name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let member = self
            .query
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        member.map(|(_, value)| value.as_str())
    }

    /// Returns the value of a header, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the name of the app in the path, in lower case.
    pub(crate) fn app(&self) -> Option<&str> {
        let mut segments = self.lower_path.split('/');
        segments.find(|segment| *segment == "containerapps")?;
        segments.next()
    }

    /// Returns the body of a write, or the refusal of a body that is not a JSON object.
    pub(crate) fn document(&self) -> Result<&Value, Refusal> {
        let document = self.body.as_ref().filter(|body| body.is_object());
        document.ok_or_else(|| {
            let message = "The request content was invalid and could not be deserialized.";
            Refusal::new(400, "InvalidRequestContent", message.to_owned())
        })
    }

    /// Returns the refusal of a path that does not exist.
    pub(crate) fn unknown_path(&self) -> Refusal {
        let message = format!("The resource at '{}' was not found.", self.path);
        Refusal::new(404, "ResourceNotFound", message)
    }

    /// Returns the refusal of a method that the path does not support.
    pub(crate) fn unsupported_method(&self) -> Refusal {
        let message = format!(
            "The method '{}' is not supported at '{}'.",
            self.method, self.path
        );
        Refusal::new(405, "MethodNotAllowed", message)
    }

    /// Returns the query for the log, without signatures.
    pub(crate) fn query_without_signature(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(
            self.query
                .iter()
                .filter(|(key, _)| !SIGNED.contains(&key.as_str())),
        );
        text.finish()
    }
}
