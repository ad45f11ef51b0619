//! Random texts and ids, as the service generates them. Must not be used for real secrets.

use rand::RngExt;

/// Returns `length` lower-case letters and digits, for names and signatures.
pub(crate) fn random_text(length: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut source = rand::rng();
    (0..length)
        .map(|_| char::from(LETTERS[source.random_range(0..LETTERS.len())]))
        .collect()
}

/// Returns a random UUID in its usual form.
pub(crate) fn random_uuid() -> String {
    let number: u128 = rand::random();
    let digits = format!("{number:032x}");
    let (a, b, c, d, e) = (
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    );
    format!("{a}-{b}-{c}-{d}-{e}")
}
