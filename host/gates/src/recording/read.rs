//! Reads a HAR file as a recording: lockgate's own exactly, those of other tools as far as a request can be answered from
//! them.
//!
//! Files are untrusted: their size and number of entries are limited. An error names the place in the file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::exchanges::{Exchange, Outcome, Recording};
use super::facts::FACTS_VERSION;
use super::har::{Content, File, HarEntry, PostData};
use crate::call::sanitise::sanitise;
use crate::outside::exchange::{ExchangeError, HttpResponse};

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
    /// Reads the text of a HAR file.
    ///
    /// # Errors
    /// At the first place that breaks HAR 1.2 or the format of lockgate's own members.
    pub fn from_har(text: &str) -> Result<Recording, RecordingError> {
        // Some tools on Windows write a byte order mark.
        let text = text.trim_start_matches('\u{feff}');
        let mut json = serde_json::Deserializer::from_str(text);
        let file: File = serde_path_to_error::deserialize(&mut json).map_err(|error| {
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
        let count = file.log.entries.len();
        if count > ENTRIES_MAX {
            return Err(value(
                "log.entries",
                format!("{count} entries; at most {ENTRIES_MAX} are read"),
            ));
        }
        let mut pages = file.log.pages.into_iter().enumerate();
        let facts = pages.find_map(|(index, page)| Some((index, page.facts?)));
        let facts = match facts {
            Some((index, facts)) if facts.version != FACTS_VERSION => {
                return Err(value(
                    &format!("log.pages[{index}]._lockgate.version"),
                    format!(
                        "lockgate {1} cannot read version {0}; it reads version {FACTS_VERSION}",
                        facts.version,
                        env!("CARGO_PKG_VERSION")
                    ),
                ));
            }
            Some((_, facts)) => Some(facts),
            None => None,
        };
        let writer = if facts.is_some() {
            Writer::Lockgate
        } else {
            Writer::OtherTool
        };
        let entries = file.log.entries.into_iter().enumerate();
        Ok(Recording {
            facts,
            entries: entries
                .map(|(index, entry)| self::entry(entry, index, writer))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// The program that wrote a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    Lockgate,
    OtherTool,
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

fn entry(entry: HarEntry, index: usize, writer: Writer) -> Result<Exchange, RecordingError> {
    let at = |member: &str| format!("log.entries[{index}].{member}");
    let url = &entry.request.url;
    if let Err(error) = url::Url::parse(url)
        && writer == Writer::OtherTool
    {
        let shown = sanitise(url, 200);
        return Err(value(
            &at("request.url"),
            format!("{shown:?} is not a URL: {error}"),
        ));
    }
    let body = entry.request.post_data.as_ref().map(posted).transpose();
    let body = body.map_err(|problem| value(&at("request.postData.text"), problem))?;
    let elapsed_ms = entry.time.filter(|ms| ms.is_finite() && *ms >= 0.0);
    Ok(Exchange {
        method: entry.request.method.clone(),
        url: url.clone(),
        headers: entry
            .request
            .headers
            .iter()
            .map(|pair| (pair.name.clone(), pair.value.clone()))
            .collect(),
        body,
        any_body: false,
        began_ms: entry.lockgate.as_ref().map_or(0.0, |own| own.began_ms),
        outcome: outcome(&entry, elapsed_ms.unwrap_or_default(), writer)
            .map_err(|bad| value(&at(bad.member), bad.problem))?,
    })
}

/// Returns the body of a request; form parameters are encoded.
fn posted(data: &PostData) -> Result<Vec<u8>, String> {
    match &data.text {
        Some(text) => decoded(text, data.encoding.as_deref()),
        None => {
            let pairs = data.params.iter().map(|pair| (&pair.name, &pair.value));
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            Ok(form.extend_pairs(pairs).finish().into_bytes())
        }
    }
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

fn outcome(entry: &HarEntry, elapsed_ms: f64, writer: Writer) -> Result<Outcome, BadMember> {
    let bad = |member: &'static str| move |problem: String| BadMember { member, problem };
    let facts = entry.lockgate.as_ref();
    if let Some(error) = facts.and_then(|facts| facts.error.clone()) {
        return Ok(Outcome::Failed { error, elapsed_ms });
    }
    if facts.is_some_and(|facts| facts.unfinished) {
        return Ok(Outcome::Unfinished);
    }
    let response = &entry.response;
    if response.status < 1.0 {
        let why = response.error.clone();
        let why = why.filter(|why| !why.is_empty());
        let why = why.unwrap_or_else(|| "the recording has no response".to_owned());
        let error = failure_in_words(sanitise(&why, 300));
        return Ok(Outcome::Failed { error, elapsed_ms });
    }
    let status = status(response.status).map_err(bad("response.status"))?;
    let Some(body) = content(&response.content).map_err(bad("response.content.text"))? else {
        return Ok(Outcome::BodyNotKept { status });
    };
    let headers = response
        .headers
        .iter()
        .map(|pair| (pair.name.to_ascii_lowercase(), pair.value.clone()))
        // Other tools keep the pseudo fields of HTTP/2, and fields about the encoding of a body that they keep decoded.
        .filter(|(name, _)| {
            let foreign = name.starts_with(':') || FRAMING.contains(&name.as_str());
            writer == Writer::Lockgate || !foreign
        })
        .collect();
    Ok(Outcome::Answered(HttpResponse {
        status,
        headers,
        body,
        elapsed_ms,
    }))
}

/// Names of failures to resolve a name, as Chromium, Firefox and Node.js write them, and lockgate itself.
const UNRESOLVED: [&str; 5] = [
    "ERR_NAME_NOT_RESOLVED",
    "NS_ERROR_UNKNOWN_HOST",
    "ENOTFOUND",
    "EAI_AGAIN",
    "unresolved: ",
];
/// Names of failures to trust a certificate, likewise.
const UNTRUSTED: [&str; 6] = [
    "ERR_CERT_",
    "SEC_ERROR_",
    "SSL_ERROR_BAD_CERT_DOMAIN",
    "SELF_SIGNED_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "untrusted: ",
];

/// Returns the error that another tool wrote as a text: what its machine could not see is no evidence here either.
fn failure_in_words(why: String) -> ExchangeError {
    let names = |names: &[&str]| names.iter().any(|name| why.contains(name));
    if names(&UNRESOLVED) {
        ExchangeError::Unresolved(why)
    } else if names(&UNTRUSTED) {
        ExchangeError::Untrusted(why)
    } else {
        ExchangeError::Unreachable(why)
    }
}

/// Header fields that describe a body on the wire; the recorded body is the decoded one.
const FRAMING: [&str; 3] = ["content-encoding", "content-length", "transfer-encoding"];

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

/// Returns the body; `None` if there was one and the tool did not keep it.
fn content(content: &Content) -> Result<Option<Vec<u8>>, String> {
    match &content.text {
        Some(text) => decoded(text, content.encoding.as_deref()).map(Some),
        None if content.size > 0.0 => Ok(None),
        None => Ok(Some(Vec::new())),
    }
}
