//! A management API on loopback that answers as a test scripts it, and remembers what it was asked.
//!
//! Speaks HTTP/1.1 by hand, because half of what it must do is what a good server never does:
//! answer half, or hang up.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::{AppId, Connection, Credential, Endpoint, RetryPolicy, Scheme};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
    /// How many requests with this method and path came before.
    pub(crate) earlier: usize,
    /// The number of the connection that it came on, from 0.
    pub(crate) connection: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Says whether this is the method, on a path that ends so.
    pub(crate) fn is(&self, method: &str, path_end: &str) -> bool {
        let path = self.target.split('?').next().unwrap();
        self.method == method && path.ends_with(path_end)
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.header("host").unwrap())
    }
}

/// What comes back.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Status, headers, body.
    Full(u16, Vec<(&'static str, String)>, String),
    /// Status 200 and a body that ends after half of it.
    Half(String),
    /// Nothing: the connection is closed.
    HangUp,
    /// Nothing, ever.
    Silence,
}

/// Returns an answer in JSON.
pub(crate) fn reply(status: u16, body: &Value) -> Reply {
    Reply::Full(status, Vec::new(), body.to_string())
}

/// Returns an error in the service's usual shape.
pub(crate) fn refusal(status: u16, code: &str) -> Reply {
    let error = json!({"error": {"code": code, "message": format!("{code} it is.")}});
    reply(status, &error)
}

/// Returns what accepts a PATCH and points to an operation on the same host.
pub(crate) fn accepted(request: &Request) -> Reply {
    let url = format!("{}/operations/1?c=signed&s=secret", request.base());
    Reply::Full(202, vec![("azure-asyncoperation", url)], String::new())
}

type Script = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;
type Log = Arc<Mutex<Vec<Request>>>;

pub(crate) struct Server {
    pub(crate) base: String,
    log: Log,
}

impl Server {
    /// Starts a server that lives as long as the test's runtime.
    pub(crate) async fn start(
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let log = Log::default();
        let (script, seen): (Script, Log) = (Arc::new(script), log.clone());
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else {
                    return;
                };
                tokio::spawn(serve(stream, connection, script.clone(), seen.clone()));
            }
        });
        Server { base, log }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    /// Returns how many requests there were with this method, on paths that end so.
    pub(crate) fn count(&self, method: &str, path_end: &str) -> usize {
        let matches = |request: &&Request| request.is(method, path_end);
        self.requests().iter().filter(matches).count()
    }

    /// Returns the body of the only PATCH.
    pub(crate) fn patch(&self) -> Value {
        let mut patches = self.requests();
        patches.retain(|request| request.method == "PATCH");
        assert_eq!(patches.len(), 1, "one PATCH, not {patches:?}");
        patches.remove(0).body
    }

    pub(crate) fn connection(&self, credential: Credential) -> Connection {
        self.connection_with(credential, impatient())
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

/// Returns waits that keep tests short; the order of what happens is the same.
///
/// The budgets for repeating are what tests wait for that see them run out; see [`patient`] for the
/// others.
pub(crate) fn impatient() -> RetryPolicy {
    let ms = Duration::from_millis;
    RetryPolicy {
        connect: ms(2_000),
        attempt: ms(1_000),
        read: ms(400),
        write: ms(400),
        backoff: ms(4),
        backoff_max: ms(8),
        poll: ms(2),
        poll_max: ms(8),
        operation: ms(400),
        appears: Duration::from_millis(20),
        list: Duration::from_millis(1_000),
        rollback_attempt: Duration::from_millis(500),
        rollback_write: Duration::from_millis(300),
        rollback_operation: Duration::from_millis(300),
        asked_pause_max: Duration::from_millis(50),
        keep_ready: Duration::from_millis(5),
    }
}

/// Returns the same short pauses with budgets that never run out in a test that works.
pub(crate) fn patient() -> RetryPolicy {
    RetryPolicy {
        read: Duration::from_secs(60),
        write: Duration::from_secs(60),
        operation: Duration::from_secs(60),
        rollback_write: Duration::from_secs(60),
        rollback_operation: Duration::from_secs(60),
        ..impatient()
    }
}

async fn serve(stream: TcpStream, connection: usize, script: Script, log: Log) {
    let mut stream = BufReader::new(stream);
    while let Some(mut request) = receive(&mut stream).await {
        let path = |target: &str| target.split('?').next().unwrap().to_owned();
        let reply = {
            let mut log = log.lock().unwrap();
            let same = |other: &&Request| {
                other.method == request.method && path(&other.target) == path(&request.target)
            };
            request.connection = connection;
            request.earlier = log.iter().filter(same).count();
            log.push(request.clone());
            script(&request)
        };
        let (text, more) = match reply {
            Reply::Full(status, headers, body) => (written(status, &headers, &body), true),
            Reply::Half(body) => {
                let whole = written(200, &[], &body);
                (whole[..whole.len() - body.len() / 2].to_owned(), false)
            }
            Reply::HangUp => (String::new(), false),
            Reply::Silence => std::future::pending().await,
        };
        if stream.write_all(text.as_bytes()).await.is_err() || !more {
            return;
        }
    }
}

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

async fn receive(stream: &mut BufReader<TcpStream>) -> Option<Request> {
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
    Some(Request {
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
