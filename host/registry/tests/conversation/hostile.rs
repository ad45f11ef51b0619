//! A registry that sends something else than what was asked for. Nothing of it is returned, and nothing is kept.

use std::path::Path;

use registry::{Options, Problem, Registries, RegistryError};
use serde_json::{Value, json};

use crate::support::{
    MANIFEST, Received, Reply, Server, Stored, error_text, layer_of, options, registries,
};

/// Pulls what a script answers, with a cache in which nothing may be afterwards.
async fn refused(
    version: &str,
    script: impl Fn(&Received) -> Reply + Send + Sync + 'static,
) -> RegistryError {
    let server = Server::start(script).await;
    let folder = tempfile::tempdir().expect("a folder");
    let cache = Some(folder.path().to_owned());
    let registries = Registries::new(Options { cache, ..options() });
    let result = registries.pull(&server.reference(version)).await;
    assert!(is_empty(folder.path()), "something was kept");
    let problem = result.as_ref().err().map(|error| error.problem.clone());
    let error = RegistryError {
        task: registry::Task::Pull,
        reference: server.reference(version),
        problem: problem.expect("an error"),
    };
    error_text(result);
    error
}

fn is_empty(folder: &Path) -> bool {
    let files = std::fs::read_dir(folder.join("registry"));
    files.is_ok_and(|mut files| files.next().is_none()) || !folder.join("registry").exists()
}

/// Pulls from an honest registry that has this manifest.
async fn refused_manifest(manifest: Value) -> Problem {
    refused_bytes(manifest.to_string().into_bytes(), MANIFEST).await
}

async fn refused_bytes(manifest: Vec<u8>, sent_as: &'static str) -> Problem {
    let component = Stored::new().component;
    let stored = Stored {
        component,
        manifest,
    };
    let version = stored.version();
    let script = move |request: &Received| {
        if request.is_manifest() {
            Reply::new(200, &[("content-type", sent_as)], &stored.manifest)
        } else {
            stored.answer(request)
        }
    };
    refused(&version, script).await.problem
}

#[tokio::test]
async fn manifest_with_other_bytes_than_its_digest_is_refused() {
    let (asked, other) = (
        Stored::new(),
        Stored::with_layers(b"other".to_vec(), &json!([layer_of(b"other")])),
    );
    let sent = other.digest().to_string();
    let version = asked.version();
    let error = refused(&version, move |request| other.answer(request)).await;
    assert!(
        matches!(&error.problem, Problem::WrongDigest { actual, expected, .. }
            if *actual == sent && format!("@{expected}") == version),
        "{error}"
    );
}

#[tokio::test]
async fn component_with_other_bytes_than_its_digest_is_refused() {
    let stored = Stored::new();
    let version = stored.version();
    let error = refused(&version, move |request| {
        let mut sent = stored.clone();
        sent.component[7] ^= 1;
        if request.is_manifest() {
            stored.manifest_reply()
        } else {
            Reply::new(200, &[], &sent.component)
        }
    })
    .await;
    let is_right =
        matches!(&error.problem, Problem::WrongDigest { what, .. } if what == "the component");
    assert!(is_right, "{error}");
}

#[tokio::test]
async fn tag_whose_registry_names_another_digest_is_refused() {
    let stored = Stored::new();
    let server = Server::start(move |_| {
        let headers = [
            ("content-type", MANIFEST),
            (
                "docker-content-digest",
                "sha256:0000000000000000000000000000000000000000000000000000000000000000",
            ),
        ];
        Reply::new(200, &headers, &stored.manifest)
    })
    .await;
    let error = error_text(registries().look_up(&server.reference(":1")).await);
    assert!(error.contains("sha256:0000"), "{error}");
}

#[tokio::test]
async fn component_of_another_size_than_its_manifest_says_is_refused() {
    for (size, words) in [
        (3, "more than the 3 bytes that its manifest names"),
        (19, "sent 18 of 19 bytes"),
        (0, "more than the 0 bytes that its manifest names"),
    ] {
        let component = Stored::new().component;
        let mut layer = layer_of(&component);
        layer["size"] = json!(size);
        let stored = Stored::with_layers(component, &json!([layer]));
        let error = refused(&stored.version(), move |request| stored.answer(request)).await;
        assert!(error.to_string().contains(words), "{size}: {error}");
    }
}

#[tokio::test]
async fn size_that_is_no_size_is_refused_before_the_component_is_asked_for() {
    for size in ["-1", "18446744073709551616", "1e9", "\"18\"", "null", "1.5"] {
        let manifest = json!({ "layers": [layer_of(b"x")] }).to_string();
        let manifest = manifest.replace("\"size\":1", &format!("\"size\":{size}"));
        let problem = refused_bytes(manifest.into_bytes(), MANIFEST).await;
        assert!(
            matches!(problem, Problem::Malformed { .. }),
            "{size}: {problem}"
        );
    }
    let mut layer = layer_of(b"x");
    layer.as_object_mut().unwrap().remove("size");
    let problem = refused_manifest(json!({ "layers": [layer] })).await;
    assert!(matches!(problem, Problem::Malformed { .. }), "{problem}");
    let mut layer = layer_of(b"x");
    layer["size"] = json!(u64::MAX);
    let problem = refused_manifest(json!({ "layers": [layer] })).await;
    assert!(matches!(problem, Problem::TooLarge { .. }), "{problem}");
}

#[tokio::test]
async fn manifest_of_something_else_is_refused_by_what_it_is() {
    let index = json!({ "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [] });
    assert_eq!(refused_manifest(index).await, Problem::Index);
    let tar = json!({ "layers": [{
        "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
        "digest": format!("sha256:{}", "0".repeat(64)), "size": 1,
    }] });
    let problem = refused_manifest(tar).await;
    assert!(matches!(problem, Problem::Layer { .. }), "{problem}");
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    let problem = refused_manifest(json!({ "mediaType": docker, "layers": [] })).await;
    assert!(matches!(problem, Problem::MediaType { .. }), "{problem}");
    let two = json!({ "layers": [layer_of(b"a"), layer_of(b"b")] });
    assert_eq!(refused_manifest(two).await, Problem::Layers { count: 2 });
}

#[tokio::test]
async fn text_that_is_no_manifest_is_refused() {
    for (text, sent_as) in [
        ("<!doctype html><p>Sign in to the network", "text/html"),
        ("{\"layers\":", MANIFEST),
        ("\u{1b}[2J\r\n::error::gone", MANIFEST),
        ("", MANIFEST),
        ("null", MANIFEST),
        (&*"[".repeat(8000), MANIFEST),
    ] {
        let problem = refused_bytes(text.into(), sent_as).await;
        assert!(matches!(problem, Problem::Malformed { .. }), "{problem}");
    }
}

#[tokio::test]
async fn names_in_a_manifest_are_shown_without_their_control_characters() {
    let hostile = "\u{1b}[2J\r\n::error::gone";
    let problem = refused_manifest(json!({ "mediaType": hostile, "layers": [] })).await;
    assert!(matches!(problem, Problem::MediaType { .. }), "{problem}");
    let layer = json!({ "mediaType": hostile, "digest": hostile, "size": 1 });
    let problem = refused_manifest(json!({ "layers": [layer] })).await;
    assert!(matches!(problem, Problem::Layer { .. }), "{problem}");
    let layer = json!({ "mediaType": "application/wasm", "digest": hostile, "size": 1 });
    let problem = refused_manifest(json!({ "layers": [layer] })).await;
    assert!(matches!(problem, Problem::Malformed { .. }), "{problem}");
}

#[tokio::test]
async fn statuses_have_texts_of_their_own_and_no_body_is_quoted() {
    for (status, words) in [
        (
            403,
            "answered 403 without credentials: it does not let you pull from team/gate",
        ),
        (404, "answered 404: it has no manifest of team/gate"),
        (418, "answered 418 to a request for manifest of team/gate"),
        (204, "sent its manifest with the digest"),
    ] {
        let version = Stored::new().version();
        let body = if status == 204 { "" } else { "s3cret" };
        let error = refused(&version, move |_| Reply::new(status, &[], body)).await;
        let text = error.to_string();
        assert!(text.contains(words), "{status}: {text}");
    }
}
