//! What is asked of registries: pull a component by its digest, look up the digest behind a tag, push a component. Each
//! within a time; nothing is kept or returned before it is verified.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::Method;

use crate::cache::Cache;
use crate::credential::TokenSource;
use crate::credentials::Credentials;
use crate::digest::Digest;
use crate::limits::Limits;
use crate::manifest::{self, Artifact};
use crate::problem::{Problem, RegistryError, Task};
use crate::reference::Reference;
use crate::session::Session;
use crate::sign_in::Right;
use crate::transport::{self, Bound};

const JUDGE: &str = "check that it is a component";
/// The field in which a registry names a digest.
const DIGEST_FIELD: &str = "docker-content-digest";
const BYTES: &str = "application/octet-stream";

/// Where components are kept, and where credentials are.
#[derive(Clone, Default)]
pub struct Options {
    /// The folder below which components are kept; `None` keeps none.
    pub cache: Option<PathBuf>,
    /// Docker's `config.json`; one that is not there has no credentials.
    pub docker_config: Option<PathBuf>,
    /// Asked for a registry that Docker's configuration has no credential for.
    pub tokens: Option<Arc<dyn TokenSource>>,
    /// How much, and how long.
    pub limits: Limits,
}

/// Access to registries. Sends nothing until it is asked to.
#[derive(Clone)]
pub struct Registries {
    cache: Option<Cache>,
    credentials: Credentials,
    limits: Limits,
}

/// A component that was pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The component, verified.
    pub component: Vec<u8>,
    /// Where it is from.
    pub from: PulledFrom,
}

/// Where a component is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PulledFrom {
    /// The cache; nothing was sent.
    Cache,
    /// The registry.
    Registry {
        /// Why it could not be kept.
        not_kept: Option<String>,
    },
}

impl Registries {
    /// Prepares access.
    pub fn new(options: Options) -> Registries {
        Registries {
            cache: options.cache.as_deref().map(Cache::below),
            credentials: Credentials {
                docker_config: options.docker_config,
                tokens: options.tokens,
            },
            limits: options.limits,
        }
    }

    /// Returns a component by the digest of its manifest: from the cache, else from its registry, and then it is kept.
    ///
    /// # Errors
    /// When the reference has no digest, or what the registry sends is not what the digest names. Nothing of it is kept.
    pub async fn pull(&self, reference: &Reference) -> Result<Pulled, RegistryError> {
        let pulling = self.pulled(reference);
        self.in_time(Task::Pull, reference, pulling).await
    }

    /// Returns a component that was pulled before, by the digest of its manifest; sends nothing. `None` where it is not kept.
    pub fn kept(&self, reference: &Reference) -> Option<Vec<u8>> {
        self.find(reference.digest()?)
    }

    /// Returns where a component is kept, by its own SHA-256 in hex; `None` where none is kept.
    pub fn file_of(&self, sha256: &str) -> Option<PathBuf> {
        let digest = Digest::parse(&format!("sha256:{sha256}"))?;
        self.cache.as_ref().map(|cache| cache.path(&digest))
    }

    /// Returns the digest behind a tag, without the component.
    ///
    /// # Errors
    /// When the registry does not answer with a manifest of one component.
    pub async fn look_up(&self, reference: &Reference) -> Result<Digest, RegistryError> {
        let looking = self.looked_up(reference);
        self.in_time(Task::LookUp, reference, looking).await
    }

    /// Writes a component under a tag, and returns the digest of its manifest: the same for the same component.
    ///
    /// # Errors
    /// When the reference has no tag, or the registry does not take it. The tag is written last: after an error it names
    /// what it named before, unless the error is that its answer was lost.
    pub async fn push(
        &self,
        reference: &Reference,
        artifact: &Artifact,
    ) -> Result<Digest, RegistryError> {
        let pushing = self.pushed(reference, artifact);
        self.in_time(Task::Push, reference, pushing).await
    }

    async fn in_time<T>(
        &self,
        task: Task,
        reference: &Reference,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, RegistryError> {
        let result = tokio::time::timeout(self.limits.whole, work).await;
        let result = result.unwrap_or_else(|_| {
            Err(Problem::TooSlow {
                host: reference.registry().to_owned(),
                seconds: self.limits.whole.as_secs(),
            })
        });
        result.map_err(|problem| RegistryError {
            task,
            reference: reference.clone(),
            problem,
        })
    }

    async fn pulled(&self, reference: &Reference) -> Result<Pulled, Problem> {
        let digest = reference.digest();
        let digest = digest.ok_or(Problem::Reference(
            "it names no digest; add @sha256:…, and look it up where there is a tag",
        ))?;
        if let Some(component) = self.find(digest) {
            let from = PulledFrom::Cache;
            return Ok(Pulled { component, from });
        }
        let limits = &self.limits;
        let credentials = &self.credentials;
        let mut session = Session::open(reference, Right::Pull, credentials, limits).await?;
        let (manifest, layer) = self.manifest(&mut session, reference).await?;
        let what = "the component";
        let below = format!("blobs/{}", layer.digest);
        let response = session.get(&below, BYTES, what).await?;
        let bound = Bound {
            what,
            max: limits.component_bytes,
            expected: Some(layer.size),
            next: JUDGE,
        };
        let component = transport::body(response, &bound, limits).await?;
        verify(&session, what, &component, &layer.digest)?;
        let kept = self.cache.as_ref().map(|cache| {
            // The manifest last: what it names is there.
            cache
                .keep(&layer.digest, &component)
                .and_then(|()| cache.keep(digest, &manifest))
                .map_err(|error| format!("{}: {error}", cache.shown()))
        });
        let not_kept = kept.and_then(Result::err);
        let from = PulledFrom::Registry { not_kept };
        Ok(Pulled { component, from })
    }

    /// Returns a component of the cache.
    fn find(&self, digest: &Digest) -> Option<Vec<u8>> {
        let cache = self.cache.as_ref()?;
        let manifest = cache.read(digest, self.limits.manifest_bytes)?;
        let layer = manifest::layer(&manifest, None, self.limits.component_bytes).ok()?;
        cache.read(&layer.digest, self.limits.component_bytes)
    }

    async fn looked_up(&self, reference: &Reference) -> Result<Digest, Problem> {
        let (credentials, limits) = (&self.credentials, &self.limits);
        let mut session = Session::open(reference, Right::Pull, credentials, limits).await?;
        let (manifest, _) = self.manifest(&mut session, reference).await?;
        Ok(Digest::of(&manifest))
    }

    /// Reads the manifest of a reference, verified by its digest where the reference has one.
    async fn manifest(
        &self,
        session: &mut Session<'_>,
        reference: &Reference,
    ) -> Result<(Vec<u8>, manifest::Layer), Problem> {
        let version = reference.version();
        let what = format!("manifest of {}", reference.repository());
        let below = format!("manifests/{version}");
        let response = session.get(&below, manifest::ACCEPT, &what).await?;
        let field = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.split(';').next().unwrap_or(value).trim().to_owned())
        };
        let (sent_as, named) = (field("content-type"), field(DIGEST_FIELD));
        let bound = Bound {
            what: "its manifest",
            max: self.limits.manifest_bytes,
            expected: None,
            next: JUDGE,
        };
        let bytes = transport::body(response, &bound, &self.limits).await?;
        let named = named.as_deref().and_then(Digest::parse);
        if let Some(expected) = reference.digest().or(named.as_ref()) {
            verify(session, "its manifest", &bytes, expected)?;
        }
        let layer = manifest::layer(&bytes, sent_as.as_deref(), self.limits.component_bytes)?;
        Ok((bytes, layer))
    }

    async fn pushed(&self, reference: &Reference, artifact: &Artifact) -> Result<Digest, Problem> {
        let tag = reference.tag();
        let tag = tag.ok_or(Problem::Reference("it names no tag; add one, such as :1.2"))?;
        let written = manifest::write(artifact);
        let (credentials, limits) = (&self.credentials, &self.limits);
        let mut session = Session::open(reference, Right::Push, credentials, limits).await?;
        let component = Bytes::from(artifact.component.clone());
        put_blob(&mut session, component, "the component").await?;
        put_blob(&mut session, written.config.into(), "its configuration").await?;
        let url = session.url(&format!("manifests/{tag}"));
        let digest = Digest::of(&written.manifest);
        let content = (manifest::MANIFEST, Bytes::from(written.manifest));
        let what = "its manifest";
        let response = session.write(Method::PUT, url, content, what).await?;
        let named = response.headers().get(DIGEST_FIELD);
        let named = named.and_then(|value| Digest::parse(value.to_str().ok()?));
        match named {
            Some(actual) if actual != digest => Err(Problem::OtherDigest {
                host: session.host(),
                what: what.to_owned(),
                actual: actual.to_string(),
                expected: digest.to_string(),
            }),
            _ => Ok(digest),
        }
    }
}

/// Writes bytes that the repository does not have yet.
async fn put_blob(session: &mut Session<'_>, bytes: Bytes, what: &str) -> Result<(), Problem> {
    let digest = Digest::of(&bytes);
    if session.has(&format!("blobs/{digest}"), what).await? {
        return Ok(());
    }
    let url = session.url("blobs/uploads/");
    let nothing = (BYTES, Bytes::new());
    let begun = session.write(Method::POST, url, nothing, what).await?;
    let mut place = session.upload(&begun, what)?;
    place
        .query_pairs_mut()
        .append_pair("digest", &digest.to_string());
    session
        .write(Method::PUT, place, (BYTES, bytes), what)
        .await
        .map(drop)
}

fn verify(
    session: &Session<'_>,
    what: &str,
    bytes: &[u8],
    expected: &Digest,
) -> Result<(), Problem> {
    let actual = Digest::of(bytes);
    if actual == *expected {
        return Ok(());
    }
    Err(Problem::WrongDigest {
        host: session.host(),
        what: what.to_owned(),
        actual: actual.to_string(),
        expected: expected.to_string(),
    })
}
