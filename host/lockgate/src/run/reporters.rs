//! Who reports a run beside its output: the one list. What each of them does is its own business.

use crate::notify::{self, Subscription};
use crate::output::Output;
use crate::report::pipelines::PipelineReporter;
use crate::report::{LiveView, Reporter};
use crate::telemetry;

/// What reporters are made from.
pub(crate) struct ReportersOf<'a> {
    /// The output of the command.
    pub(crate) output: &'a Output,
    /// The webhooks that learn of the run.
    pub(crate) subscriptions: Vec<Subscription>,
}

impl ReportersOf<'_> {
    /// Returns the reporters of a run.
    pub(crate) fn list(self) -> Vec<Box<dyn Reporter>> {
        let mut reporters: Vec<Box<dyn Reporter>> = Vec::new();
        if let Some(live) = LiveView::on(self.output) {
            reporters.push(Box::new(live));
        }
        reporters.extend(telemetry::reporters(self.output));
        reporters.extend(notify::reporter(self.subscriptions));
        reporters
    }
}

/// Returns the reporters that hear of each event before its line is printed.
pub(super) fn before_the_lines(output: &Output) -> Vec<Box<dyn Reporter>> {
    let pipeline = output.pipeline().cloned();
    let reporter = pipeline.map(|pipeline| PipelineReporter::new(pipeline, output.clone()));
    let boxed = reporter.map(|reporter| -> Box<dyn Reporter> { Box::new(reporter) });
    boxed.into_iter().collect()
}
