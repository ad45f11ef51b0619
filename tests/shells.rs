//! What lockgate writes for other programs about its own command line: completions, manual pages, topics of help.

use std::process::Command;

use crate::support::Lockgate;

fn lockgate(args: &str) -> Lockgate {
    Lockgate::at("http://127.0.0.1:9", args)
}

/// Returns what bash offers for these words, of which the last is being typed.
fn offered(words: &[&str]) -> Vec<String> {
    let script = r#"
        source <("$0" completions bash)
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _lockgate "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_lockgate")])
        .args(words)
        .output()
        .expect("bash starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_and_values() {
    assert_eq!(offered(&["lockgate", "roll"]), ["rollout"]);
    assert_eq!(offered(&["lockgate", "gate", "backt"]), ["backtest"]);
    assert_eq!(offered(&["lockgate", "runs", "pr"]), ["prune"]);
    assert!(offered(&["lockgate", "rollout", "--ba"]).contains(&"--bake".to_owned()));
    assert_eq!(
        offered(&["lockgate", "rollout", "--output", ""]),
        ["text", "json"]
    );
    let languages = offered(&["lockgate", "gate", "new", "my-gate", "--lang", ""]);
    assert!(languages.contains(&"python".to_owned()), "{languages:?}");
}

#[test]
fn every_shell_has_a_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = lockgate(&format!("completions {shell}")).run();
        run.exits(0);
        assert!(
            run.stdout.contains("lockgate") && run.stdout.lines().count() > 50,
            "{shell}"
        );
    }
    lockgate("completions tcsh")
        .run()
        .exits(2)
        .says("possible values");
}

#[test]
fn every_command_has_a_manual_page() {
    let prepared = lockgate("man --out pages");
    std::fs::create_dir(prepared.folder().join("pages")).expect("a folder");
    prepared.run().exits(0);
    let page = |name: &str| std::fs::read_to_string(prepared.folder().join("pages").join(name));
    for name in [
        "lockgate.1",
        "lockgate-rollout.1",
        "lockgate-gate-backtest.1",
        "lockgate-runs-prune.1",
    ] {
        let page = page(name).expect("a page");
        assert!(
            page.contains(".SH NAME") && page.contains("Exit codes"),
            "{name}"
        );
    }
    let run = lockgate("man --out nowhere").run();
    run.exits(2).says("name a folder that exists");
    lockgate("man").run().exits(0).says(".TH lockgate 1");
}

#[test]
fn topics_are_listed_and_printed() {
    lockgate("help topics").run().exits(0).says("recovery");
    lockgate("help recovery")
        .run()
        .exits(0)
        .says("lockgate abort");
    lockgate("help rollout")
        .run()
        .exits(0)
        .says("Usage: lockgate rollout");
    lockgate("help nothing").run().exits(2);
}
