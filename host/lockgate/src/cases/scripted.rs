//! The responses that a case file writes out, as the exchanges that a replay takes. Reads the body files that a response
//! names, and nothing else.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gates::{Exchange, ExchangeError, HttpResponse, Outcome, RECORDING_BYTES_MAX};

use super::file::{ScriptedError, ScriptedResponse};
use crate::bounded_file;

/// Far more repetitions than a case needs.
const TIMES_MAX: usize = 10_000;

/// Returns the exchanges of scripted responses, in order. Their URLs are as the case writes them.
///
/// # Errors
/// At the first response that is not valid, with its index.
pub(super) fn exchanges(
    responses: &[ScriptedResponse],
    folder: &Path,
) -> anyhow::Result<Vec<Exchange>> {
    let mut exchanges = Vec::new();
    for (index, response) in responses.iter().enumerate() {
        let exchange = exchange(response, folder).with_context(|| format!("answers[{index}]"))?;
        let times = usize::try_from(response.times.unwrap_or(1))?;
        if !(1..=TIMES_MAX).contains(&times) {
            bail!("answers[{index}].times is {times}; write 1 to {TIMES_MAX}");
        }
        exchanges.extend(std::iter::repeat_n(exchange, times));
    }
    Ok(exchanges)
}

fn exchange(response: &ScriptedResponse, folder: &Path) -> anyhow::Result<Exchange> {
    let url = &response.url;
    let is_path = url.starts_with('/') || url.starts_with("stable:/");
    if !is_path && url::Url::parse(url).is_err() {
        bail!("url {url:?} is neither a path such as /health, nor stable:/health, nor a URL");
    }
    let delay = response.delay;
    let elapsed_ms = delay.map_or(0.0, |delay| delay.0.as_secs_f64() * 1_000.0);
    let outcome = match response.error {
        Some(error) => Outcome::Failed {
            error: exchange_error(error),
            elapsed_ms,
        },
        None => Outcome::Answered(HttpResponse {
            status: response.status.unwrap_or(200),
            headers: headers(response),
            body: body(response, folder)?,
            elapsed_ms,
        }),
    };
    let method = response.method.clone();
    let request_body = response.request_body.clone();
    Ok(Exchange {
        method: method.unwrap_or_else(|| "GET".to_owned()),
        url: url.clone(),
        headers: Vec::new(),
        any_body: request_body.is_none(),
        body: request_body.map(String::into_bytes),
        began_ms: 0.0,
        outcome,
    })
}

/// Returns the header fields, with a content type for a JSON body.
fn headers(response: &ScriptedResponse) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = response
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    let has_type = headers.iter().any(|(name, _)| name == "content-type");
    if response.json.is_some() && !has_type {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    headers
}

fn body(response: &ScriptedResponse, folder: &Path) -> anyhow::Result<Vec<u8>> {
    match (
        &response.body,
        &response.json,
        &response.file,
        &response.base64,
    ) {
        (None, None, None, None) => Ok(Vec::new()),
        (Some(text), None, None, None) => Ok(text.clone().into_bytes()),
        (None, Some(json), None, None) => Ok(json.to_string().into_bytes()),
        (None, None, Some(file), None) => {
            let path = folder.join(file);
            let body = bounded_file::read(&path, RECORDING_BYTES_MAX);
            body.with_context(|| format!("cannot read {}", path.display()))
        }
        (None, None, None, Some(text)) => STANDARD.decode(text).context("base64"),
        _ => Err(anyhow!("body, json, file and base64 exclude each other")),
    }
}

fn exchange_error(error: ScriptedError) -> ExchangeError {
    let detail = || "as the case says".to_owned();
    match error {
        ScriptedError::Timeout => ExchangeError::Timeout,
        ScriptedError::Unreachable => ExchangeError::Unreachable(detail()),
        ScriptedError::Denied => ExchangeError::Denied(detail()),
        ScriptedError::Invalid => ExchangeError::Invalid(detail()),
        ScriptedError::TooLarge => ExchangeError::TooLarge(4 << 20),
        ScriptedError::Budget => ExchangeError::Budget(detail()),
        ScriptedError::Unresolved => ExchangeError::Unresolved(detail()),
        ScriptedError::Untrusted => ExchangeError::Untrusted(detail()),
    }
}
