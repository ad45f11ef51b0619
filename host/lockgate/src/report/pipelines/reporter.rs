//! The reporter of the pipeline: tells it before the lines of an update where a group begins or ends, and publishes the end. It
//! hears of each event before its line is printed.

use std::time::Duration;

use rollout::{Fact, Phase};

use super::account::Account;
use super::annotation::Annotation;
use super::folding::Folding;
use super::outputs::RunOutputs;
use super::publish::{End, announce, write};
use super::stages::summary;
use super::which::{Pipeline, Service};
use super::{azure_pipelines, github, gitlab};
use crate::output::{Format, Output};
use crate::report::{Reporter, Update, What};

/// Reports a run to a pipeline.
pub(crate) struct PipelineReporter {
    pipeline: Pipeline,
    output: Output,
    folding: Folding,
    app: String,
    account: Account,
    end: Option<End>,
}

impl PipelineReporter {
    /// Returns the reporter of a run to this pipeline.
    pub(crate) fn new(pipeline: Pipeline, output: Output) -> PipelineReporter {
        PipelineReporter {
            pipeline,
            output,
            folding: Folding::default(),
            app: String::new(),
            account: Account::default(),
            end: None,
        }
    }

    /// Begins and ends groups. There are none among events: a reader of those is a program.
    fn fold(&mut self, service: Service, update: &Update<'_>) {
        let at = update.time.timestamp();
        for fold in self.folding.follow(update) {
            let command = match service {
                Service::GitHub => github::fold(&fold),
                Service::Azure => azure_pipelines::fold(&fold),
                Service::GitLab => gitlab::fold(&fold, at),
            };
            self.output.pipeline_command(&command);
        }
    }

    /// Says how far the run is, where the pipeline shows that.
    fn progress(&self, update: &Update<'_>) {
        let What::Happened(event, _) = update.what else {
            return;
        };
        let (Fact::Observed { traffic, .. }, Phase::Baking(_), Some(found)) = (
            &event.fact,
            update.rollout.phase(),
            update.rollout.inspection(),
        ) else {
            return;
        };
        let canary = &found.canary.name;
        let weight = traffic.weight_of(canary);
        self.output
            .pipeline_command(&azure_pipelines::progress(weight, canary));
    }
}

impl Reporter for PipelineReporter {
    fn report(&mut self, update: &Update<'_>) {
        self.account.take(update);
        if let What::Began(beginning) = &update.what {
            beginning.app.name().clone_into(&mut self.app);
        }
        if let Some(service) = self.pipeline.service
            && self.output.format() == Format::Text
        {
            self.fold(service, update);
        }
        if self.pipeline.service == Some(Service::Azure) {
            self.progress(update);
        }
        if let What::Ended(ending) = &update.what {
            let end = End {
                annotation: Annotation::of(update.rollout, ending),
                outputs: RunOutputs::of(update.rollout, ending, self.pipeline.report.as_deref()),
                summary: Some(summary(&self.app, &self.account, update.rollout, ending)),
            };
            announce(&end, &self.pipeline, &self.output);
            self.end = Some(end);
        }
    }

    fn finish(self: Box<Self>, limit: Duration) -> Option<String> {
        write(self.end?, &self.pipeline, &self.output, limit)
    }
}
