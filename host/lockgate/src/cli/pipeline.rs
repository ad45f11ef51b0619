//! The flags of commands that run: what is done for the pipeline around them. Reads no file.

use std::path::PathBuf;

use clap::Args;

use crate::environment;
use crate::report::pipelines::{Pipeline, PipelineChoice};

/// What a run does for a pipeline.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PipelineArgs {
    /// The pipeline that gets groups of lines, an annotation, a summary and outputs. One is recognised by GITHUB_ACTIONS,
    /// TF_BUILD or GITLAB_CI.
    #[arg(
        long,
        env = "LOCKGATE_PIPELINE",
        value_enum,
        value_name = "NAME",
        default_value = "auto"
    )]
    pub(crate) pipeline: PipelineChoice,
    /// Where to write the outputs as variables. One `NAME=value` stands on each line, as GitLab's `artifacts:reports:dotenv`
    /// reads them: ROLLOUT_OUTCOME, ROLLOUT_EXIT_CODE, ROLLOUT_RUN, ROLLOUT_STABLE, ROLLOUT_CANARY, ROLLOUT_WEIGHT, ROLLOUT_REPORT.
    #[arg(long, env = "LOCKGATE_DOTENV", value_name = "FILE")]
    pub(crate) dotenv: Option<PathBuf>,
}

impl PipelineArgs {
    /// Returns what these flags and the variables of the runner ask for, of a command that writes these reports; `None` where
    /// that is nothing.
    pub(super) fn pipeline(&self, reports: &[PathBuf]) -> Option<Pipeline> {
        let pipeline = Pipeline::of(self.pipeline, self.dotenv.clone(), environment::variable)?;
        Some(pipeline.with_report(reports.first().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use crate::cli::Cli;

    /// A job that inherits the outputs of another one would take them for flags.
    #[test]
    fn no_flag_has_a_variable_that_an_output_could_set() {
        let mut variables = Vec::new();
        let mut commands = vec![Cli::command()];
        while let Some(command) = commands.pop() {
            let of_args = command.get_arguments().filter_map(clap::Arg::get_env);
            variables.extend(of_args.map(std::ffi::OsStr::to_os_string));
            commands.extend(command.get_subcommands().cloned());
        }
        assert!(variables.len() > 20, "the variables are found");
        for variable in variables {
            let variable = variable.into_string().unwrap();
            assert!(!variable.starts_with("ROLLOUT_"), "{variable}");
        }
    }
}
