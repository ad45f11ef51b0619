//! The words that the glossary of ARCHITECTURE.md left behind are in no code, no document and no output.

use regex::Regex;

use super::files::{SourceFile, read, texts};

/// Begins the table of the words that are refused; the first column has them.
const HEADING: &str = "### Words left behind";

/// What has these words for a good reason: the table itself, a licence's text, and files that other tools write.
fn is_exempt(path: &str) -> bool {
    let written_by_tools = [".har", ".lock", "package-lock.json", ".wasm"];
    path.ends_with("LICENSE") || written_by_tools.iter().any(|ending| path.ends_with(ending))
}

/// A word that was left behind.
struct Refused {
    /// As the table has it.
    entry: String,
    pattern: Regex,
    /// True for the name of a type, a function or a module: the same word in a sentence is fine.
    names_code: bool,
}

/// Reads an entry: `word`, `two words`, `first … last` with up to five words between, `type Name`, `fn name`, `mod name`.
fn refused(entry: &str) -> Refused {
    let kind = entry
        .split_once(' ')
        .filter(|(kind, _)| ["type", "fn", "mod"].contains(kind));
    let pattern = match kind {
        Some(("type", name)) => format!(r"\b(struct|enum|trait|type)\s+{name}\b"),
        Some((kind, name)) => format!(r"\b{kind}\s+{name}\b"),
        None => {
            let words: Vec<String> = entry.split(' ').map(regex::escape).collect();
            let between = r"(\s+\S+){0,5}?";
            let words = words
                .join(r"\s+")
                .replace(&format!(r"\s+{}", regex::escape("…")), between);
            format!(r"(?i)\b{words}\b")
        }
    };
    Refused {
        entry: entry.to_owned(),
        pattern: Regex::new(&pattern).expect("an entry is a word"),
        names_code: kind.is_some(),
    }
}

/// Returns the entries of the table, and ARCHITECTURE.md without it.
fn table() -> (Vec<Refused>, String) {
    let text = read("ARCHITECTURE.md");
    let (before, rest) = text
        .split_once(HEADING)
        .expect("the glossary ends with the table");
    let (table, after) = rest.split_once("\n## ").expect("another section follows");
    let entries: Vec<Refused> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(refused)
        .collect();
    assert!(entries.len() > 20, "the table is found");
    (entries, format!("{before}## {after}"))
}

/// Joins the lines of comments and paragraphs, so that a phrase is found across a line break.
fn joined(text: &str) -> String {
    let line_break = Regex::new(r"[ \t]*\n[ \t]*(///?|//!|#|\*|>)?[ \t]*").expect("a pattern");
    line_break.replace_all(text, " ").into_owned()
}

#[test]
fn words_left_behind_stay_behind() {
    let (entries, architecture) = table();
    let mut found = Vec::new();
    for SourceFile { path, text } in texts() {
        if is_exempt(&path) || path.starts_with("tests/tidy/") {
            continue;
        }
        let text = if path == "ARCHITECTURE.md" {
            &architecture
        } else {
            &text
        };
        let text = joined(text);
        for entry in entries
            .iter()
            .filter(|entry| !entry.names_code || path.ends_with(".rs"))
        {
            for hit in entry.pattern.find_iter(&text) {
                found.push(format!("{path}: `{}` in \"{}\"", entry.entry, hit.as_str()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "{} words that the glossary in ARCHITECTURE.md left behind; it says what to write instead:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn entries_find_what_they_mean_and_no_more() {
    let finds = |entry: &str, text: &str| refused(entry).pattern.is_match(&joined(text));
    assert!(finds(
        "gives … back",
        "// It gives all of the\n// traffic back."
    ));
    assert!(!finds("gives … back", "gives a b c d e f back"));
    assert!(finds("bears", "Bears it"));
    assert!(!finds("bears", "forbears"));
    assert!(finds("type Order", "pub struct Order {"));
    assert!(!finds("type Order", "in this Order"));
}
