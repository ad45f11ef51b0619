//! The reply to a call of the control port, and its two forms on the wire: whole, and cut off in
//! the middle. Adds the headers that every reply of ARM has.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use hyper::body::{Body as HttpBody, Frame};
use serde_json::Value;

use crate::ids::random_uuid;
use crate::refusal::Refusal;

/// Closes the connection in place of a reply.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed on purpose")]
pub(crate) struct ConnectionReset;

/// Status, headers and a JSON body.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Some(body),
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn refused(refusal: &Refusal) -> Self {
        Self::json(refusal.status, refusal.body())
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let bytes = self.bytes();
        self.response(bytes.into())
    }

    /// Returns a response that announces the whole length, sends half of the body, and then closes
    /// the connection.
    pub(crate) fn into_truncated_response(self) -> Response<Body> {
        let bytes = self.bytes();
        let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
        let mut response = self.response(Body::new(TruncatedBody {
            sent: Some(half),
            waited: false,
        }));
        let length = HeaderValue::from(bytes.len());
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length);
        response
    }

    fn bytes(&self) -> Vec<u8> {
        self.body
            .as_ref()
            .map(|body| body.to_string().into_bytes())
            .unwrap_or_default()
    }

    fn response(&self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status)
            .expect("faults are checked, and all other statuses are constants");
        let headers = response.headers_mut();
        if self.body.is_some() {
            let json = HeaderValue::from_static("application/json; charset=utf-8");
            headers.insert(header::CONTENT_TYPE, json);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        for name in ["x-ms-request-id", "x-ms-correlation-request-id"] {
            let id = HeaderValue::try_from(random_uuid()).expect("an id is plain ASCII");
            headers.insert(HeaderName::from_static(name), id);
        }
        for (name, value) in &self.headers {
            // Only a client's `Host` can make a value that is not a valid header.
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// A body that ends with an error after its first half.
struct TruncatedBody {
    sent: Option<Bytes>,
    waited: bool,
}

impl HttpBody for TruncatedBody {
    type Data = Bytes;
    type Error = ConnectionReset;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ConnectionReset>>> {
        if let Some(half) = self.sent.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.waited {
            // The server flushes its buffer only while it waits for more data.
            self.waited = true;
            ctx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(ConnectionReset)))
    }
}
