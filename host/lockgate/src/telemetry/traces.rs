//! The tree of spans of this process: lockgate itself, below it a run, below that its tasks (preflight, stages, the end), and below
//! those the calls of gates and of the management API. Whoever calls while a task goes on belongs to that task.
//!
//! There is one for the process, as there is one log: calls are made where no run is known.

use std::sync::{Mutex, OnceLock, PoisonError};

use opentelemetry::trace::{Span as _, SpanContext, SpanKind, Status, TraceContextExt as _};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};

use super::export::Export;
use super::parent;
use crate::exit::Exit;

static TRACES: OnceLock<Traces> = OnceLock::new();

/// The spans of this process.
pub(super) struct Traces {
    tracer: SdkTracer,
    /// `None` where spans are made for the sake of their ids alone.
    export: Option<Export>,
    /// The span of the process, until that ends.
    root: Mutex<Option<Span>>,
    /// What new spans belong to.
    current: Mutex<Context>,
}

impl Traces {
    /// Returns spans that are exported.
    pub(super) fn exported(export: Export) -> Traces {
        Traces::new(&export.provider.clone(), Some(export))
    }

    fn new(provider: &SdkTracerProvider, export: Option<Export>) -> Traces {
        let tracer = provider.tracer("lockgate");
        // By the conventions for the spans of a program: https://opentelemetry.io/docs/specs/semconv/cli/cli-spans/
        let pid = KeyValue::new("process.pid", i64::from(std::process::id()));
        let name = KeyValue::new("process.executable.name", "lockgate");
        let builder = tracer
            .span_builder("lockgate")
            .with_kind(SpanKind::Internal)
            .with_attributes([name, pid]);
        let root = tracer.build_with_context(builder, &parent::from_environment());
        let current = below(root.span_context());
        Traces {
            tracer,
            export,
            root: Mutex::new(Some(root)),
            current: Mutex::new(current),
        }
    }

    /// Makes these the spans of the process, unless it has some already. Returns those that it has.
    pub(super) fn install(traces: Traces) -> &'static Traces {
        TRACES.get_or_init(|| traces)
    }

    /// Returns the spans of the process, if it has some.
    pub(super) fn get() -> Option<&'static Traces> {
        TRACES.get()
    }

    /// Returns the spans of the process; where it has none, such as are made for their ids alone.
    pub(super) fn get_or_unexported() -> &'static Traces {
        TRACES.get_or_init(|| Traces::new(&SdkTracerProvider::builder().build(), None))
    }

    /// Begins a span below the one that goes on.
    pub(super) fn begin(&self, name: String, kind: SpanKind, attributes: Vec<KeyValue>) -> Span {
        let parent = self
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        self.begin_below(&parent, name, kind, attributes)
    }

    /// Begins a span below another one.
    pub(super) fn begin_below(
        &self,
        parent: &Context,
        name: String,
        kind: SpanKind,
        attributes: Vec<KeyValue>,
    ) -> Span {
        let builder = self.tracer.span_builder(name).with_kind(kind);
        self.tracer
            .build_with_context(builder.with_attributes(attributes), parent)
    }

    /// Puts what begins from now on below this span.
    pub(super) fn enter(&self, context: &Context) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = context.clone();
    }

    /// Puts what begins from now on below the span of the process, and returns that.
    pub(super) fn enter_root(&self) -> Context {
        let root = self.root.lock().unwrap_or_else(PoisonError::into_inner);
        let context = root
            .as_ref()
            .map(|root| below(root.span_context()))
            .unwrap_or_default();
        drop(root);
        self.enter(&context);
        context
    }

    /// Ends the span of the process and exports what is left, within a second. Returns a sentence about what was lost.
    pub(super) fn finish(&self, exit: Exit) -> Option<String> {
        let root = self
            .root
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mut root) = root {
            root.set_attribute(KeyValue::new("process.exit.code", i64::from(exit.code())));
            if exit != Exit::Success {
                root.set_attribute(KeyValue::new("error.type", exit.code().to_string()));
                root.set_status(Status::error(exit.meaning()));
            }
            root.end();
        }
        self.export.as_ref().and_then(Export::finish)
    }
}

/// Returns the context of what begins below a span.
pub(super) fn below(span: &SpanContext) -> Context {
    Context::new().with_remote_span_context(span.clone())
}
