//! What is in the templates: the files of `plugins/templates` and of the kits in `plugins/sdk`, by language. A test holds that
//! nothing in those folders is left out.

use super::Language;

/// A file of the repository.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    /// Its path in the folder of its template or kit.
    pub(super) path: &'static str,
    pub(super) bytes: &'static [u8],
}

/// The files of one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Templates {
    /// Templates of files in the gate's folder.
    pub(super) own: &'static [Source],
    /// Templates of parts of the common files.
    pub(super) parts: &'static [Source],
    /// The kit, as it is.
    pub(super) kit: &'static [Source],
}

macro_rules! sources {
    ($folder:literal: $($path:literal)*) => {
        &[$(Source {
            path: $path,
            bytes: include_bytes!(concat!("../../../../plugins/", $folder, "/", $path)),
        }),*]
    };
}

/// The templates of files that the gates of all languages have.
pub(super) const COMMON: &[Source] = sources!("templates/common":
    "README.md" "dot-gitattributes" "dot-github/workflows/gate.yml" "dot-gitignore" "settings.schema.json"
    "cases/broken.case.toml" "cases/healthy.case.toml" "cases/recorded.case.toml");

const RECORDINGS: &[Source] =
    sources!("templates/recordings": "health-check.har" "promotion-gate.har");

/// Returns the path of the recording in the gate's folder, and its content.
pub(super) fn recording(health_check: bool) -> (&'static str, &'static [u8]) {
    let kind = if health_check {
        "health-check.har"
    } else {
        "promotion-gate.har"
    };
    let recording = RECORDINGS.iter().find(|source| source.path == kind);
    (
        "cases/recorded.har",
        recording.map_or(&[], |source| source.bytes),
    )
}

/// Returns the files of a language.
pub(super) fn of(language: Language) -> Templates {
    match language {
        Language::Rust => RUST,
        Language::Js => JS,
        Language::Ts => TS,
        Language::Python => PYTHON,
        Language::Go => GO,
        Language::C => C,
    }
}

const RUST: Templates = Templates {
    own: sources!("templates/rust": "Cargo.toml" "Cargo.lock" "rust-toolchain.toml" "dot-cargo/config.toml" "src/lib.rs"),
    parts: sources!("templates/rust": "install.md" "steps.yml"),
    kit: sources!("sdk/rust": "Cargo.toml" "src/host.rs" "src/http.rs" "src/lib.rs" "src/run.rs" "wit/plugin.wit"),
};

const JS: Templates = Templates {
    own: sources!("templates/js":
        "build.mjs" "gate.js" "package-lock.json" "package.json"),
    parts: sources!("templates/js": "install.md" "steps.yml"),
    kit: sources!("sdk/js":
        "build.js" "gate.d.ts" "gate.js" "places.js" "runtime.js" "wit/plugin.wit"),
};

const TS: Templates = Templates {
    own: sources!("templates/ts":
        "build.mjs" "gate.ts" "package-lock.json" "package.json" "tsconfig.json"),
    parts: sources!("templates/ts": "install.md" "steps.yml"),
    kit: sources!("sdk/js":
        "build.js" "gate.d.ts" "gate.js" "places.js" "runtime.js" "wit/plugin.wit"),
};

const PYTHON: Templates = Templates {
    own: sources!("templates/python":
        "build.py" "gate.py" "requirements.txt"),
    parts: sources!("templates/python": "install.md" "steps.yml"),
    kit: sources!("sdk/python":
        "lockgate_gate/__init__.py" "lockgate_gate/_http.py" "lockgate_gate/_json.py" "lockgate_gate/py.typed"
        "wit/plugin.wit"),
};

const GO: Templates = Templates {
    own: sources!("templates/go":
        "build/main.go" "gate.go" "go.mod"),
    parts: sources!("templates/go": "install.md" "steps.yml"),
    kit: sources!("sdk/go":
        "bindings/export_lockgate_plugin_about/about.go"
        "bindings/export_lockgate_plugin_health_checking/health_checking.go"
        "bindings/export_lockgate_plugin_promotion/promotion.go" "bindings/exports/wit_exports.go"
        "bindings/lockgate_plugin_clock/empty.s" "bindings/lockgate_plugin_clock/wit_bindings.go"
        "bindings/lockgate_plugin_health_checking/empty.s" "bindings/lockgate_plugin_health_checking/wit_bindings.go"
        "bindings/lockgate_plugin_http/empty.s" "bindings/lockgate_plugin_http/wit_bindings.go"
        "bindings/lockgate_plugin_log/empty.s" "bindings/lockgate_plugin_log/wit_bindings.go"
        "bindings/lockgate_plugin_promotion/empty.s" "bindings/lockgate_plugin_promotion/wit_bindings.go"
        "bindings/lockgate_plugin_traffic/empty.s" "bindings/lockgate_plugin_traffic/wit_bindings.go"
        "bindings/lockgate_plugin_types/empty.s" "bindings/lockgate_plugin_types/wit_bindings.go"
        "bindings/wit/LICENSE" "bindings/wit/runtime/empty.s" "bindings/wit/runtime/runtime.go"
        "bindings/wit/types/option.go" "bindings/wit/types/result.go" "bindings/wit/types/tuple.go" "gate.go"
        "go.mod" "host.go" "host_native.go" "host_wasip1.go" "http.go" "wasi_snapshot_preview1.reactor.wasm"
        "wit/plugin.wit"),
};

const C: Templates = Templates {
    own: sources!("templates/c":
        "build.sh" "gate.c"),
    parts: sources!("templates/c": "install.md" "steps.yml"),
    kit: sources!("sdk/c":
        "bindings/contract.c" "bindings/contract.h" "http.c" "json.c" "json.h" "lockgate.c" "lockgate.h" "memory.c"
        "memory.h" "private.h"
        "wasi_snapshot_preview1.reactor.wasm" "wit/plugin.wit"),
};

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use clap::ValueEnum as _;

    use super::*;

    /// What a kit has for those who work on it, and not for those who write gates.
    const OF_THE_KIT_ALONE: [&str; 10] = [
        "README.md",
        "package.json",
        "pyproject.toml",
        "regenerate",
        "test",
        "tests",
        "wit.sha256",
        "node_modules",
        "target",
        "__pycache__",
    ];

    fn plugins() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins")
    }

    fn found(folder: &Path, prefix: &str, skips: &dyn Fn(&str) -> bool) -> Vec<String> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            if skips(&name) {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                all.extend(found(&entry.path(), &format!("{path}/"), skips));
            } else {
                all.push(path);
            }
        }
        all.sort();
        all
    }

    fn paths(sources: &[&[Source]]) -> Vec<String> {
        let mut paths: Vec<String> = sources
            .concat()
            .iter()
            .map(|source| source.path.to_owned())
            .collect();
        paths.sort();
        paths
    }

    #[test]
    fn every_file_of_the_templates_is_in_the_executable() {
        let all = |folder: &str| found(&plugins().join("templates").join(folder), "", &|_| false);
        assert_eq!(paths(&[COMMON]), all("common"));
        assert_eq!(paths(&[RECORDINGS]), all("recordings"));
        for language in Language::value_variants() {
            let templates = of(*language);
            let listed = paths(&[templates.own, templates.parts]);
            assert_eq!(listed, all(language.flag()), "{}", language.flag());
        }
    }

    #[test]
    fn every_file_of_a_kit_that_a_gate_needs_is_in_the_executable() {
        for language in Language::value_variants() {
            let kit = match language {
                Language::Ts => "js",
                other => other.flag(),
            };
            let is_for_authors = |name: &str| {
                OF_THE_KIT_ALONE.contains(&name) && !(kit == "rust" && name == "Cargo.toml")
                    || name.ends_with("_test.go")
            };
            let wanted = found(&plugins().join("sdk").join(kit), "", &is_for_authors);
            assert_eq!(paths(&[of(*language).kit]), wanted, "{kit}");
        }
    }
}
