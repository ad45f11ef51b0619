//! Takes out of a text what is written in the digits of base64 or of hex, without line breaks and separators.
//!
//! Both alphabets get one spelling: base64 the standard one, hex lower case.

use std::ops::Range;

/// Stands between two runs of digits; no digit.
const BETWEEN: u8 = b'.';

/// The digits of an encoding, and what may stand between them.
pub(super) struct Alphabet {
    /// What each byte becomes; 0 when it is no digit.
    digits: [u8; 256],
    /// Returns the length of the separator that a text begins with.
    separator: fn(&[u8]) -> usize,
    /// The fewest digits in a row that can hold a secret.
    digits_min: usize,
}

/// Base64, also URL-safe, also in lines that may be indented.
pub(super) const BASE64: Alphabet = Alphabet {
    digits: base64_digits(),
    separator: line_break,
    digits_min: 7,
};

/// Hex, also with colons, dashes or spaces between the bytes.
pub(super) const HEX: Alphabet = Alphabet {
    digits: hex_digits(),
    separator: |text| usize::from(matches!(text.first(), Some(b':' | b'-' | b' '))),
    digits_min: 12,
};

const fn base64_digits() -> [u8; 256] {
    let mut digits = [0; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        digits[byte as usize] = match byte {
            b'-' | b'+' => b'+',
            b'_' | b'/' => b'/',
            _ if byte.is_ascii_alphanumeric() => byte,
            _ => 0,
        };
        byte += 1;
    }
    digits
}

const fn hex_digits() -> [u8; 256] {
    let mut digits = [0; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        if byte.is_ascii_hexdigit() {
            digits[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    digits
}

/// Returns the length of a line break, with the spaces and tabs after it.
fn line_break(text: &[u8]) -> usize {
    let ends = match text {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        _ => return 0,
    };
    let indent = text[ends..]
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t'));
    ends + indent.count()
}

impl Alphabet {
    /// Returns the digits of a text: each run of them that is long enough, and a dot after it.
    pub(super) fn squeezed(&self, text: &[u8]) -> Vec<u8> {
        let mut squeezed = Vec::new();
        self.each_run(text, |run| {
            let digits = text[run].iter().map(|byte| self.digits[usize::from(*byte)]);
            squeezed.extend(digits.filter(|digit| *digit != 0));
            squeezed.push(BETWEEN);
        });
        squeezed
    }

    /// Returns the parts of a text that these parts of its digits come from. Both are in order, and none overlaps another.
    pub(super) fn unsqueezed(&self, text: &[u8], parts: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut found = Vec::with_capacity(parts.len());
        let mut wanted = parts.iter().peekable();
        let (mut count, mut begin) = (0, 0);
        self.each_run(text, |run| {
            for at in run {
                if self.digits[usize::from(text[at])] == 0 {
                    continue;
                }
                if let Some(part) = wanted.peek() {
                    if part.start == count {
                        begin = at;
                    }
                    if part.end == count + 1 {
                        found.push(begin..at + 1);
                        wanted.next();
                    }
                }
                count += 1;
            }
            count += 1;
        });
        found
    }

    /// Visits the runs of digits and separators that have enough digits; each begins and ends with a digit.
    fn each_run(&self, text: &[u8], mut visit: impl FnMut(Range<usize>)) {
        let is_digit = |at: usize| at < text.len() && self.digits[usize::from(text[at])] != 0;
        let mut at = 0;
        while at < text.len() {
            if !is_digit(at) {
                at += 1;
                continue;
            }
            let (start, mut digits) = (at, 0);
            let end = loop {
                while is_digit(at) {
                    at += 1;
                    digits += 1;
                }
                let separator = (self.separator)(&text[at..]);
                if separator == 0 || !is_digit(at + separator) {
                    break at;
                }
                at += separator;
            };
            if digits >= self.digits_min {
                visit(start..end);
            }
        }
    }
}

/// Returns a part of squeezed digits with the digit before it, if there is one in the same run, and likewise after it.
pub(super) fn grown(
    squeezed: &[u8],
    part: Range<usize>,
    before: bool,
    after: bool,
) -> Range<usize> {
    let is_digit = |at: usize| squeezed.get(at).is_some_and(|byte| *byte != BETWEEN);
    let before = before && part.start > 0 && is_digit(part.start - 1);
    let after = after && is_digit(part.end);
    part.start - usize::from(before)..part.end + usize::from(after)
}
