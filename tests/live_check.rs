//! The example that compares Azure with the emulator: run against the emulator, and along the way that leads to Azure, with
//! stand-ins for `az` and for the network.

use serde_json::{Value, json};

use crate::fleet::Shell;
use crate::support::{Emulator, pipelines};

/// Stands in for `az`: keeps its calls, and answers as a subscription in which the group exists between create and delete.
const AZ: &str = r#"#!/bin/bash
echo "$*" >>"$HOME/calls"
[[ -z ${AZ_FAILS:-} || $* != *"$AZ_FAILS"* ]] || exit 1
case "$*" in
"account show"*) echo 00000000-0000-0000-0000-000000000000 ;;
*get-access-token*--query*) echo a-token ;;
*get-access-token*) echo '{"accessToken":"a-token","expires_on":4102444800}' ;;
"provider show"*) echo "${AZ_STATE:-Registered}" ;;
"group exists"*) if [[ -e $HOME/group ]]; then echo true; else echo false; fi ;;
"group create"*) touch "$HOME/group" ;;
"group delete"*) rm -f "$HOME/group" ;;
*"env create"*) sleep "${AZ_TAKES:-0}" ;;
*"env show"*) echo /subscriptions/s/resourceGroups/g/providers/Microsoft.App/managedEnvironments/live ;;
esac
"#;

/// Stands in for `curl`: what is meant for Azure goes to the emulator, whose apps are broken in another way.
const CURL: &str = r#"#!/bin/bash
call=()
for word; do
    word=${word/https:\/\/management.azure.com/$LOCKGATE_ENDPOINT}
    case $word in
    https://*/break)
        exec /usr/bin/curl --silent --fail --header 'Content-Type: application/json' --data '{"error-share":1.0}' \
            "$LOCKGATE_ENDPOINT/_emulator/behaviour/live/live--v3"
        ;;
    https://*) word=http${word#https} ;;
    esac
    call+=("$word")
done
exec /usr/bin/curl "${call[@]}"
"#;

fn check() -> String {
    pipelines::examples()
        .join("live-check/check")
        .display()
        .to_string()
}

fn scenario() -> Value {
    let path = pipelines::examples().join("live-check/scenario.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the scenario")).expect("JSON")
}

/// Returns a shell in which the way to Azure ends at the emulator.
fn towards_azure(emulator: &Emulator) -> Shell {
    Shell::new()
        .program("az", AZ)
        .program("curl", CURL)
        .env("LOCKGATE_ENDPOINT", emulator.endpoint())
}

fn calls(shell: &Shell) -> String {
    std::fs::read_to_string(shell.path("calls")).unwrap_or_default()
}

#[test]
fn emulator_answers_as_expected() {
    let emulator = Emulator::start(&scenario());
    let shell = Shell::new();
    let line = format!("{} --endpoint {} --bake 1s", check(), emulator.endpoint());
    shell
        .run(&line)
        .exits(0)
        .says("all answers are as the emulator gives them");
}

#[test]
fn whole_way_to_azure_makes_the_app_and_deletes_everything() {
    // Of the app that the script makes, only the revision is new here.
    let mut scenario = scenario();
    let app = &mut scenario["apps"][0];
    app["revisions"][0]["name"] = json!("live--v0");
    app["traffic"][0]["revision"] = json!("live--v0");
    let emulator = Emulator::start(&scenario);
    let shell = towards_azure(&emulator);
    let line = format!(
        "{} --location westeurope --group demo --bake 1s --yes",
        check()
    );
    let run = shell.run(&line);
    run.exits(0)
        .says("the group is deleted, also after an error")
        .says("the resource group demo is gone");
    assert!(!shell.path("group").exists(), "{run}");
    let requests = emulator.requests();
    let made = requests.iter().find(|request| request["method"] == "PUT");
    let container =
        &made.expect("the app is made")["body"]["properties"]["template"]["containers"][0];
    let app = pipelines::examples().join("live-check/app.py");
    let app = std::fs::read_to_string(app).expect("the app");
    assert_eq!(container["args"][0].as_str(), Some(app.trim_end()));
}

#[test]
fn difference_is_shown_and_ends_with_1() {
    let mut scenario = scenario();
    scenario["apps"][0]["tags"] = json!({ "owner": "live-check", "surprise": "1" });
    let emulator = Emulator::start(&scenario);
    let shell = Shell::new();
    // Only the first step's file is expected, so that the rest need not be run: the comparison is that of the script.
    let compare = format!(
        "here={0}; out=$PWD; say() {{ echo \"$*\" >&2; }}; source {0}/steps; \
         path=/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/demo/providers/Microsoft.App/containerApps/live; \
         endpoint={1} version=2025-07-01 work=$PWD bless=; cp {0}/expected/*.txt .; run_step begin; compare_all",
        pipelines::examples().join("live-check").display(),
        emulator.endpoint()
    );
    let run = shell.run(&compare);
    run.exits(1)
        .says("--- expected: 1-begin.txt")
        .says("+tag surprise");
}

#[test]
fn group_is_deleted_after_a_failure_and_after_a_signal() {
    let emulator = Emulator::start(&scenario());
    let line = format!("exec {} --location westeurope --group demo --yes", check());
    let failing = towards_azure(&emulator).env("AZ_FAILS", "env create");
    failing.run(&line).exits(3).says("could not be finished");
    let stopped = towards_azure(&emulator).env("AZ_TAKES", "3");
    let running = stopped.start(&line);
    while !calls(&stopped).contains("env create") {
        std::thread::yield_now();
    }
    running.signal("TERM");
    running
        .finish()
        .exits(3)
        .says("the resource group demo is gone");
    for shell in [failing, stopped] {
        assert!(!shell.path("group").exists(), "{}", calls(&shell));
    }
    let kept = towards_azure(&emulator).env("AZ_FAILS", "group delete");
    let kept = kept.env("AZ_TAKES", "0");
    kept.run(&line)
        .exits(3)
        .says("may still be there and cost money");
}

#[test]
fn mistakes_end_it_before_anything_is_made() {
    let emulator = Emulator::start(&scenario());
    for (options, variable, says) in [
        ("", "", "--location is missing"),
        ("--locaton x", "", "'--locaton' is no option"),
        ("--location", "", "--location needs a value"),
        ("--location x --bless", "", "--bless is for an emulator"),
        (
            "--endpoint http://127.0.0.1:1",
            "",
            "no emulator answers at http://127.0.0.1:1",
        ),
        (
            "--endpoint http://127.0.0.1:1 --group x",
            "",
            "--endpoint is for an emulator",
        ),
        ("--location x", "", "nobody can be asked here"),
        (
            "--location x --yes",
            "NotRegistered",
            "az provider register",
        ),
    ] {
        let shell = towards_azure(&emulator).env("AZ_STATE", variable);
        let run = shell.run(&format!("{} {options}", check()));
        run.exits(2).says(says);
        assert!(!calls(&shell).contains("create"), "{run}");
    }
    // A group that is there already is somebody's.
    let shell = towards_azure(&emulator);
    std::fs::write(shell.path("group"), "").expect("written");
    let line = format!("{} --location x --group theirs --yes", check());
    shell.run(&line).exits(2).says("theirs is there already");
    assert!(shell.path("group").exists());
}
