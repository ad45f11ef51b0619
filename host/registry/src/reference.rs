//! The name of a component in a registry, such as `oci://registry.example/team/gate:1.2@sha256:…`. Sends nothing.

use std::fmt;

use url::{Host, Url};

use crate::digest::Digest;
use crate::place::{self, is_loopback};

/// What every reference begins with.
pub const SCHEME: &str = "oci://";

/// The host of Docker's own registry.
pub(crate) const DOCKER: &str = "docker.io";

/// A component in a registry: by its digest, by a tag, or by both. With both, the digest decides and the tag is for people.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Why a text names no component in a registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// It does not begin with `oci://`, has no repository, or names a user.
    #[error("{text:?} is not a reference like oci://registry.example/team/gate@sha256:…")]
    Form {
        /// The refused text, without the user and the password.
        text: String,
    },
    /// The registry is not a host with an optional port.
    #[error("{registry:?} is not the host of a registry, with an optional port")]
    Registry {
        /// The refused part.
        registry: String,
    },
    /// The repository has characters that no registry allows.
    #[error(
        "{repository:?} is not a repository: it is written in small letters, digits, and single dots, dashes and \
         underscores between them"
    )]
    Repository {
        /// The refused part.
        repository: String,
    },
    /// The tag has characters that no registry allows.
    #[error(
        "{tag:?} is not a tag: it has at most 128 letters, digits, dots, dashes and underscores"
    )]
    Tag {
        /// The refused part.
        tag: String,
    },
    /// The digest is not a whole SHA-256.
    #[error("{digest:?} is not a digest: it is sha256: and 64 digits of 0 to 9 and a to f")]
    Digest {
        /// The refused part.
        digest: String,
    },
    /// Neither a tag nor a digest is there.
    #[error("{text:?} names no version; add @sha256:… or, to look one up, a tag such as :1.2")]
    NoVersion {
        /// The refused text.
        text: String,
    },
}

impl Reference {
    /// Reads `oci://REGISTRY/REPOSITORY`, with `:TAG`, `@DIGEST` or both behind it.
    ///
    /// # Errors
    /// When a part is not what registries allow, or no version is named.
    pub fn parse(text: &str) -> Result<Reference, ReferenceError> {
        let form = || ReferenceError::Form {
            text: without_user(text).unwrap_or_else(|| text.to_owned()),
        };
        if without_user(text).is_some() {
            return Err(form());
        }
        let rest = text.strip_prefix(SCHEME).ok_or_else(form)?;
        let (registry, path) = rest.split_once('/').ok_or_else(form)?;
        if !is_registry(registry) {
            let registry = registry.to_owned();
            return Err(ReferenceError::Registry { registry });
        }
        let (path, digest) = match path.split_once('@') {
            Some((path, digest)) => (path, Some(digest)),
            None => (path, None),
        };
        let (repository, tag) = match path.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (path, None),
        };
        if !is_repository(repository) {
            let repository = repository.to_owned();
            return Err(ReferenceError::Repository { repository });
        }
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            let tag = tag.to_owned();
            return Err(ReferenceError::Tag { tag });
        }
        let digest = digest.map(|text| {
            Digest::parse(text).ok_or_else(|| ReferenceError::Digest {
                digest: text.to_owned(),
            })
        });
        let digest = digest.transpose()?;
        if tag.is_none() && digest.is_none() {
            let text = text.to_owned();
            return Err(ReferenceError::NoVersion { text });
        }
        Ok(Reference {
            registry: registry.to_owned(),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest,
        })
    }

    /// Returns the registry: a host, with a port where the reference has one.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Returns the repository, such as `team/gate`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns the last part of the repository, such as `gate`.
    pub fn name(&self) -> String {
        let name = self.repository.rsplit('/').next();
        name.unwrap_or(&self.repository).to_owned()
    }

    /// Returns the tag.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Returns the digest of the manifest.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Returns the same repository at this tag, without a digest.
    ///
    /// # Errors
    /// When no registry allows such a tag.
    pub fn at_tag(&self, tag: &str) -> Result<Reference, ReferenceError> {
        if !is_tag(tag) {
            let tag = tag.to_owned();
            return Err(ReferenceError::Tag { tag });
        }
        Ok(Reference {
            tag: Some(tag.to_owned()),
            digest: None,
            ..self.clone()
        })
    }

    /// Returns the same reference with this digest.
    #[must_use]
    pub fn pinned(&self, digest: Digest) -> Reference {
        Reference {
            digest: Some(digest),
            ..self.clone()
        }
    }

    /// Returns whether both are versions of one thing: the same registry and the same repository.
    pub fn is_of_the_repository_of(&self, other: &Reference) -> bool {
        self.host() == other.host() && self.repository == other.repository
    }

    /// Returns what a registry calls this version: the digest, else the tag.
    pub(crate) fn version(&self) -> String {
        let digest = self.digest.as_ref().map(Digest::to_string);
        digest.or_else(|| self.tag.clone()).unwrap_or_default()
    }

    /// Returns the one name of the registry, as [`host`] has it.
    pub(crate) fn host(&self) -> String {
        host(&self.registry)
    }

    /// Returns whether the registry is on this machine.
    pub(crate) fn is_on_this_machine(&self) -> bool {
        host_of(&self.registry).is_some_and(|host| is_loopback(&host))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// Returns the one name of a registry: small letters, no port where it is that of HTTPS, and one name for Docker's own, which
/// has several.
pub(crate) fn host(registry: &str) -> String {
    let url = Url::parse(&format!("https://{registry}/"));
    let host = url.map_or_else(|_| registry.to_owned(), |url| place::host_of(&url));
    match host.as_str() {
        "index.docker.io" | "registry-1.docker.io" => DOCKER.to_owned(),
        _ => host,
    }
}

fn host_of(registry: &str) -> Option<Host<String>> {
    let url = Url::parse(&format!("https://{registry}/")).ok()?;
    url.host().map(|host| host.to_owned())
}

/// Returns a text without what it has before the `@` of a host, which may be a password; `None` where it has no such `@`.
fn without_user(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_at(text.find("://").map_or(0, |at| at + 3));
    let mut places = rest.rmatch_indices('@').map(|(at, _)| rest.split_at(at));
    // That of a digest has a path before it, and none behind it.
    let found = places.find(|(before, behind)| behind.contains('/') || !before.contains('/'));
    found.map(|(_, host)| format!("{scheme}…{host}"))
}

fn is_registry(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    !text.is_empty() && text.chars().all(is_allowed) && host_of(text).is_some()
}

fn is_repository(text: &str) -> bool {
    let is_part = |part: &str| {
        let is_allowed =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        is_end(part.chars().next())
            && is_end(part.chars().last())
            && part.chars().all(is_allowed)
            && !part.contains("..")
    };
    text.len() <= 255 && text.split('/').all(is_part)
}

fn is_tag(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (1..=128).contains(&text.len()) && text.chars().all(is_allowed) && !text.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex() -> String {
        "0123456789abcdef".repeat(4)
    }

    #[test]
    fn reference_is_written_as_it_was_read() {
        for text in [
            format!("oci://registry.example/team/gate@sha256:{}", hex()),
            "oci://localhost:5000/gate:1.2".to_owned(),
            format!("oci://[::1]:5000/a/b-c/d_e.f:v1@sha256:{}", hex()),
        ] {
            assert_eq!(Reference::parse(&text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn text_that_names_no_component_is_refused_with_its_part() {
        for (text, part) in [
            (
                "registry.example/team/gate:1",
                "registry.example/team/gate:1",
            ),
            ("oci://gate:1", "oci://gate:1"),
            ("oci://user@host/gate:1", "\"oci://…@host/gate:1\""),
            ("oci://ho st/gate:1", "\"ho st\""),
            ("oci://host:port/gate:1", "\"host:port\""),
            ("oci://host/Team/gate:1", "\"Team/gate\""),
            ("oci://host/team/../gate:1", "\"team/../gate\""),
            ("oci://host/team//gate:1", "\"team//gate\""),
            ("oci://host/gate:", "\"\""),
            ("oci://host/gate:a b", "\"a b\""),
            ("oci://host/gate@sha256:12", "\"sha256:12\""),
            ("oci://host/gate@sha512:12", "\"sha512:12\""),
            ("oci://host/gate", "names no version"),
        ] {
            let error = Reference::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn no_error_quotes_a_user_or_a_password() {
        for text in [
            "oci://ann:s3cret@registry.example/team/gate:1",
            "oci://ann:s3cret@registry.example",
            "oci://ann:s3/cret@registry.example/gate:1",
            "oci://ann:s3cret@registry@example/team/gate:1",
            "https://ann:s3cret@registry.example/team/gate:1",
            "ann:s3cret@registry.example/team/gate:1",
            "oci://ann:s3cret@registry.example/team/gate@sha256:12",
        ] {
            let error = Reference::parse(text).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("s3"), "{text}: {error}");
            assert!(!shown.contains("cret"), "{text}: {error}");
        }
    }

    #[test]
    fn registry_has_one_name() {
        for (one, other) in [
            ("registry.example", "Registry.EXAMPLE:443"),
            ("docker.io", "index.docker.io"),
            ("docker.io", "Registry-1.docker.io:443"),
            ("[::1]:5000", "[0:0::1]:5000"),
        ] {
            let [one, other] = [one, other].map(|registry| {
                Reference::parse(&format!("oci://{registry}/team/gate:1")).unwrap()
            });
            assert_eq!(one.host(), other.host());
            assert!(one.is_of_the_repository_of(&other), "{one} {other}");
        }
        for other in [
            "registry.example:80",
            "registry.example:444",
            "registry.example.org",
        ] {
            assert_ne!(host("registry.example"), host(other));
        }
    }

    #[test]
    fn registry_on_this_machine_is_known_by_its_name() {
        let is = |registry: &str| {
            let reference = Reference::parse(&format!("oci://{registry}/gate:1")).unwrap();
            reference.is_on_this_machine()
        };
        for registry in [
            "localhost",
            "localhost:5000",
            "127.0.0.1:5000",
            "[::1]:5000",
        ] {
            assert!(is(registry), "{registry}");
        }
        for registry in ["localhost.example", "10.0.0.1:5000", "registry.example"] {
            assert!(!is(registry), "{registry}");
        }
    }
}
