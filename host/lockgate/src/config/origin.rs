//! Origins (scheme, host and port) as flags and cases write them.

use anyhow::bail;

/// Reads an origin. `what` names the flag or key for the error.
///
/// # Errors
/// When the text is not an http or https URL, or has a path or a query.
pub(crate) fn origin(what: &str, text: &str) -> anyhow::Result<String> {
    let url = url::Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none()
    });
    match url {
        Some(url) => Ok(url.origin().ascii_serialization()),
        None => bail!(
            "{what} {text:?} is not an origin; write scheme, host and port only, like http://127.0.0.1:8080 (the \
             path is the gate's own setting)"
        ),
    }
}
