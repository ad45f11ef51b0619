//! A push writes the component, its configuration, and then the tag.

use std::sync::{Arc, Mutex};

use registry::{Artifact, Digest, Problem, RegistryError};
use serde_json::Value;

use crate::support::{
    MANIFEST, Received, Reply, Server, error_text, owned, password, registries, signed_in,
};

fn artifact() -> Artifact {
    Artifact {
        component: b"\0asm the component".to_vec(),
        name: "smoke".to_owned(),
        version: "1.2.0".to_owned(),
        summary: "Asks once.".to_owned(),
        exports: vec!["lockgate:plugin/about@0.1.0".to_owned()],
        imports: Vec::new(),
    }
}

/// Returns a registry that keeps what it is sent, and begins uploads at this place.
fn keeping(place: &'static str) -> impl Fn(&Received) -> Reply + Send + Sync + 'static {
    let kept = Arc::new(Mutex::new(Vec::<Digest>::new()));
    move |request| {
        let mut kept = kept.lock().expect("what is kept");
        let has = |kept: &[Digest]| {
            let ends = |digest: &Digest| request.path().ends_with(&digest.to_string());
            kept.iter().any(ends)
        };
        match request.method.as_str() {
            "HEAD" if has(&kept) => Reply::new(200, &[], ""),
            "HEAD" => Reply::new(404, &[], ""),
            "POST" => Reply::new(202, &[("location", place)], ""),
            _ => {
                let digest = Digest::of(&request.body);
                kept.push(digest.clone());
                let named = [("docker-content-digest", &*digest.to_string())];
                Reply::new(201, &named, "")
            }
        }
    }
}

const PLACE: &str = "/v2/team/gate/blobs/uploads/1?_state=a%2Fb==";

#[tokio::test]
async fn component_and_configuration_are_written_before_the_tag() {
    let server = Server::start(keeping(PLACE)).await;
    let pushed = registries()
        .push(&server.reference(":1.2"), &artifact())
        .await;
    let digest = pushed.unwrap();
    let sent = server.requests();
    let lines: Vec<String> = server.lines();
    let component = Digest::of(&artifact().component);
    let config = Digest::of(&sent[5].body);
    assert_eq!(
        lines,
        [
            &*format!("HEAD /v2/team/gate/blobs/{component}"),
            "POST /v2/team/gate/blobs/uploads/",
            "PUT /v2/team/gate/blobs/uploads/1",
            &*format!("HEAD /v2/team/gate/blobs/{config}"),
            "POST /v2/team/gate/blobs/uploads/",
            "PUT /v2/team/gate/blobs/uploads/1",
            "PUT /v2/team/gate/manifests/1.2",
        ]
    );
    assert_eq!(sent[2].body, artifact().component);
    assert!(
        sent[2].target.contains("?_state=a%2Fb==&"),
        "as the registry wrote it"
    );
    let query = owned(&[("_state", "a/b=="), ("digest", &component.to_string())]);
    assert_eq!(sent[2].query(), query);
    assert_eq!(Digest::of(&sent[6].body), digest);
    assert_eq!(sent[6].header("content-type"), Some(MANIFEST));
    let manifest: Value = serde_json::from_slice(&sent[6].body).unwrap();
    assert_eq!(manifest["layers"][0]["digest"], component.to_string());
    assert_eq!(manifest["config"]["digest"], config.to_string());
}

#[tokio::test]
async fn what_is_there_is_not_sent_again_and_has_the_same_digest() {
    let server = Server::start(keeping(PLACE)).await;
    let reference = server.reference(":1.2");
    let first = registries().push(&reference, &artifact()).await.unwrap();
    let before = server.lines().len();
    let second = registries().push(&reference, &artifact()).await.unwrap();
    assert_eq!(first, second);
    let lines = server.lines().split_off(before);
    let methods: Vec<&str> = lines.iter().map(|line| &line[..4]).collect();
    assert_eq!(methods, ["HEAD", "HEAD", "PUT "]);
}

#[tokio::test]
async fn what_is_kept_elsewhere_is_there() {
    let keeps = keeping(PLACE);
    let server = Server::start(move |request| match request.method.as_str() {
        "HEAD" => Reply::new(307, &[("location", "https://other.example/s3cret")], ""),
        _ => keeps(request),
    })
    .await;
    let pushed = registries()
        .push(&server.reference(":1"), &artifact())
        .await;
    pushed.unwrap();
    assert_eq!(server.lines().len(), 3, "{:?}", server.lines());
}

#[tokio::test]
async fn reference_without_a_tag_is_refused_and_nothing_is_sent() {
    let server = Server::start(keeping(PLACE)).await;
    let digest = Digest::of(b"x");
    let reference = server.reference(&format!("@{digest}"));
    let error = error_text(registries().push(&reference, &artifact()).await);
    assert!(error.contains("names no tag"), "{error}");
    assert!(server.lines().is_empty());
}

/// Pushes to a registry that answers some requests in another way.
async fn refused(
    instead: impl Fn(&Received) -> Option<Reply> + Send + Sync + 'static,
) -> (RegistryError, Server) {
    let keeps = keeping(PLACE);
    let script = move |request: &Received| instead(request).unwrap_or_else(|| keeps(request));
    let server = Server::start(script).await;
    let folder = tempfile::tempdir().expect("a folder");
    let registries = signed_in(folder.path(), &server.address, &password("ann", "s3cret"));
    let result = registries.push(&server.reference(":1"), &artifact()).await;
    let problem = result.as_ref().err().map(|error| error.problem.clone());
    let task = registry::Task::Push;
    let reference = server.reference(":1");
    error_text(result);
    let problem = problem.expect("an error");
    let error = RegistryError {
        task,
        reference,
        problem,
    };
    (error, server)
}

#[tokio::test]
async fn registry_that_names_another_digest_is_an_error() {
    let (error, server) = refused(|request| {
        let other = Digest::of(b"other").to_string();
        let headers = [("docker-content-digest", &*other)];
        (request.method == "PUT" && request.is_manifest()).then(|| Reply::new(201, &headers, ""))
    })
    .await;
    let text = error.to_string();
    let manifest = Digest::of(&server.requests()[6].body);
    assert!(text.contains(&format!("and not {manifest}")), "{text}");
    assert!(text.contains(&Digest::of(b"other").to_string()), "{text}");
    assert!(!text.contains("nothing of it was kept"), "{text}");
}

#[tokio::test]
async fn tag_is_not_written_after_a_component_that_was_refused() {
    for (status, words) in [
        (400, "answered 400"),
        (403, "it does not let you push to team/gate"),
        (500, "answered 500"),
        (307, "no redirect like that is followed"),
    ] {
        let (error, server) = refused(move |request| {
            let headers = [("location", "https://other.example/s3cret")];
            (request.method == "PUT").then(|| Reply::new(status, &headers, "s3cret"))
        })
        .await;
        assert!(error.to_string().contains(words), "{status}: {error}");
        let puts = server
            .lines()
            .iter()
            .filter(|line| line.starts_with("PUT"))
            .count();
        assert_eq!(
            puts, 1,
            "{status}: a write is not repeated, and the tag is not written"
        );
    }
}

#[tokio::test]
async fn upload_to_another_place_is_refused_and_gets_nothing() {
    for (place, words) in [
        ("https://other.example/upload?s3cret", "at other.example"),
        ("http://127.0.0.1:1/upload?s3cret", "at 127.0.0.1:1"),
        ("//other.example/upload?s3cret", "at other.example"),
        (
            "ftp://user:s3cret@other.example/",
            "at an address that is not HTTP",
        ),
        ("data:s3cret", "at an address that is not HTTP"),
        ("http://[::1/s3cret", "without saying where"),
    ] {
        let (error, server) = refused(move |request| {
            let headers = [("location", place)];
            (request.method == "POST").then(|| Reply::new(202, &headers, ""))
        })
        .await;
        let is_right = matches!(error.problem, Problem::Upload { .. });
        assert!(
            is_right && error.to_string().contains(words),
            "{place}: {error}"
        );
        assert_eq!(server.lines().len(), 2, "{place}");
    }
    let (error, _) = refused(|request| {
        let is_begun = request.method == "POST";
        is_begun.then(|| Reply::new(202, &[], ""))
    })
    .await;
    assert!(
        error.to_string().contains("without saying where"),
        "{error}"
    );
}

#[tokio::test]
async fn place_of_an_upload_may_be_relative_or_whole() {
    for place in [PLACE, "uploads/1", "?here=1"] {
        let server = Server::start(keeping(place)).await;
        let pushed = registries()
            .push(&server.reference(":1"), &artifact())
            .await;
        assert!(pushed.is_ok(), "{place}: {pushed:?}");
        let target = &server.requests()[2].target;
        assert!(target.starts_with("/v2/team/gate/blobs/"), "{target}");
    }
    let keeps = keeping(PLACE);
    let server = Server::start(move |request| {
        let host = request.header("host").unwrap();
        let place = format!("http://user:s3cret@{host}/upload#part");
        match request.method.as_str() {
            "POST" => Reply::new(202, &[("location", &place)], ""),
            _ => keeps(request),
        }
    })
    .await;
    let pushed = registries()
        .push(&server.reference(":1"), &artifact())
        .await;
    pushed.unwrap();
    let put = &server.requests()[2];
    assert!(put.target.starts_with("/upload?digest=sha256"), "{put:?}");
    assert_eq!(put.authorization(), None, "the registry does not choose it");
}

#[tokio::test]
async fn token_of_a_push_is_for_reading_and_writing_this_repository() {
    let keeps = keeping(PLACE);
    let server = Server::start(move |request| {
        if request.path() == "/token" {
            return Reply::new(200, &[], "{\"token\":\"token-s3cret\"}");
        }
        let host = request.header("host").unwrap();
        let challenge = format!("Bearer realm=\"http://{host}/token\"");
        match request.authorization() {
            None => Reply::new(401, &[("www-authenticate", &*challenge)], ""),
            Some(_) => keeps(request),
        }
    })
    .await;
    let pushed = registries()
        .push(&server.reference(":1"), &artifact())
        .await;
    pushed.unwrap();
    let asked = server.requests().remove(1);
    let scope = owned(&[("scope", "repository:team/gate:pull,push")]);
    assert_eq!((asked.path(), asked.query()), ("/token", scope));
}

#[tokio::test]
async fn sign_in_that_runs_out_in_the_middle_is_repeated_once() {
    let challenge = [("www-authenticate", "Basic realm=\"x\"")];
    let keeps = keeping(PLACE);
    let server = Server::start(move |request| {
        let is_late = request.path().ends_with("/manifests/1") && request.earlier == 0;
        if request.authorization().is_none() || is_late {
            return Reply::new(401, &challenge, "");
        }
        keeps(request)
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let registries = signed_in(folder.path(), &server.address, &password("ann", "s3cret"));
    let pushed = registries.push(&server.reference(":1"), &artifact()).await;
    pushed.unwrap();
}

#[tokio::test]
async fn sign_in_that_is_refused_in_the_middle_is_an_error() {
    let challenge = [("www-authenticate", "Basic realm=\"x\"")];
    let (error, server) = refused(move |request| {
        let is_refused = request.authorization().is_none() || request.method == "PUT";
        is_refused.then(|| Reply::new(401, &challenge, ""))
    })
    .await;
    assert!(
        error
            .to_string()
            .contains("answered 401 to the credentials in "),
        "{error}"
    );
    let manifests = server.requests().into_iter().filter(Received::is_manifest);
    assert_eq!(manifests.count(), 0, "the tag is not written");
}
