//! The three services that run the example pipelines: where each keeps its jobs, the values of the expressions in them,
//! and the environment of its machines. Read `pipelines` for the dialects.

use serde_json::Value;

use super::pipelines::{self, RunnerValues, Script};
use super::{Emulator, Machine, templates};

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

/// One of the pipelines that each service has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pipeline {
    /// From a tag to the rollout.
    Deployment,
    /// The same, with a pause for an approval.
    Approval,
    /// What a schedule starts.
    Janitor,
    /// What a person starts after a promotion.
    Undo,
}

impl Pipeline {
    /// Returns the file among the examples.
    pub(crate) fn file(self, service: Service) -> &'static str {
        match (service, self) {
            (Service::GitHub, Pipeline::Deployment) => "github-actions/canary-deployment.yml",
            (Service::GitHub, Pipeline::Approval) => "github-actions/canary-approval.yml",
            (Service::GitHub, Pipeline::Janitor) => "github-actions/canary-janitor.yml",
            (Service::GitHub, Pipeline::Undo) => "github-actions/canary-undo.yml",
            (Service::Azure, Pipeline::Deployment) => "azure-pipelines/azure-pipelines.yml",
            (Service::Azure, Pipeline::Approval) => "azure-pipelines/canary-approval.yml",
            (Service::Azure, Pipeline::Janitor) => "azure-pipelines/canary-janitor.yml",
            (Service::Azure, Pipeline::Undo) => "azure-pipelines/canary-undo.yml",
            (Service::GitLab, Pipeline::Approval) => "gitlab/approval.gitlab-ci.yml",
            (Service::GitLab, _) => "gitlab/.gitlab-ci.yml",
        }
    }
}

/// Reads a job of the deployment, or the janitor, as it runs on a machine.
pub(crate) fn job(service: Service, name: &str, machine: &Machine) -> Job {
    match (service, name) {
        (Service::GitHub | Service::Azure, "janitor") => {
            job_of(service, Pipeline::Janitor, "recover", machine)
        }
        _ => job_of(service, Pipeline::Deployment, name, machine),
    }
}

/// Reads a job of a pipeline as it runs on a machine.
pub(crate) fn job_of(service: Service, pipeline: Pipeline, name: &str, machine: &Machine) -> Job {
    let pipeline = templates::read(pipeline.file(service));
    let temp = machine.path("temp").display().to_string();
    match service {
        Service::GitHub => Job {
            scripts: pipelines::github(&pipeline, name, &github().with("runner.temp", &temp)),
            after: None,
        },
        Service::Azure => Job {
            scripts: pipelines::azure(&pipeline, azure_job(&pipeline, name), &azure()),
            after: None,
        },
        Service::GitLab => {
            let values = RunnerValues::default()
                .with("CI_BUILDS_DIR", &temp)
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

/// Returns a job of an Azure pipeline, with or without stages.
fn azure_job<'a>(pipeline: &'a Value, name: &str) -> &'a Value {
    let stages = pipelines::list(&pipeline["stages"]).iter();
    let mut jobs = stages
        .chain([pipeline])
        .flat_map(|stage| pipelines::list(&stage["jobs"]));
    let found = jobs.find(|job| job["job"] == name || job["deployment"] == name);
    found.unwrap_or_else(|| panic!("no job {name}"))
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
        .with("needs.build_and_push.outputs.digest", DIGEST)
        .with("github.token", "a-token-of-the-job")
        // The machine takes what the step has set.
        .with(
            "steps.rollout.outputs.exit-code",
            "steps.rollout.outputs.exit-code",
        )
        .with(
            "steps.rollout.outputs.outcome",
            "steps.rollout.outputs.outcome",
        )
        // A test sets the variable that gets the value where it is another one.
        .with("needs.promote.outputs.approved", "")
        .with("inputs.force", "false")
}

fn azure() -> RunnerValues {
    let digest = "stageDependencies.build.build_and_push.outputs['push.digest']";
    let journal = "stageDependencies.canary.canary_deploy.outputs['canary_deploy.end.journal']";
    let approved = "stageDependencies.promote.promote.outputs['promote.begin.approved']";
    RunnerValues::default()
        .with("AccessToken", "a-token-of-the-job")
        .with(digest, DIGEST)
        .with(journal, "lockgate-journal-1")
        // A test sets the variable that gets the value where it is another one.
        .with(approved, "")
        .with("parameters.force", "False")
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
            .env("SYSTEM_JOBATTEMPT", "1")
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
