//! Every example is run by a test, so that none becomes outdated.

use std::path::{Path, PathBuf};

use crate::support::{Emulator, Lockgate};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn first_rollout_is_promoted() {
    let example = folder("first-rollout");
    let scenario = serde_json::from_str(&text(&example.join("shop.json"))).expect("JSON");
    let emulator = Emulator::start(&scenario);
    let config = text(&example.join("lockgate.toml"));
    Lockgate::on(&emulator, "plan")
        .config(&config)
        .run()
        .exits(0);
    Lockgate::on(&emulator, "rollout")
        .config(&config)
        .run()
        .ends(0, &emulator);
}

#[test]
fn every_example_is_run_by_a_test() {
    // pipelines.rs and those beside it run the pipelines, transactions.rs the gates, infrastructure.rs the hook of azd; the last
    // three have a file of tests each;
    // `.ci/lint-pipelines` parses what Terraform and Bicep read.
    let run = [
        "first-rollout",
        "github-actions",
        "azure-pipelines",
        "gitlab",
        "gates",
        "terraform",
        "bicep",
        "azd",
        "fleet",
        "container-apps-job",
        "live-check",
    ];
    let found = std::fs::read_dir(folder("")).expect("examples");
    for entry in found {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy();
        assert!(
            run.contains(&&*name),
            "examples/{name} is run by no test: add one here"
        );
    }
}
