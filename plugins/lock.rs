//! Checks that a committed component was built from the present sources.
//!
//! Every gate that plugins/build.sh builds names this file as a test in its Cargo.toml. It compares
//! hashes and needs no WebAssembly toolchain; only plugins/build.sh can check that the sources yield
//! these bytes.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

const GATE: &str = env!("CARGO_PKG_NAME");
const REMEDY: &str = "run plugins/build.sh and commit what it writes";

fn gate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn root() -> &'static Path {
    let root = gate_folder()
        .ancestors()
        .find(|folder| folder.join("plugins/build.sh").is_file());
    root.expect("the gate is in a checkout of lockgate")
}

fn component() -> Vec<u8> {
    let path = gate_folder().join(format!("{GATE}.wasm"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; {REMEDY}", path.display()))
}

/// Returns the value of a key in the lock file.
fn locked(key: &str) -> String {
    let path = gate_folder().join(format!("{GATE}.lock"));
    let lock = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; {REMEDY}", path.display()));
    let value = lock
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
    let value = value.and_then(|value| value.strip_suffix('"'));
    value
        .unwrap_or_else(|| panic!("{} has no `{key}`; {REMEDY}", path.display()))
        .to_owned()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Returns the gate's folder, and those in it that are crates too.
fn crates() -> Vec<PathBuf> {
    let inner = fs::read_dir(gate_folder()).expect("the gate's folder can be listed");
    let inner = inner.map(|entry| entry.expect("an entry").path());
    let inner = inner.filter(|folder| folder.join("Cargo.toml").is_file());
    inner.chain([gate_folder().to_owned()]).collect()
}

/// Returns every source file, as `source_hash` in plugins/build.sh finds them.
fn sources(root: &Path) -> Vec<String> {
    let named = |path: &Path| {
        let relative = path.strip_prefix(root).expect("it is below the root");
        relative.to_string_lossy().replace('\\', "/")
    };
    let kit = root.join("plugins/sdk/rust");
    let mut folders = vec![kit.join("src"), kit.join("wit")];
    let mut files = vec![
        "plugins/build.sh".to_owned(),
        named(&kit.join("Cargo.toml")),
    ];
    for folder in crates() {
        files.push(named(&folder.join("Cargo.toml")));
        folders.push(folder.join("src"));
    }
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the sources can be listed") {
            let path = entry.expect("the sources can be listed").path();
            if path.is_dir() && !path.ends_with("tests") {
                folders.push(path);
            } else if path.is_file() && !path.ends_with("tests.rs") {
                files.push(named(&path));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn component_was_built_from_the_present_sources() {
    let root = root();
    let lines: String = sources(root)
        .iter()
        .map(|path| format!("{}  {path}\n", sha256(&fs::read(root.join(path)).unwrap())))
        .collect();
    let stale = format!("{GATE}.wasm is older than its sources");
    assert_eq!(
        sha256(lines.as_bytes()),
        locked("sources"),
        "{stale}; {REMEDY}\n{lines}"
    );
}

#[test]
fn component_is_the_one_that_the_lock_names() {
    assert_eq!(
        sha256(&component()),
        locked("component"),
        "{GATE}.wasm is not the one that was built; {REMEDY}"
    );
}

#[test]
fn lock_names_the_tools() {
    assert!(locked("rustc").starts_with("rustc 1."));
    assert!(locked("wasm-component-ld").starts_with("wasm-component-ld "));
    assert!(!locked("wit-bindgen").is_empty());
}

/// Import names and paths in panic messages are plain text in a component.
#[test]
fn component_imports_nothing_but_the_contract_and_names_no_machine() {
    let component = component();
    let has = |text: &str| {
        component
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(has("lockgate:plugin/http@0.1.0"));
    assert!(has("lockgate:plugin/health-checking@0.1.0"));
    for foreign in [
        "wasi:",
        "wasi_snapshot",
        "/home/",
        "/root/",
        "/Users/",
        "/usr/",
        "/tmp/",
    ] {
        assert!(!has(foreign), "{GATE}.wasm contains `{foreign}`");
    }
}
