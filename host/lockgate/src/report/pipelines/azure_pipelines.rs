//! How Azure Pipelines is spoken to: everything is a command on the output, and the summary is a file that a command names.
//! <https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands>

use std::path::Path;

use super::annotation::{Annotation, Level};
use super::escape::PipelineCommand;
use super::folding::Fold;
use super::outputs::RunOutputs;

/// Returns the command that begins or ends a group.
pub(super) fn fold(fold: &Fold) -> PipelineCommand {
    match fold {
        Fold::Open(group) => PipelineCommand::azure_format("group", &group.title),
        Fold::Close(_) => PipelineCommand::azure_format("endgroup", ""),
    }
}

/// Returns the command that shows an annotation; `None` for what is neither an error nor a warning, which Azure Pipelines has
/// no place for.
pub(super) fn annotation(annotation: &Annotation) -> Option<PipelineCommand> {
    let level = match annotation.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => return None,
    };
    let text = format!("{}: {}", annotation.title, annotation.text);
    Some(PipelineCommand::azure(
        "task.logissue",
        &[("type", level)],
        &text,
    ))
}

/// Returns the command that shows how far the run is.
pub(super) fn progress(per_cent: u32, canary: &str) -> PipelineCommand {
    PipelineCommand::azure(
        "task.setprogress",
        &[("value", &per_cent.to_string())],
        &format!("{canary} carries {per_cent} %"),
    )
}

/// Returns the commands that set the values as output variables of the step.
pub(super) fn outputs(outputs: &RunOutputs) -> Vec<PipelineCommand> {
    let named = outputs.named().into_iter();
    named
        .map(|(name, value)| {
            let name = format!("lockgate.{name}");
            let properties = [("variable", name.as_str()), ("isOutput", "true")];
            PipelineCommand::azure("task.setvariable", &properties, value)
        })
        .collect()
}

/// Returns the command that shows a file as the summary of the run. The agent reads it in its own time.
pub(super) fn summary(file: &Path) -> PipelineCommand {
    PipelineCommand::azure("task.uploadsummary", &[], &file.to_string_lossy())
}
