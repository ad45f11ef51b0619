//! Every command and subcommand has help that ends with an example, and each help text is a snapshot.

use clap::CommandFactory as _;

use super::Cli;

/// Calls `each` with every command, deepest last, and its name as a user types it.
fn walk(command: &clap::Command, name: &str, each: &mut impl FnMut(&clap::Command, &str)) {
    each(command, name);
    for subcommand in command.get_subcommands() {
        if subcommand.get_name() != "help" {
            let name = format!("{name} {}", subcommand.get_name());
            walk(subcommand, &name, each);
        }
    }
}

fn without_values_of_variables(command: clap::Command) -> clap::Command {
    command
        .mut_args(|arg| arg.hide_env_values(true))
        .mut_subcommands(without_values_of_variables)
}

/// Returns the help of every command, by the name that a user types, 100 columns wide.
fn helps() -> Vec<(String, String)> {
    let mut command =
        without_values_of_variables(super::exit_codes::added(Cli::command())).term_width(100);
    command.build();
    let mut helps = Vec::new();
    walk(&command, "lockgate", &mut |command, name| {
        let help = command.clone().render_long_help().to_string();
        helps.push((name.to_owned(), help));
    });
    helps
}

#[test]
fn command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn help_of_every_command_is_as_reviewed() {
    for (name, help) in helps() {
        insta::assert_snapshot!(format!("help {name}").replace(' ', "_"), help);
    }
}

#[test]
fn help_of_every_command_ends_with_an_example() {
    for (name, help) in helps() {
        let example = help.rsplit_once("Example").map(|(_, example)| example);
        assert!(
            example.is_some_and(|example| example.contains(&name)),
            "{name}: {help}"
        );
    }
}

#[test]
fn schema_of_the_configuration_is_as_reviewed() {
    let schema = schemars::schema_for!(crate::config::File);
    insta::assert_snapshot!("schema", serde_json::to_string_pretty(&schema).unwrap());
}
