//! What the tests share: a server that answers as a script says, a component that it has, access with small limits, and the
//! checks that every error has to pass.

mod server;

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use registry::{Digest, Limits, Options, Registries, RegistryError};
use serde_json::{Value, json};

pub(crate) use server::{Received, Reply, Server};

/// A part of every password, token and signed URL of these tests; no error may show it.
const MARK: &str = "s3cret";
/// The repository of these tests.
const REPOSITORY: &str = "team/gate";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Returns pairs as [`Received::query`] does.
pub(crate) fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// A component in a registry.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) component: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
}

impl Stored {
    pub(crate) fn new() -> Stored {
        let component = b"\0asm the component".to_vec();
        let layer = layer_of(&component);
        Stored::with_layers(component, &json!([layer]))
    }

    /// A manifest that says this of its layers.
    pub(crate) fn with_layers(component: Vec<u8>, layers: &Value) -> Stored {
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "layers": layers });
        let manifest = manifest.to_string().into_bytes();
        Stored {
            component,
            manifest,
        }
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.manifest)
    }

    /// Returns the version by digest, for [`Server::reference`].
    pub(crate) fn version(&self) -> String {
        format!("@{}", self.digest())
    }

    pub(crate) fn manifest_reply(&self) -> Reply {
        Reply::new(200, &[("content-type", MANIFEST)], &self.manifest)
    }

    /// Answers as an honest registry without sign-in.
    pub(crate) fn answer(&self, request: &Received) -> Reply {
        if request.is_manifest() {
            self.manifest_reply()
        } else if request
            .path()
            .ends_with(&Digest::of(&self.component).to_string())
        {
            Reply::new(200, &[], &self.component)
        } else {
            Reply::new(404, &[], "")
        }
    }
}

/// Returns what a manifest says of a component.
pub(crate) fn layer_of(component: &[u8]) -> Value {
    json!({
        "mediaType": "application/wasm",
        "digest": Digest::of(component).to_string(),
        "size": component.len(),
    })
}

/// Returns small limits. No passing test uses up one of the times.
pub(crate) fn limits() -> Limits {
    Limits {
        component_bytes: 64 << 10,
        manifest_bytes: 8 << 10,
        answer_bytes: 4 << 10,
        connect: Duration::from_secs(30),
        silence: Duration::from_secs(30),
        whole: Duration::from_secs(60),
        attempts: 3,
        pause: Duration::from_millis(1),
        pause_max: Duration::from_millis(1500),
        redirects: 2,
        helper: Duration::from_secs(30),
    }
}

/// Returns access without a cache and without credentials.
pub(crate) fn registries() -> Registries {
    Registries::new(options())
}

pub(crate) fn options() -> Options {
    let limits = limits();
    Options {
        limits,
        ..Options::default()
    }
}

/// Writes a Docker configuration with one entry, and returns access with it.
pub(crate) fn signed_in(folder: &Path, registry: &str, entry: &Value) -> Registries {
    let path = folder.join("config.json");
    let config = json!({ "auths": { registry: entry } });
    std::fs::write(&path, config.to_string()).expect("a written file");
    Registries::new(Options {
        docker_config: Some(path),
        ..options()
    })
}

/// Returns the entry of a user and a password.
pub(crate) fn password(user: &str, password: &str) -> Value {
    json!({ "auth": STANDARD.encode(format!("{user}:{password}")) })
}

/// Returns the value of `Authorization` for a user and a password.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Returns the text of an error that has to be one, after the checks for all: no secret in any form, one line, and a next
/// step at the end.
pub(crate) fn error_text<T>(result: Result<T, RegistryError>) -> String {
    let error = result.err().expect("an error");
    let text = error.to_string();
    let all = format!("{text} {error:?}");
    for secret in forms_of_mark() {
        assert!(!all.contains(&secret), "{secret} is shown: {all}");
    }
    assert!(!text.chars().any(char::is_control), "one line: {text:?}");
    assert!(text.contains("; "), "no next step: {text}");
    text
}

/// Returns the mark, and what is left of it in base64 at each of the three places that it may have there.
fn forms_of_mark() -> Vec<String> {
    let encoded = |before: &str| STANDARD.encode(format!("{before}{MARK}"));
    vec![
        MARK.to_owned(),
        encoded("")[..8].to_owned(),
        encoded("x")[2..9].to_owned(),
        encoded("xx")[3..10].to_owned(),
    ]
}
