//! Finds the forms of secrets in a text, in a number of passes that does not depend on how a secret may be written.
//!
//! The text is searched as it is, and without one to four levels of escapes, each time as text, as base64 and as hex.
//! So any character of a secret may be escaped or not, each in any way, and one encoding may stand in another. What is
//! found is mapped back to the text as it is.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::squeeze::{BASE64, HEX, grown};
use super::unescape::{escaped_parts, unescaped};

/// The levels of escapes that are taken off a text: three, as in JSON in JSON in JSON, and one more for a secret that holds
/// what looks like an escape. That is taken off with the outermost level, or with the innermost, by the kinds of both.
const LEVELS: usize = 4;
/// The fewest bytes of a form: a shorter one would be found in ordinary text.
const FORM_BYTES_MIN: usize = 6;
/// The most bytes of a text that stand for one byte of a secret, as in `&#x0000002B;`.
const BYTES_FOR_ONE_MAX: usize = 16;

/// Finds secrets.
#[derive(Clone)]
pub(super) struct Finder {
    text: Forms,
    base64: Forms,
    hex: Forms,
    /// The length of the longest secret, in bytes.
    longest: usize,
}

/// What is found in a text.
#[derive(Default)]
struct Found {
    /// In order; none overlaps another.
    parts: Vec<Range<usize>>,
    /// The index of one of the secrets.
    secret: Option<usize>,
}

impl Finder {
    /// Makes a finder of secrets, which are known by their index.
    ///
    /// # Errors
    /// When the secrets are too large together: some hundreds of MiB.
    pub(super) fn new(secrets: &[&[u8]]) -> Result<Finder, BuildError> {
        let (mut text, mut base64, mut hex) = (Vec::new(), Vec::new(), Vec::new());
        for (secret, bytes) in secrets.iter().enumerate() {
            let mut level = Some(bytes.to_vec());
            for _ in 0..=LEVELS {
                let Some(bytes) = level else { break };
                text.push(Form::whole(secret, folded(&bytes)));
                level = unescaped(&bytes);
            }
            base64.extend((0..3).map(|before| Form::base64(secret, bytes, before)));
            hex.push(Form::whole(secret, hex_of(bytes)));
        }
        Ok(Finder {
            text: Forms::new(text)?,
            base64: Forms::new(base64)?,
            hex: Forms::new(hex)?,
            longest: secrets.iter().map(|s| s.len()).max().unwrap_or_default(),
        })
    }

    /// Returns the most bytes that a secret takes in a text.
    pub(super) fn reach(&self) -> usize {
        self.longest * BYTES_FOR_ONE_MAX
    }

    /// Returns the parts of a text that are secrets, in order; none overlaps another.
    pub(super) fn parts(&self, text: &[u8]) -> Vec<Range<usize>> {
        self.search(text, LEVELS).parts
    }

    /// Returns the index of a secret that the text holds.
    pub(super) fn secret_in(&self, text: &[u8]) -> Option<usize> {
        self.search(text, LEVELS).secret
    }

    fn search(&self, text: &[u8], levels: usize) -> Found {
        let mut found = self.text.found_in(&folded(text));
        for (forms, alphabet) in [(&self.base64, &BASE64), (&self.hex, &HEX)] {
            let inner = forms.found_in(&alphabet.squeezed(text));
            found.add(inner, |parts| alphabet.unsqueezed(text, parts));
        }
        if levels > 0
            && let Some(unescaped) = unescaped(text)
        {
            let inner = self.search(&unescaped, levels - 1);
            found.add(inner, |parts| escaped_parts(text, parts));
        }
        found
    }
}

impl Found {
    /// Adds what was found in another spelling of the text, with its parts mapped back to the text.
    fn add(&mut self, inner: Found, map_back: impl Fn(&[Range<usize>]) -> Vec<Range<usize>>) {
        if inner.parts.is_empty() {
            return;
        }
        self.parts.extend(map_back(&inner.parts));
        self.parts = merged(std::mem::take(&mut self.parts));
        self.secret = self.secret.or(inner.secret);
    }
}

/// One way to write one secret.
struct Form {
    bytes: Vec<u8>,
    of: FormOf,
}

/// What a form is of.
#[derive(Clone)]
struct FormOf {
    secret: usize,
    /// Whether the digit before the form, and the one after it, hold some of its bits.
    shares: (bool, bool),
}

impl Form {
    fn whole(secret: usize, bytes: Vec<u8>) -> Form {
        let shares = (false, false);
        Form {
            bytes,
            of: FormOf { secret, shares },
        }
    }

    /// Returns the digits that base64 of a text always has when so many bytes (modulo 3) stand before the secret: those of
    /// its bits alone.
    fn base64(secret: usize, bytes: &[u8], before: usize) -> Form {
        let mut padded = vec![0; before];
        padded.extend_from_slice(bytes);
        let (first_bit, end_bit) = (before * 8, padded.len() * 8);
        let digits = STANDARD_NO_PAD.encode(&padded).into_bytes();
        Form {
            bytes: digits[first_bit.div_ceil(6)..end_bit / 6].to_vec(),
            of: FormOf {
                secret,
                shares: (first_bit % 6 > 0, end_bit % 6 > 0),
            },
        }
    }
}

/// Finds all of some forms in one pass.
#[derive(Clone)]
struct Forms {
    automaton: AhoCorasick,
    of: Vec<FormOf>,
}

impl Forms {
    fn new(mut forms: Vec<Form>) -> Result<Forms, BuildError> {
        forms.retain(|form| form.bytes.len() >= FORM_BYTES_MIN);
        let automaton = AhoCorasick::builder()
            // Of two that overlap, both are masked.
            .match_kind(MatchKind::Standard)
            // The default takes a hundred times the memory for few long forms.
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(forms.iter().map(|form| &form.bytes))?;
        Ok(Forms {
            automaton,
            of: forms.into_iter().map(|form| form.of).collect(),
        })
    }

    fn found_in(&self, text: &[u8]) -> Found {
        let mut found = Found::default();
        if !self.automaton.is_match(text) {
            return found;
        }
        for hit in self.automaton.find_overlapping_iter(text) {
            let Some(form) = self.of.get(hit.pattern().as_usize()) else {
                continue;
            };
            let (before, after) = form.shares;
            found.parts.push(grown(text, hit.range(), before, after));
            found.secret = found.secret.or(Some(form.secret));
        }
        found.parts = merged(found.parts);
        found
    }
}

/// Returns the parts in order, with those that overlap as one.
fn merged(mut parts: Vec<Range<usize>>) -> Vec<Range<usize>> {
    parts.sort_by_key(|part| part.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(parts.len());
    for part in parts {
        match merged.last_mut() {
            Some(last) if part.start < last.end => last.end = last.end.max(part.end),
            _ => merged.push(part),
        }
    }
    merged
}

/// Returns a text with `+` as a space, which it stands for in forms of the web.
fn folded(text: &[u8]) -> Vec<u8> {
    let fold = |byte: &u8| if *byte == b'+' { b' ' } else { *byte };
    text.iter().map(fold).collect()
}

fn hex_of(bytes: &[u8]) -> Vec<u8> {
    let digits = |byte: &u8| [byte >> 4, byte & 15];
    let digits = bytes.iter().flat_map(digits);
    digits
        .map(|digit| b"0123456789abcdef"[usize::from(digit)])
        .collect()
}
