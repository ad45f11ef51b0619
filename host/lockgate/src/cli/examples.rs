//! The commands in help texts, for the tests: a line that begins with `  lockgate `, and the lines that a backslash joins to
//! it. Understands them as a shell would hand them to the program, and runs none.

use clap::FromArgMatches as _;

use super::{Cli, parse};

/// Returns the commands in a text, each on one line.
pub(crate) fn of(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines();
    let commands = lines.filter_map(|line| {
        let is_command = line.starts_with("  lockgate ");
        is_command.then(|| line.trim().to_owned())
    });
    commands.collect()
}

/// Understands a command with the definition of the command line.
pub(crate) fn understand(example: &str) -> Result<(), String> {
    let matches = parse::command().try_get_matches_from(words(example));
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    match cli {
        Ok(_) => Ok(()),
        // `lockgate help TOPIC`.
        Err(_) if example.starts_with("lockgate help ") => {
            let topic = example.trim_start_matches("lockgate help ");
            let found = crate::help::topic(topic, &parse::command());
            found.map(|_| ()).ok_or_else(|| format!("no topic {topic}"))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Returns the words of a command up to a pipe or a redirection, without their quotes.
fn words(example: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in example.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, '|' | '>') => break,
            (None, ' ') => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn examples_are_found_and_split_as_a_shell_does() {
    let text =
        "Example:\n  lockgate gate run a \\\n    --settings '{\"b\": \"c d\"}' > e\n  no command\n";
    let found = of(text);
    assert_eq!(found.len(), 1, "{found:?}");
    let words = words(&found[0]);
    let expected = [
        "lockgate",
        "gate",
        "run",
        "a",
        "--settings",
        r#"{"b": "c d"}"#,
    ];
    assert_eq!(words, expected);
}
