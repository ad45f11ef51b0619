//! House rules that neither the compiler nor clippy holds.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            found.push((path.display().to_string(), text));
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["host", "plugins", "tests", "examples"] {
        sources(&root().join(folder), &mut found);
    }
    assert!(found.len() > 50, "the sources are found");
    found
}

#[test]
fn files_have_at_most_400_lines() {
    for (path, text) in all_sources() {
        let lines = text.lines().count();
        assert!(
            lines <= 400,
            "{path} has {lines} lines: split it by what it is about"
        );
    }
}

#[test]
fn files_begin_with_what_they_are_responsible_for() {
    for (path, text) in all_sources() {
        assert!(text.starts_with("//!"), "{path} does not begin with //!");
    }
}

#[test]
fn only_gates_names_wasmtime_and_only_the_binary_names_anyhow() {
    for (path, text) in all_sources() {
        let named = |word: &str| text.contains(&format!("{word}::"));
        assert!(
            !named("wasmtime") || path.contains("host/gates"),
            "{path} names wasmtime"
        );
        assert!(
            !named("anyhow") || path.contains("host/lockgate"),
            "{path} names anyhow"
        );
    }
}

#[test]
fn engine_names_no_port_where_it_decides() {
    for (path, text) in all_sources() {
        if path.contains("rollout/src/decide") && !path.contains("tests") {
            for word in ["ports::", "tokio", "async fn", "Instant", "SystemTime"] {
                assert!(!text.contains(word), "{path} names {word}");
            }
        }
    }
}
