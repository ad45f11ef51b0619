//! `gate new`: what it writes in every language, what it refuses, and that nothing is half done. Building what it writes needs
//! toolchains: `languages` does that.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::{Finished, Lockgate};

const KINDS: [&str; 3] = ["health-check", "promotion-gate", "both"];

fn new(command: &str) -> Lockgate {
    Lockgate::at("http://127.0.0.1:9", &format!("gate new {command}"))
}

/// Returns the languages as the executable lists them.
fn languages() -> Vec<String> {
    let run = new("--list --output json").run();
    let events = run.exits(0).events();
    let languages = events
        .iter()
        .map(|event| event["detail"]["language"].as_str());
    languages
        .map(|name| name.expect("a name").to_owned())
        .collect()
}

/// Returns all files below a folder that are text, by their paths in it.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                collect(&entry.path(), &format!("{path}/"), found);
            } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
                found.insert(path, text);
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(folder, "", &mut found);
    found
}

/// Returns what is in the folder of the command, its configuration apart.
fn left(lockgate: &Lockgate) -> Vec<String> {
    let entries = std::fs::read_dir(lockgate.folder()).expect("the folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.retain(|name| name != "lockgate.toml");
    names.sort();
    names
}

#[test]
fn every_language_has_a_gate_of_every_kind() {
    let languages = languages();
    assert_eq!(languages, ["rust", "js", "ts", "python", "go", "c"]);
    for language in &languages {
        for kind in KINDS {
            let lockgate = new(&format!("checkout-works --lang {language} --kind {kind}"));
            let run = lockgate.run();
            run.exits(0);
            let folder = lockgate.folder().join("checkout-works");
            let files = texts(&folder);
            for wanted in [
                ".gitattributes",
                ".github/workflows/gate.yml",
                ".gitignore",
                "README.md",
                "cases/broken.case.toml",
                "cases/healthy.case.toml",
                "cases/recorded.case.toml",
                "cases/recorded.har",
                "sdk/wit/plugin.wit",
                "settings.schema.json",
            ] {
                assert!(files.contains_key(wanted), "{language} {kind}: {wanted}");
            }
            for (path, text) in files.iter().filter(|(path, _)| !path.starts_with("sdk/")) {
                for mark in ["<%", "%>", "<$", "$>", "my-gate", "my_gate"] {
                    let is_recording = path.ends_with(".har");
                    assert!(
                        is_recording || !text.contains(mark),
                        "{language} {kind}: {path} has {mark}"
                    );
                }
                assert!(
                    text.ends_with('\n'),
                    "{language} {kind}: {path} ends in the middle of a line"
                );
                assert!(
                    !text.ends_with("\n\n"),
                    "{language} {kind}: {path} ends with an empty line"
                );
                // Python's style is two empty lines between functions.
                let is_python = path.ends_with(".py");
                assert!(
                    is_python || !text.contains("\n\n\n"),
                    "{language} {kind}: {path} has two empty lines"
                );
            }
            let schema: Value = serde_json::from_str(&files["settings.schema.json"]).expect("JSON");
            assert!(jsonschema::meta::is_valid(&schema), "{language} {kind}");
            let has = |key: &str| schema["properties"][key].is_object();
            assert_eq!(has("path"), kind != "promotion-gate", "{language} {kind}");
            assert_eq!(
                has("healthy-calls"),
                kind != "health-check",
                "{language} {kind}"
            );
        }
    }
}

#[test]
fn last_lines_are_the_commands_to_type_next() {
    let run = new("checkout-works --lang js --dir gates/checkout").run();
    let lines: Vec<&str> = run.exits(0).stdout.lines().collect();
    let last = lines[lines.len() - 2..].to_vec();
    assert_eq!(
        last,
        [
            "  cd gates/checkout && node build.mjs",
            "  lockgate gate test"
        ]
    );
    let odd = new("checkout-works --lang go")
        .arg("--dir")
        .arg("my gates/it's")
        .run();
    odd.exits(0)
        .says(r"cd 'my gates/it'\''s' && go run ./build");
    new("checkout-works --lang c --dir .")
        .run()
        .exits(2)
        .says(". is not empty: it has lockgate.toml");
    let event = &new("checkout-works --lang c --output json")
        .run()
        .exits(0)
        .events()[0];
    assert_eq!(event["detail"]["component"], "checkout-works.wasm");
    assert_eq!(event["detail"]["next"][1], "lockgate gate test");
}

#[test]
fn gate_before_it_is_built_says_what_is_missing() {
    let lockgate = new("checkout-works --lang python");
    lockgate.run().exits(0);
    lockgate
        .again(&["gate", "test", "checkout-works"])
        .exits(2)
        .says("checkout-works.wasm; build it first, or correct the path");
}

fn refused(command: &str) -> Finished {
    let lockgate = new(command);
    let run = lockgate.run();
    run.exits(2);
    assert!(left(&lockgate).is_empty(), "{run}");
    run
}

#[test]
fn name_that_is_no_name_is_refused() {
    for (name, said) in [
        ("Checkout", "write for example checkout"),
        ("ворота", "lower-case letters, digits and single hyphens"),
        ("../up", "write for example up"),
        ("con", "write for example my-con"),
    ] {
        refused(&format!("{name} --lang rust")).says(said);
    }
    let spaced = new("--lang rust").arg("my gate").run();
    spaced.exits(2).says("write for example my-gate");
    refused("checkout-works --lang ruby").says("[possible values: rust, js, ts, python, go, c]");
    refused("checkout-works").says("--lang <LANG>");
    refused("--lang rust").says("<NAME>");
}

#[test]
fn folder_with_something_in_it_stays_as_it_is() {
    let lockgate = new("checkout-works --lang rust");
    let folder = lockgate.folder().join("checkout-works");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("mine.txt"), "mine").expect("a file");
    let run = lockgate.run();
    run.exits(2)
        .says("checkout-works is not empty: it has mine.txt; name another folder with --dir");
    assert_eq!(texts(&folder).len(), 1, "{run}");
    std::fs::remove_file(folder.join("mine.txt")).expect("it is there");
    lockgate.run().exits(0);
    assert!(folder.join("src/lib.rs").is_file());
    assert_eq!(left(&lockgate), ["checkout-works"]);
}

#[test]
fn place_that_cannot_be_written_leaves_nothing_behind() {
    let lockgate = new("checkout-works --lang rust --dir file/gate").file("file", b"mine");
    lockgate.run().exits(2).says("file/gate");
    assert_eq!(left(&lockgate), ["file"]);
    let lockgate = new("checkout-works --lang rust").file("checkout-works", b"mine");
    lockgate.run().exits(2).says("checkout-works");
    let kept = std::fs::read_to_string(lockgate.folder().join("checkout-works"));
    assert_eq!(kept.expect("the file"), "mine");
}
