//! Finds and masks secrets in text and bytes, in every form in which a service may echo one (I-16).
//!
//! Everything that a service sends must be scrubbed before a guest, a log or a recording sees it. Secrets are added to
//! requests in `egress/credentials.rs`.

use std::borrow::Cow;
use std::fmt;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use regex::bytes::Regex;

/// The replacement of a secret.
const MASK: &str = "[redacted]";
/// The shortest secret, in bytes: a shorter text would be found, and masked, in ordinary text.
const LENGTH_MIN: usize = 6;
/// The characters that a URL never needs to encode are not encoded; all others are.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A value that no guest, log or recording may show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The name of the secret, such as the environment variable that holds it.
    pub name: String,
    value: String,
}

/// Why a secret or a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The secret is too short to be distinguished from ordinary text.
    #[error(
        "{0} has fewer than {LENGTH_MIN} characters, which cannot be kept out of logs and recordings; use a longer secret"
    )]
    TooShort(String),
    /// A pattern is not a regular expression.
    #[error("redact pattern {pattern:?}: {problem}")]
    Pattern {
        /// The pattern as written.
        pattern: String,
        /// The problem.
        problem: String,
    },
}

impl Secret {
    /// Returns a secret of this name.
    ///
    /// # Errors
    /// When the value has fewer than 6 bytes.
    pub fn new(name: &str, value: &str) -> Result<Secret, SecretError> {
        if value.len() < LENGTH_MIN {
            return Err(SecretError::TooShort(name.to_owned()));
        }
        Ok(Secret {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}

/// All known secrets, and patterns of further text to mask in responses.
#[derive(Clone, Default)]
pub struct Secrets {
    finder: Option<AhoCorasick>,
    /// The name of the secret that each needle is a form of.
    names: Vec<String>,
    patterns: Vec<Regex>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Secrets {
    /// Returns the set of these secrets and patterns. Patterns are regular expressions.
    ///
    /// # Errors
    /// At the first pattern that is not a regular expression.
    pub fn new(secrets: &[Secret], patterns: &[String]) -> Result<Secrets, SecretError> {
        let mut needles = Vec::new();
        let mut names = Vec::new();
        for secret in secrets {
            for form in forms(secret.value()) {
                needles.push(form);
                names.push(secret.name.clone());
            }
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&needles);
        let pattern = |text: &String| {
            Regex::new(text).map_err(|error| SecretError::Pattern {
                pattern: text.clone(),
                problem: error.to_string(),
            })
        };
        Ok(Secrets {
            finder: finder.ok().filter(|_| !needles.is_empty()),
            names,
            patterns: patterns.iter().map(pattern).collect::<Result<_, _>>()?,
        })
    }

    /// Masks secrets in a text of a gate. Patterns are not applied: they are for responses.
    pub(crate) fn mask(&self, text: &str) -> String {
        match &self.finder {
            Some(finder) if finder.is_match(text) => {
                finder.replace_all(text, &vec![MASK; self.names.len()])
            }
            _ => text.to_owned(),
        }
    }

    /// Masks secrets and patterns in bytes of a response.
    pub(crate) fn scrub<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let mut scrubbed = Cow::Borrowed(bytes);
        if let Some(finder) = self.finder.as_ref().filter(|finder| finder.is_match(bytes)) {
            let masks = vec![MASK.as_bytes(); self.names.len()];
            scrubbed = Cow::Owned(finder.replace_all_bytes(bytes, &masks));
        }
        for pattern in &self.patterns {
            if pattern.is_match(&scrubbed) {
                let clean = pattern.replace_all(&scrubbed, MASK.as_bytes()).into_owned();
                scrubbed = Cow::Owned(clean);
            }
        }
        scrubbed
    }

    /// Masks secrets and patterns in a text of a response.
    pub(crate) fn scrub_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.scrub(text.as_bytes())).into_owned()
    }

    /// Returns the name of a secret that a text contains in any form.
    pub fn found_in(&self, text: &str) -> Option<&str> {
        let found = self.finder.as_ref()?.find(text)?;
        self.names
            .get(found.pattern().as_usize())
            .map(String::as_str)
    }
}

/// Returns the forms in which a service may echo a secret: plain, and encoded for URLs, JSON and base64.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let mut forms = vec![
        bytes.to_vec(),
        percent_encode(bytes, NON_ALPHANUMERIC)
            .to_string()
            .into_bytes(),
        percent_encode(bytes, RESERVED).to_string().into_bytes(),
        url::form_urlencoded::byte_serialize(bytes)
            .collect::<String>()
            .into_bytes(),
    ];
    let lower: Vec<Vec<u8>> = forms[1..].iter().map(|form| lower_hex(form)).collect();
    forms.extend(lower);
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json.trim_matches('"');
    forms.push(json.as_bytes().to_vec());
    forms.push(json.replace('/', "\\/").into_bytes());
    for before in 0..3 {
        forms.extend(aligned(bytes, before));
    }
    forms.retain(|form| form.len() >= LENGTH_MIN);
    forms.sort();
    forms.dedup();
    forms
}

/// Returns a percent-encoded form with lower-case digits: `%2F` as `%2f`.
fn lower_hex(form: &[u8]) -> Vec<u8> {
    let mut lower = form.to_vec();
    for at in 0..lower.len() {
        if lower[at] == b'%' {
            for digit in lower.iter_mut().skip(at + 1).take(2) {
                digit.make_ascii_lowercase();
            }
        }
    }
    lower
}

/// Returns the characters that base64 of a text always contains if the text has so many bytes (modulo 3) before the
/// secret: those that encode bits of the secret alone.
fn aligned(secret: &[u8], before: usize) -> [Vec<u8>; 2] {
    let mut padded = vec![0; before];
    padded.extend_from_slice(secret);
    let first = (before * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    let cut = |text: String| text.as_bytes()[first..last].to_vec();
    [
        cut(STANDARD_NO_PAD.encode(&padded)),
        cut(URL_SAFE_NO_PAD.encode(&padded)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cr3t/+\"key=";

    fn secrets() -> Secrets {
        Secrets::new(
            &[Secret::new("TOKEN", SECRET).unwrap()],
            &["sid=[0-9]+".to_owned()],
        )
        .unwrap()
    }

    #[test]
    fn every_form_is_masked() {
        for text in [
            SECRET.to_owned(),
            "s3cr3t%2F%2B%22key%3D".to_owned(),
            "s3cr3t%2f%2b%22key%3d".to_owned(),
            serde_json::to_string(SECRET).unwrap(),
            "s3cr3t\\/+\\\"key=".to_owned(),
        ] {
            let scrubbed = secrets().scrub_text(&format!("before {text} after"));
            assert!(
                scrubbed.contains(MASK) && !scrubbed.contains("s3cr3t"),
                "{scrubbed}"
            );
        }
        for before in ["", "a", "ab", "user:"] {
            let text = format!("{before}{SECRET} and more");
            for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                assert!(
                    secrets().scrub_text(&encoded).contains(MASK),
                    "{text}: {encoded}"
                );
                assert_eq!(secrets().found_in(&encoded), Some("TOKEN"));
            }
        }
    }

    #[test]
    fn patterns_are_masked_in_responses_only_and_other_text_is_unchanged() {
        assert_eq!(secrets().scrub_text("a sid=123; b"), "a [redacted]; b");
        assert_eq!(secrets().mask("a sid=123; b"), "a sid=123; b");
        assert!(matches!(secrets().scrub(b"ordinary"), Cow::Borrowed(_)));
    }

    #[test]
    fn text_too_short_for_a_secret_is_refused() {
        assert_eq!(
            Secret::new("PIN", "12345"),
            Err(SecretError::TooShort("PIN".to_owned()))
        );
    }

    #[test]
    fn secret_is_not_shown() {
        let secret = Secret::new("TOKEN", SECRET).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(TOKEN)");
    }
}
