//! The example of one release over several apps: its script, its demonstration and its pipelines, against the emulator.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Emulator, Finished, Running, pipelines, templates};

const IMAGE: &str =
    "registry.example/shop@sha256:2222222222222222222222222222222222222222222222222222222222222222";
const APPS: [&str; 3] = ["shop-eu", "shop-us", "shop-asia"];

/// A folder of its own with a shell that finds lockgate on its search path.
pub(crate) struct Shell {
    folder: TempDir,
    env: BTreeMap<String, String>,
}

impl Shell {
    /// Returns a shell that knows of no emulator.
    pub(crate) fn new() -> Shell {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let programs = folder.path().join("bin");
        std::fs::create_dir(&programs).expect("a folder");
        let lockgate = Path::new(env!("CARGO_BIN_EXE_lockgate"));
        symlink(lockgate, programs.join("lockgate")).expect("a link");
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate-cache");
        Shell {
            folder,
            env: BTreeMap::new(),
        }
        .env("LOCKGATE_CACHE_DIR", &cache.display().to_string())
        .env("TZ", "UTC")
    }

    /// Sets a variable of its environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Shell {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Puts a program on its search path, before those of the system.
    pub(crate) fn program(self, name: &str, text: &str) -> Shell {
        let path = self.path("bin").join(name);
        std::fs::write(&path, text).expect("a program");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path, executable).expect("it can be run");
        self
    }

    /// Returns a path below its folder.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Starts a script without waiting.
    pub(crate) fn start(&self, script: &str) -> Running {
        let programs = self.path("bin").display().to_string();
        let mut bash = Command::new("/bin/bash");
        bash.args([
            "--noprofile",
            "--norc",
            "-e",
            "-o",
            "pipefail",
            "-c",
            script,
        ])
        .current_dir(self.folder.path())
        .env_clear()
        .env("PATH", format!("{programs}:/usr/bin:/bin"))
        .env("HOME", self.folder.path())
        .envs(&self.env);
        Running::start(&mut bash)
    }

    /// Runs a script to its end.
    #[must_use = "assert something about how it ended"]
    pub(crate) fn run(&self, script: &str) -> Finished {
        self.start(script).finish()
    }
}

fn example(file: &str) -> PathBuf {
    pipelines::examples().join("fleet").join(file)
}

/// Starts the three apps of the example.
fn fleet() -> Emulator {
    let text = std::fs::read_to_string(example("scenario.json")).expect("the scenario");
    Emulator::start(&serde_json::from_str(&text).expect("JSON"))
}

/// Returns a shell in a repository that has the example in the folder `fleet`.
fn checked_out(emulator: &Emulator, release: &str) -> Shell {
    let shell = Shell::new()
        .env("LOCKGATE_ENDPOINT", emulator.endpoint())
        .env(
            "LOCKGATE_SUBSCRIPTION",
            "00000000-0000-0000-0000-000000000000",
        )
        .env("LOCKGATE_CONFIG", "fleet/lockgate.toml")
        .env("LOCKGATE_STAGES", "25,100")
        .env("LOCKGATE_BAKE", "100ms")
        .env("RELEASE", release)
        .env("IMAGE", IMAGE);
    symlink(example(""), shell.path("fleet")).expect("a link");
    shell
}

/// Returns the revision that serves each app, where one has everything and no lease is left.
fn serving(emulator: &Emulator) -> Vec<String> {
    let snapshot = emulator.snapshot();
    let apps = pipelines::list(&snapshot["apps"]).iter().map(|app| {
        let lease = &app["tags"]["lockgate-run"];
        assert!(lease.is_null(), "{}: a lease of {lease}", app["name"]);
        let carries = |share: &&Value| share["weight"] == 100;
        let found = pipelines::list(&app["traffic"]).iter().find(carries);
        pipelines::text(&found.expect("one has everything")["revisionName"])
    });
    apps.collect()
}

/// Returns the apps whose traffic was written, in order, each once in a row.
fn written(emulator: &Emulator) -> Vec<String> {
    let requests = emulator.requests().into_iter();
    let writes = requests
        .filter(|request| request["method"] == "PATCH" && !request["body"]["properties"].is_null());
    let mut apps: Vec<String> = writes
        .map(|request| {
            let path = pipelines::text(&request["path"]);
            path.rsplit('/').next().unwrap_or_default().to_owned()
        })
        .collect();
    apps.dedup();
    apps
}

/// Collects every script of a pipeline that calls `release` with a command.
fn calling(node: &Value, command: &str, found: &mut Vec<String>) {
    match node {
        Value::Object(members) => members.values().for_each(|v| calling(v, command, found)),
        Value::Array(items) => items.iter().for_each(|item| calling(item, command, found)),
        Value::String(text) if text.contains(&format!("fleet/release {command}")) => {
            found.push(text.clone());
        }
        _ => {}
    }
}

fn script(pipeline: &Value, command: &str) -> String {
    let mut found = Vec::new();
    calling(pipeline, command, &mut found);
    let [script] = &found[..] else {
        panic!("one script calls `release {command}`, not {found:?}")
    };
    script.clone()
}

#[test]
fn demonstration_undoes_the_first_two_apps_when_the_third_one_breaks() {
    let show = example("show").display().to_string();
    let run = Shell::new().run(&show);
    run.exits(10);
    let readme = std::fs::read_to_string(example("README.md")).expect("the page");
    let lines: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("    release: "))
        .collect();
    assert_eq!(lines.len(), 4, "the page quotes it");
    let mut rest = run.stderr.as_str();
    for line in lines {
        let (_, after) = rest
            .split_once(&format!("release: {line}\n"))
            .unwrap_or_else(|| panic!("{line:?} is not said in its place:\n{run}"));
        rest = after;
    }
    for app in APPS {
        run.says(&format!("{app}--v1 100 %"));
    }
    run.says("fail: GET /health answered 503");
}

#[test]
fn pipelines_roll_out_one_app_after_the_other_and_undo_in_reverse() {
    for file in [
        "fleet/github-actions.yml",
        "fleet/azure-pipelines.yml",
        "fleet/fleet.gitlab-ci.yml",
    ] {
        let pipeline = templates::read(file);
        let emulator = fleet();
        let rollout = script(&pipeline, "rollout");
        let codes = APPS.map(|app| {
            let shell = checked_out(&emulator, "run-7").env("APP", app);
            shell.run(&rollout).code
        });
        assert_eq!(codes, [Some(0), Some(0), Some(10)], "{file}");
        let machine = checked_out(&emulator, "run-7");
        let undo = machine.run(&script(&pipeline, "undo"));
        undo.exits(0).says("undone: shop-us shop-eu");
        assert_eq!(
            serving(&emulator),
            APPS.map(|app| format!("{app}--v1")),
            "{file}"
        );
        let order = ["shop-eu", "shop-us", "shop-asia", "shop-us", "shop-eu"];
        assert_eq!(written(&emulator), order, "{file}: {undo}");
        let writes = emulator.writes().len();
        machine.run("fleet/release undo").exits(0);
        assert_eq!(
            emulator.writes().len(),
            writes,
            "{file}: a second one writes nothing"
        );
    }
}

#[test]
fn pipelines_name_the_apps_of_the_file_in_its_order() {
    let listed = checked_out(&fleet(), "run-7").run("fleet/release list");
    listed.exits(0);
    let names: Vec<String> = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(names, APPS);
    let azure = templates::read("fleet/azure-pipelines.yml");
    let parameter = |parameter: &&Value| parameter["name"] == "apps";
    let apps = pipelines::list(&azure["parameters"]).iter().find(parameter);
    assert_eq!(apps.expect("apps")["default"], serde_json::json!(APPS));
    let gitlab = templates::read("fleet/fleet.gitlab-ci.yml");
    let stages = pipelines::list(&gitlab["stages"])
        .iter()
        .map(pipelines::text);
    let of_stage = |stage: String| {
        let jobs = gitlab.as_object().expect("jobs").values();
        let mut of_it = jobs.filter(move |job| job["stage"] == *stage);
        of_it.find_map(|job| job["variables"]["APP"].as_str())
    };
    assert_eq!(stages.filter_map(of_stage).collect::<Vec<_>>(), APPS);
    let github = templates::read("fleet/github-actions.yml");
    let strategy = &github["jobs"]["rollout"]["strategy"];
    assert_eq!(strategy["max-parallel"], 1);
    assert_eq!(strategy["fail-fast"], true);
    assert!(script(&github, "list").contains("GITHUB_OUTPUT"));
}

#[test]
fn undo_leaves_another_release_alone_and_recovers_a_lost_rollout() {
    let emulator = fleet();
    let first = checked_out(&emulator, "first");
    first
        .run("exec fleet/release rollout shop-eu --image $IMAGE")
        .exits(0);
    let second = checked_out(&emulator, "second").env("LOCKGATE_BAKE", "60s");
    let mut lost = second.start("exec fleet/release rollout shop-us --image $IMAGE");
    lost.read_past(|line| line.contains("read back"));
    // The script has become lockgate, so this is the machine that is lost.
    lost.signal("KILL");
    assert_eq!(lost.finish().code, None);
    let undo = second.run("fleet/release undo");
    undo.exits(0).says("undone: none");
    let serves = ["shop-eu--v2", "shop-us--v1", "shop-asia--v1"];
    assert_eq!(serving(&emulator), serves, "{undo}");
}

#[test]
fn cancelled_release_rolls_back_and_undoes_what_came_before() {
    let emulator = fleet();
    let shell = checked_out(&emulator, "run-8");
    let mut running = shell.start("exec fleet/release all --image $IMAGE --bake 2s");
    running.read_past(|line| line.contains("read back: shop-us--v1 75 %"));
    running.signal("TERM");
    let run = running.finish();
    run.exits(11)
        .says("shop-us ended with 11: the rest does not begin");
    run.says("undone: shop-eu");
    assert_eq!(
        serving(&emulator),
        APPS.map(|app| format!("{app}--v1")),
        "{run}"
    );
}

#[test]
fn mistakes_end_the_release_before_lockgate_is_started() {
    let emulator = fleet();
    let shell = checked_out(&emulator, "run-9");
    std::fs::write(shell.path("twice"), "shop demo\nshop other\n").expect("written");
    std::fs::write(shell.path("short"), "shop\n").expect("written");
    for (line, says) in [
        ("fleet/release", "'' is no command"),
        ("RELEASE= fleet/release undo", "RELEASE is ''"),
        ("RELEASE='a b' fleet/release all", "RELEASE is 'a b'"),
        (
            "fleet/release rollout shop",
            "shop is not in fleet/apps; it has shop-eu",
        ),
        ("fleet/release rollout", "name the app"),
        ("FLEET=nowhere fleet/release all", "nowhere, cannot be read"),
        (
            "FLEET=twice fleet/release all",
            "twice, line 2: shop is there twice",
        ),
        (
            "FLEET=short fleet/release all",
            "short, line 1: write NAME RESOURCE-GROUP",
        ),
        (
            "LOCKGATE_SUBSCRIPTION= fleet/release all",
            "shop-eu has no subscription",
        ),
    ] {
        shell.run(line).exits(2).says(says);
    }
    assert!(emulator.requests().is_empty());
}
