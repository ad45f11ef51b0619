//! Every command has a short help that fits a screen and a long one that is complete, with examples that are understood;
//! each long help is a snapshot. All commands are found in the definition itself, so that a new one is tested without an edit
//! here.

use super::{examples, parse};

/// How many lines a screen of so many columns has.
const SCREEN: usize = 50;
/// How many columns people's terminals and reviewers' eyes have.
const COLUMNS: usize = 100;

/// Calls `each` with every command, deepest last, and its name as a user types it.
pub(super) fn walk(
    command: &clap::Command,
    name: &str,
    each: &mut impl FnMut(&clap::Command, &str),
) {
    each(command, name);
    for subcommand in command.get_subcommands() {
        if subcommand.get_name() != "help" {
            let name = format!("{name} {}", subcommand.get_name());
            walk(subcommand, &name, each);
        }
    }
}

/// Returns whether a command does something by itself: it needs no other command after it.
pub(super) fn is_run(command: &clap::Command) -> bool {
    !command.is_subcommand_required_set()
}

/// The help of a command.
struct Help {
    name: String,
    short: String,
    long: String,
}

/// Returns the help of every command.
fn helps() -> Vec<Help> {
    let mut command = parse::command().term_width(COLUMNS);
    command.build();
    let mut helps = Vec::new();
    walk(&command, "lockgate", &mut |command, name| {
        helps.push(Help {
            name: name.to_owned(),
            short: command.clone().render_help().to_string(),
            long: command.clone().render_long_help().to_string(),
        });
    });
    helps
}

#[test]
fn command_line_is_consistent() {
    parse::command().debug_assert();
}

#[test]
fn help_of_every_command_is_as_reviewed() {
    for help in helps() {
        let name = format!("help {}", help.name).replace(' ', "_");
        insta::assert_snapshot!(name, help.long);
    }
}

#[test]
fn short_help_of_a_rollout_is_as_reviewed() {
    let helps = helps();
    for name in ["lockgate", "lockgate rollout"] {
        let help = helps.iter().find(|help| help.name == name).unwrap();
        insta::assert_snapshot!(format!("short {name}").replace(' ', "_"), help.short);
    }
}

#[test]
fn short_help_of_every_command_fits_a_screen() {
    for Help { name, short, .. } in helps() {
        let lines = short.lines().count();
        assert!(
            lines <= SCREEN,
            "{name} -h has {lines} lines, more than {SCREEN}: shorten a first sentence, or leave a heading out in \
             cli/headings.rs\n{short}"
        );
    }
}

#[test]
fn long_help_of_every_command_ends_with_examples_and_exit_codes() {
    for Help { name, long, .. } in helps() {
        let example = long.rsplit_once("\nExample").map(|(_, example)| example);
        assert!(
            example.is_some_and(|example| example.contains(&name)),
            "{name}: {long}"
        );
        if super::exit_codes::exit_codes(&name).is_some() {
            let codes = long.rsplit_once("\nExit codes:\n").map(|(_, codes)| codes);
            let is_last = codes.is_some_and(|codes| !codes.contains("Example"));
            assert!(is_last, "{name}: {long}");
        }
    }
}

#[test]
fn every_example_is_understood() {
    for Help { name, long, .. } in helps() {
        let examples = examples::of(&long);
        assert!(!examples.is_empty(), "{name}: {long}");
        for example in examples {
            let understood = examples::understand(&example);
            assert!(understood.is_ok(), "{name}: {example}: {understood:?}");
        }
        let (_, after) = long.rsplit_once("\nExample").unwrap();
        // What clap wraps in a narrow terminal can no longer be pasted.
        let too_long = after
            .lines()
            .find(|line| line.starts_with("  ") && line.chars().count() > 79);
        let is_command = too_long.is_some_and(|line| line.contains("lockgate"));
        assert!(!is_command, "{name}: {too_long:?}");
    }
}

#[test]
fn schema_of_the_configuration_is_as_reviewed() {
    let schema = schemars::schema_for!(crate::config::File);
    insta::assert_snapshot!("schema", serde_json::to_string_pretty(&schema).unwrap());
}
