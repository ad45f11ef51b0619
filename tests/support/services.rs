//! The three services that run the pipelines among the examples: where each keeps its jobs, what it knows of the
//! expressions in them, and what its machines have in their environment.

use super::pipelines::{self, Knows, Step};
use super::{Emulator, Machine};

/// What the build says that it has pushed.
pub(crate) const DIGEST: &str =
    "sha256:4b825dc642cb6eb9a060e54bf8d69288fbee4904f1a0f1a2c1d2e3f4a5b6c7d8";
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

/// The three services.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Service {
    GitHub,
    Azure,
    GitLab,
}

/// All of them.
pub(crate) const ALL: [Service; 3] = [Service::GitHub, Service::Azure, Service::GitLab];

/// The scripts of one job, and those that run after it whatever happens.
pub(crate) struct Job {
    /// The job's own.
    pub(crate) steps: Vec<Step>,
    /// What runs after them.
    pub(crate) after: Option<Step>,
}

/// Reads a job as it is run on a machine.
pub(crate) fn job(service: Service, name: &str, machine: &Machine) -> Job {
    let janitor = name == "janitor";
    match service {
        Service::GitHub => {
            let (file, name) = match janitor {
                true => ("canary-janitor.yml", "recover"),
                false => ("canary-deployment.yml", name),
            };
            let workflow = pipelines::read(&format!("github-actions/{file}"));
            let temp = machine.path("temp").display().to_string();
            let knows = github().that("runner.temp", &temp);
            Job {
                steps: pipelines::github(&workflow, name, &knows),
                after: None,
            }
        }
        Service::Azure => {
            let pipeline = match janitor {
                true => pipelines::read("azure-pipelines/canary-janitor.yml"),
                false => pipelines::read("azure-pipelines/azure-pipelines.yml"),
            };
            let job = match name {
                "janitor" => &pipeline["jobs"][0],
                "canary_deploy" => &pipeline["stages"][1]["jobs"][0],
                _ => &pipeline["stages"][1]["jobs"][1],
            };
            Job {
                steps: pipelines::azure(&pipeline, job, &azure()),
                after: None,
            }
        }
        Service::GitLab => {
            let pipeline = pipelines::read("gitlab/.gitlab-ci.yml");
            let builds = machine.path("temp").display().to_string();
            let knows = Knows::default()
                .that("CI_BUILDS_DIR", &builds)
                .that("CI_JOB_ID", "7")
                .that("AZURE_ID_TOKEN", "an.id.token");
            let (step, after) = pipelines::gitlab(&pipeline, name, &knows);
            Job {
                steps: vec![step],
                after,
            }
        }
    }
}

fn github() -> Knows {
    Knows::default()
        .that("vars.AZURE_CLIENT_ID", "client")
        .that("vars.AZURE_TENANT_ID", "tenant")
        .that("vars.AZURE_SUBSCRIPTION_ID", SUBSCRIPTION)
        .that("vars.AZURE_RESOURCE_GROUP", "demo")
        .that("vars.CONTAINER_APP", "shop")
        .that("vars.REGISTRY", "registry.example")
        .that("vars.IMAGE_REPOSITORY", "shop")
        .that("vars.LOCKGATE_REPOSITORY", "https://git.example/lockgate")
        .that("vars.LOCKGATE_COMMIT", "0123456")
        .that("needs.build_and_push.outputs.digest", DIGEST)
        .that("github.token", "a-token-of-the-job")
        .that("steps.cache.outputs.cache-hit != 'true'", "false")
}

fn azure() -> Knows {
    let built = "and(succeeded(), ne(variables.LOCKGATE_IS_BUILT, 'true'))";
    let digest = "stageDependencies.build.build_and_push.outputs['push.digest']";
    Knows::default()
        .that("AccessToken", "a-token-of-the-job")
        .that(built, "false")
        .that(digest, DIGEST)
}

/// Returns a fresh machine of a service, with what it sets by itself and what its settings hold.
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

/// Returns a machine for a job about the app `shop`. On GitHub its name comes with the workflow.
pub(crate) fn for_shop(service: Service, emulator: &Emulator) -> Machine {
    let machine = machine(service, emulator);
    match service {
        Service::GitHub => machine,
        Service::Azure | Service::GitLab => machine.env("LOCKGATE_APP", "shop"),
    }
}
