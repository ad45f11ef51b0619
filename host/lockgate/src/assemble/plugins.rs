//! Reads components: built-in ones from the executable, others from files and registries. Judges none.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use registry::{Options, PulledFrom, Reference, Registries, RegistryError};

use crate::bounded_file;
use crate::config::{AzureSection, BUILT_IN, PluginSource};
use crate::environment::variable;
use crate::output::Output;
use crate::platform::RegistryTokens;
use crate::progress::Progress;

/// How far a component may be away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// On this machine, or in a registry.
    Network,
    /// On this machine. What is in a registry is there once it was pulled.
    ThisMachine,
}

/// A gate in a registry that is named without a digest, so that another component could take its place.
#[derive(Debug, thiserror::Error)]
#[error("{}; {next}", self.what())]
pub(crate) struct Unpinned {
    wanted: Reference,
    next: String,
}

impl Unpinned {
    /// Returns what is wrong.
    pub(super) fn what(&self) -> String {
        let wanted = &self.wanted;
        format!("{wanted} has no digest, so that another component could take its place")
    }

    /// Returns what to do.
    pub(super) fn next(&self) -> &str {
        &self.next
    }
}

/// A component that is in a registry, and not on this machine.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not on this machine; `lockgate gate pull {0}` fetches it")]
pub(crate) struct NotHere(Reference);

/// Reads components.
pub(crate) struct Plugins {
    registries: Registries,
    reach: Reach,
    output: Output,
}

impl Plugins {
    /// Keeps what it pulls below `cache`. A registry of Azure's is asked with the credential of `azure`.
    pub(super) fn new(
        cache: PathBuf,
        azure: &AzureSection,
        reach: Reach,
        output: &Output,
    ) -> Plugins {
        Plugins {
            registries: Registries::new(Options {
                cache: Some(cache),
                docker_config: docker_config(),
                tokens: Some(Arc::new(RegistryTokens::new(azure))),
                limits: registry::Limits {
                    component_bytes: component_bytes_max(),
                    ..registry::Limits::default()
                },
            }),
            reach,
            output: output.clone(),
        }
    }

    /// Returns the access to registries.
    pub(crate) fn registries(&self) -> &Registries {
        &self.registries
    }

    /// Returns a component's bytes.
    ///
    /// # Errors
    /// When the file cannot be read, or no built-in plugin has the name. Of a component in a registry: [`Unpinned`],
    /// [`NotHere`], or when it cannot be pulled.
    pub(crate) async fn read(&self, source: &PluginSource) -> anyhow::Result<Vec<u8>> {
        match source {
            PluginSource::BuiltIn(wanted) => {
                let found = BUILT_IN.iter().find(|plugin| plugin.name == *wanted);
                found
                    .map(|plugin| plugin.component.to_vec())
                    .with_context(|| format!("plugin {wanted} is not built in"))
            }
            PluginSource::Path(path) => {
                let bytes = bounded_file::read(path, component_bytes_max() as u64);
                bytes.with_context(|| {
                    format!(
                        "cannot read plugin {}; build it first, or correct the path",
                        path.display()
                    )
                })
            }
            PluginSource::Registry(reference) if reference.digest().is_none() => {
                Err(self.unpinned(reference).await.into())
            }
            PluginSource::Registry(reference) => self.pull(reference).await,
        }
    }

    /// Returns the file with a component that was read, by its absolute path; `None` for one that is built in.
    pub(super) fn file_of(&self, source: &PluginSource, sha256: &str) -> Option<PathBuf> {
        match source {
            PluginSource::BuiltIn(_) => None,
            PluginSource::Path(path) => {
                Some(std::path::absolute(path).unwrap_or_else(|_| path.clone()))
            }
            PluginSource::Registry(_) => self.registries.file_of(sha256),
        }
    }

    async fn pull(&self, reference: &Reference) -> anyhow::Result<Vec<u8>> {
        if self.reach == Reach::ThisMachine {
            let kept = self.registries.kept(reference);
            return kept.ok_or_else(|| NotHere(reference.clone()).into());
        }
        let pulling = self.registries.pull(reference);
        let progress = Progress::new(&format!("pulling {reference}"), &self.output);
        let pulled = progress.during(pulling).await?;
        if let PulledFrom::Registry { not_kept } = pulled.from {
            let size = size(&pulled.component);
            self.output.note(&format!("pulled {reference} ({size})"));
            if let Some(why) = not_kept {
                let why = format!("note: it is pulled anew each time: {why}");
                self.output.note(&why);
            }
        }
        Ok(pulled.component)
    }

    /// Returns the digest behind the tag of a reference.
    ///
    /// # Errors
    /// When the registry does not answer with a component.
    pub(crate) async fn pinned(&self, reference: &Reference) -> Result<Reference, RegistryError> {
        let progress = Progress::new(&format!("looking up {reference}"), &self.output);
        let digest = progress.during(self.registries.look_up(reference)).await?;
        Ok(reference.pinned(digest))
    }

    async fn unpinned(&self, wanted: &Reference) -> Unpinned {
        let pull = "`lockgate gate pull`";
        let next = match self.reach {
            Reach::ThisMachine => format!("{pull} looks it up and writes it"),
            Reach::Network => match self.pinned(wanted).await {
                Ok(pinned) => format!("now it is {pinned}: name it so, or let {pull} write it"),
                Err(error) => format!("{pull} looks it up, which fails now: {error}"),
            },
        };
        Unpinned {
            wanted: wanted.clone(),
            next,
        }
    }
}

/// Returns the most bytes that a component may have. One with more is refused before it is read to its end.
fn component_bytes_max() -> usize {
    gates::Limits::default().component_bytes
}

/// Returns a component's name for the person who waits for it: that of its file or repository, without the folders.
pub(crate) fn shown(source: &PluginSource) -> String {
    match source {
        PluginSource::BuiltIn(name) => (*name).to_owned(),
        PluginSource::Path(path) => {
            let name = path.file_name().unwrap_or(path.as_os_str());
            name.to_string_lossy().into_owned()
        }
        PluginSource::Registry(reference) => reference.name(),
    }
}

/// Returns the size of a component for people.
pub(crate) fn size(component: &[u8]) -> String {
    match component.len() {
        bytes @ 0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        bytes => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}

/// Returns the path of Docker's configuration, which need not be there; `None` without a home folder.
fn docker_config() -> Option<PathBuf> {
    let folder = variable("DOCKER_CONFIG").map(PathBuf::from).or_else(|| {
        let home = variable("HOME").or_else(|| variable("USERPROFILE"))?;
        Some(PathBuf::from(home).join(".docker"))
    })?;
    Some(folder.join("config.json"))
}
