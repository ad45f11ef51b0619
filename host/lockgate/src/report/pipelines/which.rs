//! Which pipeline a run speaks to, and the files that it reads. Speaks to none.

use std::ffi::OsString;
use std::path::PathBuf;

/// What a run does for a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pipeline {
    /// The pipeline that is spoken to; `None` where it is none that is known.
    pub(super) service: Option<Service>,
    /// The file that gets the values as `name=value` at its end
    /// (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-output-parameter>).
    pub(super) outputs: Option<PathBuf>,
    /// The file that gets the summary at its end
    /// (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary>).
    pub(super) summary: Option<PathBuf>,
    /// The folder that gets a new file with the summary.
    pub(super) summary_folder: Option<PathBuf>,
    /// The file that gets the values as variables, in place of what it has.
    pub(super) dotenv: Option<PathBuf>,
    /// The first report of the run, for the outputs.
    pub(super) report: Option<PathBuf>,
}

impl Pipeline {
    /// Returns the same for a run that writes this report.
    #[must_use]
    pub(crate) fn with_report(self, report: Option<PathBuf>) -> Pipeline {
        Pipeline { report, ..self }
    }

    /// Returns what a run does that is asked for this, where these variables are set; `None` where that is nothing.
    pub(crate) fn of(
        choice: PipelineChoice,
        dotenv: Option<PathBuf>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Option<Pipeline> {
        let service = choice.service(&variable);
        let path = |name: &str| variable(name).map(PathBuf::from);
        let of_service = match service {
            Some(Service::GitHub) => Pipeline {
                outputs: path("GITHUB_OUTPUT"),
                summary: path("GITHUB_STEP_SUMMARY"),
                ..Pipeline::default()
            },
            Some(Service::Azure) => Pipeline {
                summary_folder: Some(
                    path("AGENT_TEMPDIRECTORY").unwrap_or_else(std::env::temp_dir),
                ),
                ..Pipeline::default()
            },
            Some(Service::GitLab) => Pipeline::default(),
            None if dotenv.is_some() => Pipeline::default(),
            None => return None,
        };
        Some(Pipeline {
            service,
            dotenv,
            ..of_service
        })
    }
}

/// The pipeline that a run speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// GitHub Actions, and what takes its commands.
    GitHub,
    /// Azure Pipelines.
    Azure,
    /// GitLab.
    GitLab,
}

/// Which pipeline a run speaks to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PipelineChoice {
    /// The one whose variables are set.
    #[default]
    Auto,
    /// GitHub Actions.
    #[value(name = "github")]
    GitHub,
    /// Azure Pipelines.
    Azure,
    /// GitLab.
    #[value(name = "gitlab")]
    GitLab,
    /// None: lines alone.
    None,
}

impl PipelineChoice {
    /// Returns the pipeline that is meant: by the variable that its runner always sets, unless it is named.
    ///
    /// - `GITHUB_ACTIONS=true`: <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>
    /// - `TF_BUILD=True`: <https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables>
    /// - `GITLAB_CI=true`: <https://docs.gitlab.com/ci/variables/predefined_variables/>
    fn service(self, variable: impl Fn(&str) -> Option<OsString>) -> Option<Service> {
        let is_true =
            |name: &str| variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        match self {
            PipelineChoice::Auto if is_true("GITHUB_ACTIONS") => Some(Service::GitHub),
            PipelineChoice::Auto if is_true("TF_BUILD") => Some(Service::Azure),
            PipelineChoice::Auto if is_true("GITLAB_CI") => Some(Service::GitLab),
            PipelineChoice::Auto | PipelineChoice::None => None,
            PipelineChoice::GitHub => Some(Service::GitHub),
            PipelineChoice::Azure => Some(Service::Azure),
            PipelineChoice::GitLab => Some(Service::GitLab),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(variables: &[(&str, &str)], choice: PipelineChoice) -> Option<Service> {
        choice.service(|name| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).into())
        })
    }

    #[test]
    fn pipeline_is_recognised_by_its_own_variable_and_can_be_forced_and_turned_off() {
        for (variable, value, service) in [
            ("GITHUB_ACTIONS", "true", Service::GitHub),
            ("TF_BUILD", "True", Service::Azure),
            ("GITLAB_CI", "true", Service::GitLab),
        ] {
            let set = [("CI", "true"), (variable, value)];
            assert_eq!(recognised(&set, PipelineChoice::Auto), Some(service));
            assert_eq!(recognised(&set, PipelineChoice::None), None);
            let unset = [("CI", "true"), (variable, "false")];
            assert_eq!(recognised(&unset, PipelineChoice::Auto), None);
            for (choice, forced) in [
                (PipelineChoice::GitHub, Service::GitHub),
                (PipelineChoice::Azure, Service::Azure),
                (PipelineChoice::GitLab, Service::GitLab),
            ] {
                assert_eq!(recognised(&set, choice), Some(forced));
                assert_eq!(recognised(&[], choice), Some(forced));
            }
        }
        assert_eq!(recognised(&[], PipelineChoice::Auto), None);
    }
}
