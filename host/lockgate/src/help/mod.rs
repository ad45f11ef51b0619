//! The topics of `lockgate help`: plain text of a screen each, about what no single command is about. Each command in them is
//! one that the command line understands.

use crate::exit::{Exit, table};

/// A topic.
struct Topic {
    name: &'static str,
    about: &'static str,
    text: &'static str,
}

/// Every topic, in the order in which they are listed.
const TOPICS: [Topic; 6] = [
    Topic {
        name: "recovery",
        about: "what to type when a rollout went wrong",
        text: include_str!("recovery.txt"),
    },
    Topic {
        name: "exit-codes",
        about: "what each exit code says about production",
        text: "",
    },
    Topic {
        name: "pipelines",
        about: "lockgate in GitHub Actions, Azure Pipelines and GitLab",
        text: include_str!("pipelines.txt"),
    },
    Topic {
        name: "gates",
        about: "how a gate is begun, tested and trusted",
        text: include_str!("gates.txt"),
    },
    Topic {
        name: "secrets",
        about: "where secrets are, and where they never are",
        text: include_str!("secrets.txt"),
    },
    Topic {
        name: "files",
        about: "what lockgate keeps on this machine",
        text: include_str!("files.txt"),
    },
];

/// Returns the text of a topic, or the list of topics for `topics`; `None` of every other word.
pub(crate) fn topic(word: &str) -> Option<String> {
    if word == "topics" {
        return Some(list());
    }
    let topic = TOPICS.iter().find(|topic| topic.name == word)?;
    Some(match topic.text {
        "" => exit_codes(),
        text => text.trim_end().to_owned(),
    })
}

fn list() -> String {
    let mut lines = vec!["Topics, each by `lockgate help TOPIC`:".to_owned()];
    lines.extend(
        TOPICS
            .iter()
            .map(|topic| format!("  {:<12}{}", topic.name, topic.about)),
    );
    lines.join("\n")
}

fn exit_codes() -> String {
    format!(
        "A script can tell from the exit code alone what production serves now.\n\n{}\n\nA command that compares something with what is \
         expected (gate test, gate backtest,\nverify) exits with 1 where it is not. `abort` and `recover` exit with 0 on success\nwith \
         --exit-zero.",
        table(Exit::of_runs())
    )
}

#[cfg(test)]
mod tests;
