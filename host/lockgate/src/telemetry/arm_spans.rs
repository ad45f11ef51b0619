//! Calls of the management API as spans, by the conventions for HTTP clients
//! (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>): from the spans that `azure` describes them with, which hold no
//! header, no body and no query.

use opentelemetry::trace::{Span as _, SpanKind, Status};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::Span;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::traces::Traces;

/// Returns what turns the calls into spans.
pub(super) fn layer<S>(traces: &'static Traces) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    ArmSpans(traces).with_filter(filter_fn(is_call))
}

fn is_call(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target() == "azure"
}

struct ArmSpans(&'static Traces);

impl<S> Layer<S> for ArmSpans
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let name = format!("{} {}", fields.method, fields.subject);
        let span = self.0.begin(name, SpanKind::Client, fields.attributes());
        if let Some(own) = context.span(id) {
            own.extensions_mut().insert(span);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(own) = context.span(id) else { return };
        if let Some(span) = own.extensions_mut().get_mut::<Span>() {
            values.record(&mut Ended(span));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id);
        let span = span.and_then(|own| own.extensions_mut().remove::<Span>());
        if let Some(mut span) = span {
            span.end();
        }
    }
}

/// What is known of a call as it begins.
#[derive(Default)]
struct Fields {
    method: String,
    server: String,
    path: String,
    subject: String,
    attempt: u64,
}

impl Fields {
    fn attributes(self) -> Vec<KeyValue> {
        let mut attributes = vec![
            KeyValue::new("http.request.method", self.method),
            KeyValue::new("url.full", format!("{}{}", self.server, self.path)),
        ];
        if let Ok(url) = url::Url::parse(&self.server) {
            attributes.extend(
                url.host_str()
                    .map(|host| KeyValue::new("server.address", host.to_owned())),
            );
            let port = url.port_or_known_default();
            attributes.extend(port.map(|port| KeyValue::new("server.port", i64::from(port))));
        }
        if let Some(again) = self.attempt.checked_sub(1).filter(|again| *again > 0) {
            let again = i64::try_from(again).unwrap_or(i64::MAX);
            attributes.push(KeyValue::new("http.request.resend_count", again));
        }
        attributes
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        let kept = match field.name() {
            "method" => &mut self.method,
            "server" => &mut self.server,
            "path" => &mut self.path,
            "subject" => &mut self.subject,
            _ => return,
        };
        value.clone_into(kept);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "attempt" {
            self.attempt = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// Adds what is known of a call once it is answered.
struct Ended<'a>(&'a mut Span);

impl Ended<'_> {
    fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.set_attribute(KeyValue::new(name, value));
    }
}

impl Visit for Ended<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.set(
                "http.response.status_code",
                i64::try_from(value).unwrap_or_default(),
            );
            if value >= 400 {
                self.set("error.type", value.to_string());
                self.0.set_status(Status::error(""));
            }
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match (field.name(), value) {
            ("request_id", id) => self.set("azure.service.request.id", id.to_owned()),
            // Its status says more.
            ("error", "rejected") => {}
            ("error", kind) => {
                self.set("error.type", kind.to_owned());
                self.0.set_status(Status::error(""));
            }
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
