//! Every example of a help text is given to a shell as it stands there, on a machine and an app made for it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;
use tempfile::TempDir;

use super::{examples, helps};
use crate::support::Emulator;

/// Times that are short enough for an example.
const QUICK: &str = r#"
[rollout]
stages = [50, 100]
bake = "200ms"
check-interval = "100ms"
readiness-deadline = "10s"

[gates.http-health]
settings = { interval-ms = 10, timeout-ms = 1000 }
"#;

/// A test of the gate that the examples are about.
const CASE: &str = r#"
gate = "../my-gate.wasm"
recordings = ["../good.har"]

[expect]
verdict = "pass"
"#;

/// Examples that are understood (`cli/tests.rs`) and not run here, by their beginning, and why.
const NOT_RUN: [(&str, &str); 7] = [
    ("lockgate demo", "tests/demo.rs does"),
    (
        "lockgate emulate",
        "serves until it is interrupted; tests/emulate.rs does",
    ),
    (
        "lockgate gate pull",
        "needs a registry; tests/registry.rs does",
    ),
    (
        "lockgate gate push",
        "needs a registry; tests/registry.rs does",
    ),
    (
        "lockgate gate test examples/gates",
        "its components have to be built; tests/examples.rs does",
    ),
    (
        "lockgate man |",
        "not every machine has man; tests/shells.rs does",
    ),
    (
        "lockgate verify 2",
        "that run has to be signed; tests/attest.rs does",
    ),
];

/// Examples that end with another code than 0 on an app where nothing has happened, by their beginning.
const ENDS_WITH: [(&str, i32); 2] = [
    // There is no promotion to take back.
    ("lockgate undo", 30),
    // There is no held run.
    ("lockgate resume", 30),
];

/// A folder with all that the examples name.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let executable = Path::new(env!("CARGO_BIN_EXE_lockgate"));
    for name in [
        "bin",
        "my-gate",
        "wit",
        ".zfunc",
        ".config/fish/completions",
        ".local/share/bash-completion/completions",
    ] {
        std::fs::create_dir_all(path(name)).expect("a folder");
    }
    std::os::unix::fs::symlink(executable, path("bin/lockgate")).expect("a link");
    let gate =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/http-health/http-health.wasm");
    for name in ["my-gate.wasm", "old.wasm", "new.wasm"] {
        std::fs::copy(&gate, path(name)).expect("the gate is copied");
    }
    std::fs::write(path("my-gate/slow.case.toml"), CASE).expect("the case is written");
    std::fs::write(path("lockgate.toml"), QUICK).expect("the configuration is written");
    folder
}

/// An app as the examples call it.
fn shop() -> Emulator {
    let mut scenario = Emulator::shop();
    scenario["resource-group"] = json!("prod");
    scenario["apps"][0]["secrets"] = json!({ "db-url": "postgres://db.example" });
    Emulator::start(&scenario)
}

/// Gives a text to bash as a user pastes it.
fn paste(text: &str, folder: &Path, emulator: &Emulator) -> Output {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate-cache");
    let path = format!("{}/bin:/usr/bin:/bin", folder.display());
    Command::new("bash")
        .args(["-c", text])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .env("PROFILE", folder.join("profile.ps1"))
        .env("SUB", "00000000-0000-0000-0000-000000000000")
        .env("LOCKGATE_ENDPOINT", emulator.endpoint())
        .env("LOCKGATE_CACHE_DIR", cache)
        .output()
        .expect("bash starts")
}

#[test]
fn every_example_can_be_pasted_into_a_shell() {
    let folder = folder();
    // The examples about past runs and recordings need one.
    let before = [
        "lockgate rollout --app shop --resource-group prod --subscription $SUB",
        "lockgate gate record http-health --canary http://127.0.0.1:8080 --out good.har",
    ];
    let is_left_out = |example: &str| {
        let mut beginnings = NOT_RUN.iter().map(|(beginning, _)| *beginning);
        beginnings.any(|beginning| example.starts_with(beginning))
    };
    let mut run = 0;
    let examples = helps().into_iter().flat_map(|(_, help)| examples(&help));
    let mut seen = BTreeSet::new();
    for example in before.iter().map(|one| (*one).to_owned()).chain(examples) {
        let trimmed = example.trim_start();
        if is_left_out(trimmed) || !seen.insert(example.clone()) {
            continue;
        }
        let emulator = shop();
        let service = emulator.revision_url("shop--v2");
        let text = example.replace("http://127.0.0.1:8080", service.trim_end_matches('/'));
        let output = paste(&text, folder.path(), &emulator);
        let expected = ENDS_WITH
            .iter()
            .find(|(beginning, _)| trimmed.starts_with(beginning))
            .map_or(0, |(_, code)| *code);
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{example}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        run += 1;
    }
    assert!(run > 30, "{run}");
}

#[test]
fn every_example_that_is_not_run_is_one() {
    let helps = helps();
    for (beginning, why) in NOT_RUN {
        let is_there = helps.iter().any(|(_, help)| {
            let examples = examples(help);
            examples
                .iter()
                .any(|example| example.trim_start().starts_with(beginning))
        });
        assert!(is_there, "{beginning} ({why}) is no example");
    }
}
