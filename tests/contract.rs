//! The contract of gates as a whole: its text, which nobody changes by accident, and what every item of it must have.

use std::path::Path;

use wit_parser::{Resolve, Stability, UnresolvedPackageGroup, WorldItem};

use crate::support::Lockgate;

/// The contract's text.
const TEXT: &str = include_str!("../wit/plugin-0.1/plugin.wit");

/// The SHA-256 of the contract. Once it is released it changes only with a new version of the package: a gate that was
/// built against it must load for ever.
const SHA256: &str = "d5493ca2c17c1c1899650c2e914c63f9c9c6f0603c3fdc1e8ab9aa9e96091297";

fn package() -> (Resolve, wit_parser::PackageId) {
    let group = UnresolvedPackageGroup::parse("plugin.wit", TEXT).expect("WIT");
    let mut resolve = Resolve::default();
    let id = resolve.push_group(group).expect("a package");
    (resolve, id)
}

#[test]
fn contract_is_the_one_that_was_agreed_on() {
    assert_eq!(gates::digest(TEXT.as_bytes()), SHA256);
}

#[test]
fn every_kit_carries_the_contract() {
    let kits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/sdk");
    let kits = std::fs::read_dir(kits).expect("the kits");
    let folders = kits.map(|entry| entry.expect("an entry").path());
    let folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    assert!(!folders.is_empty(), "there are kits");
    for folder in folders {
        let copy = folder.join("wit/plugin.wit");
        let text = std::fs::read_to_string(&copy).expect("the contract");
        assert!(
            text == TEXT,
            "{} is not wit/plugin-0.1/plugin.wit: copy it",
            copy.display()
        );
    }
}

/// What `plugins/sdk/<language>/regenerate` writes beside the bindings that it generates.
#[test]
fn committed_bindings_were_generated_from_the_contract() {
    for language in ["c", "go"] {
        let path = format!("../../plugins/sdk/{language}/bindings/wit.sha256");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let generated_from = std::fs::read_to_string(&path).expect("the hash");
        assert_eq!(
            generated_from.trim(),
            SHA256,
            "{}: run `regenerate` beside the bindings",
            path.display()
        );
    }
}

#[test]
fn contract_is_printed() {
    let run = Lockgate::at("http://127.0.0.1:9", "wit").run();
    assert_eq!(run.exits(0).stdout, TEXT);
}

#[test]
fn every_item_of_the_contract_says_since_when_it_exists() {
    let (resolve, id) = package();
    let package = &resolve.packages[id];
    let version = package.name.version.clone().expect("a version");
    let mut items = Vec::new();
    for (name, interface) in &package.interfaces {
        let interface = &resolve.interfaces[*interface];
        items.push((name.clone(), &interface.stability));
        for (member, id) in &interface.types {
            items.push((format!("{name}.{member}"), &resolve.types[*id].stability));
        }
        for (member, function) in &interface.functions {
            items.push((format!("{name}.{member}"), &function.stability));
        }
    }
    for (name, world) in &package.worlds {
        let world = &resolve.worlds[*world];
        items.push((name.clone(), &world.stability));
        for (key, item) in world.imports.iter().chain(&world.exports) {
            if let WorldItem::Interface { stability, .. } = item {
                items.push((
                    format!("{name}: {}", resolve.name_world_key(key)),
                    stability,
                ));
            }
        }
    }
    assert!(items.len() > 40, "{}", items.len());
    for (name, stability) in items {
        match stability {
            Stability::Stable { since, .. } => assert!(*since <= version, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn field_that_was_forgotten_never_passes() {
    let (resolve, id) = package();
    let types = resolve.packages[id].interfaces["types"];
    let first = |name: &str| {
        let id = resolve.interfaces[types].types[name];
        match &resolve.types[id].kind {
            wit_parser::TypeDefKind::Enum(cases) => cases.cases[0].name.clone(),
            other => panic!("{name}: {other:?}"),
        }
    };
    assert_eq!(first("health"), "unknown");
    assert_eq!(first("decision"), "hold");
}

#[test]
fn every_item_of_the_contract_is_explained() {
    let (resolve, id) = package();
    let package = &resolve.packages[id];
    for (name, interface) in &package.interfaces {
        let interface = &resolve.interfaces[*interface];
        assert!(interface.docs.contents.is_some(), "{name}");
        for (member, function) in &interface.functions {
            assert!(function.docs.contents.is_some(), "{name}.{member}");
        }
        for (member, id) in &interface.types {
            let definition = &resolve.types[*id];
            let members: Vec<(&str, bool)> = match &definition.kind {
                wit_parser::TypeDefKind::Record(record) => (record.fields.iter())
                    .map(|field| (field.name.as_str(), field.docs.contents.is_some()))
                    .collect(),
                wit_parser::TypeDefKind::Enum(cases) => (cases.cases.iter())
                    .map(|case| (case.name.as_str(), case.docs.contents.is_some()))
                    .collect(),
                wit_parser::TypeDefKind::Variant(cases) => (cases.cases.iter())
                    .map(|case| (case.name.as_str(), case.docs.contents.is_some()))
                    .collect(),
                // A type that another interface explains.
                wit_parser::TypeDefKind::Type(wit_parser::Type::Id(_)) => continue,
                _ => Vec::new(),
            };
            assert!(definition.docs.contents.is_some(), "{name}.{member}");
            for (part, is_explained) in members {
                assert!(is_explained, "{name}.{member}.{part}");
            }
        }
    }
}
