//! Reads a HAR file as a recording: lockgate's own exactly, those of other tools as far as a request can be answered from
//! them (`foreign.rs`).
//!
//! Files are untrusted: their size and number of entries are limited. An error names the place in the file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::attachments::{Attachments, NoAttachments};
use super::call::CALL_VERSION;
use super::exchanges::{Exchange, NotRecorded, Outcome, Recording};
use super::failures::failure_in_words;
use super::foreign;
use super::har::{Content, File, HarEntry, PostData};
use crate::call::sanitise::sanitise;
use crate::outside::exchange::HttpResponse;

/// The largest file that is read, in bytes.
pub const RECORDING_BYTES_MAX: u64 = 64 << 20;
/// The most entries that a file may have.
const ENTRIES_MAX: usize = 10_000;

/// Why a file cannot be read as a recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file is not JSON, or not a HAR.
    #[error("line {line}, column {column}, at {at}: {problem}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The member, such as `log.entries[3].request.url`.
        at: String,
        /// The problem.
        problem: String,
    },
    /// A member has an impossible value.
    #[error("{at}: {problem}")]
    Value {
        /// The member.
        at: String,
        /// The problem, with the permitted values.
        problem: String,
    },
}

impl Recording {
    /// Reads the text of a HAR file that stands alone.
    ///
    /// # Errors
    /// As [`Recording::read`].
    pub fn from_har(text: &str) -> Result<Recording, RecordingError> {
        Recording::read(text, &NoAttachments)
    }

    /// Reads the text of a HAR file, with the files beside it.
    ///
    /// # Errors
    /// When it is not JSON or has no list of entries; in a file of lockgate's own, at the first place that breaks its format.
    /// An entry of another tool's file that cannot be used is no error: see [`Recording::unusable`].
    pub fn read(text: &str, attachments: &dyn Attachments) -> Result<Recording, RecordingError> {
        // Some tools on Windows write a byte order mark.
        let text = text.trim_start_matches('\u{feff}');
        let Outline { log } = parsed(text)?;
        let count = log.entries.len();
        if count > ENTRIES_MAX {
            return Err(value(
                "log.entries",
                format!("{count} entries; at most {ENTRIES_MAX} are read"),
            ));
        }
        let pages = log.pages.as_ref().and_then(Value::as_array);
        let is_own = |page: &Value| page.get("_lockgate").is_some();
        if pages.into_iter().flatten().any(is_own) {
            return own(text);
        }
        let mut recording = Recording {
            call: None,
            entries: Vec::new(),
            untimed: Vec::new(),
        };
        for (index, raw) in log.entries.iter().enumerate() {
            let entry: Value = serde_json::from_str(raw.get()).map_err(|error| {
                let at = format!("log.entries[{index}]");
                value(&at, without_place(&error.to_string()))
            })?;
            let exchange = foreign::entry(&entry, attachments);
            let is_used = !matches!(exchange.outcome, Outcome::NotRecorded(_));
            if is_used && foreign::elapsed_ms(&entry).is_none() {
                recording.untimed.push(index);
            }
            recording.entries.push(exchange);
        }
        Ok(recording)
    }
}

/// A file of which only the places of its entries are known.
#[derive(Deserialize)]
struct Outline<'a> {
    #[serde(borrow)]
    log: OutlineOfLog<'a>,
}

#[derive(Deserialize)]
struct OutlineOfLog<'a> {
    #[serde(default)]
    pages: Option<Value>,
    #[serde(borrow)]
    entries: Vec<&'a RawValue>,
}

/// Parses a whole text, with the place of the first mistake in the error.
fn parsed<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, RecordingError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let at = error.path().to_string();
        let inner = error.into_inner();
        RecordingError::Malformed {
            line: inner.line(),
            column: inner.column(),
            at,
            problem: without_place(&inner.to_string()),
        }
    })?;
    json.end().map_err(|error| RecordingError::Malformed {
        line: error.line(),
        column: error.column(),
        at: "the end".to_owned(),
        problem: without_place(&error.to_string()),
    })?;
    Ok(parsed)
}

/// Reads a file that lockgate wrote.
fn own(text: &str) -> Result<Recording, RecordingError> {
    let file: File = parsed(text)?;
    let mut pages = file.log.pages.into_iter().enumerate();
    let call = pages.find_map(|(index, page)| Some((index, page.call?)));
    let call = match call {
        Some((index, call)) if call.version != CALL_VERSION => {
            return Err(value(
                &format!("log.pages[{index}]._lockgate.version"),
                format!(
                    "lockgate {1} cannot read version {0}; it reads version {CALL_VERSION}",
                    call.version,
                    env!("CARGO_PKG_VERSION")
                ),
            ));
        }
        call => call.map(|(_, call)| call),
    };
    let entries = file.log.entries.into_iter().enumerate();
    Ok(Recording {
        call,
        untimed: Vec::new(),
        entries: entries
            .map(|(index, entry)| own_entry(&entry, index))
            .collect::<Result<_, _>>()?,
    })
}

fn value(at: &str, problem: String) -> RecordingError {
    RecordingError::Value {
        at: at.to_owned(),
        problem,
    }
}

/// Cuts the place off serde's error text: the error names it already.
fn without_place(text: &str) -> String {
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}

fn own_entry(entry: &HarEntry, index: usize) -> Result<Exchange, RecordingError> {
    let at = |member: &str| format!("log.entries[{index}].{member}");
    let body = entry.request.post_data.as_ref().map(posted).transpose();
    let body = body.map_err(|problem| value(&at("request.postData.text"), problem))?;
    let elapsed_ms = entry.time.filter(|ms| ms.is_finite() && *ms >= 0.0);
    Ok(Exchange {
        method: entry.request.method.clone(),
        url: entry.request.url.clone(),
        headers: entry
            .request
            .headers
            .iter()
            .map(|pair| (pair.name.clone(), pair.value.clone()))
            .collect(),
        body,
        any_body: false,
        began_ms: entry.lockgate.as_ref().map_or(0.0, |own| own.began_ms),
        outcome: outcome(entry, elapsed_ms.unwrap_or_default())
            .map_err(|bad| value(&at(bad.member), bad.problem))?,
    })
}

/// Returns the body of a request.
fn posted(data: &PostData) -> Result<Vec<u8>, String> {
    let text = data.text.as_deref().unwrap_or_default();
    decoded(text, data.encoding.as_deref())
}

fn decoded(text: &str, encoding: Option<&str>) -> Result<Vec<u8>, String> {
    match encoding {
        None | Some("") => Ok(text.as_bytes().to_vec()),
        Some("base64") => STANDARD
            .decode(text)
            .map_err(|error| format!("it is not base64: {error}")),
        Some(other) => Err(format!("encoding {other:?} is not known; only base64 is")),
    }
}

/// A member of an entry whose value cannot be used.
struct BadMember {
    member: &'static str,
    problem: String,
}

fn outcome(entry: &HarEntry, elapsed_ms: f64) -> Result<Outcome, BadMember> {
    let bad = |member: &'static str| move |problem: String| BadMember { member, problem };
    let details = entry.lockgate.as_ref();
    if let Some(error) = details.and_then(|details| details.error.clone()) {
        return Ok(Outcome::Failed { error, elapsed_ms });
    }
    if details.is_some_and(|details| details.unfinished) {
        return Ok(Outcome::Unfinished);
    }
    let response = &entry.response;
    if response.status < 1.0 {
        let why = response.error.clone();
        let Some(why) = why.filter(|why| !why.is_empty()) else {
            return Ok(Outcome::NotRecorded(NotRecorded::Response));
        };
        let error = failure_in_words(sanitise(&why, 300));
        return Ok(Outcome::Failed { error, elapsed_ms });
    }
    let status = status(response.status).map_err(bad("response.status"))?;
    let Some(body) = content(&response.content).map_err(bad("response.content.text"))? else {
        let why = String::new();
        return Ok(Outcome::NotRecorded(NotRecorded::ResponseBody {
            status,
            why,
        }));
    };
    let headers = response.headers.iter();
    Ok(Outcome::Answered(HttpResponse {
        status,
        headers: headers
            .map(|pair| (pair.name.to_ascii_lowercase(), pair.value.clone()))
            .collect(),
        body,
        elapsed_ms,
    }))
}

fn status(number: f64) -> Result<u16, String> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked first"
    )]
    if number.fract() == 0.0 && (100.0..=999.0).contains(&number) {
        Ok(number as u16)
    } else {
        Err(format!("{number} is not a status code"))
    }
}

/// Returns the body; `None` if there was one and it is not in the file.
fn content(content: &Content) -> Result<Option<Vec<u8>>, String> {
    match &content.text {
        Some(text) => decoded(text, content.encoding.as_deref()).map(Some),
        None if content.size > 0.0 => Ok(None),
        None => Ok(Some(Vec::new())),
    }
}
