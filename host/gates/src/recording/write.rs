//! Writes a recording as a HAR 1.2 file. Bodies in UTF-8 are written as text, others as base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::exchanges::{Exchange, Outcome, Recording};
use super::har::{
    Content, Creator, EmptyObject, EntryDetails, File, HarEntry, Log, Page, Pair, PostData,
    Request, Response, Timings,
};
use crate::outside::exchange::HttpResponse;

/// The id of the page that all entries of a call belong to.
const PAGE: &str = "ask";

impl Recording {
    /// Returns the text of a HAR 1.2 file.
    pub fn to_har(&self) -> String {
        let began = self.call.as_ref().map_or(0, |call| call.began_unix_ms);
        let page = self.call.as_ref().map(|call| Page {
            started_date_time: date(began, 0.0),
            id: PAGE.to_owned(),
            title: format!("{} {}", call.ask.kind, call.ask.gate),
            page_timings: EmptyObject {},
            call: Some(call.clone()),
        });
        let file = File {
            log: Log {
                version: "1.2".to_owned(),
                creator: Creator {
                    name: "lockgate".to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                },
                pages: page.into_iter().collect(),
                entries: self
                    .entries
                    .iter()
                    .map(|entry| self::entry(entry, began))
                    .collect(),
            },
        };
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn entry(entry: &Exchange, began_unix_ms: u64) -> HarEntry {
    let (elapsed_ms, error) = match &entry.outcome {
        Outcome::Answered(received) => (received.elapsed_ms, None),
        Outcome::Failed { error, elapsed_ms } => (*elapsed_ms, Some(error.clone())),
        Outcome::Unfinished | Outcome::NotRecorded(_) => (0.0, None),
    };
    HarEntry {
        pageref: Some(PAGE.to_owned()),
        started_date_time: date(began_unix_ms, entry.began_ms),
        time: Some(elapsed_ms),
        request: request(entry),
        response: match &entry.outcome {
            Outcome::Answered(received) => response(received),
            Outcome::NotRecorded(missing) => no_response(Some(format!("not recorded: {missing}"))),
            Outcome::Failed { error, .. } => no_response(Some(error.to_string())),
            Outcome::Unfinished => {
                no_response(Some("the call ended before the exchange did".to_owned()))
            }
        },
        cache: EmptyObject {},
        timings: Timings {
            send: 0.0,
            wait: elapsed_ms,
            receive: 0.0,
        },
        lockgate: Some(EntryDetails {
            began_ms: entry.began_ms,
            error,
            unfinished: matches!(entry.outcome, Outcome::Unfinished),
        }),
    }
}

fn request(entry: &Exchange) -> Request {
    let query = url::Url::parse(&entry.url).ok();
    let query = query.iter().flat_map(url::Url::query_pairs);
    Request {
        method: entry.method.clone(),
        url: entry.url.clone(),
        http_version: "HTTP/1.1".to_owned(),
        cookies: Vec::new(),
        headers: pairs(&entry.headers),
        query_string: query
            .map(|(name, value)| Pair {
                name: name.into_owned(),
                value: value.into_owned(),
            })
            .collect(),
        post_data: entry.body.as_ref().map(|body| {
            let (text, encoding) = readable(body);
            PostData {
                mime_type: mime_type(&entry.headers),
                text: Some(text),
                encoding,
                params: Vec::new(),
            }
        }),
        headers_size: -1.0,
        body_size: size(entry.body.as_ref().map_or(0, Vec::len)),
    }
}

fn response(received: &HttpResponse) -> Response {
    let (text, encoding) = readable(&received.body);
    let redirect = received.headers.iter().find(|(name, _)| name == "location");
    Response {
        status: f64::from(received.status),
        status_text: reqwest::StatusCode::from_u16(received.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default()
            .to_owned(),
        http_version: "HTTP/1.1".to_owned(),
        cookies: Vec::new(),
        headers: pairs(&received.headers),
        content: Content {
            size: size(received.body.len()),
            mime_type: mime_type(&received.headers),
            text: Some(text),
            encoding,
        },
        redirect_url: redirect.map(|(_, value)| value.clone()).unwrap_or_default(),
        headers_size: -1.0,
        body_size: size(received.body.len()),
        error: None,
    }
}

fn no_response(error: Option<String>) -> Response {
    Response {
        http_version: "HTTP/1.1".to_owned(),
        headers_size: -1.0,
        body_size: -1.0,
        error,
        ..Response::default()
    }
}

/// Returns a body as text and the name of its encoding, if it needs one.
fn readable(body: &[u8]) -> (String, Option<String>) {
    match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (STANDARD.encode(body), Some("base64".to_owned())),
    }
}

fn pairs(headers: &[(String, String)]) -> Vec<Pair> {
    let pair = |(name, value): &(String, String)| Pair {
        name: name.clone(),
        value: value.clone(),
    };
    headers.iter().map(pair).collect()
}

fn mime_type(headers: &[(String, String)]) -> String {
    let field = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    field.map(|(_, value)| value.clone()).unwrap_or_default()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bodies are far below 2^53 bytes"
)]
fn size(bytes: usize) -> f64 {
    bytes as f64
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds of a call")]
fn date(began_unix_ms: u64, later_ms: f64) -> String {
    let ms = i64::try_from(began_unix_ms).unwrap_or_default() + later_ms as i64;
    Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}
