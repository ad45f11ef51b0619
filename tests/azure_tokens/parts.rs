//! A gate that judges by one request, and a service that remembers what it is sent.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::support::component;

const PACKAGES: &str =
    "package test:gates; world made { include lockgate:plugin/health-check@0.1.0; }";
const SEND: &str = r#"(import "lockgate:plugin/http@0.1.0" "send"
    (func $send (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))"#;

/// Returns a health check that sends a request to this URL: healthy where it is answered with 200, unhealthy with any other
/// status, and an error where it is not answered.
pub(super) fn judging_by(method: &str, url: &str) -> Vec<u8> {
    let (method_length, length) = (method.len(), url.len());
    let bytes = method.bytes().enumerate();
    let stores: Vec<String> = bytes
        .map(|(at, byte)| format!("(i32.store8 (i32.const {}) (i32.const {byte}))", 2940 + at))
        .collect();
    // The response is at 3000: whether there is one, then its status at 8; or the case of the error at 8, and its text at 12.
    let check = format!(
        "{}
         (call $send (i32.const 2940) (i32.const {method_length}) (i32.const 1024) (i32.const {length})
           (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
           (i32.const 3000))
         (if (i32.load8_u (i32.const 3000)) (then
           (i32.store8 (i32.const 2048) (i32.const 1))
           (i32.store (i32.const 2052) (i32.load (i32.const 3012)))
           (i32.store (i32.const 2056) (i32.load (i32.const 3016)))
           (return (i32.const 2048))))
         (i32.store8 (i32.const 2048) (i32.const 0))
         (i32.store8 (i32.const 2052)
           (select (i32.const 1) (i32.const 2) (i32.eq (i32.load16_u (i32.const 3008)) (i32.const 200))))
         (i32.store (i32.const 2056) (i32.const 1024))
         (i32.store (i32.const 2060) (i32.const {length}))
         (i32.const 2048)",
        stores.join(" ")
    );
    component::health_in(PACKAGES, SEND, &check, url)
}

/// A service that answers with every token that it has been sent so far.
pub(super) struct Hoarder {
    pub(super) url: String,
    tokens: Arc<Mutex<Vec<String>>>,
}

impl Hoarder {
    pub(super) fn start() -> Hoarder {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let tokens: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&tokens);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
                let head = lines
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty());
                let sent = head.filter_map(|line| {
                    let token = line.strip_prefix("authorization: Bearer ")?;
                    Some(token.to_owned())
                });
                let sent: Vec<String> = sent.collect();
                let mut kept = kept.lock().expect("no thread panics");
                kept.extend(sent);
                let body = kept.join(" ");
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                // The test may have ended.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Hoarder { url, tokens }
    }

    pub(super) fn tokens(&self) -> Vec<String> {
        self.tokens.lock().expect("no thread panics").clone()
    }
}
