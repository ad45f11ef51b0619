//! Passwords: sent to the registry or to its server of tokens, and nowhere else.

use registry::Problem;

use crate::support::{
    Received, Reply, Server, Stored, basic, error_text, password, registries, signed_in,
};

const BASIC: &[(&str, &str)] = &[("www-authenticate", "Basic realm=\"registry\"")];

/// Answers requests with these credentials, and refuses the others.
fn with_basic(stored: Stored, expected: String) -> impl Fn(&Received) -> Reply {
    move |request| {
        if request.authorization() == Some(&expected) {
            stored.answer(request)
        } else {
            Reply::new(401, BASIC, "")
        }
    }
}

#[tokio::test]
async fn password_is_sent_once_it_is_asked_for() {
    let stored = Stored::new();
    let version = stored.version();
    let secret = "é:s3cret";
    let server = Server::start(with_basic(stored, basic("ann", secret))).await;
    let folder = tempfile::tempdir().unwrap();
    let registries = signed_in(folder.path(), &server.address, &password("ann", secret));
    registries.pull(&server.reference(&version)).await.unwrap();
    let sent = server.requests();
    assert_eq!(sent.len(), 3, "{:?}", server.lines());
    assert_eq!(sent[0].authorization(), None);
    assert!(
        sent[1..]
            .iter()
            .all(|request| request.authorization().is_some())
    );
}

#[tokio::test]
async fn refused_password_is_named_by_its_origin() {
    let server = Server::start(|_| Reply::new(401, BASIC, "s3cret")).await;
    let folder = tempfile::tempdir().unwrap();
    let registries = signed_in(folder.path(), &server.address, &password("ann", "s3cret"));
    let error = error_text(registries.look_up(&server.reference(":1")).await);
    let path = folder.path().join("config.json");
    let words = format!("answered 401 to the credentials in {};", path.display());
    assert!(error.contains(&words), "{error}");
    let login = format!("docker login {}", server.address);
    assert!(error.contains(&login), "{error}");
    assert_eq!(server.requests().len(), 2, "not a third time");
}

#[tokio::test]
async fn forbidden_password_is_named_by_its_origin() {
    let server = Server::start(|request| match request.authorization() {
        None => Reply::new(401, BASIC, ""),
        Some(_) => Reply::new(403, &[], "s3cret"),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let registries = signed_in(folder.path(), &server.address, &password("ann", "s3cret"));
    let error = error_text(registries.look_up(&server.reference(":1")).await);
    assert!(
        error.contains("answered 403 to the credentials in "),
        "{error}"
    );
}

#[tokio::test]
async fn registry_that_wants_a_password_is_sent_none_where_there_is_none() {
    let server = Server::start(|_| Reply::new(401, BASIC, "")).await;
    let error = error_text(registries().look_up(&server.reference(":1")).await);
    assert!(
        error.contains("answered 401 without credentials;"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn token_is_no_answer_where_a_password_is_wanted() {
    let server = Server::start(|_| Reply::new(401, BASIC, "")).await;
    let folder = tempfile::tempdir().unwrap();
    let entry = serde_json::json!({ "identitytoken": "s3cret" });
    let registries = signed_in(folder.path(), &server.address, &entry);
    let error = error_text(registries.look_up(&server.reference(":1")).await);
    assert!(error.contains("asks for a password"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

/// Returns the problem of a registry that answers with these challenges.
async fn challenged(challenges: &'static [&'static str]) -> Problem {
    let fields: Vec<_> = challenges
        .iter()
        .map(|challenge| ("www-authenticate", *challenge))
        .collect();
    let server = Server::start(move |_| Reply::new(401, &fields, "")).await;
    let folder = tempfile::tempdir().expect("a folder");
    let registries = signed_in(folder.path(), &server.address, &password("ann", "s3cret"));
    let result = registries.look_up(&server.reference(":1")).await;
    let problem = result.as_ref().err().map(|error| error.problem.clone());
    error_text(result);
    for request in &server.requests()[1..] {
        assert_eq!(request.authorization(), Some(&*basic("ann", "s3cret")));
    }
    problem.expect("an error")
}

#[tokio::test]
async fn challenge_that_is_none_sends_nothing() {
    for challenges in [
        &[][..],
        &["Negotiate"],
        &["Digest realm=\"x\", nonce=\"y\""],
        &["Bearer"],
        &["Bearer realm=\"/token\""],
        &["Bearer realm=\"\""],
        &["Bearer realm=\"unended"],
        &["Bearer realm=\"file:///etc/passwd\""],
        &["Bearer realm=\"http://tokens.example/t?s3cret\""],
        &["Bearer realm=\"http://127.0.0.1.example/token\""],
        &["\u{fffd}"],
        &["=,=,="],
    ] {
        let problem = challenged(challenges).await;
        let is_right = matches!(problem, Problem::Challenge { .. });
        assert!(is_right, "{challenges:?}: {problem}");
    }
}

#[tokio::test]
async fn password_is_found_among_several_challenges_in_any_case() {
    for challenges in [
        &["bAsIc ReAlM=\"x\""][..],
        &["Negotiate, Basic realm=\"x\""],
        &["Digest realm=\"x\", nonce=\"y, z\"", "BASIC realm=\"x\""],
        &["Basic"],
        &["=,=", "Basic realm=\"x\""],
    ] {
        let problem = challenged(challenges).await;
        let is_right = matches!(&problem, Problem::Unauthenticated { with, .. }
            if with.starts_with("to the credentials in "));
        assert!(is_right, "{challenges:?}: {problem}");
    }
}
