//! Where spans go: to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` names, as
//! protobuf over HTTP (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>). A thread of its own sends them, from a
//! queue that drops what does not fit.
//!
//! Headers, compression, sampling and the sizes of queue and batches are read by the OpenTelemetry crates, by the variables of
//! their specification.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use url::Url;

use super::client::Client;
use super::losses::{CountingExporter, CountingProcessor, Losses};
use crate::environment;
use crate::output::Output;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/// The longest that a collector may take, where no variable says so.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that the end of a process waits for a collector.
const FINISH_MAX: Duration = Duration::from_secs(1);

/// An export of spans that goes on.
pub(super) struct Export {
    /// What makes the spans that are exported.
    pub(super) provider: SdkTracerProvider,
    losses: Arc<Losses>,
    /// Scheme, host and port of the collector.
    to: String,
}

impl Export {
    /// Exports what is left, and waits at most a second for it. Returns a sentence about spans that were lost.
    pub(super) fn finish(&self) -> Option<String> {
        // The counts say what has become of the spans.
        let _ = self.provider.shutdown_with_timeout(FINISH_MAX);
        self.losses.sentence(&self.to)
    }
}

/// Begins the export that the environment asks for; `None` where it asks for none, or for one that is not possible, which is
/// noted.
pub(super) fn begin(output: &Output) -> Option<Export> {
    if is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
        return None;
    }
    let (variable, endpoint) = endpoint()?;
    match export(variable, &endpoint) {
        Ok(export) => Some(export),
        Err(why) => {
            output.note(&format!("telemetry: no spans are exported: {why}"));
            None
        }
    }
}

/// Returns the URL of the collector, and the variable that it is from.
fn endpoint() -> Option<(&'static str, String)> {
    let variables = [TRACES_ENDPOINT, ENDPOINT];
    let mut set = variables
        .into_iter()
        .filter_map(|name| Some((name, environment::text(name)?)));
    set.next()
}

fn export(variable: &str, endpoint: &str) -> Result<Export, String> {
    let url = Url::parse(endpoint).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    // The value is not repeated: it may hold a key.
    let mut url = url.ok_or_else(|| {
        format!("{variable} is no URL with http or https; write for example http://localhost:4318")
    })?;
    if variable == ENDPOINT {
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/v1/traces"));
    }
    check_protocol()?;
    let losses = Arc::<Losses>::default();
    let client = Client {
        limit: timeout(),
        authorities: authorities()?,
        losses: Arc::clone(&losses),
        connection: OnceLock::new(),
    };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(url.as_str())
        .with_timeout(timeout())
        .build()
        .map_err(|error| error.to_string())?;
    let exporter = CountingExporter {
        exporter,
        losses: Arc::clone(&losses),
    };
    let processor = CountingProcessor {
        batches: BatchSpanProcessor::builder(exporter).build(),
        losses: Arc::clone(&losses),
    };
    Ok(Export {
        provider: SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_resource(resource())
            .build(),
        losses,
        to: url.origin().ascii_serialization(),
    })
}

/// Refuses a protocol that is not spoken here.
fn check_protocol() -> Result<(), String> {
    let variables = [
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ];
    let set = variables
        .iter()
        .find_map(|name| Some((name, environment::text(name)?)));
    match set {
        Some((name, protocol)) if protocol != "http/protobuf" => Err(format!(
            "{name} is {protocol:?}, and only http/protobuf is spoken; a collector listens for it on port 4318"
        )),
        _ => Ok(()),
    }
}

/// Returns how long the collector may take for one request.
fn timeout() -> Duration {
    let variables = [
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
    ];
    let ms = variables
        .iter()
        .find_map(|name| environment::text(name)?.parse().ok());
    ms.map_or(TIMEOUT, Duration::from_millis)
}

/// Returns the authorities that the collector's certificate may be from, beside those of the machine.
fn authorities() -> Result<Option<Vec<u8>>, String> {
    let variables = [
        "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
    ];
    let set = variables
        .iter()
        .find_map(|name| Some((name, environment::text(name)?)));
    let Some((name, file)) = set else {
        return Ok(None);
    };
    let pem =
        std::fs::read(&file).map_err(|error| format!("{name}: cannot read {file}: {error}"))?;
    Ok(Some(pem))
}

/// Returns what the spans are from: what the variables say, else `lockgate` with its version.
fn resource() -> Resource {
    let of_environment = Resource::builder().build();
    let name = of_environment.get(&"service.name".into());
    let is_named = name.is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let mut resource = Resource::builder();
    if !is_named {
        resource = resource.with_service_name("lockgate");
    }
    if of_environment.get(&"service.version".into()).is_none() {
        let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        resource = resource.with_attribute(version);
    }
    resource.build()
}

/// Returns whether a variable has a value, in any case.
fn is(name: &str, value: &str) -> bool {
    environment::text(name).is_some_and(|set| set.eq_ignore_ascii_case(value))
}
