//! Help is the first thing that is read: every command has it, and it ends with an example that is a command.

use std::process::Command;

#[test]
fn help_of_every_command_ends_with_an_example() {
    for command in [
        "",
        "rollout",
        "plan",
        "status",
        "abort",
        "recover",
        "resume",
        "doctor",
        "emulate",
        "demo",
        "gate",
        "gate run",
        "gate inspect",
        "schema",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_lockgate"))
            .args(command.split_whitespace())
            .arg("--help")
            .output()
            .expect("lockgate runs");
        assert!(output.status.success(), "{command}");
        let help = String::from_utf8(output.stdout).expect("UTF-8");
        let (_, example) = help
            .rsplit_once("Example")
            .unwrap_or_else(|| panic!("{command}: {help}"));
        assert!(
            example.contains(&format!("lockgate {command}")),
            "{command}: {example}"
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
    for section in ["app", "azure", "rollout", "gates"] {
        assert!(schema["properties"][section].is_object(), "{section}");
    }
}
