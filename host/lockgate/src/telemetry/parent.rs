//! The trace that a run belongs to: that of whoever started lockgate, from `TRACEPARENT` and `TRACESTATE`
//! (<https://opentelemetry.io/docs/specs/otel/context/env-carriers/>), and a `traceparent` for requests of gates
//! (<https://www.w3.org/TR/trace-context/>).

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use crate::environment;

/// Returns the context of whoever started this process; an empty one where the variables have none.
pub(super) fn from_environment() -> Context {
    let variables = ["TRACEPARENT", "TRACESTATE"];
    let fields = variables.iter().filter_map(|name| {
        let value = environment::text(name)?;
        Some((name.to_ascii_lowercase(), value))
    });
    let fields: HashMap<String, String> = fields.collect();
    TraceContextPropagator::new().extract_with_context(&Context::new(), &fields)
}

/// Returns the header fields that lead back to a span.
pub(super) fn fields_of(span: &SpanContext) -> Vec<(String, String)> {
    let context = Context::new().with_remote_span_context(span.clone());
    let mut fields = HashMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut fields);
    let mut fields: Vec<(String, String)> = fields.into_iter().collect();
    fields.retain(|(_, value)| !value.is_empty());
    fields.sort();
    fields
}
