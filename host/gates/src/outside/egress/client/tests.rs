//! The client against a real socket: redirects, limits on sizes, checked addresses, and whose fault a failure is.

use std::future::pending;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::Url;

use super::{
    Client, ExchangeError, HttpRequest, HttpResponse, Loopback, PermittedUrl, resolving_with,
};
use crate::outside::egress::resolver::waiting;
use crate::outside::secrets::KnownSecrets;

/// Answers one request with these bytes, and returns the port.
async fn serving(answer: &'static str) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.expect("a client");
        let mut request = [0; 4_096];
        let _ = client.read(&mut request).await;
        let _ = client.write_all(answer.as_bytes()).await;
        // Some responses are never finished: the connection stays open.
        let _ = client.read(&mut request).await;
    });
    port
}

async fn send(host: &str, port: u16, loopback: Loopback) -> Result<HttpResponse, ExchangeError> {
    send_with(Client::new().expect("a client"), host, port, loopback).await
}

async fn send_with(
    client: Client,
    host: &str,
    port: u16,
    loopback: Loopback,
) -> Result<HttpResponse, ExchangeError> {
    let url = format!("http://{host}:{port}/");
    let request = HttpRequest {
        method: "GET".to_owned(),
        url: url.clone(),
        headers: Vec::new(),
        body: None,
        timeout: Duration::from_millis(500),
        response_body_bytes_max: 8,
        header_bytes_max: 200,
    };
    let permitted = PermittedUrl {
        url: Url::parse(&url).expect("a URL"),
        loopback,
        fields: Vec::new(),
    };
    client
        .send(permitted, request, &KnownSecrets::default())
        .await
}

#[tokio::test]
async fn redirect_is_returned_and_not_followed() {
    let redirect =
        "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
    let answer = send("127.0.0.1", serving(redirect).await, Loopback::Allowed)
        .await
        .expect("an answer");
    assert_eq!(answer.status, 302);
    assert!(answer.elapsed_ms > 0.0);
}

#[tokio::test]
async fn body_is_refused_by_its_announced_length_and_by_its_bytes() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n",
    ] {
        let refused = send("127.0.0.1", serving(answer).await, Loopback::Allowed).await;
        assert_eq!(refused, Err(ExchangeError::TooLarge(8)));
    }
}

#[tokio::test]
async fn header_fields_beyond_the_limit_are_refused() {
    let answer = concat!(
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-long: ",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n\r\n"
    );
    let refused = send("127.0.0.1", serving(answer).await, Loopback::Allowed).await;
    assert_eq!(refused, Err(ExchangeError::TooLarge(200)));
}

#[tokio::test]
async fn response_that_never_ends_is_a_timeout() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n12";
    assert_eq!(
        send("127.0.0.1", serving(answer).await, Loopback::Allowed).await,
        Err(ExchangeError::Timeout)
    );
}

#[tokio::test]
async fn name_that_resolves_to_this_machine_is_refused_unless_loopback_is_allowed() {
    let port = serving("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let refused = send("localhost", port, Loopback::Refused).await;
    assert!(
        matches!(&refused, Err(ExchangeError::Denied(why)) if why.contains("this machine")),
        "{refused:?}"
    );
    assert_eq!(
        send("localhost", port, Loopback::Allowed)
            .await
            .map(|answer| answer.status),
        Ok(200)
    );
}

#[tokio::test]
async fn closed_port_is_unreachable() {
    let refused = send("127.0.0.1", 9, Loopback::Allowed).await;
    assert!(
        matches!(refused, Err(ExchangeError::Unreachable(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn connection_that_is_reset_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { drop(listener.accept().await) });
    let broken = send("127.0.0.1", port, Loopback::Allowed).await;
    assert!(
        matches!(broken, Err(ExchangeError::Unreachable(_))),
        "{broken:?}"
    );
}

#[tokio::test]
async fn name_without_an_address_is_unresolved() {
    // A label of more than 63 characters is refused before anybody is asked.
    let name = format!("{}.example", "a".repeat(64));
    let unresolved = send(&name, 80, Loopback::Refused).await;
    assert!(
        matches!(&unresolved, Err(ExchangeError::Unresolved(why)) if why.contains(&name)),
        "{unresolved:?}"
    );
}

/// Answers no question.
struct Silent;

impl Resolve for Silent {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(waiting(pending::<Result<Addrs, _>>()))
    }
}

#[tokio::test]
async fn name_that_is_not_resolved_in_time_is_unresolved_and_no_timeout() {
    let client = Client {
        open: resolving_with(Silent).expect("a client"),
        loopback: resolving_with(Silent).expect("a client"),
    };
    let unresolved = send_with(client, "canary.example", 80, Loopback::Refused).await;
    assert!(
        matches!(&unresolved, Err(ExchangeError::Unresolved(why)) if why.contains("canary.example")),
        "{unresolved:?}"
    );
}
