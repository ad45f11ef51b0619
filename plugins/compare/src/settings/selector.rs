//! A selector of series, such as `http_requests_total{app="shop"}`.

/// A selector: the name of a metric, and matchers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    name: String,
    /// What stands between the braces, without a comma at its end.
    matchers: String,
}

impl Selector {
    /// Reads a selector; `None` where the text is something else, such as a function of one, or has a range.
    pub(crate) fn read(text: &str) -> Option<Selector> {
        let text = text.trim();
        let (name, matchers) = match text.split_once('{') {
            None => (text, ""),
            Some((name, rest)) => (name.trim_end(), within(rest)?),
        };
        let is_name = name.bytes().enumerate().all(|(place, byte)| {
            matches!(byte, b'_' | b':')
                || byte.is_ascii_alphabetic()
                || place > 0 && byte.is_ascii_digit()
        });
        let matchers = matchers.trim().trim_end_matches(',').trim_end();
        let selects = !name.is_empty() || !matchers.is_empty();
        (is_name && selects).then(|| Selector {
            name: name.to_owned(),
            matchers: matchers.to_owned(),
        })
    }

    /// Returns whether it begins with the name of a metric.
    pub(crate) fn has_name(&self) -> bool {
        !self.name.is_empty()
    }

    /// Returns it with an ending of its name, and one more matcher.
    pub(crate) fn with(&self, ending: &str, matcher: &str) -> String {
        let Selector { name, matchers } = self;
        let comma = if matchers.is_empty() || matcher.is_empty() {
            ""
        } else {
            ","
        };
        format!("{name}{ending}{{{matchers}{comma}{matcher}}}")
    }
}

/// Returns what stands before the closing brace, which is the last character.
fn within(rest: &str) -> Option<&str> {
    let mut quote = None;
    let mut is_escaped = false;
    for (place, character) in rest.char_indices() {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            // A backslash is one in every kind of quotes but `.
            Some(open) if character == '\\' && open != '`' => is_escaped = true,
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'' | '`') => quote = Some(character),
            None if character == '}' => {
                let is_last = place + 1 == rest.len();
                return is_last.then(|| &rest[..place]);
            }
            None => {}
        }
    }
    None
}
