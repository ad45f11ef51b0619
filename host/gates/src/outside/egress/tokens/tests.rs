//! Minted tokens on real requests: what the service gets, what is known before it does, and what is never sent.

use std::sync::Mutex;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::outside::egress::{Client, HeaderCredential, Origins, Policy};
use crate::outside::exchange::HttpResponse;
use crate::outside::secrets::Secrets;

/// Mints these tokens, one for each request, then fails.
struct Minted(Mutex<Vec<&'static str>>);

impl TokenSource for Minted {
    fn token<'a>(&'a self, scope: &'a str) -> TokenFuture<'a> {
        assert_eq!(scope, "https://api.example");
        let next = self.0.lock().expect("no thread panics").pop();
        let token = next.map(str::to_owned);
        Box::pin(async move { token.ok_or_else(|| "the authority is away".to_owned()) })
    }
}

/// An origin of this machine whose requests carry minted tokens.
struct Service {
    listener: tokio::net::TcpListener,
    policy: Policy,
    url: String,
    secrets: Secrets,
}

impl Service {
    async fn new(tokens: &[&'static str], reads_only: bool) -> Service {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let grant = TokenGrant {
            scope: "https://api.example".to_owned(),
            reads_only,
            source: Arc::new(Minted(Mutex::new(tokens.iter().rev().copied().collect()))),
        };
        let credential = HeaderCredential::with_token(&origin, grant).expect("a credential");
        let allow = Origins::parse(std::slice::from_ref(&origin)).expect("an origin");
        Service {
            listener,
            policy: Policy::new(&allow, &[credential], &[]),
            url: format!("{origin}/"),
            secrets: Secrets::default(),
        }
    }

    async fn send(&self, method: &str) -> Result<HttpResponse, ExchangeError> {
        let request = HttpRequest {
            method: method.to_owned(),
            url: self.url.clone(),
            headers: vec![("Authorization".to_owned(), "Bearer of-the-guest".to_owned())],
            body: None,
            timeout: Duration::from_secs(5),
            response_body_bytes_max: 1_000,
            header_bytes_max: 1_000,
        };
        let permitted = self.policy.permit(&self.url).expect("it is allowed");
        let client = Client::new().expect("a client");
        client.send(permitted, request, self.secrets.known()).await
    }

    /// Sends a request and returns it as the service got it. At that time the token is a secret already.
    async fn received(&self, method: &str) -> String {
        let answer = async {
            let (mut stream, _) = self.listener.accept().await.expect("a client");
            let mut request = vec![0; 4_096];
            let length = stream.read(&mut request).await.expect("a request");
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            assert!(
                self.secrets.found_in(&request).is_some(),
                "it is known: {request}"
            );
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).await.expect("answered");
            request
        };
        let (sent, request) = tokio::join!(self.send(method), answer);
        assert_eq!(sent.expect("an answer").status, 200);
        request
    }
}

#[tokio::test]
async fn request_carries_the_minted_token_instead_of_the_guests_own_field() {
    let service = Service::new(&["first-token", "second-token"], false).await;
    for token in ["first-token", "second-token"] {
        let request = service.received("POST").await;
        assert!(
            request.contains(&format!("\r\nauthorization: Bearer {token}\r\n")),
            "{request}"
        );
        assert!(!request.contains("of-the-guest"), "{request}");
    }
    // Those before it are masked as well, for all who share the secrets.
    let others = Secrets::of(service.secrets.known().clone(), &[]).expect("secrets");
    assert_eq!(
        others.scrub_text("first-token, second-token"),
        "[redacted], [redacted]"
    );
    let name = others.found_in("Zmlyc3QtdG9rZW4=");
    assert_eq!(name.as_deref(), Some("token for https://api.example"));
}

#[tokio::test]
async fn request_without_a_token_is_not_sent_and_says_nothing_about_the_other_side() {
    let service = Service::new(&[], false).await;
    let why = "no token for https://api.example: the authority is away";
    let refused = Err(ExchangeError::ThisMachine(why.to_owned()));
    assert_eq!(service.send("GET").await, refused);
}

#[tokio::test]
async fn token_for_reading_goes_with_no_request_that_may_change_something() {
    let service = Service::new(&["first-token"], true).await;
    for method in ["POST", "PATCH", "PUT", "DELETE", "get"] {
        let refused = service.send(method).await;
        assert!(
            matches!(refused, Err(ExchangeError::Denied(_))),
            "{method}: {refused:?}"
        );
    }
    service.received("GET").await;
}

#[tokio::test]
async fn token_that_cannot_be_sent_or_masked_is_not_sent() {
    for token in ["line\nbreak", "short"] {
        let service = Service::new(&[token], false).await;
        let refused = service.send("GET").await;
        let Err(ExchangeError::ThisMachine(why)) = refused else {
            panic!("{token}: {refused:?}");
        };
        assert!(!why.contains(token), "{why}");
    }
}

#[test]
fn token_is_bound_to_one_private_origin() {
    let grant = TokenGrant {
        scope: "https://api.example".to_owned(),
        reads_only: false,
        source: Arc::new(Minted(Mutex::default())),
    };
    for origin in ["http://api.example", "https://*.api.example", "api.example"] {
        assert!(
            HeaderCredential::with_token(origin, grant.clone()).is_err(),
            "{origin}"
        );
    }
    let credential = HeaderCredential::with_token("https://api.example", grant).expect("bound");
    assert_eq!(credential.secret(), None);
    assert!(format!("{credential:?}").contains("TokenGrant(https://api.example)"));
}
