//! Takes one level of escapes off a text: those of JSON and JavaScript, of HTML, and of URLs, all at once.
//!
//! Text that is no escape stays as it is, wherever it stands: the text may be of any format, or of several. Which bytes of
//! the text a decoded byte comes from is found by a second walk, made only when there is something to find.

use std::ops::Range;

use super::entities::{NAME_LENGTH_MAX, named};

/// The most digits of a number in an escape: six are the largest character, the rest are leading zeros.
const DIGITS_MAX: usize = 12;

/// A part of a text.
enum Piece<'a> {
    /// Stays as it is.
    Plain(&'a [u8]),
    /// So many bytes that stand for these.
    Escape(usize, Decoded),
}

/// What an escape stands for: one byte, or one character in UTF-8.
#[derive(Clone, Copy)]
struct Decoded {
    bytes: [u8; 4],
    length: usize,
}

impl Decoded {
    fn byte(byte: u8) -> Decoded {
        Decoded {
            bytes: [byte, 0, 0, 0],
            length: 1,
        }
    }

    fn character(c: char) -> Decoded {
        let mut bytes = [0; 4];
        let length = c.encode_utf8(&mut bytes).len();
        Decoded { bytes, length }
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Returns the text without its outermost escapes; `None` when it has none.
pub(super) fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = None;
    let mut plain_bytes = 0;
    for piece in Pieces::of(text) {
        match piece {
            Piece::Plain(plain) => match &mut decoded {
                None => plain_bytes += plain.len(),
                Some(decoded) => Vec::extend_from_slice(decoded, plain),
            },
            Piece::Escape(_, stands_for) => decoded
                .get_or_insert_with(|| {
                    let mut begun = Vec::with_capacity(text.len());
                    begun.extend_from_slice(&text[..plain_bytes]);
                    begun
                })
                .extend_from_slice(stands_for.as_slice()),
        }
    }
    decoded
}

/// Returns the parts of a text that these parts of the unescaped text come from. Both are in order, and none overlaps another.
pub(super) fn escaped_parts(text: &[u8], parts: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::with_capacity(parts.len());
    let mut wanted = parts.iter().peekable();
    let (mut source, mut decoded) = (0, 0);
    for piece in Pieces::of(text) {
        let (length, stands_for) = match &piece {
            Piece::Plain(plain) => (plain.len(), plain.len()),
            Piece::Escape(length, stands_for) => (*length, stands_for.length),
        };
        let is_plain = matches!(piece, Piece::Plain(_));
        // A part may begin in this piece, end in it, or both, and so may several.
        while let Some(part) = wanted.peek() {
            if part.start >= decoded + stands_for {
                break;
            }
            if part.start >= decoded {
                let into = if is_plain { part.start - decoded } else { 0 };
                found.push(source + into..source + into);
            }
            if part.end > decoded + stands_for {
                break;
            }
            let into = if is_plain { part.end - decoded } else { length };
            if let Some(last) = found.last_mut() {
                last.end = source + into;
            }
            wanted.next();
        }
        source += length;
        decoded += stands_for;
    }
    found
}

/// The pieces of a text, in order.
struct Pieces<'a> {
    rest: &'a [u8],
    /// The escape that `rest` begins with, if it was found already.
    escape: Option<(usize, Decoded)>,
}

impl<'a> Pieces<'a> {
    fn of(text: &'a [u8]) -> Pieces<'a> {
        Pieces {
            rest: text,
            escape: None,
        }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let text = self.rest;
        let mut end = 0;
        while self.escape.is_none() && end < text.len() {
            let begins = |byte: &u8| matches!(byte, b'\\' | b'%' | b'&');
            end += text[end..]
                .iter()
                .position(begins)
                .unwrap_or(text.len() - end);
            self.escape = escape(&text[end..]);
            // Only the character itself is plain when it begins no escape.
            end += usize::from(self.escape.is_none() && end < text.len());
        }
        if end > 0 {
            self.rest = &text[end..];
            return Some(Piece::Plain(&text[..end]));
        }
        let (length, stands_for) = self.escape.take()?;
        self.rest = &text[length..];
        Some(Piece::Escape(length, stands_for))
    }
}

/// Returns the escape that a text begins with: its length, and what it stands for.
fn escape(text: &[u8]) -> Option<(usize, Decoded)> {
    match text.first()? {
        b'\\' => backslash(text),
        b'%' => {
            let byte = number(text.get(1..3)?, 16)?;
            Some((3, Decoded::byte(u8::try_from(byte).ok()?)))
        }
        b'&' => {
            let (name, length) = until(text, 1, b';', NAME_LENGTH_MAX.max(DIGITS_MAX + 2))?;
            let c = match name {
                [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
                [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
                name => named(name)?,
            };
            Some((length, Decoded::character(c)))
        }
        _ => None,
    }
}

fn backslash(text: &[u8]) -> Option<(usize, Decoded)> {
    let (length, c) = match text.get(1)? {
        b'u' if text.get(2) == Some(&b'{') => {
            let (digits, length) = until(text, 3, b'}', DIGITS_MAX)?;
            (length, char::from_u32(number(digits, 16)?)?)
        }
        b'u' => {
            let first = number(text.get(2..6)?, 16)?;
            match char::from_u32(first) {
                Some(c) => (6, c),
                None => (12, pair(first, text.get(6..12)?)?),
            }
        }
        b'x' => (4, char::from_u32(number(text.get(2..4)?, 16)?)?),
        b'n' => (2, '\n'),
        b'r' => (2, '\r'),
        b't' => (2, '\t'),
        b'b' => (2, '\u{8}'),
        b'f' => (2, '\u{c}'),
        b'v' => (2, '\u{b}'),
        c @ (b'"' | b'\'' | b'`' | b'/' | b'\\') => (2, char::from(*c)),
        _ => return None,
    };
    Some((length, Decoded::character(c)))
}

/// Returns the character of two halves in UTF-16: the first as a number, the second as `\uXXXX`.
fn pair(first: u32, second: &[u8]) -> Option<char> {
    let second = number(second.strip_prefix(b"\\u")?, 16)?;
    let halves = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    char::decode_utf16(halves).next()?.ok()
}

/// Returns what stands between a position and the next `end`, with the length of the text up to and with that.
fn until(text: &[u8], from: usize, end: u8, length_max: usize) -> Option<(&[u8], usize)> {
    let rest = text.get(from..)?;
    let length = rest.iter().take(length_max + 1).position(|b| *b == end)?;
    Some((&rest[..length], from + length + 1))
}

/// Returns the value of 1 to 12 digits.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    if !(1..=DIGITS_MAX).contains(&digits.len()) {
        return None;
    }
    digits.iter().try_fold(0_u32, |value, digit| {
        let digit = char::from(*digit).to_digit(radix)?;
        value.checked_mul(radix)?.checked_add(digit)
    })
}
