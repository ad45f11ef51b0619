//! Redirects of reads: followed without credentials, only so often, and never to clear text on another machine.

use registry::Problem;

use crate::support::{
    Received, Reply, Server, Stored, basic, error_text, password, registries, signed_in,
};

fn to(place: &str) -> Reply {
    Reply::new(307, &[("location", place)], "")
}

#[tokio::test]
async fn component_elsewhere_is_fetched_without_credentials() {
    let stored = Stored::new();
    let (component, version) = (stored.component.clone(), stored.version());
    let elsewhere = Server::start(move |_| Reply::new(200, &[], &component)).await;
    let place = format!("http://{}/blob?signature=s3cret", elsewhere.address);
    let expected = basic("ann", "s3cret");
    let server = Server::start(move |request| match request.authorization() {
        None => Reply::new(401, &[("www-authenticate", "Basic realm=\"x\"")], ""),
        Some(value) => {
            assert_eq!(value, expected);
            if request.is_blob() {
                to(&place)
            } else {
                stored.answer(request)
            }
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let registries = signed_in(folder.path(), &server.address, &password("ann", "s3cret"));
    registries.pull(&server.reference(&version)).await.unwrap();
    let [asked] = &elsewhere.requests()[..] else {
        panic!("one request, not {:?}", elsewhere.lines());
    };
    assert_eq!(asked.target, "/blob?signature=s3cret");
    assert_eq!(asked.authorization(), None);
    assert_eq!(asked.header("referer"), None);
}

/// Returns the text of the error where the component is redirected to this place.
async fn refused(
    place: impl Fn(&Received) -> String + Send + Sync + 'static,
) -> (String, Problem, usize) {
    let stored = Stored::new();
    let version = stored.version();
    let server = Server::start(move |request| {
        if request.is_manifest() {
            stored.answer(request)
        } else {
            to(&place(request))
        }
    })
    .await;
    let result = registries().pull(&server.reference(&version)).await;
    let problem = result.as_ref().err().map(|error| error.problem.clone());
    (
        error_text(result),
        problem.expect("an error"),
        server.requests().len(),
    )
}

#[tokio::test]
async fn redirects_are_followed_only_so_often() {
    let (error, problem, sent) = refused(|_| "/v2/again?s3cret".to_owned()).await;
    assert!(matches!(problem, Problem::Redirect { .. }), "{error}");
    assert!(error.contains("more than 2 times"), "{error}");
    assert_eq!(sent, 1 + 3, "a manifest, a component, and two redirects");
}

#[tokio::test]
async fn redirect_that_is_not_safe_is_refused() {
    for (place, words) in [
        (
            "http://other.example/s3cret",
            "to other.example in clear text",
        ),
        ("http://user:s3cret@10.0.0.1/", "to 10.0.0.1 in clear text"),
        ("file:///etc/s3cret", "to an address that is not HTTP"),
        ("data:s3cret", "to an address that is not HTTP"),
        ("http://[::1/s3cret", "without saying where to"),
    ] {
        let (error, problem, sent) = refused(move |_| place.to_owned()).await;
        assert!(
            matches!(problem, Problem::Redirect { .. }),
            "{place}: {error}"
        );
        assert!(error.contains(words), "{place}: {error}");
        assert_eq!(sent, 2, "{place}");
    }
}

#[tokio::test]
async fn server_elsewhere_that_refuses_is_named_without_the_credentials() {
    for status in [401, 403] {
        let challenge = [("www-authenticate", "Basic realm=\"x\"")];
        let elsewhere = Server::start(move |_| Reply::new(status, &challenge, "s3cret")).await;
        let place = format!("http://{}/blob?signature=s3cret", elsewhere.address);
        let (error, _, _) = refused(move |_| place.clone()).await;
        let words = format!(
            "{} answered {status} without credentials",
            elsewhere.address
        );
        assert!(error.contains(&words), "{error}");
        assert_eq!(elsewhere.requests().len(), 1);
    }
}

#[tokio::test]
async fn server_elsewhere_that_asks_for_a_sign_in_gets_none() {
    let tokens = Server::start(|_| Reply::new(200, &[], "{\"token\":\"t\"}")).await;
    for challenge in [
        format!("Bearer realm=\"http://{}/token\"", tokens.address),
        "Basic realm=\"x\"".to_owned(),
    ] {
        let elsewhere = Server::start(move |_| {
            let headers = [("www-authenticate", &*challenge)];
            Reply::new(401, &headers, "")
        })
        .await;
        let place = format!("http://{}/blob?signature=s3cret", elsewhere.address);
        let stored = Stored::new();
        let version = stored.version();
        let server = Server::start(move |request| match request.authorization() {
            None => Reply::new(401, &[("www-authenticate", "Basic realm=\"x\"")], ""),
            Some(_) if request.is_blob() => to(&place),
            Some(_) => stored.answer(request),
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let registries = signed_in(folder.path(), &server.address, &password("ann", "s3cret"));
        let error = error_text(registries.pull(&server.reference(&version)).await);
        let words = format!("{} answered 401 without credentials;", elsewhere.address);
        assert!(error.contains(&words), "{error}");
        assert_eq!(elsewhere.requests().len(), 1);
        assert_eq!(elsewhere.requests()[0].authorization(), None);
    }
    assert!(tokens.requests().is_empty());
}

#[tokio::test]
async fn signed_place_that_does_not_answer_is_named_without_its_signature() {
    let elsewhere = Server::start(|_| Reply::hang_up()).await;
    let place = format!(
        "http://user:s3cret@{}/blob?signature=s3cret",
        elsewhere.address
    );
    let (error, problem, _) = refused(move |_| place.clone()).await;
    assert!(matches!(problem, Problem::Unreachable { .. }), "{error}");
    let sent = elsewhere.requests();
    assert_eq!(sent.len(), 3);
    assert!(
        sent.iter().all(|request| request.authorization().is_none()),
        "{sent:?}"
    );
}
