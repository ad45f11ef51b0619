//! How GitLab is spoken to: sections in the job's log. It has no annotations and no summary of a step; values are handed on
//! by a file of variables (<https://docs.gitlab.com/ci/variables/dotenv_variables>) that a flag names.

use jiff::Timestamp;

use super::escape::PipelineCommand;
use super::folding::Fold;

/// Returns the line that begins or ends a section.
pub(super) fn fold(fold: &Fold, at: Timestamp) -> PipelineCommand {
    match fold {
        Fold::Open(group) => PipelineCommand::gitlab_section(at, group.number, &group.title),
        Fold::Close(number) => PipelineCommand::gitlab_section_end(at, *number),
    }
}
