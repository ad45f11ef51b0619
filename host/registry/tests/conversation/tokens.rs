//! Tokens: for one repository and one right, from the server that the registry names.

use std::sync::Arc;

use registry::{Options, Problem, Registries, Secret, TokenSource};
use serde_json::{Value, json};

use crate::support::{
    Received, Reply, Server, Stored, basic, error_text, options, owned, password, registries,
    signed_in,
};

/// Answers requests with the token, and names a server of tokens to the others.
fn with_token(stored: Stored, tokens: &str) -> impl Fn(&Received) -> Reply + use<> {
    let challenge =
        format!("Bearer realm=\"http://{tokens}/token?x=1\",service=\"the service\",scope=\"all\"");
    move |request| match request.authorization() {
        Some("Bearer token-s3cret") => stored.answer(request),
        _ => Reply::new(401, &[("www-authenticate", &challenge)], ""),
    }
}

fn token(_: &Received) -> Reply {
    Reply::json(&json!({ "token": "token-s3cret", "expires_in": 60 }))
}

const QUERY: [(&str, &str); 3] = [
    ("x", "1"),
    ("service", "the service"),
    ("scope", "repository:team/gate:pull"),
];

#[tokio::test]
async fn token_is_for_this_repository_alone_and_the_password_goes_to_its_server_alone() {
    let stored = Stored::new();
    let version = stored.version();
    let tokens = Server::start(token).await;
    let server = Server::start(with_token(stored, &tokens.address)).await;
    let folder = tempfile::tempdir().unwrap();
    let registries = signed_in(folder.path(), &server.address, &password("ann", "s3cret"));
    registries.pull(&server.reference(&version)).await.unwrap();

    let [asked] = &tokens.requests()[..] else {
        panic!("one token, not {:?}", tokens.lines());
    };
    assert_eq!((asked.method.as_str(), asked.path()), ("GET", "/token"));
    assert_eq!(asked.query(), owned(&QUERY));
    assert_eq!(asked.authorization(), Some(&*basic("ann", "s3cret")));
    let sent = server.requests();
    let sent: Vec<_> = sent.iter().map(Received::authorization).collect();
    let bearer = Some("Bearer token-s3cret");
    assert_eq!(sent, [None, bearer, bearer], "no password");
}

#[tokio::test]
async fn token_is_fetched_without_credentials_where_there_are_none() {
    let stored = Stored::new();
    let version = stored.version();
    let tokens =
        Server::start(|_| Reply::json(&json!({ "token": "", "access_token": "token-s3cret" })))
            .await;
    let server = Server::start(with_token(stored, &tokens.address)).await;
    registries()
        .pull(&server.reference(&version))
        .await
        .unwrap();
    assert_eq!(tokens.requests()[0].authorization(), None);
}

#[tokio::test]
async fn identity_token_is_exchanged_as_a_refresh_token() {
    let stored = Stored::new();
    let version = stored.version();
    let tokens = Server::start(token).await;
    let server = Server::start(with_token(stored, &tokens.address)).await;
    let folder = tempfile::tempdir().unwrap();
    let entry = json!({ "identitytoken": "identity+s3cret=&" });
    let registries = signed_in(folder.path(), &server.address, &entry);
    registries.pull(&server.reference(&version)).await.unwrap();
    let asked = &tokens.requests()[0];
    assert_eq!(
        (asked.method.as_str(), asked.authorization()),
        ("POST", None)
    );
    assert_eq!(
        asked.form(),
        owned(&[
            ("service", "the service"),
            ("scope", "repository:team/gate:pull"),
            ("grant_type", "refresh_token"),
            ("client_id", "lockgate"),
            ("refresh_token", "identity+s3cret=&"),
        ])
    );
    let sent = server.requests();
    let is_free = |request: &Received| !format!("{request:?}").contains("identity");
    assert!(
        sent.iter().all(is_free),
        "the registry gets the token alone"
    );
}

#[tokio::test]
async fn token_that_runs_out_on_the_way_is_fetched_again() {
    let stored = Stored::new();
    let version = stored.version();
    let tokens = Server::start(token).await;
    let answer = with_token(stored, &tokens.address);
    let nobody = Stored::with_layers(Vec::new(), &json!([]));
    let refuse = with_token(nobody, &tokens.address);
    let server = Server::start(move |request| {
        if request.is_blob() && request.earlier == 0 {
            let mut late = request.clone();
            late.headers.retain(|(name, _)| name != "authorization");
            refuse(&late)
        } else {
            answer(request)
        }
    })
    .await;
    registries()
        .pull(&server.reference(&version))
        .await
        .unwrap();
    assert_eq!(tokens.requests().len(), 2);
}

#[tokio::test]
async fn token_that_the_registry_does_not_take_is_not_fetched_twice() {
    let tokens = Server::start(|_| Reply::json(&json!({ "token": "other-s3cret" }))).await;
    let server = Server::start(with_token(Stored::new(), &tokens.address)).await;
    let folder = tempfile::tempdir().unwrap();
    let secret = password("änn", "é:s3cret");
    let registries = signed_in(folder.path(), &server.address, &secret);
    let error = error_text(registries.look_up(&server.reference(":1")).await);
    let words = format!("{} answered 401 to the credentials in ", server.address);
    assert!(error.contains(&words), "{error}");
    assert_eq!(server.requests().len(), 2);
    let [asked] = &tokens.requests()[..] else {
        panic!("one token, not {:?}", tokens.lines());
    };
    assert_eq!(asked.authorization(), Some(&*basic("änn", "é:s3cret")));
}

#[tokio::test]
async fn user_in_the_realm_is_not_sent() {
    let stored = Stored::new();
    let version = stored.version();
    let tokens = Server::start(token).await;
    let realm = format!("user:s3cret@{}", tokens.address);
    let server = Server::start(with_token(stored, &realm)).await;
    registries()
        .pull(&server.reference(&version))
        .await
        .unwrap();
    assert_eq!(tokens.requests()[0].authorization(), None);
}

/// Returns the text of the error where the server of tokens answers like this.
async fn refused(reply: impl Fn() -> Reply + Send + Sync + 'static) -> (String, usize) {
    let tokens = Server::start(move |_| reply()).await;
    let server = Server::start(with_token(Stored::new(), &tokens.address)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let registries = signed_in(folder.path(), &server.address, &password("ann", "s3cret"));
    let error = error_text(registries.look_up(&server.reference(":1")).await);
    assert_eq!(server.requests().len(), 1, "no second request");
    (error, tokens.requests().len())
}

#[tokio::test]
async fn answer_that_is_no_token_is_refused() {
    for body in [
        "<p>s3cret",
        "{}",
        "{\"token\":\"\"}",
        "{\"token\":7}",
        "{\"token\":\"s3cret\\r\\nx: y\"}",
        "{\"token\":\"s3crét\"}",
        "\"s3cret\"",
    ] {
        let (error, _) = refused(move || Reply::new(200, &[], body)).await;
        assert!(
            error.contains("it is no JSON with a token"),
            "{body}: {error}"
        );
    }
}

#[tokio::test]
async fn answer_without_an_end_is_read_up_to_the_limit() {
    let (error, _) = refused(|| Reply::endless(&[], &[b' '; 512])).await;
    assert!(error.contains("more than the 4096 bytes"), "{error}");
}

#[tokio::test]
async fn refusals_of_the_server_of_tokens_have_texts_of_their_own() {
    for (status, words, attempts) in [
        (400, "answered 401 to the credentials in ", 1),
        (401, "answered 401 to the credentials in ", 1),
        (403, "answered 403 to the credentials in ", 1),
        (404, "answered 404 to a request for a token", 1),
        (302, "answered 302 to a request for a token", 1),
        (429, "too many requests for 7 s", 1),
        (503, "answered 503", 3),
    ] {
        let words = words.replace("answered 401", &format!("answered {}", status.min(401)));
        let (error, sent) = refused(move || {
            let after: &[(&str, &str)] = &[("retry-after", "7"), ("location", "/s3cret")];
            let headers = if status == 503 { &[][..] } else { after };
            Reply::new(status, headers, "s3cret")
        })
        .await;
        assert!(error.contains(&words), "{status}: {error}");
        assert_eq!(sent, attempts, "{status}");
    }
}

#[tokio::test]
async fn server_of_tokens_that_is_busy_is_asked_again() {
    let stored = Stored::new();
    let version = stored.version();
    let tokens = Server::start(|request| match request.earlier {
        0 => Reply::new(429, &[("retry-after", "0")], ""),
        1 => Reply::hang_up(),
        _ => token(request),
    })
    .await;
    let server = Server::start(with_token(stored, &tokens.address)).await;
    registries()
        .pull(&server.reference(&version))
        .await
        .unwrap();
    assert_eq!(tokens.requests().len(), 3);
}

/// A source that has this to say.
struct Source(Result<Option<&'static str>, &'static str>);

#[async_trait::async_trait]
impl TokenSource for Source {
    async fn refresh_token(&self, _: &str) -> Result<Option<Secret>, String> {
        let token = self.0.map_err(str::to_owned)?;
        Ok(token.map(Secret::new))
    }
}

fn with_source(said: Result<Option<&'static str>, &'static str>) -> Registries {
    Registries::new(Options {
        tokens: Some(Arc::new(Source(said))),
        ..options()
    })
}

#[tokio::test]
async fn own_token_stays_at_the_registry() {
    let tokens = Server::start(token).await;
    let server = Server::start(with_token(Stored::new(), &tokens.address)).await;
    let registries = with_source(Ok(Some("own-s3cret")));
    let error = error_text(registries.look_up(&server.reference(":1")).await);
    let words = format!("from {}, where this credential is not sent", tokens.address);
    assert!(error.contains(&words), "{error}");
    assert!(tokens.requests().is_empty());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn own_token_is_exchanged_at_the_registry_itself() {
    let stored = Stored::new();
    let version = stored.version();
    let server = Server::start(move |request| {
        if request.path() == "/token" {
            return token(request);
        }
        with_token(stored.clone(), request.header("host").unwrap())(request)
    })
    .await;
    let registries = with_source(Ok(Some("own-s3cret")));
    registries.pull(&server.reference(&version)).await.unwrap();
    let form = server.requests()[1].form();
    assert!(form.contains(&("refresh_token".to_owned(), "own-s3cret".to_owned())));
}

#[tokio::test]
async fn source_that_fails_is_no_reason_not_to_ask() {
    let stored = Stored::new();
    let version = stored.version();
    let tokens = Server::start(token).await;
    let server = Server::start(with_token(stored, &tokens.address)).await;
    let registries = with_source(Err("the identity is away"));
    registries.pull(&server.reference(&version)).await.unwrap();
    assert_eq!(tokens.requests()[0].authorization(), None);
}

#[tokio::test]
async fn source_that_fails_is_named_where_the_registry_refuses() {
    let registries = with_source(Err("the identity is away"));
    let words = "without credentials (the identity is away)";
    let challenge = &[("www-authenticate", "Basic realm=\"x\"")];
    let server = Server::start(|_| Reply::new(401, challenge, "")).await;
    let error = error_text(registries.look_up(&server.reference(":1")).await);
    assert!(error.contains(&format!("answered 401 {words};")), "{error}");

    let tokens = Server::start(|_| Reply::new(403, &[], "")).await;
    let server = Server::start(with_token(Stored::new(), &tokens.address)).await;
    let error = error_text(registries.look_up(&server.reference(":1")).await);
    assert!(error.contains(&format!("answered 403 {words}:")), "{error}");
}

#[tokio::test]
async fn source_is_not_asked_where_docker_has_a_credential() {
    let challenge = &[("www-authenticate", "Basic realm=\"x\"")];
    let server = Server::start(|_| Reply::new(401, challenge, "")).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    let auths: Value = json!({ "auths": { &server.address: password("ann", "s3cret") } });
    std::fs::write(&path, auths.to_string()).unwrap();
    let registries = Registries::new(Options {
        docker_config: Some(path),
        tokens: Some(Arc::new(Source(Err("asked")))),
        ..options()
    });
    let result = registries.look_up(&server.reference(":1")).await;
    let error = result.unwrap_err();
    assert!(
        matches!(&error.problem, Problem::Unauthenticated { with, .. }
        if with.contains("config.json")),
        "{error}"
    );
}
