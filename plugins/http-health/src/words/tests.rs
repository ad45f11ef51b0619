//! The formats of numbers and quotations.

use super::{decimal, excerpt, milliseconds, quoted, times};

#[test]
fn small_counts_are_words_and_large_ones_digits() {
    assert_eq!(times(1), "once");
    assert_eq!(times(2), "twice");
    assert_eq!(times(3), "three times");
    assert_eq!(times(10), "ten times");
    assert_eq!(times(11), "11 times");
}

#[test]
fn numbers_are_rounded_and_lose_their_trailing_zeros() {
    assert_eq!(milliseconds(12.0), "12 ms");
    assert_eq!(milliseconds(12.04), "12 ms");
    assert_eq!(milliseconds(0.46), "0.5 ms");
    assert_eq!(milliseconds(1999.96), "2000 ms");
    assert_eq!(decimal(1.5, 2), "1.5");
    assert_eq!(decimal(1.25, 2), "1.25");
    assert_eq!(decimal(1.05, 2), "1.05");
    assert_eq!(decimal(f64::NAN, 2), "0");
    assert_eq!(decimal(-3.0, 2), "0");
}

#[test]
fn quotation_is_cut_after_eighty_characters_not_bytes() {
    let long = "ä".repeat(81);
    assert_eq!(excerpt(&"ä".repeat(80)), "ä".repeat(80));
    assert_eq!(excerpt(&long), format!("{}…", "ä".repeat(80)));
}

#[test]
fn quotation_escapes_control_characters() {
    assert_eq!(quoted("a\"b\n\u{1b}[31m"), r#""a\"b\n\u001b[31m""#);
}
