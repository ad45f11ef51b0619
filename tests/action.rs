//! The action: `action.yml` as a runner reads it, with a release that a server of this machine hands out. How an installation
//! is refused is in the cases of `tests/action/try`; signatures are GitHub's business, so `gh` is a stand-in.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::pipelines::{CONFIG, shop};
use crate::support::pipelines::{self, RunnerValues, Script};
use crate::support::services::{Service, for_shop};
use crate::support::templates;
use crate::support::{CANARY, Emulator, Lockgate, Machine, Running};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a case of `tests/action/try`.
fn holds(case: &str) {
    let script = root().join("tests/action/try");
    let lockgate = env!("CARGO_BIN_EXE_lockgate");
    Running::start(Command::new(script).args([case, lockgate]))
        .finish()
        .exits(0);
}

/// A server with one release, the version under test.
struct Releases {
    process: Child,
    url: String,
}

impl Releases {
    fn serve(folder: &Path) -> Releases {
        let written = Command::new(root().join("tests/action/release"))
            .arg(folder)
            .arg(env!("CARGO_BIN_EXE_lockgate"))
            .status();
        assert!(written.expect("the script runs").success());
        let mut process = Command::new("python3")
            .arg(root().join("tests/action/serve.py"))
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut port = String::new();
        BufReader::new(process.stdout.take().expect("stdout is piped"))
            .read_line(&mut port)
            .expect("the server prints its port");
        let url = format!("http://127.0.0.1:{}", port.trim());
        Releases { process, url }
    }
}

impl Drop for Releases {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn action() -> Value {
    templates::read("../action.yml")
}

/// Returns a machine on which a workflow uses the action.
fn machine(emulator: &Emulator, config: &str) -> Machine {
    let machine = for_shop(Service::GitHub, emulator).checked_out(config);
    // The archive is really downloaded.
    std::fs::remove_file(machine.path("programs/curl")).expect("the stand-in is there");
    machine
        .env("RUNNER_OS", "Linux")
        .env("RUNNER_ARCH", "X64")
        .env("GITHUB_ACTION_PATH", &root().display().to_string())
        .env("GITHUB_SERVER_URL", "https://git.example")
        .env("GITHUB_JOB", "canary")
        .env("GITHUB_RUN_ATTEMPT", "1")
}

/// Returns the scripts of the action on this machine, with these inputs beside the defaults.
fn scripts(machine: &Machine, releases: &Releases, inputs: &[(&str, &str)]) -> Vec<Script> {
    let action = action();
    let mut values = RunnerValues::default();
    for (name, input) in action["inputs"].as_object().expect("a table") {
        let default = pipelines::text(&input["default"]);
        let default = if name == "token" {
            "token"
        } else {
            default.as_str()
        };
        values = values.with(&format!("inputs.{name}"), default);
    }
    for (name, value) in inputs {
        values = values.with(&format!("inputs.{name}"), value);
    }
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("lockgate-{version}-x86_64-unknown-linux-gnu");
    let installed = machine.path(&format!("temp/lockgate-{version}/{name}/lockgate"));
    let values = values
        .with("inputs.releases", &releases.url)
        .with("github.action_repository", "owner/lockgate")
        .with("inputs.command != ''", "true")
        .with(
            "steps.install.outputs.path",
            &installed.display().to_string(),
        );
    let workflow = json!({ "jobs": { "action": { "steps": action["runs"]["steps"] } } });
    pipelines::github(&workflow, "action", &values)
}

/// The inputs of a rollout of the app in the emulator.
const ROLLOUT: [(&str, &str); 4] = [
    ("command", "rollout"),
    ("app", "shop"),
    ("resource-group", "demo"),
    ("subscription", "00000000-0000-0000-0000-000000000000"),
];

#[test]
fn action_installs_a_release_and_promotes() {
    let emulator = Emulator::start(&shop());
    let machine = machine(&emulator, CONFIG);
    let releases = Releases::serve(&machine.path("releases"));
    let run = machine.run(&scripts(&machine, &releases, &ROLLOUT));
    run.ends(0, &emulator).says("promoted");
    assert!(
        machine.path("releases/ran").exists(),
        "the release ran: {run}"
    );
    let output = std::fs::read_to_string(machine.path("temp/output")).expect("there are outputs");
    for line in [
        "outcome=promoted",
        "exit-code=0",
        "weight=100",
        "artifact=lockgate-rollout-canary-1",
    ] {
        assert!(
            output.lines().any(|found| found == line),
            "{line}: {output}"
        );
    }
    // What lockgate hands on, the action hands on by the same name; `state` is its own.
    let outputs = action()["outputs"].clone();
    for (name, _) in output.lines().filter_map(|line| line.split_once('=')) {
        assert!(name == "state" || outputs.get(name).is_some(), "{name}");
    }
    assert!(machine.path("work/.lockgate/report-rollout.html").exists());
    assert!(machine.path("work/.lockgate/runs/github-7000001").exists());
}

#[test]
fn action_ends_with_the_exit_code_of_the_rollout_and_keeps_the_journal() {
    let emulator = Emulator::start(&shop());
    emulator.behave(CANARY, &json!({ "error-share": 1.0 }));
    let machine = machine(&emulator, CONFIG);
    let releases = Releases::serve(&machine.path("releases"));
    let run = machine.run(&scripts(&machine, &releases, &ROLLOUT));
    run.ends(10, &emulator);
    let steps = &action()["runs"]["steps"];
    let last = pipelines::list(steps).last().expect("a step").clone();
    assert_eq!(
        last["if"],
        "${{ always() && steps.run.outputs.artifact != '' }}"
    );
}

#[test]
fn cancelled_action_reaches_lockgate() {
    let emulator = Emulator::start(&shop());
    // The bake is longer than the test.
    let config = CONFIG.replace("bake = \"300ms\"", "bake = \"60s\"");
    let machine = machine(&emulator, &config);
    let releases = Releases::serve(&machine.path("releases"));
    let mut running = machine.start(&scripts(&machine, &releases, &ROLLOUT));
    let _stdout = running.read_until(|line| line.contains("read back"));
    // The runner signals the process of the step, and nothing else.
    running.signal("INT");
    running.finish().ends(11, &emulator);
}

#[test]
fn inputs_of_the_action_are_options_of_a_rollout() {
    let emulator = Emulator::healthy();
    let help = Lockgate::on(&emulator, "rollout --help").run();
    let steps = &action()["runs"]["steps"];
    let run = pipelines::list(steps)
        .iter()
        .find(|step| step["id"] == "run");
    let env = run.expect("a step")["env"].as_object().expect("a table");
    let inputs: Vec<&str> = env
        .keys()
        .filter_map(|name| name.strip_prefix("INPUT_"))
        .collect();
    assert!(inputs.len() >= 10, "{inputs:?}");
    for name in inputs {
        help.says(&format!("[env: LOCKGATE_{name}]"));
    }
}

#[test]
fn action_installs_what_has_checksum_and_attestation() {
    holds("installs");
}

#[test]
fn archive_with_another_checksum_is_refused_before_anything_runs() {
    holds("checksum");
}

#[test]
fn archive_without_an_attestation_is_refused_before_anything_runs() {
    holds("attestation");
}

#[test]
fn version_that_is_not_there_is_refused() {
    holds("version");
}

#[test]
fn runner_that_does_not_reach_the_releases_is_refused() {
    holds("network");
}

#[test]
fn runner_without_a_release_for_it_is_refused() {
    holds("platform");
}
