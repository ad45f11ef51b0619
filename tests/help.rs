//! Help is the first text that a user reads: every command has it, and it ends with an example of that command.
//!
//! The commands are taken from the help of the executable itself, so that a new command is tested without an edit here.

use std::process::Command;

/// Returns what `lockgate <command> --help` prints.
fn help(command: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(command.split_whitespace())
        .arg("--help")
        .output()
        .expect("lockgate runs");
    assert!(output.status.success(), "{command}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Returns the commands that a help text lists, each with the command before it.
fn listed(command: &str, help: &str) -> Vec<String> {
    let Some((_, list)) = help.split_once("\nCommands:\n") else {
        return Vec::new();
    };
    let names = list
        .lines()
        .take_while(|line| !line.is_empty())
        // A name is indented by two spaces; the lines that go on with its description by more.
        .filter_map(|line| {
            line.strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))
        })
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help");
    names
        .map(|name| format!("{command} {name}").trim().to_owned())
        .collect()
}

#[test]
fn help_of_every_command_ends_with_an_example() {
    let mut waiting = vec![String::new()];
    let mut seen = 0;
    while let Some(command) = waiting.pop() {
        let help = help(&command);
        let (_, example) = help
            .rsplit_once("Example")
            .unwrap_or_else(|| panic!("{command}: {help}"));
        assert!(
            example.contains(&format!("lockgate {command}")),
            "{command}: {example}"
        );
        waiting.extend(listed(&command, &help));
        seen += 1;
    }
    assert!(seen > 20, "only {seen} commands were found");
}

#[test]
fn schema_is_json_and_knows_every_section() {
    let output = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .arg("schema")
        .output();
    let output = output.expect("lockgate runs");
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for section in ["app", "azure", "rollout", "deploy", "gates"] {
        assert!(schema["properties"][section].is_object(), "{section}");
    }
}
