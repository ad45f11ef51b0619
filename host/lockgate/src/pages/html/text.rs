//! Texts of others on the page: one line, without escapes, of a bounded length. The template escapes what HTML would take for
//! markup.

/// The most characters of a text.
const TEXT_MAX: usize = 2_000;

/// Returns a text of others as the page shows it.
pub(super) fn shown(text: &str) -> String {
    gates::sanitise(text, TEXT_MAX)
}
