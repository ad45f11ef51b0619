//! The summary of a run as Markdown: its text within the size that a pipeline takes. Texts of others stand in it as text alone:
//! they neither end a cell nor begin a link, an image or markup.

/// The largest summary of a step that GitHub shows, in bytes
/// (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits>).
pub(super) const SUMMARY_MAX: usize = 1024 * 1024;

/// The longest text of others in a cell, in characters.
const CELL_MAX: usize = 1_000;

/// The text of a summary, in the parts that are left out last to first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// What is in every summary: the result, and the heading of the table.
    pub(super) head: String,
    /// The rows of the table, each with its line break.
    pub(super) rows: Vec<String>,
    /// What follows the table.
    pub(super) tail: String,
}

impl Summary {
    /// Returns the text in at most `max` bytes: as many whole rows as there is room for, and a line that says how many are
    /// missing. Nothing where not even the head has room.
    pub(super) fn within(&self, max: usize) -> String {
        let whole = self.head.len() + self.rows.iter().map(String::len).sum::<usize>();
        if whole + self.tail.len() <= max {
            return format!("{}{}{}", self.head, self.rows.concat(), self.tail);
        }
        let missing = |kept: usize| {
            let missing = self.rows.len() - kept;
            format!(
                "\n{missing} rows and the chart are left out: the summary of a step has room for 1 MiB.\n"
            )
        };
        // The line is longest where all rows are missing.
        let mut room = max.checked_sub(self.head.len() + missing(0).len());
        let Some(room) = room.as_mut() else {
            return String::new();
        };
        let mut text = self.head.clone();
        let mut kept = 0;
        for row in &self.rows {
            let Some(rest) = room.checked_sub(row.len()) else {
                break;
            };
            *room = rest;
            text.push_str(row);
            kept += 1;
        }
        text + &missing(kept)
    }
}

/// Returns a text of others as one line of Markdown that shows it as it is.
pub(super) fn as_markdown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in gates::sanitise(text, CELL_MAX).chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            // A code span or a cell ends at one even after a backslash in some renderers.
            '|' => shown.push_str("&#124;"),
            '`' => shown.push_str("&#96;"),
            // It would tell the user of that name.
            '@' => shown.push_str("&#64;"),
            '\\' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '!' | '~' | '$' | '^' => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_is_shown_as_it_is() {
        assert_eq!(
            as_markdown("p99 is 5 ms, (a_b) |x| <img src=x> `y` [z](https://e.example) @team\n# h"),
            "p99 is 5 ms, (a\\_b) &#124;x&#124; &lt;img src=x&gt; &#96;y&#96; \\[z\\](https://e.example) &#64;team \\# h"
        );
    }

    #[test]
    fn summary_that_is_too_large_has_whole_rows_and_says_what_is_missing() {
        let summary = Summary {
            head: "head\n".to_owned(),
            rows: (0..100).map(|row| format!("| row {row:02} |\n")).collect(),
            tail: "tail\n".to_owned(),
        };
        let whole = summary.within(SUMMARY_MAX);
        assert_eq!(whole.lines().count(), 102);
        for max in 0..whole.len() {
            let text = summary.within(max);
            assert!(text.len() <= max, "{max}: {text}");
            if text.is_empty() {
                continue;
            }
            let kept = text
                .lines()
                .filter(|line| line.starts_with("| row "))
                .count();
            let says = format!(
                "{} rows and the chart are left out: the summary of a step has room for 1 MiB.",
                100 - kept
            );
            assert_eq!(text.lines().last(), Some(says.as_str()));
            let whole = text.lines().filter(|line| line.starts_with('|'));
            assert!(whole.into_iter().all(|line| line.ends_with(" |")), "{text}");
        }
        assert_eq!(summary.within(4), "");
    }
}
