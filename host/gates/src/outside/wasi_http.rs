//! `wasi:http` 0.2 for guests whose language has a client on it: each request goes the way of the `http` import, whole,
//! and an answer comes back whole. Sends nothing by itself.

mod link;

use std::future::{Future, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt as _;
use http_body_util::{BodyExt as _, Full};
use wasmtime_wasi_http::{
    Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView,
    WasiHttpHooks, WasiHttpView,
};

use super::http::{Outgoing, is_hosts};
use crate::call::state::State;
use crate::component::bindings::host::lockgate::plugin::http::Request;
use crate::outside::exchange::{ExchangeError, HttpResponse};

pub(crate) use link::link;

/// What a guest may hand over of a body at once, in bytes; it waits in the host until the request is sent.
const CHUNK_BYTES: usize = 64 << 10;
/// How many different reasons are kept of one call.
const UNTOLD_MAX: usize = 20;

/// What one call has of `wasi:http`.
pub(crate) struct WasiHttp {
    ctx: WasiHttpCtx,
    hooks: Hooks,
}

#[derive(Clone)]
struct Hooks {
    outgoing: Outgoing,
    /// Why requests were not answered: most of the interface's error codes, and most clients, drop the text.
    untold: Arc<Mutex<Vec<String>>>,
}

impl WasiHttp {
    pub(crate) fn new(outgoing: &Outgoing) -> WasiHttp {
        let mut ctx = WasiHttpCtx::new();
        // It counts what the host needs beside the text too. What is over it traps, so there is room for what the limit
        // refuses by its name.
        ctx.set_field_size_limit(outgoing.limits.header_bytes.saturating_mul(2));
        WasiHttp {
            ctx,
            hooks: Hooks {
                outgoing: outgoing.clone(),
                untold: Arc::default(),
            },
        }
    }

    /// Takes why requests were not answered, each reason once.
    pub(crate) fn take_untold(&self) -> Vec<String> {
        std::mem::take(&mut self.hooks.untold())
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.wasi_http.hooks,
            table: &mut self.table,
            ctx: &mut self.wasi_http.ctx,
        }
    }
}

/// An answer, and whether all went well after it.
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
        // Before the body is there: requests whose bodies never end count too.
        let counted = self.outgoing.count();
        let hooks = self.clone();
        let mut sending = Box::pin(async move {
            let target = target(&request);
            let answered = hooks.answer(counted, request, options).await;
            answered
                .map(|response| -> Sent { (response, Box::new(async { Ok(()) })) })
                .map_err(|(error, why)| {
                    hooks.keep(format!("{target} was not answered: {why}"));
                    error
                })
        });
        // Begun here and not in the task that goes on with it: as long as there are turns, requests without a body are sent
        // in the guest's order, every time.
        match sending.as_mut().now_or_never() {
            Some(answered) => Box::new(ready(answered)),
            None => Box::new(sending),
        }
    }

    /// Clients set fields that are the host's by themselves; they are dropped when the request is sent.
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

/// The error as the interface has it, and why in words.
type Refusal = (Error, String);

impl Hooks {
    async fn answer(
        &self,
        counted: Result<(), ExchangeError>,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<http::Response<WasiBody>, Refusal> {
        let (parts, body) = request.into_parts();
        let body = self.whole(body).await?;
        counted.map_err(refusal)?;
        let headers = headers(&parts.headers).map_err(refusal)?;
        let asked = self.outgoing.check(Request {
            method: parts.method.to_string(),
            url: parts.uri.to_string(),
            headers,
            body: (!body.is_empty()).then_some(body),
            timeout_ms: options.and_then(timeout_ms),
        });
        let answer = self.outgoing.answer(asked).await.map_err(refusal)?;
        response(answer).map_err(|error| {
            let why = format!("an answer that cannot be passed on: {error}");
            refusal(ExchangeError::Unreachable(why))
        })
    }

    /// Waits for the end of the body that the guest writes; the call's own deadline ends a wait for ever. What is too long
    /// is read and not held: guests break where nobody reads on, and are to hear the error.
    async fn whole(&self, mut body: WasiBody) -> Result<Vec<u8>, Refusal> {
        let (mut held, mut bytes) = (Vec::new(), 0_usize);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                let why = error.to_string();
                (error, why)
            })?;
            let data = frame.into_data().unwrap_or_default();
            bytes = bytes.saturating_add(data.len());
            match self.outgoing.check_body(bytes) {
                Ok(()) => held.extend_from_slice(&data),
                Err(_) => held = Vec::new(),
            }
        }
        self.outgoing.check_body(bytes).map_err(|error| {
            let size = u64::try_from(bytes).ok();
            (Error::HttpRequestBodySize(size), error.to_string())
        })?;
        Ok(held)
    }

    fn untold(&self) -> MutexGuard<'_, Vec<String>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, why: String) {
        let mut untold = self.untold();
        if untold.len() < UNTOLD_MAX && !untold.contains(&why) {
            untold.push(why);
        }
    }
}

/// What was asked, for people: neither a user name nor a query, which may be secrets.
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
        .filter(|(name, _)| !is_hosts(name.as_str()))
        .map(|(name, value)| {
            let text = String::from_utf8(value.as_bytes().to_vec());
            let text = text.map_err(|_| {
                ExchangeError::Invalid(format!("the header field {name} is not UTF-8"))
            })?;
            Ok((name.as_str().to_owned(), text))
        })
        .collect()
}

/// The time for the whole exchange: an answer comes back at once with its first byte.
fn timeout_ms(options: RequestOptions) -> Option<u32> {
    let connect = options.connect_timeout.unwrap_or_default();
    let timeout = options.first_byte_timeout?.saturating_add(connect);
    Some(u32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX))
}

fn response(answer: HttpResponse) -> Result<http::Response<WasiBody>, http::Error> {
    let mut response = http::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let body = Full::new(Bytes::from(answer.body)).map_err(|never| match never {});
    response.body(body.boxed_unsync())
}

fn refusal(error: ExchangeError) -> Refusal {
    let why = error.to_string();
    let error = match error {
        ExchangeError::Denied(_) => Error::HttpRequestDenied,
        ExchangeError::Timeout => Error::HttpResponseTimeout,
        ExchangeError::TooLarge(bytes) => Error::HttpResponseBodySize(Some(u64::from(bytes))),
        // The one code that carries a text.
        ExchangeError::Invalid(_) | ExchangeError::Unreachable(_) | ExchangeError::Budget(_) => {
            Error::InternalError(Some(why.clone()))
        }
    };
    (error, why)
}
