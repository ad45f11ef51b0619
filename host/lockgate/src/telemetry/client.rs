//! Sends spans to a collector, on the thread of the exporter alone: whoever ends a span does not wait for it.

use std::error::Error as _;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, ResponseBodyTooLarge};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use tokio::runtime::Runtime;

use super::losses::Losses;

/// The longest answer of a collector that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// The longest reason of a collector that is quoted, in characters.
const REASON_CHARS_MAX: usize = 200;

/// The client of one exporter.
#[derive(Debug)]
pub(super) struct Client {
    /// For one request, to the last byte of its answer.
    pub(super) limit: Duration,
    /// Authorities in PEM that are trusted beside those of the machine.
    pub(super) authorities: Option<Vec<u8>>,
    pub(super) losses: Arc<Losses>,
    /// Made by the first request: root certificates take a while to read.
    pub(super) connection: OnceLock<Result<Connection, String>>,
}

/// The connections of a client, and what drives them.
#[derive(Debug)]
pub(super) struct Connection {
    runtime: Runtime,
    http: reqwest::Client,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.send(request);
        match &sent {
            Ok(response) if response.status().is_success() => self.note_rejected(response.body()),
            Ok(response) => self
                .losses
                .note_failure(format!("status {}", response.status().as_u16())),
            Err(error) => self.losses.note_failure(error.to_string()),
        }
        sent
    }
}

impl Client {
    /// Counts the spans that a collector has not taken of a request that it has taken.
    fn note_rejected(&self, answer: &[u8]) {
        let answer = ExportTraceServiceResponse::decode(answer).unwrap_or_default();
        let part = answer.partial_success.unwrap_or_default();
        let count = usize::try_from(part.rejected_spans).unwrap_or_default();
        if count > 0 {
            let why = gates::sanitise(&part.error_message, REASON_CHARS_MAX);
            self.losses.note_rejected(count, why);
        }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let connection = self.connection.get_or_init(|| self.connect());
        let Connection { runtime, http } = connection.as_ref().map_err(String::clone)?;
        let (parts, body) = request.into_parts();
        let request = http.request(parts.method, parts.uri.to_string());
        let request = request.headers(parts.headers).body(body);
        runtime.block_on(async {
            let mut response = request.send().await.map_err(innermost)?;
            let mut answer = Response::builder().status(response.status());
            if let Some(headers) = answer.headers_mut() {
                response.headers().clone_into(headers);
            }
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(innermost)? {
                body.extend_from_slice(&chunk);
                if body.len() > ANSWER_BYTES_MAX {
                    return Err(ResponseBodyTooLarge::new().into());
                }
            }
            Ok(answer.body(Bytes::from(body))?)
        })
    }

    fn connect(&self) -> Result<Connection, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("lockgate/", env!("CARGO_PKG_VERSION")))
            // A redirect could carry the credentials of the collector to another host.
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            .timeout(self.limit);
        if let Some(pem) = &self.authorities {
            let authorities = reqwest::Certificate::from_pem_bundle(pem).map_err(innermost)?;
            builder = builder.tls_certs_merge(authorities);
        }
        let http = builder.build().map_err(innermost)?;
        Ok(Connection { runtime, http })
    }
}

/// Returns the cause of an error, without the URL: that may hold a key.
fn innermost(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        reason = inner.to_string();
        cause = inner.source();
    }
    reason
}
