//! Guests that send with `wasi:http`: their requests take the same way out as those of the contract's own import, with one
//! policy, one set of limits and one recorder. The guests are generated for the test.

#[expect(dead_code, reason = "other test binaries use the rest")]
#[path = "../../../tests/support/component.rs"]
mod component;
mod support;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use gates::{
    Exchange, Gate, GateSet, Level, Limits, Recording, ReplaySource, Services, in_virtual_time,
};
use rollout::{GateFailure, Kind, Verdict};
use serde_json::json;
use support::{ask_about, configured, load, load_with};
use tokio::sync::Barrier;

const PACKAGES: &str = include_str!("support/wasi-http.wit");

/// The guest's imports, and `$put`, which writes a number with a fixed count of digits.
const IMPORTS: &str = r#"
    (import "lockgate:plugin/http@0.1.0" "send"
        (func $own (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "wasi:http/types@0.2.0" "[constructor]fields" (func $fields (result i32)))
    (import "wasi:http/types@0.2.0" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))
    (import "wasi:http/types@0.2.0" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
    (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-scheme"
        (func $scheme (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-authority"
        (func $authority (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-path-with-query"
        (func $path (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.0" "[constructor]request-options" (func $options (result i32)))
    (import "wasi:http/types@0.2.0" "[method]request-options.set-first-byte-timeout"
        (func $first-byte (param i32 i32 i64) (result i32)))
    (import "wasi:http/outgoing-handler@0.2.0" "handle" (func $handle (param i32 i32 i32 i32)))
    (import "wasi:http/types@0.2.0" "[method]future-incoming-response.subscribe"
        (func $subscribe (param i32) (result i32)))
    (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
    (import "wasi:http/types@0.2.0" "[method]future-incoming-response.get" (func $get (param i32 i32)))
    (import "wasi:http/types@0.2.0" "[method]incoming-response.status" (func $status (param i32) (result i32)))
    (func $put (param $at i32) (param $digits i32) (param $number i32)
        (loop $next
            (local.set $digits (i32.sub (local.get $digits) (i32.const 1)))
            (i32.store8 (i32.add (local.get $at) (local.get $digits))
                (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
            (local.set $number (i32.div_u (local.get $number) (i32.const 10)))
            (br_if $next (local.get $digits))))"#;

/// Code that reports the outcome: `ok` with `status NNN`, or `err` with the text of internal-error (38) or with `error NN`.
/// At 4096 is option<result<result<incoming-response, error-code>>>: its innermost discriminant is at 4112, its value at
/// 4120.
const REPORT: &str = "
    (i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 10))
    (if (i32.load8_u (i32.const 4112))
        (then
            (i32.store8 (i32.const 2048) (i32.const 1))
            (call $put (i32.const 1040) (i32.const 2) (i32.load8_u (i32.const 4120)))
            (i32.store (i32.const 2052) (i32.const 1034))
            (i32.store (i32.const 2056) (i32.const 8))
            (if (i32.eq (i32.load8_u (i32.const 4120)) (i32.const 38))
                (then
                    (i32.store (i32.const 2052) (i32.load (i32.const 4132)))
                    (i32.store (i32.const 2056) (i32.load (i32.const 4136))))))
        (else
            (i32.store8 (i32.const 2052) (i32.const 1))
            (call $put (i32.const 1031) (i32.const 3) (call $status (i32.load (i32.const 4120))))))
    (i32.const 2048)";

/// A guest that sends requests.
struct Guest {
    check: String,
    text: String,
}

impl Guest {
    fn new() -> Guest {
        Guest {
            check: String::new(),
            text: "status 000error 00".to_owned(),
        }
    }

    /// Adds a text to the guest's memory, with bytes as `\ff`, and returns its address and length as code.
    fn string(&mut self, text: &str) -> String {
        let length = |text: &str| text.len() - 2 * text.matches('\\').count();
        let at = 1024 + length(&self.text);
        self.text.push_str(text);
        format!("(i32.const {at}) (i32.const {})", length(text))
    }

    /// Adds a request with the contract's own import, and ignores its outcome.
    fn own(mut self, url: &str) -> Guest {
        let (method, url) = (self.string("GET"), self.string(url));
        let none = "(i32.const 0) ".repeat(7);
        self.check.push_str(&format!(
            "(call $own {method} {url} {none} (i32.const 3072))"
        ));
        self
    }

    /// Adds a request with `wasi:http`, with these header fields and this timeout (0 for none), and does not wait for it.
    fn begun(
        mut self,
        authority: &str,
        path: &str,
        headers: &[(&str, &str)],
        first_byte_ns: u64,
    ) -> Guest {
        let (authority, path) = (self.string(authority), self.string(path));
        let some = "(global.get $handle) (i32.const 1)";
        let mut appended = String::new();
        for (name, value) in headers {
            let (name, value) = (self.string(name), self.string(value));
            appended.push_str(&format!(
                "(call $append (global.get $handle) {name} {value} (i32.const 3072))"
            ));
        }
        let options = match first_byte_ns {
            0 => "(i32.const 0) (i32.const 0)".to_owned(),
            _ => "(i32.const 1) (global.get $options)".to_owned(),
        };
        self.check.push_str(&format!(
            "(global.set $handle (call $fields)) {appended}
             (global.set $handle (call $request (global.get $handle)))
             (drop (call $scheme {some} (i32.const 0) (i32.const 0) (i32.const 0)))
             (drop (call $authority {some} {authority}))
             (drop (call $path {some} {path}))
             (global.set $options (call $options))
             (drop (call $first-byte (global.get $options) (i32.const 1) (i64.const {first_byte_ns})))
             (call $handle (global.get $handle) {options} (i32.const 3072))
             (if (i32.load8_u (i32.const 3072)) (then unreachable))
             (global.set $handle (i32.load (i32.const 3080)))"
        ));
        self
    }

    /// Adds a last such request, waits for it and reports its outcome; returns the component.
    fn component(self, authority: &str, headers: &[(&str, &str)], first_byte_ns: u64) -> Vec<u8> {
        let mut sending = self.begun(authority, "/ready?full=1", headers, first_byte_ns);
        sending.check.push_str(&format!(
            "(call $block (call $subscribe (global.get $handle)))
             (call $get (global.get $handle) (i32.const 4096))
             {REPORT}"
        ));
        let imports = format!(
            "{IMPORTS} (global $handle (mut i32) (i32.const 0)) (global $options (mut i32) (i32.const 0))"
        );
        component::health_in(PACKAGES, &imports, &sending.check, &sending.text)
    }
}

async fn serve(app: Router) -> String {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let listener = listener.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address.to_string()
}

/// Asks the guest about a canary at this address; returns its answer and the warnings that were logged.
async fn ask(
    component: &[u8],
    limits: Limits,
    canary: &str,
) -> (Result<String, GateFailure>, String) {
    let logged = Arc::new(Mutex::new(String::new()));
    let sink = logged.clone();
    let services = Services::without_traffic(Arc::new(move |line| {
        if line.level >= Level::Warn {
            sink.lock().expect("not poisoned").push_str(&line.message);
        }
    }));
    let gate = load_with(component, limits).await;
    let set = GateSet::new(vec![configured("sending", gate, json!({}))], services);
    let answer = answer_of(&set, &format!("http://{canary}")).await;
    (answer, logged.lock().expect("not poisoned").clone())
}

async fn answer_of(set: &GateSet, url: &str) -> Result<String, GateFailure> {
    let mut answers = ask_about(set, Kind::HealthCheck, &["sending"], url, url).await;
    let report = answers.remove(0).result?;
    assert_eq!(report.verdict, Verdict::Pass);
    Ok(report.reason)
}

fn declined(text: &str) -> Result<String, GateFailure> {
    Err(GateFailure::Declined(text.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn request_arrives_with_the_hosts_own_fields_and_the_response_is_returned() {
    let seen = Arc::new(Mutex::new(HeaderMap::new()));
    let saw = seen.clone();
    let address = serve(Router::new().fallback(async move |headers: HeaderMap| {
        *saw.lock().expect("not poisoned") = headers;
        StatusCode::CREATED
    }))
    .await;
    let forged = [
        ("host", "forged.example"),
        ("x-forwarded-for", "10.0.0.1"),
        ("connection", "close"),
        ("x-own", "kept"),
    ];
    let guest = Guest::new().component(&address, &forged, 0);
    let (answer, logged) = ask(&guest, Limits::default(), &address).await;
    assert_eq!(answer, Ok("status 201".to_owned()));
    assert_eq!(logged, "");
    let seen = seen.lock().expect("not poisoned");
    let value = |name: &str| seen.get(name).map(|value| value.to_str().expect("text"));
    assert_eq!(value("host"), Some(address.as_str()));
    assert_eq!(value("x-own"), Some("kept"));
    assert_eq!(
        (value("x-forwarded-for"), value("connection")),
        (None, None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn request_to_an_origin_that_is_not_allowed_is_not_sent_and_is_logged_with_the_origin() {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    let other = serve(Router::new().fallback(async move || {
        count.fetch_add(1, Ordering::Relaxed);
    }))
    .await;
    let guest = Guest::new().component(&other, &[], 0);
    let (answer, logged) = ask(&guest, Limits::default(), "127.0.0.1:9").await;
    assert_eq!(answer, declined("error 15"));
    let begins =
        format!("GET http://{other}/ready was not answered: denied: http://{other} is neither");
    assert!(logged.starts_with(&begins), "{logged}");
    assert_eq!(requests.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_both_imports_count_together() {
    let address = serve(Router::new().fallback(async || StatusCode::OK)).await;
    let limits = |requests: u32| Limits {
        requests,
        ..Limits::default()
    };
    let url = format!("http://{address}/");
    let guest = Guest::new().own(&url).component(&address, &[], 0);
    let (answer, _) = ask(&guest, limits(2), &address).await;
    assert_eq!(answer, Ok("status 200".to_owned()));
    let (answer, logged) = ask(&guest, limits(1), &address).await;
    assert_eq!(answer, declined("budget: a call may send 1 requests"));
    assert!(
        logged.contains("budget: a call may send 1 requests"),
        "{logged}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_to_both_imports_count_together() {
    let address = serve(Router::new().fallback(async || "0123456789")).await;
    let limits = |received_bytes: usize| Limits {
        received_bytes,
        ..Limits::default()
    };
    let url = format!("http://{address}/");
    let guest = Guest::new().own(&url).component(&address, &[], 0);
    let (answer, _) = ask(&guest, limits(20), &address).await;
    assert_eq!(answer, Ok("status 200".to_owned()));
    let (answer, _) = ask(&guest, limits(19), &address).await;
    let over = declined("budget: a call may receive 19 bytes in all");
    assert_eq!(answer, over);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_has_its_error_code() {
    let silent = serve(Router::new().fallback(std::future::pending::<()>)).await;
    let guest = Guest::new().component(&silent, &[], 50_000_000);
    let (answer, logged) = ask(&guest, Limits::default(), &silent).await;
    assert_eq!(answer, declined("error 33"), "HTTP-response-timeout");
    assert!(logged.ends_with("was not answered: timeout"), "{logged}");

    let long = serve(Router::new().fallback(async || "0123456789")).await;
    let limits = Limits {
        response_body_bytes: 9,
        ..Limits::default()
    };
    let (answer, _) = ask(&Guest::new().component(&long, &[], 0), limits, &long).await;
    assert_eq!(answer, declined("error 28"), "HTTP-response-body-size");

    let guest = Guest::new().component("127.0.0.1:9", &[], 0);
    let (answer, _) = ask(&guest, Limits::default(), "127.0.0.1:9").await;
    let refused = answer.expect_err("the port is closed").to_string();
    assert!(refused.contains("unreachable: "), "{refused}");

    let guest = Guest::new().component(&long, &[("x-odd", "\\ff")], 0);
    let (answer, _) = ask(&guest, Limits::default(), &long).await;
    let odd = declined("invalid: the header field x-odd is not UTF-8");
    assert_eq!(answer, odd);

    // A label of more than 63 characters is refused before anybody is asked.
    let name = format!("{}.example", "a".repeat(64));
    let guest = Guest::new().component(&name, &[], 0);
    let (answer, _) = ask(&guest, Limits::default(), &name).await;
    assert_eq!(answer, declined("error 01"), "DNS-error");
}

/// Asks the guest and returns its answer and the recording.
async fn recorded(gate: &Gate, canary: &str) -> (Result<String, GateFailure>, Recording) {
    let recordings: Arc<Mutex<Vec<Recording>>> = Arc::default();
    let sink = recordings.clone();
    let configured = configured("sending", gate.clone(), json!({}));
    let set = GateSet::new(vec![configured], Services::silent()).recorded_by(Arc::new(
        move |recording| sink.lock().expect("not poisoned").push(recording),
    ));
    let answer = answer_of(&set, canary).await;
    (answer, recordings.lock().expect("not poisoned").remove(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn call_that_sent_with_wasi_http_is_recorded_and_replayed() {
    let address = serve(Router::new().fallback(async || StatusCode::IM_A_TEAPOT)).await;
    let guest = Guest::new().component(&address, &[("x-own", "kept")], 0);
    let gate = load(&guest).await;
    let (answer, recording) = recorded(&gate, &format!("http://{address}")).await;
    assert_eq!(answer, Ok("status 418".to_owned()));
    assert_eq!(recording.entries.len(), 1);
    let entry = &recording.entries[0];
    assert_eq!(entry.method, "GET");
    assert_eq!(entry.url, format!("http://{address}/ready?full=1"));
    assert_eq!(entry.headers, [("x-own".to_owned(), "kept".to_owned())]);
    let replaying = move || {
        let ask = recording.call.as_ref().expect("lockgate's own").ask.clone();
        let source = ReplaySource::of(&recording);
        in_virtual_time(async { gate.replay(&ask, source, Services::silent()).await })
    };
    let replayed = std::thread::spawn(replaying).join().expect("no panic");
    let replayed = replayed.expect("a runtime");
    assert_eq!((replayed.misses, replayed.unused), (Vec::new(), Vec::new()));
    assert_eq!(
        replayed.answer.result.map(|report| report.reason),
        Ok("status 418".to_owned())
    );
}

/// Asks a guest that begins six requests and waits for the last only; returns the paths in the order of sending, and the
/// highest number in flight. The server answers when as many requests are in flight as the limit allows.
async fn six_requests(in_flight: usize) -> (Vec<String>, usize) {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (together, highest) = (Arc::new(Barrier::new(in_flight)), most.clone());
    let address = serve(Router::new().fallback(async move || {
        highest.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        together.wait().await;
        now.fetch_sub(1, Ordering::Relaxed);
        StatusCode::IM_A_TEAPOT
    }))
    .await;
    let begin = |guest: Guest, path| guest.begun(&address, path, &[], 0);
    let paths = ["/1", "/2", "/3", "/4", "/5"];
    let guest = paths.iter().copied().fold(Guest::new(), begin);
    let limits = Limits {
        in_flight,
        ..Limits::default()
    };
    let gate = load_with(&guest.component(&address, &[], 0), limits).await;
    let (answer, recording) = recorded(&gate, &format!("http://{address}")).await;
    assert_eq!(answer, Ok("status 418".to_owned()));
    let path = |entry: &Exchange| entry.url.replace(&format!("http://{address}"), "");
    let sent = recording.entries.iter().map(path).collect();
    (sent, most.load(Ordering::Relaxed))
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_without_a_body_are_sent_in_the_guests_order() {
    let (sent, _) = six_requests(6).await;
    let paths = ["/1", "/2", "/3", "/4", "/5", "/ready?full=1"];
    assert_eq!(sent, paths);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_flight_are_limited() {
    let (sent, most) = six_requests(2).await;
    assert_eq!((sent.len(), most), (6, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn component_that_imports_an_interface_for_servers_loads() {
    let import = r#"(import "wasi:http/incoming-handler@0.2.0" "handle" (func (param i32 i32)))"#;
    let gate = load(&component::health_in(PACKAGES, import, "unreachable", "")).await;
    let imports = gate.imports();
    let interface = "wasi:http/incoming-handler@0.2.0";
    assert!(imports.iter().any(|name| name == interface), "{imports:?}");
}
