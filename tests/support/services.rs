//! The three services that run the example pipelines: where each keeps its jobs, the values of the expressions in them,
//! and the environment of its machines. Read `pipelines` for the dialects.

use super::pipelines::{self, RunnerValues, Script};
use super::{Emulator, Machine};

/// The digest that the build reports to have pushed.
pub(crate) const DIGEST: &str =
    "sha256:4b825dc642cb6eb9a060e54bf8d69288fbee4904f1a0f1a2c1d2e3f4a5b6c7d8";
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

/// A continuous-integration service.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Service {
    GitHub,
    Azure,
    GitLab,
}

/// Every service.
pub(crate) const ALL: [Service; 3] = [Service::GitHub, Service::Azure, Service::GitLab];

/// The scripts of one job.
pub(crate) struct Job {
    /// Run in order, until one fails.
    pub(crate) scripts: Vec<Script>,
    /// Run afterwards, also when one of the others failed.
    pub(crate) after: Option<Script>,
}

/// Reads a job as it runs on a machine.
pub(crate) fn job(service: Service, name: &str, machine: &Machine) -> Job {
    let janitor = name == "janitor";
    match service {
        Service::GitHub => {
            let (file, name) = if janitor {
                ("canary-janitor.yml", "recover")
            } else {
                ("canary-deployment.yml", name)
            };
            let workflow = pipelines::read(&format!("github-actions/{file}"));
            let temp = machine.path("temp").display().to_string();
            let values = github().with("runner.temp", &temp);
            Job {
                scripts: pipelines::github(&workflow, name, &values),
                after: None,
            }
        }
        Service::Azure => {
            let pipeline = pipelines::read(if janitor {
                "azure-pipelines/canary-janitor.yml"
            } else {
                "azure-pipelines/azure-pipelines.yml"
            });
            let job = match name {
                "janitor" => &pipeline["jobs"][0],
                "canary_deploy" => &pipeline["stages"][1]["jobs"][0],
                _ => &pipeline["stages"][1]["jobs"][1],
            };
            Job {
                scripts: pipelines::azure(&pipeline, job, &azure()),
                after: None,
            }
        }
        Service::GitLab => {
            let pipeline = pipelines::read("gitlab/.gitlab-ci.yml");
            let builds = machine.path("temp").display().to_string();
            let values = RunnerValues::default()
                .with("CI_BUILDS_DIR", &builds)
                .with("CI_JOB_ID", "7")
                .with("AZURE_ID_TOKEN", "an.id.token");
            let (script, after) = pipelines::gitlab(&pipeline, name, &values);
            Job {
                scripts: vec![script],
                after,
            }
        }
    }
}

fn github() -> RunnerValues {
    RunnerValues::default()
        .with("vars.AZURE_CLIENT_ID", "client")
        .with("vars.AZURE_TENANT_ID", "tenant")
        .with("vars.AZURE_SUBSCRIPTION_ID", SUBSCRIPTION)
        .with("vars.AZURE_RESOURCE_GROUP", "demo")
        .with("vars.CONTAINER_APP", "shop")
        .with("vars.REGISTRY", "registry.example")
        .with("vars.IMAGE_REPOSITORY", "shop")
        .with("vars.LOCKGATE_REPOSITORY", "https://git.example/lockgate")
        .with("vars.LOCKGATE_COMMIT", "0123456")
        .with("needs.build_and_push.outputs.digest", DIGEST)
        .with("github.token", "a-token-of-the-job")
        .with("steps.cache.outputs.cache-hit != 'true'", "false")
}

fn azure() -> RunnerValues {
    let built = "and(succeeded(), ne(variables.LOCKGATE_IS_BUILT, 'true'))";
    let digest = "stageDependencies.build.build_and_push.outputs['push.digest']";
    RunnerValues::default()
        .with("AccessToken", "a-token-of-the-job")
        .with(built, "false")
        .with(digest, DIGEST)
}

/// Returns a fresh machine of a service, with the variables that the service and its settings set.
pub(crate) fn machine(service: Service, emulator: &Emulator) -> Machine {
    let machine = Machine::fresh(emulator);
    let variables = |machine: Machine| {
        machine
            .env("AZURE_CLIENT_ID", "client")
            .env("AZURE_TENANT_ID", "tenant")
            .env("LOCKGATE_SUBSCRIPTION", SUBSCRIPTION)
            .env("LOCKGATE_RESOURCE_GROUP", "demo")
            .env("REGISTRY", "registry.example")
            .env("IMAGE_REPOSITORY", "shop")
    };
    match service {
        Service::GitHub => machine
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_REPOSITORY", "team/shop")
            .env("GITHUB_WORKFLOW", "canary deployment")
            .env("GITHUB_RUN_ID", "7000001")
            .env("GITHUB_RUN_NUMBER", "7"),
        Service::Azure => variables(machine)
            .env("TF_BUILD", "True")
            .env("SYSTEM_COLLECTIONURI", "https://dev.example/team/")
            .env("SYSTEM_TEAMPROJECTID", "1")
            .env("SYSTEM_DEFINITIONID", "2")
            .env("BUILD_BUILDID", "7"),
        Service::GitLab => variables(machine)
            .env("GITLAB_CI", "true")
            .env("CI_PIPELINE_ID", "7")
            .env("DIGEST", DIGEST),
    }
}

/// Returns a machine for a job about the app `shop`. On GitHub the workflow names the app.
pub(crate) fn for_shop(service: Service, emulator: &Emulator) -> Machine {
    let machine = machine(service, emulator);
    match service {
        Service::GitHub => machine,
        Service::Azure | Service::GitLab => machine.env("LOCKGATE_APP", "shop"),
    }
}
