//! The client against a real socket: what it follows, what it counts, and whom it dials.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::Url;

use super::{Client, ExchangeError, HttpRequest, HttpResponse, Permit};

/// Answers one request with these bytes.
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
        // Some answers are never finished: the connection stays open.
        let _ = client.read(&mut request).await;
    });
    port
}

async fn ask(host: &str, port: u16, loopback: bool) -> Result<HttpResponse, ExchangeError> {
    let url = format!("http://{host}:{port}/");
    let asked = HttpRequest {
        method: "GET".to_owned(),
        url: url.clone(),
        headers: Vec::new(),
        body: None,
        timeout: Duration::from_millis(500),
        response_body_bytes_max: 8,
        header_bytes_max: 200,
    };
    let client = Client::new().expect("a client");
    let permit = Permit {
        url: Url::parse(&url).expect("a URL"),
        loopback,
        fields: Vec::new(),
    };
    client.send(permit, asked).await
}

#[tokio::test]
async fn redirect_comes_back_as_it_is() {
    let redirect =
        "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n";
    let answer = ask("127.0.0.1", serving(redirect).await, true)
        .await
        .expect("an answer");
    assert_eq!(answer.status, 302);
    assert!(answer.elapsed_ms > 0.0);
}

#[tokio::test]
async fn body_is_refused_by_its_announcement_and_by_its_bytes() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n",
    ] {
        let refused = ask("127.0.0.1", serving(answer).await, true).await;
        assert_eq!(refused, Err(ExchangeError::TooLarge(8)));
    }
}

#[tokio::test]
async fn header_fields_are_counted() {
    let answer = concat!(
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-long: ",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n\r\n"
    );
    let refused = ask("127.0.0.1", serving(answer).await, true).await;
    assert_eq!(refused, Err(ExchangeError::TooLarge(200)));
}

#[tokio::test]
async fn answer_that_never_ends_is_a_timeout() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n12";
    assert_eq!(
        ask("127.0.0.1", serving(answer).await, true).await,
        Err(ExchangeError::Timeout)
    );
}

#[tokio::test]
async fn name_that_leads_to_this_machine_is_judged_after_it_is_resolved() {
    let port = serving("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let refused = ask("localhost", port, false).await;
    assert!(
        matches!(&refused, Err(ExchangeError::Denied(why)) if why.contains("this machine")),
        "{refused:?}"
    );
    assert_eq!(
        ask("localhost", port, true)
            .await
            .map(|answer| answer.status),
        Ok(200)
    );
}

#[tokio::test]
async fn nobody_at_the_other_end_is_unreachable() {
    let refused = ask("127.0.0.1", 9, true).await;
    assert!(
        matches!(refused, Err(ExchangeError::Unreachable(_))),
        "{refused:?}"
    );
}
