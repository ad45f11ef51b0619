//! `plugins/README.md`, the page for authors of gates: every command in it works as it is printed.

use std::path::Path;

use crate::support::{Emulator, Lockgate};

fn repository() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the commands of the page, one for each indented line that begins with lockgate's name.
pub(crate) fn commands() -> Vec<String> {
    let page = std::fs::read_to_string(repository().join("plugins/README.md")).expect("the page");
    let lines = page.lines().filter_map(|line| line.strip_prefix("    "));
    let commands = lines.filter_map(|line| line.strip_prefix("lockgate "));
    commands.map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn every_command_of_the_page_works() {
    let emulator = Emulator::healthy();
    // The last command looks back at past rollouts.
    let lockgate = Lockgate::on(&emulator, "rollout");
    lockgate.run().ends(0, &emulator);
    let examples = repository().join("examples");
    std::os::unix::fs::symlink(examples, lockgate.folder().join("examples")).expect("a link");
    let commands = commands();
    // The one that needs a registry is run by registry.rs.
    let (registry, here): (Vec<&String>, Vec<&String>) = commands
        .iter()
        .partition(|command| command.contains("oci://"));
    assert_eq!(registry.len(), 1, "{registry:?}");
    assert!(here.len() >= 9, "{here:?}");
    for command in here {
        let canary = emulator.revision_url("shop--v2");
        let command = command.replace("http://127.0.0.1:8080", canary);
        let words: Vec<&str> = command.split(' ').collect();
        lockgate.again(&words).exits(0);
    }
}
