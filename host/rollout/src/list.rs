//! Lists of names in sentences for people. Every one is made here, so that none fills a screen.

use std::fmt;

/// The most entries that a list shows: enough to see what they are, and few enough for one line.
const SHOWN_MAX: usize = 10;

/// Returns the entries with commas between them; of more than ten the first ten, and how many more there are. Empty
/// without any.
pub fn listed<T: fmt::Display>(entries: impl IntoIterator<Item = T>) -> String {
    let mut entries = entries.into_iter();
    let mut shown: Vec<String> = entries
        .by_ref()
        .take(SHOWN_MAX)
        .map(|entry| entry.to_string())
        .collect();
    let more = entries.count();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn list_is_cut_at_ten_and_says_how_many_more_there_are() {
        assert_eq!(listed([0; 0]), "");
        assert_eq!(listed(["a", "b"]), "a, b");
        assert_eq!(listed(0..10), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9");
        assert!(listed(0..40).ends_with(", 9, and 30 more"));
    }
}
