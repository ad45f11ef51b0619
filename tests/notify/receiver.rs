//! A receiver of events: takes CloudEvents over HTTP, answers as a test wants, and keeps what it was sent.

use std::collections::BTreeMap;
use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Instant;

use jsonschema::Validator;
use serde_json::Value;

use crate::support::Posted;

/// How a receiver answers one request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// With this status.
    Status(u16),
    /// With this status and this header field.
    With(u16, String),
    /// Never, though it reads.
    Never,
}

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) at: Instant,
    /// Method and target.
    pub(super) line: String,
    /// By their names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) event: Value,
}

/// What a receiver answers to the request of a number, counted from 0.
type Answers = dyn Fn(usize) -> Reply + Send + Sync;

/// A running receiver.
pub(super) struct Receiver {
    pub(super) url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// Starts a receiver that takes everything.
    pub(super) fn start() -> Receiver {
        Receiver::answering(|_| Reply::Status(204))
    }

    pub(super) fn answering(answers: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let kept = Arc::clone(&received);
        let answers: Arc<Answers> = Arc::new(answers);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answers) = (Arc::clone(&kept), Arc::clone(&answers));
                std::thread::spawn(move || serve(&stream, &*answers, &kept));
            }
        });
        Receiver { url, received }
    }

    /// Returns the requests so far.
    pub(super) fn requests(&self) -> Vec<Received> {
        self.received.lock().expect("no test has failed").clone()
    }

    /// Returns the events of all requests so far. Each is what the specification calls an event.
    #[track_caller]
    pub(super) fn events(&self) -> Vec<Value> {
        let requests = self.requests();
        for request in &requests {
            assert!(request.line.starts_with("POST /"), "{}", request.line);
            let kind = request.headers["content-type"].as_str();
            assert_eq!(kind, "application/cloudevents+json");
            assert_is_event(&request.event);
        }
        requests.into_iter().map(|request| request.event).collect()
    }

    /// Returns the last part of the types of all events so far.
    #[track_caller]
    pub(super) fn types(&self) -> Vec<String> {
        let kind = |event: &Value| {
            let kind = event["type"].as_str().expect("a type");
            let name = kind.strip_prefix("lockgate.rollout.");
            name.expect("a type of lockgate").to_owned()
        };
        self.events().iter().map(kind).collect()
    }
}

/// Asserts that a value is an event of the specification.
#[track_caller]
fn assert_is_event(event: &Value) {
    static FORMAT: LazyLock<Validator> = LazyLock::new(|| {
        let schema = include_str!("cloudevents.schema.json");
        let schema = serde_json::from_str(schema).expect("JSON");
        jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .expect("a schema")
    });
    let mistakes: Vec<String> = FORMAT
        .iter_errors(event)
        .map(|mistake| format!("{}: {mistake}", mistake.instance_path()))
        .collect();
    assert!(mistakes.is_empty(), "{mistakes:?}\n{event:#}");
}

/// Takes the requests of one connection.
fn serve(stream: &TcpStream, answers: &Answers, kept: &Mutex<Vec<Received>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    while let Some(posted) = Posted::read(&mut reader) {
        let request = Received {
            at: Instant::now(),
            line: posted.line,
            headers: posted.headers,
            event: serde_json::from_slice(&posted.body).expect("JSON"),
        };
        let number = {
            let mut kept = kept.lock().expect("no test has failed");
            kept.push(request);
            kept.len() - 1
        };
        let (status, field) = match answers(number) {
            Reply::Status(status) => (status, String::new()),
            Reply::With(status, field) => (status, format!("{field}\r\n")),
            Reply::Never => continue,
        };
        let mut stream = stream;
        let head = format!("HTTP/1.1 {status} x\r\n{field}content-length: 0\r\n\r\n");
        // The other side may have ended.
        let _ = stream.write_all(head.as_bytes());
    }
}
