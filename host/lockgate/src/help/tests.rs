//! Every topic fits a screen; every command in it is understood, every file that it quotes is valid, and `environment` has
//! every variable that the program reads.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

use super::*;
use crate::cli::{examples, parse};

/// How many lines a screen has.
const SCREEN: usize = 50;

fn text(name: &str) -> String {
    topic(name, &parse::command()).unwrap()
}

#[test]
fn every_topic_fits_a_screen_and_is_listed() {
    let list = text("topics");
    for one in &TOPICS {
        assert!(list.contains(&format!("\n  {:<15}", one.name)), "{list}");
        let text = text(one.name);
        assert!(text.lines().count() <= SCREEN, "{}", one.name);
        for line in text.lines() {
            assert!(line.chars().count() <= COLUMNS, "{}: {line}", one.name);
        }
        assert!(
            !text.contains(EXIT_CODES) && !text.contains(VARIABLES),
            "{text}"
        );
    }
    assert!(topic("rollout", &parse::command()).is_none());
}

#[test]
fn no_topic_has_the_name_of_a_command() {
    let command = parse::command();
    for name in TOPICS.iter().map(|topic| topic.name).chain(["topics"]) {
        assert!(command.find_subcommand(name).is_none(), "{name}");
    }
}

#[test]
fn every_topic_is_as_reviewed() {
    let mut names = vec!["topics"];
    names.extend(TOPICS.iter().map(|topic| topic.name));
    for name in names {
        insta::assert_snapshot!(name, text(name));
    }
}

#[test]
fn every_command_of_a_topic_is_understood() {
    let mut commands = 0;
    for one in &TOPICS {
        for example in examples::of(&text(one.name)) {
            let understood = examples::understand(&example);
            assert!(
                understood.is_ok(),
                "{}: {example}: {understood:?}",
                one.name
            );
            commands += 1;
        }
    }
    assert!(commands > 25, "{commands}");
}

#[test]
fn every_configuration_that_a_topic_quotes_is_valid() {
    for (name, sections) in [("configuration", 4), ("secrets", 2)] {
        let is_toml = |line: &&str| line.starts_with('[') || line.contains(" = ");
        let text = text(name);
        let lines = text.lines().filter_map(|line| line.strip_prefix("  "));
        let lines: Vec<&str> = lines.filter(is_toml).collect();
        let quoted = lines.iter().filter(|line| line.starts_with('[')).count();
        assert_eq!(quoted, sections, "{lines:?}");
        let file = crate::config::parse::<crate::config::File>(name, &lines.join("\n"));
        assert!(file.is_ok(), "{lines:?}: {:?}", file.err());
    }
}

/// What looks like a variable in the sources and is none that the program reads.
const NO_VARIABLES: [&str; 12] = [
    // Of the compiler.
    "CARGO_MANIFEST_DIR",
    "CARGO_PKG_VERSION",
    "OUT_DIR",
    // Set for a child, and not read.
    "RAYON_NUM_THREADS",
    // Of an app, in an example.
    "DB_URL",
    "LOG_LEVEL",
    // How browsers call failures.
    "EAI_AGAIN",
    "ERR_NAME_NOT_RESOLVED",
    "NS_ERROR_UNKNOWN_HOST",
    "SELF_SIGNED_CERT",
    "SSL_ERROR_BAD_CERT_DOMAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

/// Variables that libraries read for the program.
const OF_LIBRARIES: [&str; 5] = [
    "NO_COLOR",
    "NO_PROXY",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
];

/// Returns the names in the sources of the program that look like a variable: words in capitals with an underscore, and
/// any word in capitals that is handed to a function that reads variables, or is in a list of them.
fn variables_in_sources() -> BTreeSet<String> {
    let literal = Regex::new(r#""([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)""#).unwrap();
    let read = Regex::new(r#"\b(?:var|var_os|variable|text|given|set)\(\s*"([A-Z]+)""#).unwrap();
    let list = Regex::new(r"(?:variables|VARIABLES|RUNNERS)[^=\n]*=\s*\[([^\]]*)\]").unwrap();
    let word = Regex::new(r#""([A-Z]+)""#).unwrap();
    let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut waiting = vec![host];
    let mut names = BTreeSet::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !["tests", "benches", "emulator"].contains(&name.as_str()) {
                waiting.push(path);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                let source = std::fs::read_to_string(&path).unwrap();
                let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
                let found = literal.captures_iter(source);
                let found = found.chain(read.captures_iter(source));
                names.extend(found.map(|found| found[1].to_owned()));
                for list in list.captures_iter(source) {
                    let words = word.captures_iter(list.get(1).unwrap().as_str());
                    names.extend(words.map(|word| word[1].to_owned()));
                }
            }
        }
    }
    names
}

#[test]
fn environment_has_every_variable_that_the_program_reads_and_no_other() {
    let word = Regex::new(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b").unwrap();
    let text = text("environment");
    let listed: BTreeSet<&str> = word.find_iter(&text).map(|found| found.as_str()).collect();
    let in_sources = variables_in_sources();
    assert!(in_sources.len() > 60, "{in_sources:?}");
    for name in &in_sources {
        let is_variable = !NO_VARIABLES.contains(&name.as_str());
        assert_eq!(
            listed.contains(name.as_str()),
            is_variable,
            "{name} in a source: list it in help/environment.txt, or say here what it is"
        );
    }
    for name in listed.iter().filter(|name| name.contains('_')) {
        let is_read = in_sources.contains(*name)
            || OF_LIBRARIES.contains(name)
            || variables(&parse::command()).contains(name);
        assert!(is_read, "nothing reads {name}");
    }
    for name in NO_VARIABLES {
        assert!(
            in_sources.contains(name) || name == "CARGO_MANIFEST_DIR",
            "{name} is in no source"
        );
    }
}
