//! What a release hands out, without the build: `.ci/release` packs the executable under test, in a repository of its own. The
//! cases are in `tests/release/try`. What is read of the dependencies comes from stand-ins.

use std::path::Path;
use std::process::Command;

use crate::support::Running;

/// Runs a case of `tests/release/try`.
fn holds(case: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/release/try");
    let lockgate = env!("CARGO_BIN_EXE_lockgate");
    Running::start(Command::new(script).args([case, lockgate]))
        .finish()
        .exits(0);
}

/// Returns the list under a key of a TOML file at the root; `table` is empty for the file's own keys.
fn list(file: &str, table: &str, key: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(file);
    let text = std::fs::read_to_string(path).expect("the file is there");
    let file: toml::Table = text.parse().expect("TOML");
    let table = match table {
        "" => &file,
        name => file[name].as_table().expect("a table"),
    };
    let values = table[key].as_array().expect("a list").iter();
    values
        .map(|value| value.as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn archive_has_everything_and_the_executable_promotes_from_it() {
    holds("archive");
}

#[test]
fn tag_that_does_not_fit_is_refused() {
    holds("tag");
}

#[test]
fn versions_that_differ_are_all_named() {
    holds("versions");
}

#[test]
fn executable_of_another_version_is_refused() {
    holds("executable");
}

#[test]
fn dry_run_takes_the_unreleased_section_and_a_release_does_not() {
    holds("changelog");
}

#[test]
fn missing_tool_is_named_with_the_command_that_installs_it() {
    holds("tools");
}

#[test]
fn sbom_about_something_else_is_refused() {
    holds("sbom");
}

#[test]
fn wrong_arguments_are_refused() {
    holds("arguments");
}

#[test]
fn notices_accept_the_licences_that_dependencies_may_have() {
    assert_eq!(
        list("about.toml", "", "accepted"),
        list("deny.toml", "licenses", "allow")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn image_is_not_made_from_an_executable_that_wants_libraries() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(root.join(".ci/releases/image-root"));
    command
        .arg(env!("CARGO_BIN_EXE_lockgate"))
        .arg(folder.path());
    let run = Running::start(&mut command).finish();
    run.exits(1).says("is not static");
}
