//! How GitHub Actions is spoken to: commands on the output, values and a summary in files that its variables name. The runner
//! reads commands from stdout and from stderr (`src/Runner.Worker/Handlers/ScriptHandler.cs` of actions/runner).

use super::annotation::{Annotation, Level};
use super::escape::PipelineCommand;
use super::folding::Fold;

/// Returns the command that begins or ends a group.
pub(super) fn fold(fold: &Fold) -> PipelineCommand {
    match fold {
        Fold::Open(group) => PipelineCommand::github("group", &[], &group.title),
        Fold::Close(_) => PipelineCommand::github("endgroup", &[], ""),
    }
}

/// Returns the command that shows an annotation.
pub(super) fn annotation(annotation: &Annotation) -> PipelineCommand {
    let name = match annotation.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    PipelineCommand::github(name, &[("title", &annotation.title)], &annotation.text)
}
