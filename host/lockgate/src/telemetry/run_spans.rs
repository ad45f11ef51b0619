//! A run and its parts as spans, by the conventions for pipelines
//! (<https://opentelemetry.io/docs/specs/semconv/cicd/cicd-spans/>).

use std::time::Duration;

use opentelemetry::trace::{Span as _, SpanKind, Status};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Span;
use rollout::{Fact, Phase, Rollout};

use super::task::{Task, TaskResult};
use super::traces::{Traces, below};
use crate::output::Output;
use crate::report::{Beginning, Ending, Reporter, Update, What};
use crate::run::place;

/// Follows a run with spans.
pub(super) struct RunSpans {
    traces: &'static Traces,
    output: Output,
    run: Option<Span>,
    /// What the parts of the run begin below.
    parent: Context,
    task: Option<(Task, Span)>,
}

impl RunSpans {
    /// Returns a reporter that has begun no span.
    pub(super) fn new(traces: &'static Traces, output: &Output) -> RunSpans {
        RunSpans {
            traces,
            output: output.clone(),
            run: None,
            parent: Context::new(),
            task: None,
        }
    }

    fn begin(&mut self, rollout: &Rollout, beginning: &Beginning) {
        let action = rollout.intent().command();
        let name = format!("{action} {}", beginning.app.name());
        let mut attributes = vec![
            KeyValue::new("cicd.pipeline.action.name", "RUN"),
            KeyValue::new("cicd.pipeline.name", name.clone()),
            KeyValue::new("cicd.pipeline.run.id", rollout.run().to_owned()),
            KeyValue::new("cloud.provider", "azure"),
            KeyValue::new("cloud.platform", "azure.container_apps"),
            KeyValue::new("cloud.resource_id", beginning.app.resource_id()),
        ];
        let url = place::place().pipeline;
        attributes.extend(url.map(|url| KeyValue::new("cicd.pipeline.run.url.full", url)));
        let root = self.traces.enter_root();
        let kind = SpanKind::Server;
        let run = (self.traces).begin_below(&root, format!("RUN {name}"), kind, attributes);
        if self.output.is_verbose() {
            let trace = run.span_context().trace_id();
            self.output.note(&format!("trace: {trace}"));
        }
        self.parent = below(run.span_context());
        self.run = Some(run);
        self.follow(rollout);
    }

    /// Ends the part that a run has left, and begins the one that it is in.
    fn follow(&mut self, rollout: &Rollout) {
        let Some(task) = Task::of(rollout) else {
            return;
        };
        if self
            .task
            .as_ref()
            .is_some_and(|(current, _)| *current == task)
        {
            return;
        }
        let result = match rollout.phase() {
            Phase::RollingBack { cause, .. } => TaskResult::of_cause(cause),
            _ => TaskResult::SUCCESS,
        };
        self.end_task(result);
        let name = task.name(rollout);
        let id = format!("{}/{}", rollout.run(), task.key());
        let attributes = vec![
            KeyValue::new("cicd.pipeline.task.name", name.clone()),
            KeyValue::new("cicd.pipeline.task.type", "deploy"),
            KeyValue::new("cicd.pipeline.task.run.id", id),
        ];
        let span = (self.traces).begin_below(&self.parent, name, SpanKind::Internal, attributes);
        self.traces.enter(&below(span.span_context()));
        self.task = Some((task, span));
    }

    fn end_task(&mut self, result: TaskResult) {
        if let Some((_, mut span)) = self.task.take() {
            end(&mut span, "cicd.pipeline.task.run.result", result);
        }
    }

    fn end(&mut self, ending: &Ending<'_>) {
        let result = TaskResult::of_run(ending.outcome, ending.exit);
        // A rollback that restores the baseline has succeeded, whatever the run has come to.
        let of_task = match self.task {
            Some((Task::RollBack, _))
                if result.error != Some("stuck") && result.error != Some("unverified") =>
            {
                TaskResult::SUCCESS
            }
            _ => result,
        };
        self.end_task(of_task);
        if let Some(mut run) = self.run.take() {
            let code = i64::from(ending.exit.code());
            run.set_attribute(KeyValue::new("lockgate.exit_code", code));
            let cause = ending.outcome.cause();
            run.set_attributes(cause.map(|cause| KeyValue::new("lockgate.cause", cause.name())));
            end(&mut run, "cicd.pipeline.result", result);
        }
        self.traces.enter_root();
    }
}

/// Ends a span with what became of what it is about.
fn end(span: &mut Span, name: &'static str, result: TaskResult) {
    span.set_attribute(KeyValue::new(name, result.word));
    if let Some(error) = result.error {
        span.set_attribute(KeyValue::new("error.type", error));
        span.set_status(Status::error(error));
    }
    span.end();
}

impl Reporter for RunSpans {
    fn report(&mut self, update: &Update<'_>) {
        match &update.what {
            What::Began(beginning) => self.begin(update.rollout, beginning),
            What::Happened(event, _) => {
                if let (Fact::Inspected { inspection }, Some(run)) = (&event.fact, &mut self.run) {
                    let name = |role, name: &str| KeyValue::new(role, name.to_owned());
                    run.set_attribute(name("lockgate.stable", &inspection.stable.name));
                    run.set_attribute(name("lockgate.canary", &inspection.canary.name));
                }
                self.follow(update.rollout);
            }
            What::Ended(ending) => self.end(ending),
            What::Begins(_) | What::Remarked(_) => {}
        }
    }

    fn finish(mut self: Box<Self>, _: Duration) -> Option<String> {
        // Nothing is left of a run that has ended. What was lost is said once, when the process ends.
        self.end_task(TaskResult::UNKNOWN);
        if let Some(mut run) = self.run.take() {
            end(&mut run, "cicd.pipeline.result", TaskResult::UNKNOWN);
        }
        None
    }
}
