//! Help is the first text that a user reads: every command has it, with examples that can be pasted into a shell as they are.
//!
//! The commands are taken from the help of the executable itself, so that a new command is tested without an edit here.

#[cfg(unix)]
mod pasted;

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

/// Returns the examples of a help text as they stand there: a line that begins with a command, and the lines that a
/// backslash joins to it.
fn examples(help: &str) -> Vec<String> {
    let (_, text) = help.rsplit_once("\nExample").expect("examples");
    let text = text.split("\n\n").next().unwrap_or_default();
    let mut examples: Vec<String> = Vec::new();
    for line in text.lines() {
        match examples.last_mut() {
            Some(example) if example.ends_with('\\') => {
                example.push('\n');
                example.push_str(line);
            }
            _ if line.starts_with("  lockgate ") => examples.push(line.to_owned()),
            _ => {}
        }
    }
    examples
}

/// Returns every command with its help.
fn helps() -> Vec<(String, String)> {
    let mut waiting = vec![String::new()];
    let mut helps = Vec::new();
    while let Some(command) = waiting.pop() {
        let help = help(&command);
        waiting.extend(listed(&command, &help));
        helps.push((command, help));
    }
    assert!(helps.len() > 30, "only {} commands were found", helps.len());
    helps
}

#[test]
fn help_of_every_command_has_an_example_of_it() {
    for (command, help) in helps() {
        let examples = examples(&help);
        assert!(
            examples.iter().any(|example| example
                .trim_start()
                .starts_with(format!("lockgate {command}").trim_end())),
            "{command}: {examples:?}"
        );
    }
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
