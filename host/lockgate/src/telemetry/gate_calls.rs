//! Calls of gates as spans, and the `traceparent` that leads from what a gate requests to the verdict.

use std::collections::BTreeSet;
use std::sync::Arc;

use gates::{CallTrace, CallTracer};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Status};
use opentelemetry_sdk::trace::Span;
use rollout::{GateAnswer, GateFailure, Kind, Verdict};

use super::parent::fields_of;
use super::traces::Traces;

/// Returns what follows the calls of a run; `None` where nobody asks for it. `announced` are the gates whose requests carry
/// a `traceparent`.
pub(crate) fn gate_tracer(announced: BTreeSet<String>) -> Option<Arc<dyn CallTracer>> {
    let traces = match Traces::get() {
        Some(traces) => traces,
        None if announced.is_empty() => return None,
        None => Traces::get_or_unexported(),
    };
    Some(Arc::new(GateCalls { traces, announced }))
}

struct GateCalls {
    traces: &'static Traces,
    announced: BTreeSet<String>,
}

impl CallTracer for GateCalls {
    fn begin(&self, gate: &str, kind: Kind) -> Box<dyn CallTrace> {
        let attributes = vec![
            KeyValue::new("cicd.pipeline.task.name", gate.to_owned()),
            KeyValue::new("cicd.pipeline.task.type", "test"),
            KeyValue::new("lockgate.gate.kind", kind.to_string()),
        ];
        let span = self
            .traces
            .begin(format!("gate {gate}"), SpanKind::Internal, attributes);
        Box::new(GateCall {
            span,
            is_announced: self.announced.contains(gate),
        })
    }
}

/// A call that goes on. Its span ends with it.
struct GateCall {
    span: Span,
    is_announced: bool,
}

impl CallTrace for GateCall {
    fn fields(&self) -> Vec<(String, String)> {
        if self.is_announced {
            fields_of(self.span.span_context())
        } else {
            Vec::new()
        }
    }

    fn end(mut self: Box<Self>, answer: &GateAnswer) {
        let (verdict, result) = match &answer.result {
            Ok(report) => match report.verdict {
                Verdict::Pass => ("pass", "success"),
                Verdict::Fail => ("fail", "failure"),
                // The question is put again: nothing has succeeded or failed.
                Verdict::Hold { .. } => ("hold", "skip"),
            },
            Err(GateFailure::NotWaitedFor { .. }) => ("not-waited-for", "cancellation"),
            Err(GateFailure::Deadline { .. }) => ("failed-to-answer", "timeout"),
            Err(_) => ("failed-to-answer", "error"),
        };
        let span = &mut self.span;
        span.set_attribute(KeyValue::new("lockgate.verdict", verdict));
        span.set_attribute(KeyValue::new("cicd.pipeline.task.run.result", result));
        let reason = match &answer.result {
            Ok(report) => report.reason.clone(),
            Err(failure) => failure.to_string(),
        };
        if matches!(result, "failure" | "error" | "timeout") {
            span.set_attribute(KeyValue::new("error.type", verdict));
            span.set_status(Status::error(reason.clone()));
        }
        span.set_attribute(KeyValue::new("lockgate.reason", reason));
        span.end();
    }
}
