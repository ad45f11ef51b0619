//! The example pipelines: each script that calls lockgate is run by the shell of its runner, against the emulator. The parts
//! that the services do themselves (builds, logins, artifacts) are not run here; `.ci/lint-pipelines` checks them.

use serde_json::{Value, json};

use crate::support::pipelines;
use crate::support::services::Pipeline::{Approval, Deployment, Janitor, Undo};
use crate::support::services::{ALL, DIGEST, Service, for_shop, job, job_of, machine};
use crate::support::{CANARY, Emulator, Lockgate, Machine, Running, STABLE, templates};

/// The `lockgate.toml` of a repository with such a pipeline. The pipeline's variables name the app.
pub(crate) const CONFIG: &str = r#"
[rollout]
bake = "300ms"
check-interval = "100ms"
retry-interval = "50ms"
gate-deadline = "1s"
verify-deadline = "2s"
rollback-deadline = "2s"

[gates.http-health]
settings = { interval-ms = 10, timeout-ms = 1000 }
"#;

/// Returns the scenario of the app `shop`, whose canary runs the image that the build pushed.
pub(crate) fn shop() -> Value {
    let mut scenario = Emulator::shop();
    scenario["apps"][0]["revisions"][1]["image"] = json!(format!("registry.example/shop@{DIGEST}"));
    scenario
}

/// Starts the rollout of a service and loses its machine after the first shift.
fn lost_during_the_first_bake(service: Service, emulator: &Emulator) -> Machine {
    // The bake is longer than the test. The lease would expire after more than a minute, and no test waits for that.
    let config = CONFIG.replace("bake = \"300ms\"", "bake = \"60s\"");
    let machine = for_shop(service, emulator).checked_out(&config);
    let mut running: Running = machine.start(&job(service, "canary_deploy", &machine).scripts);
    let _stdout = running.read_until(|line| line.contains("read back"));
    assert_eq!(Machine::lose(running).code, None, "{service:?}: killed");
    assert_eq!(emulator.weights()[CANARY], 10, "{service:?}");
    machine
}

#[test]
fn canary_deploy_promotes_a_good_canary() {
    for service in ALL {
        let emulator = Emulator::start(&shop());
        let machine = for_shop(service, &emulator).checked_out(CONFIG);
        let run = machine.run(&job(service, "canary_deploy", &machine).scripts);
        run.ends(0, &emulator).says("promoted");
        let folder = match service {
            Service::Azure => "work/report",
            Service::GitHub | Service::GitLab => "work",
        };
        for file in ["run.html", "junit.xml", "attestation.json"] {
            let kept = machine.path(folder).join(file);
            assert!(kept.exists(), "{service:?}: no {file}: {run}");
        }
    }
}

#[test]
fn canary_deploy_deploys_an_image_that_no_revision_runs_and_promotes_it() {
    for service in ALL {
        let mut scenario = Emulator::shop();
        let revisions = &mut scenario["apps"][0]["revisions"];
        *revisions = json!([{ "name": STABLE, "image": "registry.example/shop:1" }]);
        let emulator = Emulator::start(&scenario);
        let machine = for_shop(service, &emulator)
            .checked_out(CONFIG)
            .env("GITHUB_SHA", "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
            .env(
                "BUILD_SOURCEVERSION",
                "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
            )
            .env("CI_COMMIT_SHA", "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        let run = machine.run(&job(service, "canary_deploy", &machine).scripts);
        run.exits(0).says("promoted");
        let deployed = ("shop--4b825dc".to_owned(), 100);
        assert_eq!(emulator.weights(), [deployed].into(), "{service:?}: {run}");
        let fresh = for_shop(service, &emulator);
        let run = fresh.run(&job(service, "recover", &fresh).scripts);
        run.exits(0).says("idle");
    }
}

#[test]
fn canary_deploy_ends_with_10_on_a_bad_canary_and_recover_is_then_idle() {
    for service in ALL {
        let emulator = Emulator::start(&shop());
        emulator.behave(CANARY, &json!({ "error-share": 1.0 }));
        let machine = for_shop(service, &emulator).checked_out(CONFIG);
        let run = machine.run(&job(service, "canary_deploy", &machine).scripts);
        run.ends(10, &emulator);
        let writes = emulator.writes().len();
        let fresh = for_shop(service, &emulator);
        let run = fresh.run(&job(service, "recover", &fresh).scripts);
        run.exits(0).says("idle");
        assert_eq!(emulator.writes().len(), writes, "{service:?}: {run}");
    }
}

#[test]
fn recover_restores_the_baseline_at_once_after_a_lost_machine() {
    for service in ALL {
        let emulator = Emulator::start(&shop());
        lost_during_the_first_bake(service, &emulator);
        let fresh = for_shop(service, &emulator);
        let run = fresh.run(&job(service, "recover", &fresh).scripts);
        run.ends(12, &emulator);
    }
}

#[test]
fn gitlab_recovers_on_the_same_machine_after_a_killed_script() {
    let emulator = Emulator::start(&shop());
    let machine =
        lost_during_the_first_bake(Service::GitLab, &emulator).env("CI_JOB_STATUS", "failed");
    let after = job(Service::GitLab, "canary_deploy", &machine).after;
    let run = machine.run(&[after.expect("an after_script")]);
    run.ends(12, &emulator);
}

#[test]
fn gitlab_after_script_does_nothing_after_a_promotion() {
    let emulator = Emulator::start(&shop());
    let machine = for_shop(Service::GitLab, &emulator)
        .checked_out(CONFIG)
        .env("CI_JOB_STATUS", "success");
    let job = job(Service::GitLab, "canary_deploy", &machine);
    machine.run(&job.scripts).ends(0, &emulator);
    let requests = emulator.requests().len();
    let after = job.after.expect("an after_script");
    machine.run(&[after]).exits(0);
    assert_eq!(
        emulator.requests().len(),
        requests,
        "lockgate was not started"
    );
}

#[test]
fn image_is_not_rolled_out_after_a_newer_one() {
    for service in [Service::GitHub, Service::Azure] {
        let emulator = Emulator::start(&shop());
        let machine = for_shop(service, &emulator)
            .checked_out(CONFIG)
            .env("NEWEST_RUN", "8");
        let run = machine.run(&job(service, "canary_deploy", &machine).scripts);
        run.exits(1).says("run 8 has promoted a newer image");
        assert_eq!(emulator.requests().len(), 0, "{service:?}: {run}");
    }
}

/// Starts two apps that dead runs left at 25 %, and a third one without a run.
fn two_dead_runs() -> Emulator {
    let mut scenario = shop();
    let app = |name: &str, dead: bool| {
        let (stable, canary) = (format!("{name}--v1"), format!("{name}--v2"));
        let split = if dead { 25 } else { 0 };
        let lease = json!({
            "lockgate-run": "20231101t000000-000001",
            "lockgate-lease": "1/running",
            "lockgate-holder": "1/20231101t000000-000001",
            "lockgate-since": "1690000000/1690000100",
            "lockgate-stages": "10,25,50,100",
            "lockgate-stable": stable,
            "lockgate-canary": canary,
            "lockgate-stage": "1/25",
            "lockgate-expires": "1700000000",
            "lockgate-baseline-0": format!("{stable}=100;"),
        });
        json!({
            "name": name,
            "tags": if dead { lease } else { json!({}) },
            "revisions": [
                { "name": stable, "image": "registry.example/shop:1" },
                { "name": canary, "image": "registry.example/shop:2" },
            ],
            "traffic": [
                { "revision": stable, "weight": 100 - split },
                { "revision": canary, "weight": split },
            ],
        })
    };
    scenario["apps"] = json!([app("shop", true), app("cart", true), app("mail", false)]);
    Emulator::start(&scenario)
}

#[test]
fn janitor_restores_the_baseline_of_every_dead_run() {
    for service in ALL {
        let emulator = two_dead_runs();
        let machine = machine(service, &emulator);
        let run = machine.run(&job(service, "janitor", &machine).scripts);
        run.exits(12);
        assert_eq!(emulator.writes().len(), 2, "{service:?}: {run}");
        for app in pipelines::list(&emulator.snapshot()["apps"]) {
            let stable = format!("{}--v1", pipelines::text(&app["name"]));
            let carrying = pipelines::list(&app["traffic"])
                .iter()
                .filter(|share| share["weight"] != 0)
                .map(|share| (pipelines::text(&share["revisionName"]), &share["weight"]));
            let carrying: Vec<_> = carrying.collect();
            assert_eq!(carrying, [(stable, &json!(100))], "{service:?}: {run}");
        }
        let again = machine.run(&job(service, "janitor", &machine).scripts);
        again.exits(0);
        assert_eq!(emulator.writes().len(), 2, "{service:?}: {again}");
    }
}

#[test]
fn github_rollout_can_be_cancelled_by_a_person_and_not_by_a_newer_run() {
    let workflow = templates::read("github-actions/canary-deployment.yml");
    let concurrency = &workflow["concurrency"];
    assert_eq!(concurrency["cancel-in-progress"], false);
    let group = pipelines::text(&concurrency["group"]);
    assert!(group.contains("vars.CONTAINER_APP"), "{group}");
    assert!(!group.contains("ref"), "two tags share one app: {group}");
    let rollout = &workflow["jobs"]["canary_deploy"];
    assert!(
        rollout.get("if").is_none(),
        "always() would make it ignore a cancellation"
    );
    let condition = pipelines::text(&workflow["jobs"]["recover"]["if"]);
    assert!(condition.contains("always()"), "{condition}");
}

#[test]
fn github_jobs_have_a_deadline_few_permissions_and_pinned_actions() {
    let every = [Deployment, Approval, Janitor, Undo];
    for file in every.map(|pipeline| pipeline.file(Service::GitHub)) {
        let workflow = templates::read(file);
        assert_eq!(workflow["permissions"], json!({}), "{file}");
        for (name, job) in workflow["jobs"].as_object().expect("jobs") {
            assert!(job["timeout-minutes"].is_u64(), "{file}: {name}");
            let permissions = job["permissions"].as_object().into_iter().flatten();
            for (scope, granted) in permissions {
                let signs = ["id-token", "attestations"].contains(&scope.as_str());
                let may = granted == "read" || signs;
                assert!(may, "{file}: {name} may {granted} {scope}");
            }
            for step in pipelines::list(&job["steps"]) {
                let Some(action) = step.get("uses").map(pipelines::text) else {
                    continue;
                };
                let (_, version) = action.split_once('@').expect("a version");
                let is_commit =
                    version.len() == 40 && version.chars().all(|c| c.is_ascii_hexdigit());
                assert!(is_commit, "{file}: {action} is not pinned to a commit");
            }
        }
    }
}

#[test]
fn lockgate_is_the_process_that_a_runner_signals() {
    for service in ALL {
        let emulator = Emulator::start(&shop());
        let machine = for_shop(service, &emulator);
        let others = [(Approval, "promote"), (Undo, "undo")];
        let others = others.map(|(pipeline, name)| job_of(service, pipeline, name, &machine));
        let jobs = ["canary_deploy", "janitor"].map(|name| job(service, name, &machine));
        for job in jobs.iter().chain(&others) {
            let script = job.scripts.last().expect("a script");
            assert!(
                script.text.contains("exec lockgate "),
                "{service:?}: {} does not begin with exec:\n{}",
                script.name,
                script.text
            );
        }
    }
}

#[test]
fn readme_of_the_pipelines_lists_every_exit_code() {
    let emulator = Emulator::healthy();
    let help = Lockgate::on(&emulator, "rollout --help").run();
    let (_, table) = help.stdout.split_once("Exit codes:").expect("a table");
    let first = |line: &str| line.split_whitespace().next()?.parse::<u8>().ok();
    let codes: Vec<u8> = table.lines().filter_map(first).collect();
    assert!(codes.len() >= 10, "{help}");
    let readme = pipelines::examples().join("github-actions/README.md");
    let readme = std::fs::read_to_string(readme).expect("the page is there");
    for code in codes {
        assert!(
            readme.contains(&format!("\n| {code} |")),
            "exit code {code} is missing"
        );
    }
}
