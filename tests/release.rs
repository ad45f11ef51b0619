//! What a release hands out, without the build: `.ci/release` packs the executable under test, in a repository of its own. The
//! cases are in `tests/release/try`. What is read of the dependencies comes from stand-ins.

use std::path::Path;
use std::process::Command;

use crate::support::hashes::sha256;
use crate::support::pipelines::{self, RunnerValues};
use crate::support::templates;
use crate::support::{Emulator, Machine, Running};

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

/// The platforms without which a release is none.
const PLATFORMS: [&str; 5] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
];

#[test]
fn release_is_published_with_every_archive_or_not_at_all() {
    let workflow = templates::read("../.github/workflows/release.yml");
    let values = RunnerValues::default()
        .with("needs.check.outputs.version", "1.2.3")
        .with("github.token", "token");
    let scripts = pipelines::github(&workflow, "publish", &values);
    let emulator = Emulator::healthy();
    let machine = Machine::fresh(&emulator)
        .env("GITHUB_REF_NAME", "v1.2.3")
        .env("GITHUB_REPOSITORY", "owner/lockgate");
    let dist = machine.path("work/dist");
    std::fs::create_dir_all(&dist).expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(dist.join(name), text).expect("the file is written");
    };
    for platform in PLATFORMS {
        let name = format!("lockgate-1.2.3-{platform}");
        let checksum = format!("{}  {name}.tar.gz\n", sha256(platform));
        write(&format!("{name}.tar.gz"), platform);
        write(&format!("{name}.tar.gz.sha256"), &checksum);
        write(&format!("{name}.cdx.json"), "{}");
    }
    machine.run(&scripts).exits(0);
    let sums = std::fs::read_to_string(dist.join("SHA256SUMS")).expect("there are checksums");
    assert_eq!(sums.lines().count(), 2 * PLATFORMS.len(), "{sums}");

    let archive = "lockgate-1.2.3-x86_64-pc-windows-msvc.tar.gz";
    write(archive, "another");
    machine.run(&scripts).exits(1);
    write(archive, "");
    machine
        .run(&scripts)
        .exits(1)
        .says("there is no archive for x86_64-pc-windows-msvc");
}
