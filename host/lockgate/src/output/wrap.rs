//! Breaks a line at the width of a terminal, with what goes on under its beginning. A command between backticks stays whole, so
//! that it can be copied: where it does not fit, the terminal itself breaks it, and copies it as one line.

use unicode_width::UnicodeWidthStr as _;

/// The narrowest that a column of text is made; below it the terminal breaks lines.
const NARROWEST: usize = 20;

/// Returns `before` and the sentence in rows of at most `width` columns; each row after the first is indented by the width of
/// `before`.
pub(super) fn wrapped(before: &str, sentence: &str, width: usize) -> String {
    let indent = before.width();
    let room = width.saturating_sub(indent);
    let mut text = before.to_owned();
    if room < NARROWEST || sentence.width() <= room {
        text.push_str(sentence);
        return text;
    }
    let mut taken = 0;
    for word in words(sentence) {
        let needed = word.width();
        if taken > 0 && taken + 1 + needed > room {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            taken = 0;
        } else if taken > 0 {
            text.push(' ');
            taken += 1;
        }
        text.push_str(word);
        taken += needed;
    }
    text
}

/// Returns the words of a sentence; what is between backticks is one word with what it touches.
pub(super) fn words(sentence: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let words = sentence.split(move |c: char| {
        is_quoted ^= c == '`';
        c == ' ' && !is_quoted
    });
    words.filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "12:00:00  25 %  ";

    #[test]
    fn line_goes_on_under_its_sentence() {
        let sentence = "a gate said no, because the canary answers with 503";
        let text = wrapped(BEFORE, sentence, 40);
        assert_eq!(
            text,
            "12:00:00  25 %  a gate said no, because\n                the canary answers with\n                503"
        );
        assert!(text.lines().all(|row| row.width() <= 40));
        assert_eq!(wrapped(BEFORE, sentence, 80), format!("{BEFORE}{sentence}"));
        assert_eq!(wrapped(BEFORE, sentence, 30), format!("{BEFORE}{sentence}"));
    }

    #[test]
    fn command_stays_whole() {
        let sentence =
            "next: `lockgate abort --app shop --resource-group demo` restores the baseline";
        assert_eq!(
            wrapped(BEFORE, sentence, 60),
            "12:00:00  25 %  next:\n                `lockgate abort --app shop --resource-group demo`\n                restores the baseline"
        );
    }

    #[test]
    fn backtick_without_a_second_one_loses_no_word() {
        let sentence = "it`s a sentence of somebody else that goes on and on and on";
        let text = wrapped(BEFORE, sentence, 40);
        assert!(text.ends_with("on and on and on"), "{text}");
    }
}
