//! A server on loopback that answers as a script says, and records the requests.
//!
//! Writes HTTP/1.1 by hand, because tests need what an HTTP library does not do: half an answer, an answer without an end,
//! or none.

use std::sync::{Arc, Mutex};

use registry::Reference;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::REPOSITORY;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case, and values.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The number of earlier requests with this method and target.
    pub(crate) earlier: usize,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn authorization(&self) -> Option<&str> {
        self.header("authorization")
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Returns the pairs of the query, decoded.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        pairs(query.as_bytes())
    }

    /// Returns the pairs of a form, decoded.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        pairs(&self.body)
    }

    pub(crate) fn is_manifest(&self) -> bool {
        self.path().contains("/manifests/")
    }

    pub(crate) fn is_blob(&self) -> bool {
        self.path().contains("/blobs/")
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// What the server sends.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    then: Then,
}

#[derive(Debug, Clone)]
enum Then {
    KeepOpen,
    Close,
    Hold,
    /// Writes this again and again.
    Repeat(Vec<u8>),
}

pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

fn head(status: u16, headers: Headers<'_>) -> String {
    let mut text = format!("HTTP/1.1 {status} Scripted\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text
}

impl Reply {
    pub(crate) fn new(status: u16, headers: Headers<'_>, body: impl AsRef<[u8]>) -> Reply {
        Reply::declaring(status, headers, body.as_ref().len(), body)
    }

    pub(crate) fn json(body: &Value) -> Reply {
        let headers = [("content-type", "application/json")];
        Reply::new(200, &headers, body.to_string())
    }

    /// The field `content-length` may say something else than what is sent.
    fn declaring(
        status: u16,
        headers: Headers<'_>,
        length: usize,
        body: impl AsRef<[u8]>,
    ) -> Reply {
        let mut bytes = head(status, headers).into_bytes();
        bytes.extend_from_slice(format!("content-length: {length}\r\n\r\n").as_bytes());
        bytes.extend_from_slice(body.as_ref());
        let then = Then::KeepOpen;
        Reply { bytes, then }
    }

    /// A body that is cut off: the connection is closed before the last byte.
    pub(crate) fn cut(headers: Headers<'_>, body: &[u8]) -> Reply {
        let sent = &body[..body.len() - 1];
        let reply = Reply::declaring(200, headers, body.len(), sent);
        let then = Then::Close;
        Reply { then, ..reply }
    }

    /// A body in chunks of which the last one never comes: the connection is closed, or stays open in silence.
    pub(crate) fn unfinished(headers: Headers<'_>, chunk: &[u8], is_closed: bool) -> Reply {
        let then = if is_closed { Then::Close } else { Then::Hold };
        let mut reply = Reply::endless(headers, chunk);
        if let Then::Repeat(chunk) = std::mem::replace(&mut reply.then, then) {
            reply.bytes.extend(chunk);
        }
        reply
    }

    /// A body that goes on for as long as somebody reads.
    pub(crate) fn endless(headers: Headers<'_>, chunk: &[u8]) -> Reply {
        let head = head(200, headers) + "transfer-encoding: chunked\r\n\r\n";
        let mut more = format!("{:x}\r\n", chunk.len()).into_bytes();
        more.extend_from_slice(chunk);
        more.extend_from_slice(b"\r\n");
        let then = Then::Repeat(more);
        Reply {
            bytes: head.into_bytes(),
            then,
        }
    }

    /// Headers that go on for as long as somebody reads.
    pub(crate) fn endless_headers() -> Reply {
        let then = Then::Repeat(b"x-more: and more\r\n".to_vec());
        let bytes = head(200, &[]).into_bytes();
        Reply { bytes, then }
    }

    /// No answer; the connection stays open.
    pub(crate) fn silence() -> Reply {
        let (bytes, then) = (Vec::new(), Then::Hold);
        Reply { bytes, then }
    }

    /// The connection is closed without an answer.
    pub(crate) fn hang_up() -> Reply {
        let (bytes, then) = (Vec::new(), Then::Close);
        Reply { bytes, then }
    }
}

type Script = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;
type RequestLog = Arc<Mutex<Vec<Received>>>;

/// The server. It runs as long as the test's async runtime, and speaks no TLS. That a client asks whether it is there
/// (`GET /v2/`) is answered and not recorded.
pub(crate) struct Server {
    /// Host and port.
    pub(crate) address: String,
    log: RequestLog,
}

impl Server {
    pub(crate) async fn start(
        script: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Server::on(listener, script)
    }

    pub(crate) fn on(
        listener: TcpListener,
        script: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let address = listener.local_addr().expect("an address").to_string();
        let log = RequestLog::default();
        let (script, seen): (Script, RequestLog) = (Arc::new(script), log.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), seen.clone()));
            }
        });
        Server { address, log }
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.log.lock().expect("a log").clone()
    }

    /// Returns methods and paths in order.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |request: &Received| format!("{} {}", request.method, request.path());
        self.requests().iter().map(line).collect()
    }

    /// Returns a reference to a version in this server, such as `:1` or `@sha256:…`.
    pub(crate) fn reference(&self, version: &str) -> Reference {
        let text = format!("oci://{}/{REPOSITORY}{version}", self.address);
        Reference::parse(&text).expect("a reference")
    }
}

async fn serve(stream: TcpStream, script: Script, log: RequestLog) {
    let mut first = [0];
    let is_tls = matches!(stream.peek(&mut first).await, Ok(1)) && first[0] == 0x16;
    let mut stream = BufReader::new(stream);
    if is_tls {
        let _ = stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n").await;
        return;
    }
    while let Some(mut request) = receive(&mut stream).await {
        let reply = if request.target == "/v2/" {
            Reply::json(&json!({}))
        } else {
            let mut log = log.lock().expect("a log");
            let same = |other: &&Received| {
                other.method == request.method && other.target == request.target
            };
            request.earlier = log.iter().filter(same).count();
            log.push(request.clone());
            script(&request)
        };
        if stream.write_all(&reply.bytes).await.is_err() {
            return;
        }
        match reply.then {
            Then::KeepOpen => {}
            Then::Close => return,
            Then::Hold => std::future::pending().await,
            Then::Repeat(bytes) => {
                while stream.write_all(&bytes).await.is_ok() {}
                return;
            }
        }
    }
}

/// Reads one request; `None` when the connection was closed.
async fn receive(stream: &mut BufReader<TcpStream>) -> Option<Received> {
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
    let length = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Received {
        method,
        target,
        headers,
        body,
        earlier: 0,
    })
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
