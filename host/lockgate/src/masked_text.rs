//! The text of a configuration file as mistakes show its lines: as long as it was, so that every place stays where it is, with
//! asterisks for the values of environment variables that may be secrets. Understands as much of TOML as that needs, also in a
//! file that is not TOML.

use crate::secret_names::{is_secret_name, looks_secret};

/// The header of the table of environment variables.
const TABLE: &str = "deploy.env";
/// What begins a string, longest first.
const QUOTES: [&str; 4] = ["\"\"\"", "'''", "\"", "'"];

/// Returns the text with secrets masked.
pub(crate) fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut is_in_table = false;
    let mut open: Option<OpenString> = None;
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        if let Some(string) = open.take() {
            let (inside, behind) = split_string(line, string.quotes);
            push(&mut masked, inside, string.is_masked);
            rest = behind.unwrap_or_default();
            if behind.is_none() {
                open = Some(string);
            }
        } else if line.trim_start().starts_with('[') {
            let header = line.split(']').next().unwrap_or_default();
            let header: String = header.chars().filter(|c| !"[\"' \t".contains(*c)).collect();
            is_in_table = header == TABLE;
            masked.push_str(line);
            continue;
        }
        let start = if is_in_table { Some(0) } else { begin(rest) };
        let Some(start) = start else {
            masked.push_str(rest);
            continue;
        };
        masked.push_str(&rest[..start]);
        if let Some(string) = mask_line(&rest[start..], &mut masked) {
            open = Some(string);
        }
    }
    masked
}

/// A string that goes on in the next line.
struct OpenString {
    quotes: &'static str,
    is_masked: bool,
}

/// Returns where variables begin in a line outside of their table: behind `env.` or `env = {`.
fn begin(line: &str) -> Option<usize> {
    line.match_indices("env").find_map(|(at, word)| {
        let behind = at + word.len();
        let rest = line[behind..].trim_start();
        let is_key = rest.starts_with('.') || rest.strip_prefix('=')?.trim_start().starts_with('{');
        is_key.then_some(line.len() - rest.len() + 1)
    })
}

/// Masks assignments up to the end of a line. Returns the string that goes on in the next one.
fn mask_line(line: &str, masked: &mut String) -> Option<OpenString> {
    let mut rest = line;
    while let Some(at) = rest.find('=') {
        let before = &rest[..at];
        let name = before.rsplit([',', '{', '}']).next().unwrap_or_default();
        let name = name.trim().trim_matches(['"', '\'']);
        let behind = &rest[at + 1..];
        let blank = behind.len() - behind.trim_start_matches([' ', '\t']).len();
        let value = &behind[blank..];
        masked.push_str(&rest[..=at]);
        masked.push_str(&behind[..blank]);
        let quotes = QUOTES.into_iter().find(|quotes| value.starts_with(quotes));
        let Some(quotes) = quotes else {
            let end = value.find([',', '}', '#']).unwrap_or(value.len());
            push(masked, &value[..end], is_secret(name, value));
            rest = &value[end..];
            continue;
        };
        let (inside, behind) = split_string(&value[quotes.len()..], quotes);
        masked.push_str(quotes);
        // Where a string goes on, the lines that follow may say more of it.
        let is_masked = is_secret(name, inside);
        push(masked, inside, is_masked);
        match behind {
            Some(behind) => rest = behind,
            None if quotes.len() == 3 => return Some(OpenString { quotes, is_masked }),
            None => rest = "",
        }
    }
    // A line without an equals sign is a mistake; what stands behind the name may be its value.
    let name = rest.split([' ', '\t', ':']).next().unwrap_or_default();
    push(
        masked,
        rest,
        rest.len() == line.len() && is_secret_name(name),
    );
    None
}

fn is_secret(name: &str, value: &str) -> bool {
    is_secret_name(name) || looks_secret(value)
}

/// Returns what is inside of a string, and what stands from its closing quotes on, where they are in this text.
fn split_string<'a>(text: &'a str, quotes: &str) -> (&'a str, Option<&'a str>) {
    let mut from = 0;
    while let Some(found) = text[from..].find(quotes) {
        let at = from + found;
        let backslashes = text[..at].len() - text[..at].trim_end_matches('\\').len();
        if quotes.starts_with('\'') || backslashes.is_multiple_of(2) {
            return (&text[..at], Some(&text[at..]));
        }
        from = at + 1;
    }
    (text, None)
}

/// Adds a text, as it is or as asterisks of the same length.
fn push(masked: &mut String, text: &str, is_masked: bool) {
    for c in text.chars() {
        if is_masked && !c.is_whitespace() {
            masked.push_str(&"*".repeat(c.len_utf8()));
        } else {
            masked.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn secrets_among_environment_variables_are_masked_wherever_they_stand() {
        for (text, expected) in [
            (
                "[deploy.env]\nAPI_KEY = \"hunter2\" # x\nLEVEL = \"debug\"\n",
                "[deploy.env]\nAPI_KEY = \"*******\" # x\nLEVEL = \"debug\"\n",
            ),
            (
                "[ deploy . env ]\n\"API_KEY\" = 'a\\' # x",
                "[ deploy . env ]\n\"API_KEY\" = '**' # x",
            ),
            (
                "[deploy.env]\nAPI_KEY = \"a\\\"b\"",
                "[deploy.env]\nAPI_KEY = \"****\"",
            ),
            (
                "[deploy.env]\nAPI_KEY = \"hunter2\nA = \"x\"",
                "[deploy.env]\nAPI_KEY = \"*******\nA = \"x\"",
            ),
            (
                "[deploy.env]\nAPI_KEY = 1234567",
                "[deploy.env]\nAPI_KEY = *******",
            ),
            (
                "[deploy.env]\nAPI_KEY \"hunter2\"",
                "[deploy.env]\n******* *********",
            ),
            (
                "[deploy.env]\nAPI_KEY = \"\"\"a\nbc\"\"\"\nA = \"x\"",
                "[deploy.env]\nAPI_KEY = \"\"\"*\n**\"\"\"\nA = \"x\"",
            ),
            (
                "[deploy]\nenv = { A = \"x\", API_KEY = \"é\" }",
                "[deploy]\nenv = { A = \"x\", API_KEY = \"**\" }",
            ),
            ("deploy.env.API_KEY = \"x\"", "deploy.env.API_KEY = \"*\""),
            (
                "[deploy.env]\nDB = \"postgres://a:b@c\"",
                "[deploy.env]\nDB = \"****************\"",
            ),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in [
            "[azure]\ntoken-env = \"TOKEN\"\n",
            "[deploy.env]\nA = \"b=c\"\n\n[gates.x]\nsettings = { key = \"v\" }\n",
            "[facts]\ncommit = \"env:GITHUB_SHA\"\n",
            "[app\nname = ",
            "=",
            "",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
