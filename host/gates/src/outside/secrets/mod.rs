//! Masks secrets in text and bytes, in the forms that README.md lists (I-16).
//!
//! `finder.rs` finds them; `unescape.rs` and `squeeze.rs` undo what services do to them. Whole responses, compressed ones too,
//! are masked in `scrub.rs` beside this folder; `known.rs` has the set of them, which grows while a run goes on. Everything
//! that a service sends must be scrubbed before a guest, a log or a recording sees it. Secrets are added to requests in `egress/credentials.rs`.

mod entities;
mod finder;
mod known;
pub(crate) mod packed;
mod secret;
mod squeeze;
mod unescape;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use regex::bytes::Regex;

pub use known::KnownSecrets;
pub use secret::{Secret, SecretError};

/// The replacement of a secret.
const MASK: &str = "[redacted]";

/// All known secrets, and patterns of further text to mask in responses.
#[derive(Clone, Default)]
pub struct Secrets {
    known: KnownSecrets,
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
    /// At the first pattern that is not a regular expression, and when the secrets are too large to be searched for.
    pub fn new(secrets: &[Secret], patterns: &[String]) -> Result<Secrets, SecretError> {
        Secrets::of(KnownSecrets::new(secrets.to_vec())?, patterns)
    }

    /// Returns the secrets of a run, with these patterns. What the run adds to them later is masked too.
    ///
    /// # Errors
    /// At the first pattern that is not a regular expression.
    pub fn of(known: KnownSecrets, patterns: &[String]) -> Result<Secrets, SecretError> {
        let pattern = |text: &String| {
            Regex::new(text).map_err(|error| SecretError::Pattern {
                pattern: text.clone(),
                problem: error.to_string(),
            })
        };
        Ok(Secrets {
            known,
            patterns: patterns.iter().map(pattern).collect::<Result<_, _>>()?,
        })
    }

    /// Returns the secrets of the run.
    pub(crate) fn known(&self) -> &KnownSecrets {
        &self.known
    }

    /// Returns whether there is nothing to mask.
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.patterns.is_empty()
    }

    /// Returns the most bytes that a secret takes in a text, escaped in any way. A token that is minted later may take more:
    /// what has it goes through [`Secrets::scrub`] whole, so that a guest never has a part of one.
    pub(crate) fn reach(&self) -> usize {
        self.known.reach()
    }

    /// Masks secrets in a text of a gate. Patterns are not applied: they are for responses.
    pub(crate) fn mask(&self, text: &str) -> String {
        lossy(self.mask_part(text.as_bytes(), 0..text.len()))
    }

    /// Returns a part of a text of a gate with secrets masked. A secret that an end of the part cuts through is masked too,
    /// as long as [`Secrets::reach`] bytes of the text stand beyond that end.
    pub(crate) fn mask_part<'a>(&self, text: &'a [u8], part: Range<usize>) -> Cow<'a, [u8]> {
        let secrets = self.known.parts(text);
        let is_shown = |secret: &&Range<usize>| secret.start < part.end && part.start < secret.end;
        let mut shown = secrets.iter().filter(is_shown).peekable();
        if shown.peek().is_none() {
            return Cow::Borrowed(&text[part]);
        }
        let mut masked = Vec::with_capacity(part.len());
        let mut at = part.start;
        for secret in shown {
            masked.extend_from_slice(&text[at..secret.start.max(at)]);
            masked.extend_from_slice(MASK.as_bytes());
            at = secret.end;
        }
        masked.extend_from_slice(&text[at.min(part.end)..part.end]);
        Cow::Owned(masked)
    }

    /// Masks secrets and patterns in bytes of a response.
    pub(crate) fn scrub<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let mut scrubbed = self.mask_part(bytes, 0..bytes.len());
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
        lossy(self.scrub(text.as_bytes()))
    }

    /// Returns the name of a secret that a text contains in any form.
    pub fn found_in(&self, text: &str) -> Option<String> {
        self.known.name_in(text.as_bytes())
    }
}

fn lossy(bytes: Cow<'_, [u8]>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
