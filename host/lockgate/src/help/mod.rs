//! The topics of `lockgate help`: plain text of a screen each, about what no single command is about. Each command in them is
//! one that the command line understands, each file that they quote is valid, and each variable that the program reads is in
//! one of them; tests hold that. Reads nothing, and knows the command line only as it is handed over.

use std::collections::BTreeSet;

use clap::Command;

use crate::exit::{Work, table};

/// How many columns a topic has.
const COLUMNS: usize = 80;

/// A topic.
struct Topic {
    name: &'static str,
    about: &'static str,
    text: &'static str,
}

/// Stands for the table of exit codes in a text.
const EXIT_CODES: &str = "{exit-codes}";
/// Stands for the variables of all options in a text.
const VARIABLES: &str = "{variables}";

/// Every topic, in the order in which they are listed.
const TOPICS: [Topic; 8] = [
    Topic {
        name: "recovery",
        about: "what to type at three in the morning",
        text: include_str!("recovery.txt"),
    },
    Topic {
        name: "exit-codes",
        about: "what each exit code says about production",
        text: include_str!("exit-codes.txt"),
    },
    Topic {
        name: "configuration",
        about: "what stands in lockgate.toml, and what wins over it",
        text: include_str!("configuration.txt"),
    },
    Topic {
        name: "environment",
        about: "every variable that lockgate reads",
        text: include_str!("environment.txt"),
    },
    Topic {
        name: "gates",
        about: "how a gate is begun, tested and trusted",
        text: include_str!("gates.txt"),
    },
    Topic {
        name: "pipelines",
        about: "lockgate in GitHub Actions, Azure Pipelines and GitLab",
        text: include_str!("pipelines.txt"),
    },
    Topic {
        name: "secrets",
        about: "where secrets are, and where they never are",
        text: include_str!("secrets.txt"),
    },
    Topic {
        name: "files",
        about: "what lockgate keeps on this machine and on the app",
        text: include_str!("files.txt"),
    },
];

/// Returns the text of a topic, or the list of topics for `topics`; `None` of every other word. The command line is that
/// of the executable.
pub(crate) fn topic(word: &str, command_line: &Command) -> Option<String> {
    if word == "topics" {
        return Some(list());
    }
    let topic = TOPICS.iter().find(|topic| topic.name == word)?;
    let text = topic.text.trim_end();
    let text = text.replace(EXIT_CODES, &table(Work::Run));
    Some(text.replace(VARIABLES, &variables(command_line)))
}

fn list() -> String {
    let mut lines = vec!["Topics, each shown by `lockgate help TOPIC`:".to_owned()];
    let topics = TOPICS
        .iter()
        .map(|topic| format!("  {:<15}{}", topic.name, topic.about));
    lines.extend(topics);
    lines.push("\n`lockgate help COMMAND` shows the help of a command.".to_owned());
    lines.join("\n")
}

/// Returns the variables of all options, in lines of so many as fit.
fn variables(command_line: &Command) -> String {
    let mut names = BTreeSet::new();
    collect_variables(command_line, &mut names);
    let mut lines = vec!["  ".to_owned()];
    for name in names {
        let begun = lines.last().map_or(0, |line| line.len() + name.len() + 1);
        if begun > COLUMNS {
            lines.push("  ".to_owned());
        }
        if let Some(line) = lines.last_mut() {
            let space = if line.len() > 2 { " " } else { "" };
            line.push_str(space);
            line.push_str(&name);
        }
    }
    lines.join("\n")
}

fn collect_variables(command: &Command, names: &mut BTreeSet<String>) {
    let variables = command.get_arguments().filter_map(clap::Arg::get_env);
    names.extend(variables.map(|name| name.to_string_lossy().into_owned()));
    for below in command.get_subcommands() {
        collect_variables(below, names);
    }
}

#[cfg(test)]
mod tests;
