//! Under which heading an option stands in help, by its id: the same in every command that has it. Says too which headings
//! the short help of a command with many options leaves out.

/// A heading, and the options below it.
pub(super) struct Heading {
    pub(super) title: &'static str,
    ids: &'static [&'static str],
    /// The short help of a command with more options than this leaves the heading out.
    pub(super) short_up_to: usize,
}

/// Every heading. Options that are in none stand under "Options": those of one command, and those that all commands have.
const HEADINGS: [Heading; 10] = [
    Heading {
        title: "App",
        ids: &["config", "app", "resource_group", "subscription"],
        short_up_to: usize::MAX,
    },
    Heading {
        title: "Azure",
        ids: &["endpoint", "credential"],
        short_up_to: 16,
    },
    Heading {
        title: "State",
        ids: &["state_dir", "cache_dir", "run_id"],
        short_up_to: 16,
    },
    Heading {
        title: "Revisions",
        ids: &["stable", "canary", "image", "again", "label"],
        short_up_to: usize::MAX,
    },
    Heading {
        title: "Stages and gates",
        ids: &[
            "stages",
            "bake",
            "deadline",
            "on_failure",
            "emergency",
            "fact",
        ],
        short_up_to: usize::MAX,
    },
    Heading {
        title: "Gate",
        ids: &["settings", "kind", "allow", "header", "redact"],
        short_up_to: usize::MAX,
    },
    Heading {
        title: "Question",
        ids: &["weight", "stage", "asked", "state", "reports"],
        short_up_to: usize::MAX,
    },
    Heading {
        title: "New revision",
        ids: &[
            "container",
            "suffix",
            "ready_within",
            "ensure_multiple",
            "set_env",
            "remove_env",
            "min_replicas",
            "max_replicas",
            "cpu",
            "memory",
        ],
        short_up_to: 24,
    },
    Heading {
        title: "Reports",
        ids: &["report", "attest"],
        short_up_to: usize::MAX,
    },
    Heading {
        title: "Pipeline",
        ids: &["pipeline", "dotenv"],
        short_up_to: 16,
    },
];

/// Returns the heading of an option; `None` of one that stands under "Options".
pub(super) fn heading(id: &str) -> Option<&'static Heading> {
    HEADINGS.iter().find(|heading| heading.ids.contains(&id))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::tests::walk;
    use super::*;
    use crate::cli::parse;

    /// So many options can be looked through.
    const AT_MOST: usize = 11;

    #[test]
    fn no_heading_has_more_options_than_can_be_looked_through() {
        walk(&parse::command(), "lockgate", &mut |command, name| {
            let mut counts = BTreeMap::new();
            for arg in command.get_opts() {
                *counts.entry(arg.get_help_heading()).or_insert(0) += 1;
            }
            for (title, count) in counts {
                let title = title.unwrap_or("Options");
                assert!(
                    count <= AT_MOST,
                    "{name} has {count} options under {title:?}: give new ones a heading in cli/headings.rs"
                );
            }
        });
    }

    #[test]
    fn every_option_that_a_heading_names_exists() {
        let mut ids = Vec::new();
        walk(&parse::command(), "lockgate", &mut |command, _| {
            ids.extend(command.get_opts().map(|arg| arg.get_id().to_string()));
        });
        for heading in &HEADINGS {
            for id in heading.ids {
                assert!(ids.iter().any(|one| one == id), "{id} is no option");
            }
        }
    }
}
