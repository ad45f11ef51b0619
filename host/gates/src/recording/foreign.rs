//! Reads the entries of files that other tools wrote: what a request can be answered from is taken in whatever form it
//! comes, the rest is not looked at, and an entry that cannot be used spoils no other one. What a file does not say is left
//! open; it is never made up.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::attachments::Attachments;
use super::exchanges::{Exchange, NotRecorded, Outcome};
use super::failures::failure_in_words;
use crate::call::sanitise::sanitise;
use crate::outside::exchange::HttpResponse;

/// Header fields that describe a body on the wire; the recorded body is the decoded one.
const FRAMING: [&str; 3] = ["content-encoding", "content-length", "transfer-encoding"];
/// The most of a text of the file that a problem quotes, in characters.
const QUOTED_CHARS_MAX: usize = 200;
/// Statuses of responses that never have a body.
const BODILESS: [u16; 3] = [204, 205, 304];

type Object = Map<String, Value>;

/// Reads one entry. One that cannot be used stays in its place, so that the numbers of the others do not change; it answers
/// no request, and says why.
pub(super) fn entry(entry: &Value, attachments: &dyn Attachments) -> Exchange {
    let request = member(entry, "request").and_then(Value::as_object);
    match request.ok_or("it has no request").map(key) {
        Ok(Ok(Key { method, url })) => exchange(entry, method, url, attachments),
        Ok(Err(problem)) => unusable(problem),
        Err(problem) => unusable(problem.to_owned()),
    }
}

/// What a request is recognised by.
struct Key {
    method: String,
    url: String,
}

fn key(request: &Object) -> Result<Key, String> {
    let method = request.get("method").and_then(text).unwrap_or_default();
    if method.is_empty() {
        return Err("its request has no method".to_owned());
    }
    let url = request.get("url").and_then(text).unwrap_or_default();
    match url::Url::parse(&url) {
        Ok(_) => Ok(Key { method, url }),
        Err(error) => {
            let shown = sanitise(&url, QUOTED_CHARS_MAX);
            Err(format!("{shown:?} is not a URL: {error}"))
        }
    }
}

fn unusable(problem: String) -> Exchange {
    Exchange {
        method: String::new(),
        url: String::new(),
        headers: Vec::new(),
        body: None,
        any_body: false,
        began_ms: 0.0,
        outcome: Outcome::NotRecorded(NotRecorded::Entry(problem)),
    }
}

fn exchange(entry: &Value, method: String, url: String, attachments: &dyn Attachments) -> Exchange {
    let request = member(entry, "request").unwrap_or(&Value::Null);
    let posted = member(request, "postData");
    let posted = posted.map(|posted| posted_body(request, posted, attachments));
    let (body, any_body, missing) = match posted {
        None | Some(Posted::Nothing) => (None, false, None),
        Some(Posted::Body(body)) => (Some(body), false, None),
        // A request with any body may be the recorded one, so none of them is answered.
        Some(Posted::NotKept(why)) => (None, true, Some(NotRecorded::RequestBody(why))),
    };
    let outcome = match missing {
        Some(missing) => Outcome::NotRecorded(missing),
        None => outcome(entry, &method, attachments),
    };
    Exchange {
        headers: pairs(member(request, "headers")),
        method,
        url,
        body,
        any_body,
        began_ms: 0.0,
        outcome,
    }
}

/// The body of a request, as far as the file has it.
enum Posted {
    Nothing,
    Body(Vec<u8>),
    /// There was one, and the file does not have it; with the reason.
    NotKept(String),
}

fn posted_body(request: &Value, posted: &Value, attachments: &dyn Attachments) -> Posted {
    // Playwright writes an empty text beside the name of a file.
    if let Some(name) = member(posted, "_file").and_then(text) {
        return match attachments.read(&name) {
            Ok(body) => Posted::Body(body),
            Err(why) => Posted::NotKept(why),
        };
    }
    let had_one = member(request, "bodySize").and_then(number) > Some(0.0);
    match member(posted, "text").and_then(text) {
        Some(text) if text.is_empty() && had_one => {
            return Posted::NotKept("its text was left out".to_owned());
        }
        Some(text) => {
            return match decoded(&text, member(posted, "encoding")) {
                Ok(body) => Posted::Body(body),
                Err(problem) => Posted::NotKept(problem),
            };
        }
        None => {}
    }
    let params = member(posted, "params").and_then(Value::as_array);
    let params = params.filter(|params| !params.is_empty());
    let Some(params) = params else {
        return Posted::Nothing;
    };
    let mime = member(posted, "mimeType").and_then(text);
    let mime = mime.unwrap_or_default().to_ascii_lowercase();
    if !mime.starts_with("application/x-www-form-urlencoded") {
        return Posted::NotKept("the file has its parameters alone".to_owned());
    }
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for param in params {
        let name = member(param, "name").and_then(text).unwrap_or_default();
        let value = member(param, "value").and_then(text).unwrap_or_default();
        form.append_pair(&name, &value);
    }
    Posted::Body(form.finish().into_bytes())
}

fn outcome(entry: &Value, method: &str, attachments: &dyn Attachments) -> Outcome {
    let elapsed_ms = elapsed_ms(entry).unwrap_or_default();
    let response = member(entry, "response").filter(|response| response.is_object());
    let failure = response
        .into_iter()
        .chain([entry])
        .find_map(|place| {
            ["_error", "_failureText"]
                .iter()
                .find_map(|name| text(member(place, name)?))
        })
        .filter(|why| !why.is_empty());
    let status = response.and_then(|response| member(response, "status"));
    let status = status.and_then(number).filter(|status| *status >= 1.0);
    let Some((response, status)) = response.zip(status) else {
        return match failure {
            Some(why) => Outcome::Failed {
                error: failure_in_words(sanitise(&why, 300)),
                elapsed_ms,
            },
            None => Outcome::NotRecorded(NotRecorded::Response),
        };
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked first"
    )]
    let status = if status.fract() == 0.0 && (100.0..=999.0).contains(&status) {
        status as u16
    } else {
        let problem = format!("{status} is not a status code");
        return Outcome::NotRecorded(NotRecorded::Entry(problem));
    };
    match response_body(response, method, status, attachments) {
        Ok(body) => Outcome::Answered(HttpResponse {
            status,
            headers: pairs(member(response, "headers"))
                .into_iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                // The pseudo fields of HTTP/2, and those about the encoding of a body that is kept decoded.
                .filter(|(name, _)| !name.starts_with(':') && !FRAMING.contains(&name.as_str()))
                .collect(),
            body,
            elapsed_ms,
        }),
        Err(why) => Outcome::NotRecorded(NotRecorded::ResponseBody { status, why }),
    }
}

/// Returns the duration of an entry in milliseconds: the one that it states, else the sum of its phases; `None` where it states
/// neither.
pub(super) fn elapsed_ms(entry: &Value) -> Option<f64> {
    let stated = member(entry, "time").and_then(number);
    let stated = stated.filter(|ms| *ms >= 0.0);
    stated.or_else(|| {
        let phases = member(entry, "timings")?;
        // `ssl` is a part of `connect`; -1 means that a phase does not apply.
        let phases = ["blocked", "dns", "connect", "send", "wait", "receive"].map(|name| {
            let ms = member(phases, name).and_then(number);
            ms.filter(|ms| *ms >= 0.0)
        });
        let known = phases.iter().any(Option::is_some);
        known.then(|| phases.into_iter().flatten().sum())
    })
}

/// Returns the body of a response. The error says why it is not there although there may have been one; it is empty where
/// the file says no more.
fn response_body(
    response: &Value,
    method: &str,
    status: u16,
    attachments: &dyn Attachments,
) -> Result<Vec<u8>, String> {
    let content = member(response, "content");
    let of_content = |name: &str| content.and_then(|content| member(content, name));
    if let Some(name) = of_content("_file").and_then(text) {
        return attachments.read(&name);
    }
    let had_one = of_content("size").and_then(number) > Some(0.0);
    if let Some(text) = of_content("text").and_then(text)
        && !(text.is_empty() && had_one)
    {
        return decoded(&text, of_content("encoding"));
    }
    let never_has_one = method.eq_ignore_ascii_case("HEAD") || BODILESS.contains(&status);
    let sizes = [of_content("size"), member(response, "bodySize")];
    let is_empty = |size: Option<&Value>| size.and_then(number) == Some(0.0);
    if never_has_one || is_empty(sizes[0]) || (sizes[0].is_none() && is_empty(sizes[1])) {
        return Ok(Vec::new());
    }
    Err(String::new())
}

fn decoded(text: &str, encoding: Option<&Value>) -> Result<Vec<u8>, String> {
    let encoding = encoding.and_then(self::text).unwrap_or_default();
    match &*encoding.to_ascii_lowercase() {
        "" => Ok(text.as_bytes().to_vec()),
        "base64" => STANDARD
            .decode(text)
            .map_err(|error| format!("it is not base64: {error}")),
        _ => {
            let shown = sanitise(&encoding, QUOTED_CHARS_MAX);
            Err(format!(
                "its encoding {shown:?} is not known; only base64 is"
            ))
        }
    }
}

/// Returns a member that is there and not null.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|member| !member.is_null())
}

/// Returns a value as a text: some tools write numbers and truth values where a text is usual.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Returns a value as a number, one in quotes too.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// Returns names with their values; what is no pair of these is left out.
fn pairs(value: Option<&Value>) -> Vec<(String, String)> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items
        .filter_map(|pair| {
            let name = member(pair, "name").and_then(text)?;
            let value = member(pair, "value").and_then(text).unwrap_or_default();
            Some((name, value))
        })
        .collect()
}
