//! What an attestation is about: an image, by its digest.

/// An image by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The image's name, without a tag and a digest.
    pub(crate) name: String,
    /// Its SHA-256 in hex.
    pub(crate) sha256: String,
}

/// An image that is named by a tag alone, which can be moved, so that nothing said about it would stay true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an attestation is about an image by its digest, and {image:?} has none: deploy it as NAME@sha256:DIGEST, or go without \
     --attest"
)]
pub(crate) struct NotByDigest {
    /// The image as it is named.
    pub(crate) image: String,
}

impl Subject {
    /// Reads the name of an image, such as `registry.example/shop:2@sha256:…`.
    ///
    /// # Errors
    /// When it has no digest of SHA-256.
    pub(crate) fn of(image: &str) -> Result<Subject, NotByDigest> {
        let by_digest = || {
            let (name, digest) = image.split_once('@')?;
            let sha256 = digest.strip_prefix("sha256:")?;
            let is_hash = sha256.len() == 64 && sha256.chars().all(|c| c.is_ascii_hexdigit());
            let name = without_tag(name);
            (is_hash && !name.is_empty()).then(|| Subject {
                name: name.to_owned(),
                sha256: sha256.to_ascii_lowercase(),
            })
        };
        by_digest().ok_or_else(|| NotByDigest {
            image: image.to_owned(),
        })
    }

    /// Returns the digest as registries write it.
    pub(crate) fn digest(&self) -> String {
        format!("sha256:{}", self.sha256)
    }
}

/// A colon before a slash belongs to the port of the registry.
fn without_tag(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_is_read_with_and_without_a_tag_and_a_port() {
        let hash = "Ab".repeat(32);
        for (image, name) in [
            ("registry.example/shop", "registry.example/shop"),
            ("registry.example/shop:2", "registry.example/shop"),
            ("registry.example:5000/shop", "registry.example:5000/shop"),
            (
                "registry.example:5000/a/shop:2",
                "registry.example:5000/a/shop",
            ),
        ] {
            let subject = Subject::of(&format!("{image}@sha256:{hash}")).unwrap();
            assert_eq!(subject.name, name);
            assert_eq!(subject.digest(), format!("sha256:{}", "ab".repeat(32)));
        }
    }

    #[test]
    fn tag_alone_is_no_subject() {
        let short = format!("shop@sha256:{}", "a".repeat(63));
        for image in ["", "shop", "shop:2", "shop@sha512:00", "@sha256:", &short] {
            assert!(Subject::of(image).is_err(), "{image}");
        }
    }
}
