//! The example pipelines for `undo`: a person starts one after a promotion, and all traffic returns to what was replaced.

use serde_json::json;

use crate::pipelines::{CONFIG, shop};
use crate::support::services::Pipeline::Undo;
use crate::support::services::{ALL, Service, for_shop, job, job_of};
use crate::support::{CANARY, Emulator, Finished, Lockgate, STABLE, pipelines, templates};

/// Returns an app on which the service's own rollout has promoted the canary.
fn promoted(service: Service) -> Emulator {
    let emulator = Emulator::start(&shop());
    let machine = for_shop(service, &emulator).checked_out(CONFIG);
    let rollout = machine.run(&job(service, "canary_deploy", &machine).scripts);
    rollout.ends(0, &emulator);
    emulator
}

/// Runs the job, with what the person has chosen, as the service hands it to the script.
fn undo(service: Service, emulator: &Emulator, force: bool) -> Finished {
    let machine = for_shop(service, emulator).checked_out(CONFIG);
    let (name, yes, no) = match service {
        Service::GitHub => ("FORCE", "true", "false"),
        Service::Azure => ("FORCE", "True", "False"),
        Service::GitLab => ("UNDO_FORCE", "true", "false"),
    };
    let machine = machine.env(name, if force { yes } else { no });
    machine.run(&job_of(service, Undo, "undo", &machine).scripts)
}

fn serves(emulator: &Emulator, revision: &str) {
    assert_eq!(emulator.weights(), [(revision.to_owned(), 100)].into());
    assert!(emulator.lease().is_empty());
}

#[test]
fn undo_returns_all_traffic_and_a_second_one_writes_nothing() {
    for service in ALL {
        let emulator = promoted(service);
        undo(service, &emulator, false).exits(0).says("undone");
        serves(&emulator, STABLE);
        let writes = emulator.writes().len();
        let again = undo(service, &emulator, false);
        again.exits(0).says("undone already");
        assert_eq!(emulator.writes().len(), writes, "{service:?}: {again}");
    }
}

#[test]
fn replaced_revision_that_is_unhealthy_gets_the_traffic_by_force_alone() {
    for service in ALL {
        let emulator = promoted(service);
        emulator.behave(STABLE, &json!({ "error-share": 1.0 }));
        undo(service, &emulator, false).exits(10);
        serves(&emulator, CANARY);
        undo(service, &emulator, true).exits(0);
        serves(&emulator, STABLE);
    }
}

#[test]
fn undo_without_a_promotion_is_refused() {
    for service in ALL {
        let emulator = Emulator::start(&shop());
        undo(service, &emulator, false)
            .ends(30, &emulator)
            .says("there is nothing to undo");
    }
}

#[test]
fn undo_is_started_by_a_person_alone() {
    let github = templates::read(Undo.file(Service::GitHub));
    let starts: Vec<&String> = github["on"].as_object().expect("a table").keys().collect();
    assert_eq!(starts, ["workflow_dispatch"]);
    assert_eq!(
        github["on"]["workflow_dispatch"]["inputs"]["force"]["default"],
        false
    );
    let azure = templates::read(Undo.file(Service::Azure));
    assert_eq!(
        (&azure["trigger"], &azure["pr"]),
        (&json!("none"), &json!("none"))
    );
    assert_eq!(azure["parameters"][0]["default"], false);
    let gitlab = templates::read(Undo.file(Service::GitLab));
    let rules = pipelines::list(&gitlab["undo"]["rules"]);
    let by_hand = |rule: &serde_json::Value| {
        rule["when"] == "manual" && pipelines::text(&rule["if"]).contains("\"web\"")
    };
    assert!(!rules.is_empty() && rules.iter().all(by_hand), "{rules:?}");
    assert_eq!(gitlab["variables"]["UNDO_FORCE"]["value"], "false");
}

#[test]
fn readme_of_the_undo_lists_every_exit_code_that_it_has() {
    let emulator = Emulator::healthy();
    let help = Lockgate::on(&emulator, "undo --help").run();
    let (_, table) = help.stdout.split_once("Exit codes:").expect("a table");
    let first = |line: &str| line.split_whitespace().next()?.parse::<u8>().ok();
    let readme = pipelines::examples().join("github-actions/README.md");
    let readme = std::fs::read_to_string(readme).expect("the page is there");
    let (_, section) = readme
        .split_once("## To undo a promotion")
        .expect("a section");
    let (section, _) = section.split_once("\n## ").expect("another one");
    // An undo is one write: there is no weight at which it could be held.
    for code in table.lines().filter_map(first).filter(|code| *code != 13) {
        assert!(
            section.contains(&format!("\n| {code} |")),
            "exit code {code} is missing"
        );
    }
}
