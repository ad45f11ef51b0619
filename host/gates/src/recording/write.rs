//! A recording as a HAR file: readable bodies stay readable, others are base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::har::{
    Content, Creator, EntryFacts, File, HarEntry, Log, Nothing, Page, Pair, PostData, Request,
    Response, Timings,
};
use super::{Exchange, Outcome, Recording};
use crate::outside::exchange::HttpResponse;

/// The page that all entries of a call belong to.
const PAGE: &str = "ask";

impl Recording {
    /// Returns the text of a HAR 1.2 file.
    pub fn to_har(&self) -> String {
        let began = self.facts.as_ref().map_or(0, |facts| facts.began_unix_ms);
        let page = self.facts.as_ref().map(|facts| Page {
            started_date_time: date(began, 0.0),
            id: PAGE.to_owned(),
            title: format!("{} {}", facts.ask.kind, facts.ask.gate),
            page_timings: Nothing {},
            facts: Some(facts.clone()),
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
        Outcome::Answered(answer) => (answer.elapsed_ms, None),
        Outcome::Failed { error, elapsed_ms } => (*elapsed_ms, Some(error.clone())),
        Outcome::Unfinished | Outcome::BodyNotKept { .. } => (0.0, None),
    };
    HarEntry {
        pageref: Some(PAGE.to_owned()),
        started_date_time: date(began_unix_ms, entry.began_ms),
        time: Some(elapsed_ms),
        request: request(entry),
        response: match &entry.outcome {
            Outcome::Answered(answer) => response(answer),
            Outcome::BodyNotKept { status } => Response {
                status: f64::from(*status),
                ..nothing_came(None)
            },
            Outcome::Failed { error, .. } => nothing_came(Some(error.to_string())),
            Outcome::Unfinished => nothing_came(Some("the call ended before".to_owned())),
        },
        cache: Nothing {},
        timings: Timings {
            send: 0.0,
            wait: elapsed_ms,
            receive: 0.0,
        },
        lockgate: Some(EntryFacts {
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

fn response(answer: &HttpResponse) -> Response {
    let (text, encoding) = readable(&answer.body);
    let redirect = answer.headers.iter().find(|(name, _)| name == "location");
    Response {
        status: f64::from(answer.status),
        status_text: reqwest::StatusCode::from_u16(answer.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default()
            .to_owned(),
        http_version: "HTTP/1.1".to_owned(),
        cookies: Vec::new(),
        headers: pairs(&answer.headers),
        content: Content {
            size: size(answer.body.len()),
            mime_type: mime_type(&answer.headers),
            text: Some(text),
            encoding,
        },
        redirect_url: redirect.map(|(_, value)| value.clone()).unwrap_or_default(),
        headers_size: -1.0,
        body_size: size(answer.body.len()),
        error: None,
    }
}

fn nothing_came(error: Option<String>) -> Response {
    Response {
        http_version: "HTTP/1.1".to_owned(),
        headers_size: -1.0,
        body_size: -1.0,
        error,
        ..Response::default()
    }
}

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
