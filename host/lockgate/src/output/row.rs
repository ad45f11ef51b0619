//! A row of the region below the lines: texts, each in one tone, cut to the width of the terminal. Here the texts of others lose
//! all that a terminal would obey, so that only our own colours are left (I-23). Writes nothing.

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::wrap::wrapped;

/// What a text is, for the eye. What it says never depends on the tone alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Ordinary text.
    Plain,
    /// What is not to catch the eye.
    Faint,
    /// What the eye is to find first.
    Strong,
    /// What went well.
    Good,
    /// What did not.
    Bad,
    /// What is not decided yet.
    Open,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Tone::Plain => Style::new(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Strong => Style::new().bold(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Open => AnsiColor::Yellow.on_default(),
        }
    }
}

/// Whether tones are shown as colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    /// They are.
    On,
    /// They are not: no sequence that styles a text is written.
    Off,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Row(Vec<(Tone, String)>);

impl Row {
    /// Returns a row of one text.
    pub(crate) fn of(tone: Tone, text: &str) -> Row {
        Row::default().and(tone, text)
    }

    /// Returns the row with a text added.
    #[must_use]
    pub(crate) fn and(mut self, tone: Tone, text: &str) -> Row {
        // A row is a row, whatever the text is.
        let text = gates::printable(text).replace('\n', " ");
        self.0.push((tone, text));
        self
    }

    /// Returns a text after a heading, in rows of at most `width` columns that begin under its beginning; at most `most` rows.
    pub(crate) fn headed(
        heading: &str,
        tone: Tone,
        text: &str,
        width: usize,
        most: usize,
    ) -> Vec<Row> {
        let text = gates::printable(text).replace('\n', " ");
        let whole = wrapped(heading, &text, width);
        let mut rows = whole.lines().enumerate().map(|(index, row)| match index {
            0 => Row::of(Tone::Faint, heading).and(tone, &row[heading.len()..]),
            _ => Row::of(tone, row),
        });
        let mut shown: Vec<Row> = rows.by_ref().take(most).collect();
        if rows.next().is_some()
            && let Some(last) = shown.pop()
        {
            // Longer than the row, so that it is seen to be cut.
            shown.push(last.and(tone, &" ".repeat(width)).cut(width));
        }
        shown
    }

    /// Returns the number of columns that the row takes.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.width()).sum()
    }

    /// Returns the row in at most `width` columns; one that was longer ends in `…`.
    #[must_use]
    pub(crate) fn cut(self, width: usize) -> Row {
        if self.width() <= width {
            return self;
        }
        let mut left = width.saturating_sub(1);
        let mut kept = Row::default();
        for (tone, text) in self.0 {
            let fits = beginning(&text, left);
            left -= fits.width();
            let is_whole = fits.len() == text.len();
            kept.0.push((tone, fits.to_owned()));
            if !is_whole {
                break;
            }
        }
        if width > 0 {
            kept.0.push((Tone::Faint, "…".to_owned()));
        }
        kept
    }

    /// Returns the texts of the row.
    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        self.painted(Colours::Off)
    }

    /// Returns the row as it is written.
    pub(super) fn painted(&self, colours: Colours) -> String {
        let mut painted = String::new();
        for (tone, text) in &self.0 {
            let style = tone.style();
            if colours == Colours::Off || style.is_plain() {
                painted.push_str(text);
            } else {
                painted.push_str(&format!("{style}{text}{style:#}"));
            }
        }
        painted
    }
}

/// Returns the longest beginning of a text that takes at most this many columns.
pub(super) fn beginning(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        taken += c.width().unwrap_or(0);
        if taken > columns {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_is_cut_at_the_width_whatever_its_characters_take() {
        let row = Row::of(Tone::Good, "ab").and(Tone::Plain, "日本語");
        assert_eq!(row.width(), 8);
        for (width, shown) in [
            (0, ""),
            (1, "…"),
            (3, "ab…"),
            (4, "ab…"),
            (5, "ab日…"),
            (8, "ab日本語"),
        ] {
            let cut = row.clone().cut(width);
            assert_eq!(cut.painted(Colours::Off), shown, "{width}");
            assert!(cut.width() <= width);
        }
    }

    #[test]
    fn only_our_own_colours_are_left_and_none_without_colours() {
        let row = Row::of(Tone::Bad, "no\u{1b}[2J\n##vso[x]").and(Tone::Plain, "!");
        assert_eq!(row.painted(Colours::Off), "no # #vso[x]!");
        let red = "\u{1b}[1m\u{1b}[31mno # #vso[x]\u{1b}[0m!";
        assert_eq!(row.painted(Colours::On), red);
    }
}
