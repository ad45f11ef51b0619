//! The reference pages in `docs/reference`: made from what the executable prints, and held to it. `LOCKGATE_TEST_WRITE=1` writes
//! them anew.

mod page;

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use page::page;

/// What a page is made from, and what it begins with.
struct Source {
    file: &'static str,
    /// The command that prints the schema.
    command: &'static [&'static str],
    /// Where the schema is in what the command prints.
    pointer: &'static str,
    about: &'static str,
}

const SOURCES: [Source; 6] = [
    Source {
        file: "configuration.md",
        command: &["schema"],
        pointer: "",
        about: "`lockgate.toml`. Each key that a pipeline varies is a flag and a variable too; a flag wins over its variable, and a \
                variable over the file. `lockgate schema` prints this as JSON Schema.",
    },
    Source {
        file: "events.md",
        command: &["schema", "events"],
        pointer: "",
        about: "What `--output json` prints, one event a line, and what the journal of a run holds. `lockgate schema events` prints \
                this as JSON Schema.",
    },
    Source {
        file: "cases.md",
        command: &["schema", "case"],
        pointer: "",
        about: "`NAME.case.toml`: a test of a gate, for `lockgate gate test`. `lockgate schema case` prints this as JSON Schema.",
    },
    Source {
        file: "scenario.md",
        command: &["schema", "scenario"],
        pointer: "",
        about: "What `lockgate emulate --scenario FILE` begins with, as JSON. `lockgate schema scenario` prints this as JSON Schema.",
    },
    Source {
        file: "http-health.md",
        command: &["gate", "inspect", "http-health", "--output", "json"],
        pointer: "/detail/settings",
        about: "The settings of the default gate, `[gates.http-health.settings]`. `lockgate gate inspect http-health` prints them as \
                JSON Schema.",
    },
    Source {
        file: "compare.md",
        command: &["gate", "inspect", "compare", "--output", "json"],
        pointer: "/detail/settings",
        about: "The settings of the gate that judges real traffic, `[gates.compare.settings]`. `lockgate gate inspect compare` prints \
                them as JSON Schema.",
    },
];

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference"))
}

fn schema(source: &Source) -> Value {
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gate-cache");
    let output = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(source.command)
        .env_clear()
        .env("LOCKGATE_CACHE_DIR", cache)
        .output()
        .expect("lockgate runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {said}", source.command);
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    printed.pointer(source.pointer).expect("a schema").clone()
}

#[test]
fn pages_say_what_the_executable_says() {
    for source in &SOURCES {
        let made = page(&schema(source), source.about);
        let path = folder().join(source.file);
        if std::env::var_os("LOCKGATE_TEST_WRITE").is_some() {
            std::fs::create_dir_all(folder()).expect("a folder");
            std::fs::write(&path, &made).expect("written");
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == made,
            "docs/reference/{} is not what `lockgate {}` says; write it anew with LOCKGATE_TEST_WRITE=1 cargo test -p lockgate \
             --test e2e reference::",
            source.file,
            source.command.join(" ")
        );
    }
}

#[test]
fn every_page_has_a_source() {
    let pages = std::fs::read_dir(folder()).expect("pages").flatten();
    for page in pages {
        let name = page.file_name().into_string().expect("a name");
        let is_made = SOURCES.iter().any(|source| source.file == name);
        assert!(is_made, "nothing makes docs/reference/{name}");
    }
}
