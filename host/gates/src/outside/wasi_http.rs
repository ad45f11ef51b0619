//! `wasi:http` 0.2, for guests whose language has a client on it: turns each request into one of ours, with its whole body,
//! and each response back, whole.
//!
//! Sends nothing itself: every request goes through `http.rs` and shares the limits of the `http` import.

mod link;

use std::future::{Future, ready};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::FutureExt as _;
use http_body_util::{BodyExt as _, Full};
use wasmtime::component::ResourceTable;
use wasmtime_wasi_http::{
    Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView,
    WasiHttpHooks,
};

use super::exchange::{ExchangeError, HttpResponse};
use super::http::{Outgoing, is_host_field};
use crate::component::bindings::host::lockgate::plugin::http::Request;
use crate::lock::lock;

pub(crate) use link::link;

/// The most that a guest may write of a body at once, in bytes. The host holds it until the request is sent.
const CHUNK_BYTES: usize = 64 << 10;
/// The most different failures that are kept of one call.
const FAILURES_MAX: usize = 20;

/// The state of `wasi:http` in one call.
pub(crate) struct WasiHttp {
    ctx: WasiHttpCtx,
    hooks: Hooks,
}

#[derive(Clone)]
struct Hooks {
    outgoing: Outgoing,
    /// Why requests failed, for the log: most of the interface's error codes, and most clients, drop the text.
    failures: Arc<Mutex<Vec<String>>>,
}

impl WasiHttp {
    pub(crate) fn new(outgoing: &Outgoing) -> WasiHttp {
        let mut ctx = WasiHttpCtx::new();
        // This limit counts the host's own overhead too, and exceeding it traps. Twice our limit leaves room for our own
        // check, which refuses with a reason.
        ctx.set_field_size_limit(outgoing.header_bytes_max().saturating_mul(2));
        WasiHttp {
            ctx,
            hooks: Hooks {
                outgoing: outgoing.clone(),
                failures: Arc::default(),
            },
        }
    }

    /// Takes the reasons why requests failed, each reason once.
    pub(crate) fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.hooks.failures))
    }

    /// Returns the view that wasmtime's implementation works on.
    pub(crate) fn view<'a>(&'a mut self, table: &'a mut ResourceTable) -> WasiHttpCtxView<'a> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table,
            ctx: &mut self.ctx,
        }
    }
}

/// A response, and the future of its transmission, as [`WasiHttpHooks`] prescribes.
type Sent = (
    http::Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        // Counted before the body is complete: requests whose bodies never end count too.
        let counted = self.outgoing.count();
        let hooks = self.clone();
        let mut sending = Box::pin(async move {
            let target = target(&request);
            match hooks.send(counted, request, options).await {
                Ok(response) => Ok::<Sent, Error>((response, Box::new(async { Ok(()) }))),
                Err(WasiFailure { code, why }) => {
                    hooks.keep(format!("{target} was not answered: {why}"));
                    Err(code)
                }
            }
        });
        // Polled once here, not in the task that continues it: below the limit of requests in flight, requests without a
        // body are then sent in the guest's order, every time.
        match sending.as_mut().now_or_never() {
            Some(sent) => Box::new(ready(sent)),
            None => Box::new(sending),
        }
    }

    /// Allows every field: clients set some of the host's fields themselves, and those are dropped when the request is
    /// sent.
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(|_| false)
    }

    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK_BYTES
    }
}

/// Why a request failed: the interface's code and the reason in words.
struct WasiFailure {
    code: Error,
    why: String,
}

impl Hooks {
    async fn send(
        &self,
        counted: Result<(), ExchangeError>,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<http::Response<WasiBody>, WasiFailure> {
        let (parts, body) = request.into_parts();
        let body = self.whole(body).await?;
        counted?;
        let admitted = self.outgoing.check(Request {
            method: parts.method.to_string(),
            url: parts.uri.to_string(),
            headers: headers(&parts.headers)?,
            body: (!body.is_empty()).then_some(body),
            timeout_ms: options.and_then(timeout_ms),
        });
        let received = self.outgoing.send(admitted).await.inspect_err(|error| {
            // Clients make one kind of error of every code, so the gate cannot know that it saw nothing.
            if is_of_the_observer(error) {
                self.outgoing.note_indistinct();
            }
        })?;
        response(received).map_err(|error| {
            let why = format!("a response that cannot be passed on: {error}");
            ExchangeError::Unreachable(why).into()
        })
    }

    /// Reads the guest's body to its end; the call's deadline ends an endless one. A body that is too long is read to the
    /// end and discarded: guests fail when the host stops reading, and would not see the error.
    async fn whole(&self, mut body: WasiBody) -> Result<Vec<u8>, WasiFailure> {
        let (mut held, mut bytes) = (Vec::new(), 0_usize);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|code| WasiFailure {
                why: code.to_string(),
                code,
            })?;
            let data = frame.into_data().unwrap_or_default();
            bytes = bytes.saturating_add(data.len());
            match self.outgoing.check_body(bytes) {
                Ok(()) => held.extend_from_slice(&data),
                Err(_) => held = Vec::new(),
            }
        }
        self.outgoing
            .check_body(bytes)
            .map_err(|error| WasiFailure {
                code: Error::HttpRequestBodySize(u64::try_from(bytes).ok()),
                why: error.to_string(),
            })?;
        Ok(held)
    }

    fn keep(&self, failure: String) {
        let mut failures = lock(&self.failures);
        if failures.len() < FAILURES_MAX && !failures.contains(&failure) {
            failures.push(failure);
        }
    }
}

/// Returns method and URL for the log, without user name and query, which may hold secrets.
fn target(request: &http::Request<WasiBody>) -> String {
    let uri = request.uri();
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().map(|port| format!(":{port}"));
    format!(
        "{} {}://{host}{}{}",
        request.method(),
        uri.scheme_str().unwrap_or_default(),
        port.unwrap_or_default(),
        uri.path()
    )
}

fn headers(map: &http::HeaderMap) -> Result<Vec<(String, String)>, ExchangeError> {
    map.iter()
        .filter(|(name, _)| !is_host_field(name.as_str()))
        .map(|(name, value)| {
            let text = String::from_utf8(value.as_bytes().to_vec());
            let text = text.map_err(|_| {
                ExchangeError::Invalid(format!("the header field {name} is not UTF-8"))
            })?;
            Ok((name.as_str().to_owned(), text))
        })
        .collect()
}

/// Returns the timeout of the whole exchange: a response arrives whole with its first byte, so the time between bytes does
/// not matter.
fn timeout_ms(options: RequestOptions) -> Option<u32> {
    let connect = options.connect_timeout.unwrap_or_default();
    let timeout = options.first_byte_timeout?.saturating_add(connect);
    Some(u32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX))
}

fn response(received: HttpResponse) -> Result<http::Response<WasiBody>, http::Error> {
    let mut response = http::Response::builder().status(received.status);
    for (name, value) in &received.headers {
        response = response.header(name, value);
    }
    let body = Full::new(Bytes::from(received.body)).map_err(|never| match never {});
    response.body(body.boxed_unsync())
}

fn is_of_the_observer(error: &ExchangeError) -> bool {
    matches!(
        error,
        ExchangeError::Unresolved(_) | ExchangeError::Untrusted(_) | ExchangeError::ThisMachine(_)
    )
}

impl From<ExchangeError> for WasiFailure {
    fn from(error: ExchangeError) -> WasiFailure {
        let why = error.to_string();
        let code = match error {
            ExchangeError::Denied(_) => Error::HttpRequestDenied,
            ExchangeError::Timeout => Error::HttpResponseTimeout,
            ExchangeError::Unresolved(_) => Error::DnsError {
                rcode: None,
                info_code: None,
            },
            ExchangeError::Untrusted(_) => Error::TlsCertificateError,
            ExchangeError::TooLarge(bytes) => Error::HttpResponseBodySize(Some(u64::from(bytes))),
            // The only code that carries a text.
            ExchangeError::Invalid(_)
            | ExchangeError::Unreachable(_)
            | ExchangeError::ThisMachine(_)
            | ExchangeError::Budget(_) => Error::InternalError(Some(why.clone())),
        };
        WasiFailure { code, why }
    }
}
