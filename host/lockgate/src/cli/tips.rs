//! Tips for a command that does not exist: by what the word means elsewhere, and never one that writes. A person who
//! mistypes at three in the morning must not be led to a command that moves traffic.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _};

use super::Cli;

/// The commands that write to the app. None of them is in a tip.
pub(super) const WRITERS: [&str; 8] = [
    "rollout", "deploy", "pin", "resume", "abort", "recover", "undo", "forget",
];

/// Words of other tools, and our commands that answer what is meant.
struct Meaning {
    words: &'static [&'static str],
    commands: &'static [&'static str],
}

const MEANINGS: [Meaning; 5] = [
    Meaning {
        words: &[
            "init",
            "new",
            "setup",
            "set-up",
            "create",
            "config",
            "configure",
            "generate",
            "scaffold",
            "edit",
            "example",
        ],
        commands: &["schema", "demo"],
    },
    Meaning {
        words: &[
            "lint",
            "check",
            "test",
            "diff",
            "preview",
            "dry-run",
            "dryrun",
            "what-if",
            "whatif",
            "analyze",
            "analyse",
            "preflight",
            "ready",
        ],
        commands: &["validate", "plan", "doctor", "gate"],
    },
    Meaning {
        words: &[
            "reports",
            "list",
            "ls",
            "show",
            "get",
            "describe",
            "info",
            "history",
            "log",
            "logs",
            "events",
            "watch",
            "ps",
            "traffic",
            "revisions",
        ],
        commands: &["status"],
    },
    Meaning {
        words: &[
            "rollback",
            "roll-back",
            "revert",
            "restore",
            "reset",
            "back",
            "cancel",
            "stop",
            "kill",
            "end",
            "unlock",
            "start",
            "run",
            "release",
            "promote",
            "ship",
            "up",
            "apply",
            "continue",
            "retry",
            "approve",
            "pause",
            "delete",
            "destroy",
        ],
        commands: &["status", "plan"],
    },
    Meaning {
        words: &[
            "serve", "server", "mock", "local", "simulate", "emulator", "login", "auth", "debug",
        ],
        commands: &["emulate", "doctor"],
    },
];

/// Replaces clap's tips, which go by the letters of the word.
pub(super) fn replace(error: &mut clap::Error) {
    if error.kind() == ErrorKind::InvalidSubcommand {
        let word = match error.get(ContextKind::InvalidSubcommand) {
            Some(ContextValue::String(word)) => word.to_lowercase(),
            _ => String::new(),
        };
        let similar = match error.remove(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::Strings(names)) => names,
            Some(ContextValue::String(name)) => vec![name],
            _ => Vec::new(),
        };
        // The word may stand after another command, such as `gate`: its own names are no writers.
        let tips = tips(&word, &similar);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    } else if let Some(ContextValue::StyledStrs(tips)) = error.remove(ContextKind::Suggested) {
        let kept = tips
            .into_iter()
            .filter(|tip| !names_a_writer(&tip.to_string()));
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(kept.collect()),
        );
    }
}

fn names_a_writer(tip: &str) -> bool {
    let mut words = tip.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.any(|word| WRITERS.contains(&word))
}

/// Returns the tips for a word: by its meaning, else by the commands that look like it, else the list of commands.
fn tips(word: &str, similar: &[String]) -> Vec<StyledStr> {
    let root = Cli::command();
    let meaning = MEANINGS
        .iter()
        .find(|meaning| meaning.words.contains(&word));
    let by_meaning = meaning.into_iter().flat_map(|meaning| meaning.commands);
    let mut tips: Vec<String> = by_meaning.filter_map(|name| tip(&root, name)).collect();
    if tips.is_empty() {
        let similar = similar
            .iter()
            .filter(|name| !WRITERS.contains(&name.as_str()));
        tips.extend(similar.map(|name| format!("a similar command is '{name}'")));
    }
    if tips.is_empty() {
        tips.push(
            "'lockgate --help' lists the commands, 'lockgate help topics' the topics".to_owned(),
        );
    }
    tips.into_iter().map(StyledStr::from).collect()
}

/// Returns a tip with the first sentence of a command's own help.
fn tip(root: &Command, name: &str) -> Option<String> {
    let about = root.find_subcommand(name)?.get_about()?.to_string();
    let (first, rest) = about.split_at_checked(1)?;
    let about = format!("{}{rest}", first.to_lowercase());
    let sentence = about
        .split(". ")
        .next()
        .unwrap_or_default()
        .trim_end_matches('.');
    Some(format!("'lockgate {name}': {sentence}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words that people type, with those that look like a command of ours.
    const WORDS: [&str; 20] = [
        "init", "lint", "reports", "rollback", "und", "forgt", "rollot", "rolout", "abrt", "pn",
        "deplyo", "recovr", "resum", "plane", "statu", "xyzzy", "promote", "pause", "deploi",
        "aborted",
    ];

    #[test]
    fn no_tip_names_a_command_that_writes() {
        for word in WORDS {
            for line in [vec!["lockgate", word], vec!["lockgate", "help", word]] {
                let mut error = Cli::command().try_get_matches_from(line).unwrap_err();
                replace(&mut error);
                let text = error.render().to_string();
                let (text, _) = text.split_once("\nUsage:").unwrap_or((&text, ""));
                let tips = text.split_once("tip:").map_or("", |(_, tips)| tips);
                for writer in WRITERS {
                    let named = [format!("lockgate {writer}"), format!("'{writer}")];
                    assert!(
                        !named.iter().any(|name| tips.contains(name)),
                        "{word}: {text}"
                    );
                }
                assert!(!tips.is_empty(), "{word}: {text}");
            }
        }
    }

    #[test]
    fn flag_of_a_writer_without_its_command_is_no_tip_for_the_writer() {
        let line = ["lockgate", "--image", "x"];
        let mut error = Cli::command().try_get_matches_from(line).unwrap_err();
        replace(&mut error);
        assert!(!error.render().to_string().contains("tip:"));
    }

    #[test]
    fn every_meaning_leads_to_a_command_that_exists() {
        let root = Cli::command();
        for meaning in &MEANINGS {
            let found = meaning.commands.iter().filter_map(|name| tip(&root, name));
            assert!(found.count() > 0, "{:?}", meaning.words);
        }
    }

    #[test]
    fn every_command_that_writes_is_known_as_one() {
        let no_app = [
            "emulate",
            "demo",
            "gate",
            "runs",
            "explain",
            "report",
            "verify",
            "schema",
            "completions",
            "man",
            "wit",
            "help",
        ];
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            let about = command.get_long_about().or(command.get_about());
            let about = about.map(ToString::to_string).unwrap_or_default();
            let reads = ["Writes nothing.", "Reads nothing"]
                .iter()
                .any(|words| about.contains(words))
                || about.ends_with("Writes nothing");
            let conditional = about.contains("Writes nothing where");
            let is_writer = !no_app.contains(&name) && (conditional || !reads);
            assert_eq!(is_writer, WRITERS.contains(&name), "{name}: {about}");
        }
    }
}
