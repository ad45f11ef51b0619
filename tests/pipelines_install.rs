//! Where the example pipelines take lockgate from: a release, whose checksum stands in the pipeline's file and is verified in
//! each job that runs it. What does not fit stops the job before the app is asked anything.

use serde_json::Value;

use crate::pipelines::{CONFIG, shop};
use crate::support::services::Pipeline::{Approval, Deployment, Janitor, Undo};
use crate::support::services::{ALL, Service, for_shop, job_of};
use crate::support::{Emulator, Finished, Machine, pipelines, templates};

/// Runs a job on a machine, and returns how it ended once nothing was asked of the app.
fn refused(service: Service, name: &str, set: (&str, &str)) -> Finished {
    let emulator = Emulator::start(&shop());
    let machine = for_shop(service, &emulator).checked_out(CONFIG);
    let machine = machine.env(set.0, set.1);
    let run = machine.run(&job_of(service, Deployment, name, &machine).scripts);
    run.exits(1);
    assert_eq!(emulator.requests().len(), 0, "{service:?}: {run}");
    run
}

/// Returns the names of the jobs of a GitHub workflow that run lockgate.
fn jobs_of_github(workflow: &Value) -> Vec<&String> {
    let jobs = workflow["jobs"].as_object().expect("jobs").iter();
    let runs = |job: &Value| {
        let mut steps = pipelines::list(&job["steps"]).iter();
        steps.any(|step| pipelines::text(&step["run"]).contains("exec lockgate "))
    };
    jobs.filter(|(_, job)| runs(job))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn placeholder_stops_the_job_and_says_where_the_checksum_is_set() {
    for service in ALL {
        let says = match service {
            Service::GitHub => "at the head of this workflow",
            Service::Azure => "at the head of templates/install.yml",
            // GitLab refuses the pipeline, by the pattern of the input.
            Service::GitLab => "is not the one of the input lockgate-sha256",
        };
        for job in ["canary_deploy", "recover"] {
            refused(service, job, ("LOCKGATE_SHA256", "PLACEHOLDER")).says(says);
        }
    }
    let pattern = "lockgate-sha256:\n      description";
    let component =
        std::fs::read_to_string(pipelines::examples().join("gitlab/templates/canary.yml"));
    let component = component.expect("the component is there");
    let (_, input) = component.split_once(pattern).expect("an input");
    let (input, _) = input.split_once("\n    environment:").expect("another one");
    assert!(input.contains("regex: ^[0-9a-f]{64}$") && !input.contains("default:"));
}

#[test]
fn archive_with_another_checksum_is_not_run() {
    for service in ALL {
        let run = refused(
            service,
            "canary_deploy",
            ("LOCKGATE_SHA256", "0".repeat(64).as_str()),
        );
        run.says("nothing of it was run");
    }
}

#[test]
fn release_that_cannot_be_downloaded_stops_the_job() {
    for service in ALL {
        let run = refused(service, "recover", ("RELEASE", "/not/there"));
        run.says("lockgate 0.1.0 cannot be downloaded");
    }
}

#[test]
fn release_without_an_attestation_is_not_rolled_out_with_and_still_recovers() {
    let run = refused(Service::GitHub, "canary_deploy", ("ATTESTATION", "1"));
    run.says("no attestation says");
    let emulator = Emulator::start(&shop());
    let machine = for_shop(Service::GitHub, &emulator).env("ATTESTATION", "1");
    let recover = job_of(Service::GitHub, Deployment, "recover", &machine).scripts;
    machine.run(&recover).exits(0).says("idle");
}

#[test]
fn release_is_the_one_that_the_workflow_names() {
    let emulator = Emulator::start(&shop());
    let machine: Machine = for_shop(Service::GitHub, &emulator).checked_out(CONFIG);
    let scripts = job_of(Service::GitHub, Deployment, "canary_deploy", &machine).scripts;
    machine.run(&scripts).exits(0);
    let said = |file: &str| std::fs::read_to_string(machine.path(file)).expect("it was asked");
    let url = "https://github.com/team/lockgate/releases/download/v0.1.0/lockgate-0.1.0-x86_64-unknown-linux-gnu.tar.gz\n";
    assert_eq!(said("downloaded"), url);
    let verified = said("verified");
    for part in [
        "--repo team/lockgate",
        "--source-ref refs/tags/v0.1.0",
        "--signer-workflow team/lockgate/.github/workflows/release.yml",
        "--deny-self-hosted-runners",
    ] {
        assert!(verified.contains(part), "{verified}");
    }
}

#[test]
fn every_workflow_names_the_same_release_and_every_job_verifies_it() {
    let mut releases = Vec::new();
    for pipeline in [Deployment, Approval, Janitor, Undo] {
        let file = pipeline.file(Service::GitHub);
        let workflow = templates::read(file);
        let names = ["LOCKGATE_REPOSITORY", "LOCKGATE_VERSION", "LOCKGATE_SHA256"];
        releases.push(names.map(|name| pipelines::text(&workflow["env"][name])));
        let jobs = jobs_of_github(&workflow);
        assert!(!jobs.is_empty(), "{file}");
        for name in jobs {
            let steps = pipelines::list(&workflow["jobs"][name]["steps"]).iter();
            let install = steps
                .clone()
                .position(|step| step["name"] == "Install lockgate");
            let runs = |step: &Value| pipelines::text(&step["run"]).contains("exec lockgate ");
            let run = steps.clone().position(runs);
            assert!(install < run && install.is_some(), "{file}: {name}");
            let script = steps
                .clone()
                .filter(|step| step["name"] == "Install lockgate");
            let script: String = script.map(|step| pipelines::text(&step["run"])).collect();
            assert!(
                script.contains("sha256sum --check --strict"),
                "{file}: {name}"
            );
            let moves_forward = ["canary_deploy", "promote"].contains(&name.as_str());
            let attested = script.contains("gh attestation verify");
            assert_eq!(attested, moves_forward, "{file}: {name}");
        }
    }
    releases.dedup();
    assert_eq!(releases.len(), 1, "{releases:?}");
}

#[test]
fn nothing_that_is_run_comes_out_of_a_cache() {
    for folder in [
        "github-actions",
        "azure-pipelines",
        "azure-pipelines/templates",
        "gitlab",
        "gitlab/templates",
    ] {
        let files = std::fs::read_dir(pipelines::examples().join(folder)).expect("a folder");
        for file in files {
            let path = file.expect("a file").path();
            if path.extension().is_none_or(|extension| extension != "yml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a text");
            for cache in ["actions/cache", "Cache@", "cache:"] {
                assert!(!text.contains(cache), "{}: {cache}", path.display());
            }
        }
    }
}
