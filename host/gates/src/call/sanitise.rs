//! Sanitises text of others: no terminal escape, no line break, no command of a CI system remains in it (I-17).
//!
//! GitHub's runner accepts `::name::` after white space at the start of a line and `##[` anywhere; Azure's agent accepts
//! `##vso[` anywhere. Every text of a guest or a service must pass through here before it is printed or kept.

/// Returns the text as one line of at most `max_chars` characters, without escapes and commands, and with a note of how
/// many characters were cut. Two colons stay where no command begins: names of functions have them.
pub fn sanitise(text: &str, max_chars: usize) -> String {
    let mut line = String::with_capacity(text.len().min(max_chars));
    let mut rest = text.chars();
    let mut kept = 0;
    let mut was_space = true;
    while kept < max_chars {
        let Some(c) = rest.next() else { break };
        let Some(c) = shown(c, &mut rest) else {
            continue;
        };
        // Runs of spaces, line breaks and tabs become one space.
        if c == ' ' && was_space {
            continue;
        }
        was_space = c == ' ';
        line.push(c);
        kept += 1;
    }
    let cut = rest.count();
    let mut line = without_commands(line.trim());
    if cut > 0 {
        line.push_str(&format!("… ({cut} more characters)"));
    }
    line
}

/// Returns a text of several lines of ours, in which names and sentences of others may stand, so that it can be printed:
/// lines and spaces stay as they are, escapes and commands do not.
pub fn printable(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '\n' {
            kept.push(c);
        } else {
            kept.extend(shown(c, &mut rest));
        }
    }
    let lines: Vec<String> = kept.split('\n').map(without_commands).collect();
    lines.join("\n")
}

/// Breaks the commands of CI systems in one line.
fn without_commands(line: &str) -> String {
    let line = line.replace("##[", "# #[").replace("##vso", "# #vso");
    let start = line.len() - line.trim_start().len();
    match line[start..].strip_prefix("::") {
        Some(rest) => format!("{}: :{rest}", &line[..start]),
        None => line,
    }
}

/// Returns what is printed for a character; `None` for one that is left out, with the rest of the escape that it begins.
fn shown(c: char, rest: &mut std::str::Chars<'_>) -> Option<char> {
    match c {
        '\u{1b}' => {
            skip_escape(rest);
            None
        }
        '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() || is_invisible(c) => None,
        c => Some(c),
    }
}

/// Skips the rest of a terminal escape: `[` up to its final byte, `]`, `P`, `X`, `^` and `_` up to their terminator.
fn skip_escape(rest: &mut std::str::Chars<'_>) {
    let mut ahead = rest.clone();
    match ahead.next() {
        Some('[') => {
            for c in ahead.by_ref() {
                if ('\u{40}'..='\u{7e}').contains(&c) {
                    break;
                }
            }
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            let ended = ahead
                .by_ref()
                .any(|c| matches!(c, '\u{07}' | '\u{9c}' | '\u{1b}'));
            if !ended {
                // Without a terminator the rest is kept as text; the escape character itself is gone already.
                return;
            }
        }
        _ => {}
    }
    *rest = ahead;
}

/// Returns whether a character changes how others are shown: bidirectional controls, joiners, the byte order mark.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{61c}'
    )
}

#[cfg(test)]
mod tests;
