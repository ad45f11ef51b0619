//! A server on loopback for tests: answers as a script says, and records the requests. Compiled for tests alone.
//!
//! Writes HTTP/1.1 by hand, because tests need what an HTTP library does not do: half an answer, a closed
//! connection, or no answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::arm::{Connection, RetryPolicy};
use crate::credential::Credential;
use crate::endpoint::{AppId, Endpoint, Scheme};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedRequest {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case, and values.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
    /// The number of earlier requests with this method and path.
    pub(crate) earlier: usize,
    /// The number of its connection, from 0.
    pub(crate) connection: usize,
}

impl ReceivedRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns whether the request has this method and a path with this end.
    pub(crate) fn is(&self, method: &str, path_end: &str) -> bool {
        let path = self.target.split('?').next().unwrap();
        self.method == method && path.ends_with(path_end)
    }

    /// Returns the server's origin.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.header("host").unwrap())
    }
}

/// What the server answers.
#[derive(Debug, Clone)]
pub(crate) enum ScriptedReply {
    /// Status, headers, body.
    Full(u16, Vec<(&'static str, String)>, String),
    /// Status 200 and a body that ends after half of it.
    Half(String),
    /// The connection is closed without an answer.
    HangUp,
    /// The connection stays open without an answer.
    Silence,
}

/// Returns an answer with a JSON body.
pub(crate) fn reply(status: u16, body: &Value) -> ScriptedReply {
    ScriptedReply::Full(status, Vec::new(), body.to_string())
}

/// Returns an error in the service's usual form.
pub(crate) fn refusal(status: u16, code: &str) -> ScriptedReply {
    let error = json!({"error": {"code": code, "message": format!("{code} it is.")}});
    reply(status, &error)
}

/// Returns the answer that accepts a PATCH and names an operation on the same host.
pub(crate) fn accepted(request: &ReceivedRequest) -> ScriptedReply {
    let url = format!("{}/operations/1?c=signed&s=secret", request.base());
    ScriptedReply::Full(202, vec![("azure-asyncoperation", url)], String::new())
}

type Script = Arc<dyn Fn(&ReceivedRequest) -> ScriptedReply + Send + Sync>;
type RequestLog = Arc<Mutex<Vec<ReceivedRequest>>>;

/// The server. It runs as long as the test's async runtime.
pub(crate) struct ScriptedServer {
    pub(crate) base: String,
    log: RequestLog,
}

impl ScriptedServer {
    /// Starts a server on a free port.
    pub(crate) async fn start(
        script: impl Fn(&ReceivedRequest) -> ScriptedReply + Send + Sync + 'static,
    ) -> ScriptedServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let log = RequestLog::default();
        let (script, seen): (Script, RequestLog) = (Arc::new(script), log.clone());
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else {
                    return;
                };
                tokio::spawn(serve(stream, connection, script.clone(), seen.clone()));
            }
        });
        ScriptedServer { base, log }
    }

    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.log.lock().unwrap().clone()
    }

    /// Returns the number of requests with this method and a path with this end.
    pub(crate) fn count(&self, method: &str, path_end: &str) -> usize {
        let matches = |request: &&ReceivedRequest| request.is(method, path_end);
        self.requests().iter().filter(matches).count()
    }

    /// Returns the body of the only PATCH; panics unless there was exactly one.
    pub(crate) fn patch(&self) -> Value {
        let mut patches = self.requests();
        patches.retain(|request| request.method == "PATCH");
        assert_eq!(patches.len(), 1, "one PATCH, not {patches:?}");
        patches.remove(0).body
    }

    pub(crate) fn connection(&self, credential: Credential) -> Connection {
        self.connection_with(credential, short_budgets())
    }

    pub(crate) fn connection_with(
        &self,
        credential: Credential,
        policy: RetryPolicy,
    ) -> Connection {
        let mut endpoint = Endpoint::new(&self.base).unwrap();
        endpoint.revision_scheme = Scheme::Http;
        Connection::new(endpoint, credential, policy).unwrap()
    }
}

pub(crate) fn app_id() -> AppId {
    AppId::new("00000000-0000-0000-0000-000000000001", "group", "web").unwrap()
}

/// Returns short pauses and short budgets, for tests that wait until a budget is used up. See [`long_budgets`] for
/// the others.
pub(crate) fn short_budgets() -> RetryPolicy {
    let ms = Duration::from_millis;
    RetryPolicy {
        connect_timeout: ms(2_000),
        attempt_timeout: ms(1_000),
        list_timeout: ms(1_000),
        rollback_attempt_timeout: ms(500),
        read_budget: ms(400),
        write_budget: ms(400),
        backoff_first: ms(4),
        backoff_max: ms(8),
        poll_first: ms(2),
        poll_max: ms(8),
        appear_timeout: ms(20),
        operation_timeout: ms(400),
        rollback_operation_timeout: ms(300),
        retry_after_max: ms(50),
        keep_ready_interval: ms(5),
    }
}

/// Returns the same short pauses with budgets that a passing test never uses up.
pub(crate) fn long_budgets() -> RetryPolicy {
    RetryPolicy {
        read_budget: Duration::from_secs(60),
        write_budget: Duration::from_secs(60),
        operation_timeout: Duration::from_secs(60),
        rollback_operation_timeout: Duration::from_secs(60),
        ..short_budgets()
    }
}

async fn serve(stream: TcpStream, connection: usize, script: Script, log: RequestLog) {
    let mut stream = BufReader::new(stream);
    while let Some(mut request) = receive(&mut stream).await {
        let path = |target: &str| target.split('?').next().unwrap().to_owned();
        let reply = {
            let mut log = log.lock().unwrap();
            let same = |other: &&ReceivedRequest| {
                other.method == request.method && path(&other.target) == path(&request.target)
            };
            request.connection = connection;
            request.earlier = log.iter().filter(same).count();
            log.push(request.clone());
            script(&request)
        };
        let keeps_open = matches!(reply, ScriptedReply::Full(..));
        let text = match reply {
            ScriptedReply::Full(status, headers, body) => written(status, &headers, &body),
            ScriptedReply::Half(body) => {
                let whole = written(200, &[], &body);
                whole[..whole.len() - body.len() / 2].to_owned()
            }
            ScriptedReply::HangUp => String::new(),
            ScriptedReply::Silence => std::future::pending().await,
        };
        if stream.write_all(text.as_bytes()).await.is_err() || !keeps_open {
            return;
        }
    }
}

/// Returns the text of an HTTP answer.
fn written(status: u16, headers: &[(&str, String)], body: &str) -> String {
    let mut text = format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{text}\r\n{body}")
}

/// Reads one request; `None` when the connection was closed.
async fn receive(stream: &mut BufReader<TcpStream>) -> Option<ReceivedRequest> {
    let first = line(stream).await?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = line(stream).await?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(ReceivedRequest {
        method,
        target,
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        earlier: 0,
        connection: 0,
    })
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
