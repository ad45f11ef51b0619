//! The manifest of a component: what is read of one that a registry sends, and the one that a push writes. The layout is
//! that of the CNCF for WebAssembly (<https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/>). Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::digest::Digest;
use crate::problem::Problem;

/// The media type of a manifest.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// What is asked for: a manifest, or what is refused with its own words.
pub(crate) const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";
const INDEXES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";
/// Of tools before the CNCF's layout.
const OLDER_LAYER: &str = "application/vnd.wasm.content.layer.v1+wasm";

/// A part of an artifact: what it is, and which bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    media_type: Option<String>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    /// Those of an index.
    manifests: Option<serde::de::IgnoredAny>,
}

/// The component that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) digest: Digest,
    pub(crate) size: usize,
}

/// Returns the component that a manifest names. `sent_as` is the media type that the registry gave it.
///
/// # Errors
/// When it is no manifest of one component, or the component has more bytes than are taken.
pub(crate) fn layer(bytes: &[u8], sent_as: Option<&str>, max: usize) -> Result<Layer, Problem> {
    let malformed = |reason: String| Problem::Malformed {
        what: "its manifest".to_owned(),
        reason,
    };
    let received: Received = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        malformed(format!(
            "it is not the JSON of one (line {line}, column {column})"
        ))
    })?;
    let media_type = received
        .media_type
        .as_deref()
        .or(sent_as)
        .unwrap_or(MANIFEST);
    if received.manifests.is_some() || INDEXES.contains(&media_type) {
        return Err(Problem::Index);
    }
    if media_type != MANIFEST {
        return Err(Problem::MediaType {
            media_type: shortened(media_type),
            expected: MANIFEST,
        });
    }
    let [layer] = &received.layers[..] else {
        let count = received.layers.len();
        return Err(Problem::Layers { count });
    };
    if ![LAYER, OLDER_LAYER].contains(&layer.media_type.as_str()) {
        return Err(Problem::Layer {
            media_type: shortened(&layer.media_type),
            expected: LAYER,
        });
    }
    let digest = Digest::parse(&layer.digest)
        .ok_or_else(|| malformed(format!("{:?} is no SHA-256", shortened(&layer.digest))))?;
    match usize::try_from(layer.size) {
        Ok(size) if size <= max => Ok(Layer { digest, size }),
        _ => Err(Problem::TooLarge {
            what: "the component".to_owned(),
            max,
            next: "strip it, or build it without debug information",
        }),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}

/// A component with what it says of itself.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The component.
    pub component: Vec<u8>,
    /// Its name.
    pub name: String,
    /// Its version; empty where it has none.
    pub version: String,
    /// What it does, in a sentence; may be empty.
    pub summary: String,
    /// The interfaces that it exports.
    pub exports: Vec<String>,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
}

/// The two texts beside the component. The same component makes the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) config: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u32,
    media_type: &'static str,
    artifact_type: &'static str,
    config: Descriptor,
    layers: [Descriptor; 1],
    annotations: BTreeMap<&'static str, String>,
}

/// Makes configuration and manifest of a component.
pub(crate) fn write(artifact: &Artifact) -> Written {
    let config = json!({
        // Readers want a time. A fixed one makes two pushes of a component the same artifact.
        "created": "1970-01-01T00:00:00Z",
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [Digest::of(&artifact.component).to_string()],
        "component": { "exports": artifact.exports, "imports": artifact.imports },
    });
    let config = config.to_string().into_bytes();
    let title = "org.opencontainers.image.title";
    let annotations = [
        (title, &artifact.name),
        ("org.opencontainers.image.version", &artifact.version),
        ("org.opencontainers.image.description", &artifact.summary),
    ];
    let annotations = annotations
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, value.clone()));
    let manifest = Manifest {
        schema_version: 2,
        media_type: MANIFEST,
        artifact_type: CONFIG,
        config: descriptor(CONFIG, &config),
        layers: [descriptor(LAYER, &artifact.component)],
        annotations: annotations.collect(),
    };
    // Strings and numbers always serialise.
    let manifest = serde_json::to_vec(&manifest).unwrap_or_default();
    Written { config, manifest }
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest: Digest::of(bytes).to_string(),
        size: bytes.len() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 64 << 20;

    fn artifact() -> Artifact {
        Artifact {
            component: b"\0asm".to_vec(),
            name: "smoke".to_owned(),
            version: "1.2.0".to_owned(),
            summary: String::new(),
            exports: vec!["lockgate:plugin/about@0.1.0".to_owned()],
            imports: Vec::new(),
        }
    }

    #[test]
    fn manifest_that_a_push_writes_is_one_that_a_pull_reads() {
        let written = write(&artifact());
        assert_eq!(written, write(&artifact()), "the same bytes each time");
        let layer = layer(&written.manifest, Some(MANIFEST), MAX).unwrap();
        assert_eq!((layer.digest, layer.size), (Digest::of(b"\0asm"), 4));
        let manifest: serde_json::Value = serde_json::from_slice(&written.manifest).unwrap();
        assert_eq!(manifest["config"]["mediaType"], CONFIG);
        assert_eq!(
            manifest["annotations"],
            json!({
                "org.opencontainers.image.title": "smoke",
                "org.opencontainers.image.version": "1.2.0",
            })
        );
    }

    fn refusal(manifest: serde_json::Value) -> Problem {
        layer(manifest.to_string().as_bytes(), None, MAX).unwrap_err()
    }

    #[test]
    fn what_is_not_one_component_is_refused_by_what_it_is() {
        let digest = Digest::of(b"").to_string();
        let layer = |kind: &str| json!({ "mediaType": kind, "digest": digest, "size": 5 });
        let tar = "application/vnd.oci.image.layer.v1.tar+gzip";
        assert_eq!(refusal(json!({ "manifests": [] })), Problem::Index);
        assert_eq!(refusal(json!({ "mediaType": INDEXES[1] })), Problem::Index);
        let docker = "application/vnd.docker.distribution.manifest.v2+json";
        assert!(matches!(
            refusal(json!({ "mediaType": docker, "layers": [layer(LAYER)] })),
            Problem::MediaType { .. }
        ));
        assert_eq!(refusal(json!({})), Problem::Layers { count: 0 });
        let two = json!({ "layers": [layer(LAYER), layer(LAYER)] });
        assert_eq!(refusal(two), Problem::Layers { count: 2 });
        let image = json!({ "layers": [layer(tar)] });
        assert!(matches!(refusal(image), Problem::Layer { .. }));
        let huge =
            json!({ "layers": [{ "mediaType": LAYER, "digest": digest, "size": u64::MAX }] });
        assert!(matches!(refusal(huge), Problem::TooLarge { .. }));
        let other = json!({ "layers": [{ "mediaType": LAYER, "digest": "sha512:1", "size": 1 }] });
        assert!(matches!(refusal(other), Problem::Malformed { .. }));
        assert!(matches!(refusal(json!([])), Problem::Malformed { .. }));
    }

    #[test]
    fn layer_of_an_older_tool_is_read() {
        let digest = Digest::of(b"").to_string();
        let older =
            json!({ "layers": [{ "mediaType": OLDER_LAYER, "digest": digest, "size": 0 }] });
        assert!(layer(older.to_string().as_bytes(), None, MAX).is_ok());
    }
}
