//! The pages on Terraform, Bicep and azd: azd's hook is run against the emulator, and so is what the pages do before an apply.
//! `.ci/lint-pipelines` parses the snippets.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::pipelines::CONFIG;
use crate::support::pipelines::examples;
use crate::support::{CANARY, Emulator, Finished, Lockgate, Running, STABLE};

/// Runs the hook as azd does, in a project with a configuration, with variables of azd's environment.
fn postdeploy(emulator: &Emulator, variables: &[(&str, &str)]) -> Finished {
    let project = tempfile::tempdir().expect("a folder");
    let programs = project.path().join("programs");
    std::fs::create_dir(&programs).expect("a folder");
    let lockgate = Path::new(env!("CARGO_BIN_EXE_lockgate"));
    symlink(lockgate, programs.join("lockgate")).expect("a link");
    let azd = programs.join("azd");
    std::fs::write(&azd, "#!/bin/sh\necho azd \"$@\"\n").expect("a program");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&azd, executable).expect("it can be run");
    std::fs::write(project.path().join("lockgate.toml"), CONFIG).expect("a configuration");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate-cache");
    let path = format!("{}:/usr/bin:/bin", programs.display());
    let mut command = Command::new("bash");
    command
        .arg(examples().join("azd/hooks/postdeploy.sh"))
        .current_dir(project.path())
        .env_clear()
        .env("PATH", path)
        .env("HOME", project.path())
        .env("LOCKGATE_ENDPOINT", emulator.endpoint())
        .env("LOCKGATE_ARM_TOKEN", "a-token")
        .env("LOCKGATE_CACHE_DIR", cache)
        .env(
            "AZURE_SUBSCRIPTION_ID",
            "00000000-0000-0000-0000-000000000000",
        )
        .env("AZURE_RESOURCE_GROUP", "demo")
        .envs(variables.iter().copied());
    Running::start(&mut command).finish()
}

/// Starts an app whose first revision follows `latestRevision`, as a template has made it.
fn just_made() -> Emulator {
    let mut scenario = Emulator::shop();
    let app = &mut scenario["apps"][0];
    app["revisions"] = json!([{ "name": STABLE, "image": "registry.example/shop:1" }]);
    app["traffic"] = json!([{ "latest-revision": true, "weight": 100 }]);
    Emulator::start(&scenario)
}

#[test]
fn hook_of_azd_rolls_the_new_revision_out() {
    let emulator = Emulator::healthy();
    let run = postdeploy(&emulator, &[("CONTAINER_APP_NAME", "shop")]);
    run.ends(0, &emulator).says("promoted");
}

#[test]
fn hook_of_azd_ends_with_the_exit_code_of_lockgate() {
    let emulator = Emulator::healthy();
    emulator.behave(CANARY, &json!({ "error-share": 1.0 }));
    let run = postdeploy(&emulator, &[("CONTAINER_APP_NAME", "shop")]);
    run.ends(10, &emulator);
}

#[test]
fn hook_of_azd_names_the_first_revision_and_notes_that_the_app_is_there() {
    let emulator = just_made();
    let variables = [("CONTAINER_APP_NAME", "shop"), ("SHOP_EXISTS", "false")];
    let run = postdeploy(&emulator, &variables);
    run.exits(0).says("azd env set SHOP_EXISTS true");
    let traffic = emulator.snapshot()["apps"][0]["traffic"].clone();
    assert_eq!(traffic[0]["revisionName"], STABLE, "{traffic}");
}

#[test]
fn hook_of_azd_says_what_it_lacks_before_it_does_anything() {
    let emulator = Emulator::healthy();
    let run = postdeploy(&emulator, &[]);
    run.exits(2).says("CONTAINER_APP_NAME is not set");
    assert_eq!(emulator.requests().len(), 0, "{run}");
}

#[test]
fn lease_that_the_pages_look_for_is_there_while_a_run_holds_the_app() {
    let emulator = Emulator::healthy();
    let lease = || {
        let run = Lockgate::on(&emulator, "status --output json").run();
        let status: Value = serde_json::from_str(run.exits(0).stdout.trim()).expect("JSON");
        status["lease"].clone()
    };
    assert_eq!(lease(), Value::Null);
    let stages = "[rollout]\nstages = [{ weight = 25, pause = true }, 100]\n";
    let rollout = Lockgate::on(&emulator, "rollout").replacing("[rollout]\n", stages);
    rollout.run().exits(13);
    assert_ne!(lease(), Value::Null);
}

#[test]
fn pages_say_the_command_that_prints_the_final_weights() {
    for (page, language) in [("terraform", "terraform"), ("bicep", "bicep")] {
        let text = std::fs::read_to_string(examples().join(page).join("README.md"));
        let text = text.expect("the page is there");
        let command = format!("--as {language}\n");
        assert!(text.contains(&command), "{page} does not say {command:?}");
    }
}
