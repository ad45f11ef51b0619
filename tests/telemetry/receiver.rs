//! A collector: takes spans as OTLP over HTTP, decodes the protocol, and shows what it was sent as a tree.

use std::collections::BTreeMap;
use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use crate::support::Posted;

/// How a collector answers.
#[derive(Clone, Copy)]
pub(super) enum Answers {
    /// Takes everything.
    Well,
    /// Takes all but two spans of each request, and says why.
    InPart,
    /// With status 500.
    Failing,
    /// Never, though it reads.
    Never,
}

/// What a collector was sent at once.
pub(super) struct Export {
    pub(super) path: String,
    /// By their names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// A running collector.
pub(super) struct Receiver {
    pub(super) url: String,
    exports: Arc<Mutex<Vec<Export>>>,
}

impl Receiver {
    pub(super) fn start(answers: Answers) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let exports = Arc::<Mutex<Vec<Export>>>::default();
        let kept = Arc::clone(&exports);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || serve(&stream, answers, &kept));
            }
        });
        Receiver { url, exports }
    }

    /// Returns what was sent so far, and forgets it.
    pub(super) fn take(&self) -> Vec<Export> {
        std::mem::take(&mut *self.exports.lock().expect("no test has failed"))
    }

    /// Returns the spans that were sent so far, and forgets them.
    pub(super) fn spans(&self) -> Spans {
        Spans::of(&self.take())
    }
}

/// Takes the requests of one connection.
fn serve(stream: &TcpStream, answers: Answers, kept: &Mutex<Vec<Export>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    while let Some(posted) = Posted::read(&mut reader) {
        let path = posted.line.split(' ').nth(1).expect("a path").to_owned();
        kept.lock().expect("no test has failed").push(Export {
            path,
            headers: posted.headers,
            body: posted.body,
        });
        let (status, body) = match answers {
            Answers::Well => ("200 OK", Vec::new()),
            Answers::InPart => ("200 OK", partial_success()),
            Answers::Failing => ("500 Internal Server Error", Vec::new()),
            Answers::Never => continue,
        };
        let length = body.len();
        let mut stream = stream;
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n");
        // The other side may have ended.
        let _ = stream.write_all(&[head.as_bytes(), &body].concat());
    }
}

/// Returns the answer of a collector that has refused two spans.
fn partial_success() -> Vec<u8> {
    let partial_success = Some(ExportTracePartialSuccess {
        rejected_spans: 2,
        error_message: "too many\n::error::spans".to_owned(),
    });
    ExportTraceServiceResponse { partial_success }.encode_to_vec()
}

impl Export {
    /// Returns the request that the body is.
    pub(super) fn request(&self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest::decode(&self.body[..]).expect("a request in protobuf")
    }

    /// Returns an attribute of the resource.
    pub(super) fn resource(&self, name: &str) -> Option<String> {
        let request = self.request();
        let resource = request.resource_spans.first()?.resource.as_ref()?;
        attribute(&resource.attributes, name)
    }
}

/// Spans of one trace.
pub(super) struct Spans(pub(super) Vec<Span>);

impl Spans {
    /// Returns the spans that were sent.
    pub(super) fn of(exports: &[Export]) -> Spans {
        let requests = exports.iter().map(Export::request);
        let of_resources = requests.flat_map(|request| request.resource_spans);
        let of_scopes = of_resources.flat_map(|resource| resource.scope_spans);
        Spans(of_scopes.flat_map(|scope| scope.spans).collect())
    }

    /// Returns the only span of a name.
    #[track_caller]
    pub(super) fn named(&self, name: &str) -> &Span {
        let found: Vec<&Span> = self.0.iter().filter(|span| span.name == name).collect();
        let names: Vec<&str> = self.0.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(found.len(), 1, "one span {name} among {names:?}");
        found[0]
    }

    /// Returns the spans right below one, by the time of their beginning.
    pub(super) fn below(&self, parent: &Span) -> Vec<&Span> {
        let children = self.0.iter();
        let mut children: Vec<&Span> = children
            .filter(|span| span.parent_span_id == parent.span_id)
            .collect();
        children.sort_by_key(|span| span.start_time_unix_nano);
        children
    }

    /// Returns the names of the spans right below one, without repetitions.
    pub(super) fn names_below(&self, parent: &Span) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for span in self.below(parent) {
            if !names.contains(&span.name.as_str()) {
                names.push(&span.name);
            }
        }
        names
    }
}

/// Returns an attribute of a span as text.
pub(super) fn of(span: &Span, name: &str) -> String {
    attribute(&span.attributes, name).unwrap_or_default()
}

fn attribute(attributes: &[KeyValue], name: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == name)?;
    match found.value.as_ref() {
        Some(AnyValue {
            value: Some(Value::StringValue(text)),
        }) => Some(text.clone()),
        Some(AnyValue {
            value: Some(Value::IntValue(number)),
        }) => Some(number.to_string()),
        other => panic!("{name} is {other:?}"),
    }
}

/// Returns bytes in hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
