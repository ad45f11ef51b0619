//! Who reports a run beside its output: the one list. What each of them does is its own business.

use crate::output::Output;
use crate::report::Reporter;
use crate::telemetry;

/// What reporters are made from.
pub(crate) struct ReportersOf<'a> {
    /// The output of the command.
    pub(crate) output: &'a Output,
}

impl ReportersOf<'_> {
    /// Returns the reporters of a run.
    pub(crate) fn list(&self) -> Vec<Box<dyn Reporter>> {
        telemetry::reporters(self.output)
    }
}
