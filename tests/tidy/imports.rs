//! Which file may name what.

use super::files::rust_files;

/// Says where alone a crate may be named.
fn named_only_below(name: &str, allowed: &[&str]) {
    for file in rust_files() {
        // Not as the end of a longer word, and not inside a path of our own such as `crate::azure::`.
        let named = file
            .text
            .match_indices(&format!("{name}::"))
            .any(|(at, _)| {
                !file.text[..at]
                    .ends_with(|before: char| before.is_alphanumeric() || "_:".contains(before))
            });
        assert!(
            !named || allowed.iter().any(|folder| file.path.starts_with(folder)),
            "{} names {name}, which stands only below {}",
            file.path,
            allowed.join(", ")
        );
    }
}

#[test]
fn only_gates_names_wasmtime() {
    named_only_below("wasmtime", &["host/gates/"]);
}

#[test]
fn only_the_binary_names_anyhow() {
    named_only_below("anyhow", &["host/lockgate/"]);
}

#[test]
fn only_one_room_of_the_binary_names_azure() {
    named_only_below("azure", &["host/azure/", "host/lockgate/src/platform/"]);
}

#[test]
fn only_telemetry_names_opentelemetry() {
    let allowed = ["host/lockgate/src/telemetry/", "tests/telemetry"];
    named_only_below("opentelemetry", &allowed);
    named_only_below("opentelemetry_sdk", &allowed);
}

#[test]
fn only_calls_of_the_platform_and_telemetry_name_tracing() {
    named_only_below(
        "tracing",
        &["host/azure/src/arm/", "host/lockgate/src/telemetry/"],
    );
}

#[test]
fn engine_names_no_port_where_it_decides() {
    for file in rust_files() {
        if file.path.starts_with("host/rollout/src/decide") {
            for word in ["ports::", "tokio", "async fn", "Instant", "SystemTime"] {
                assert!(!file.text.contains(word), "{} names {word}", file.path);
            }
        }
    }
}

/// What each crate of ours may import of the others: the arrows of ARCHITECTURE.md.
const ARROWS: [(&str, &[&str]); 10] = [
    ("host/rollout", &[]),
    ("host/azure", &["rollout"]),
    ("host/gates", &["rollout"]),
    ("host/emulator", &[]),
    ("host/registry", &[]),
    (
        "host/lockgate",
        &[
            "rollout", "azure", "gates", "emulator", "registry", "compare", "evidence",
        ],
    ),
    ("plugins/http-health", &[]),
    ("plugins/compare", &["evidence"]),
    ("plugins/compare/evidence", &[]),
    // It starts the executable, and the emulator beside it; its figures go through the engine and the gate's mathematics.
    (
        "tests/campaign",
        &["emulator", "rollout", "compare", "evidence"],
    ),
];

#[test]
fn crates_import_only_what_the_map_allows() {
    let ours = [
        "rollout", "azure", "gates", "emulator", "registry", "lockgate", "compare", "evidence",
    ];
    for (folder, allowed) in ARROWS {
        let text = super::files::read(&format!("{folder}/Cargo.toml"));
        let manifest: toml::Table = text.parse().expect("TOML");
        for table in ["dependencies", "dev-dependencies"] {
            let Some(table) = manifest.get(table).and_then(toml::Value::as_table) else {
                continue;
            };
            for name in table.keys().filter(|name| ours.contains(&name.as_str())) {
                assert!(
                    allowed.contains(&name.as_str()),
                    "{folder} imports {name}; the map in ARCHITECTURE.md has no such arrow"
                );
            }
        }
    }
}

#[test]
fn workspace_names_its_members() {
    let manifest: toml::Table = super::files::read("Cargo.toml").parse().expect("TOML");
    let members = manifest["workspace"]["members"].as_array().expect("a list");
    for member in members {
        let member = member.as_str().expect("a path");
        assert!(
            !member.contains('*'),
            "{member}: a pattern breaks cargo where a folder has no Cargo.toml; name the members"
        );
    }
}
