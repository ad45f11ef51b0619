//! What is pulled is verified and kept, and what is kept is not asked for again.

use registry::{Options, PulledFrom, Registries};

use crate::support::{MANIFEST, Reply, Server, Stored, error_text, options, registries};

#[tokio::test]
async fn component_is_kept_and_the_second_pull_sends_nothing() {
    let stored = Stored::new();
    let (component, version) = (stored.component.clone(), stored.version());
    let server = Server::start(move |request| stored.answer(request)).await;
    let folder = tempfile::tempdir().unwrap();
    let cache = Some(folder.path().to_owned());
    let registries = Registries::new(Options { cache, ..options() });
    let reference = server.reference(&version);

    let first = registries.pull(&reference).await.unwrap();
    assert_eq!(first.component, component);
    assert_eq!(first.from, PulledFrom::Registry { not_kept: None });
    let sent = server.lines();
    assert_eq!(sent.len(), 2, "a manifest and a component: {sent:?}");

    let second = registries.pull(&reference).await.unwrap();
    assert_eq!(second.component, component);
    assert_eq!(second.from, PulledFrom::Cache);
    assert_eq!(server.lines().len(), 2, "nothing more");
}

#[tokio::test]
async fn component_that_changed_in_the_cache_is_pulled_again() {
    let stored = Stored::new();
    let (component, version) = (stored.component.clone(), stored.version());
    let server = Server::start(move |request| stored.answer(request)).await;
    let folder = tempfile::tempdir().unwrap();
    let cache = Some(folder.path().to_owned());
    let registries = Registries::new(Options { cache, ..options() });
    let reference = server.reference(&version);
    registries.pull(&reference).await.unwrap();
    for file in std::fs::read_dir(folder.path().join("registry")).unwrap() {
        std::fs::write(file.unwrap().path(), "changed").unwrap();
    }
    let again = registries.pull(&reference).await.unwrap();
    assert_eq!(again.component, component);
    assert_eq!(again.from, PulledFrom::Registry { not_kept: None });
    let kept = registries.pull(&reference).await.unwrap();
    assert_eq!(kept.from, PulledFrom::Cache);
}

#[tokio::test]
async fn cache_that_cannot_be_written_costs_nothing_but_the_cache() {
    let stored = Stored::new();
    let (component, version) = (stored.component.clone(), stored.version());
    let server = Server::start(move |request| stored.answer(request)).await;
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder would be; nobody writes below it, not even root.
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let registries = Registries::new(Options {
        cache: Some(file),
        ..options()
    });
    let pulled = registries.pull(&server.reference(&version)).await.unwrap();
    assert_eq!(pulled.component, component);
    let PulledFrom::Registry { not_kept } = pulled.from else {
        panic!("it cannot be from the cache");
    };
    let reason = not_kept.expect("a reason");
    assert!(reason.contains("file/registry: "), "{reason}");
}

#[tokio::test]
async fn tag_is_looked_up_without_the_component() {
    let stored = Stored::new();
    let digest = stored.digest();
    let server = Server::start(move |_| {
        let named = stored.digest().to_string();
        let headers = [
            ("content-type", MANIFEST),
            ("docker-content-digest", &named),
        ];
        Reply::new(200, &headers, &stored.manifest)
    })
    .await;
    let looked_up = registries().look_up(&server.reference(":1.2")).await;
    assert_eq!(looked_up.unwrap(), digest);
    assert_eq!(server.lines(), ["GET /v2/team/gate/manifests/1.2"]);
    let accept = server.requests()[0].header("accept").map(str::to_owned);
    assert!(accept.unwrap().contains(MANIFEST));
}

#[tokio::test]
async fn digest_decides_where_a_tag_is_named_too() {
    let stored = Stored::new();
    let version = stored.version();
    let server = Server::start(move |request| stored.answer(request)).await;
    let reference = server.reference(&format!(":1.2{version}"));
    registries().pull(&reference).await.unwrap();
    let expected = format!("GET /v2/team/gate/manifests/{}", &version[1..]);
    assert_eq!(server.lines()[0], expected);
}

#[tokio::test]
async fn tag_alone_is_not_pulled_and_nothing_is_sent() {
    let server = Server::start(|_| Reply::new(404, &[], "")).await;
    let error = error_text(registries().pull(&server.reference(":1")).await);
    assert!(error.contains("names no digest"), "{error}");
    assert!(server.lines().is_empty());
}
