//! From bytes to a gate that is ready to be asked: looked at, compiled, linked, described. Nothing is asked of the
//! network, and nothing of the file is trusted.

use std::fmt;
use std::sync::Arc;

use rollout::Kind;
use sha2::{Digest as _, Sha256};
use wasmtime::component::{Component, InstancePre};

use crate::call::run;
use crate::call::state::State;
use crate::component::bindings::{health_check, promotion_gate};
use crate::component::describe::{self, Description, SettingsError};
use crate::component::engine::Host;
use crate::component::limits::Limits;
use crate::component::world::{self, CONTRACT, GateWorld, Problem};
use crate::outside::wasi_http::link as link_wasi_http;
use crate::recording;

/// Why a component is not a gate: every problem at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// What is wrong, each with a next step. Never empty.
    pub problems: Vec<Problem>,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}

impl From<Problem> for LoadError {
    fn from(problem: Problem) -> LoadError {
        LoadError {
            problems: vec![problem],
        }
    }
}

/// A loaded gate. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    parts: Arc<Parts>,
}

pub(crate) struct Parts {
    pub(crate) health: Option<health_check::HealthCheckPre<State>>,
    pub(crate) promotion: Option<promotion_gate::PromotionGatePre<State>>,
    pub(crate) limits: Limits,
    digest: String,
    size: usize,
    kinds: Vec<Kind>,
    imports: Vec<String>,
    description: Description,
    validator: jsonschema::Validator,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("name", &self.parts.description.name)
            .field("digest", &self.parts.digest)
            .finish_non_exhaustive()
    }
}

impl Host {
    /// Makes a gate of a component's bytes; its calls will have these limits. Takes as long as compiling does where
    /// the cache does not have it: milliseconds for Rust and C, seconds for JavaScript and Python.
    ///
    /// # Errors
    /// Every problem of the file at once.
    pub async fn load(&self, bytes: &[u8], limits: Limits) -> Result<Gate, LoadError> {
        world::look(bytes, limits.component_bytes)?;
        let component = self.compile(bytes).await?;
        let world =
            world::examine(&component, self.engine()).map_err(|problems| LoadError { problems })?;
        let unfit = |error: wasmtime::Error| Problem::DoesNotFit(chain(&error));
        let mut linker = self.linker().map_err(unfit)?;
        link_wasi_http(&mut linker, &component, self.engine(), &world.wasi_http).map_err(unfit)?;
        let pre = linker.instantiate_pre(&component).map_err(unfit)?;
        let (health, promotion) = kinds(&world, &pre).map_err(unfit)?;
        let said = run::describe(&pre, &limits)
            .await
            .map_err(|failure| Problem::Describe(failure.to_string()))?;
        let (description, validator) = describe::parse(&said).map_err(Problem::Describe)?;
        let GateWorld { kinds, imports, .. } = world;
        Ok(Gate {
            parts: Arc::new(Parts {
                health,
                promotion,
                limits,
                digest: digest(bytes),
                size: bytes.len(),
                kinds,
                imports,
                description,
                validator,
            }),
        })
    }

    /// Compiles away from the runtime's own threads: a component may take seconds.
    async fn compile(&self, bytes: &[u8]) -> Result<Component, Problem> {
        let (engine, bytes) = (self.engine().clone(), bytes.to_vec());
        let compiled =
            tokio::task::spawn_blocking(move || Component::from_binary(&engine, &bytes)).await;
        match compiled {
            Ok(Ok(component)) => Ok(component),
            Ok(Err(error)) => Err(Problem::CannotCompile(chain(&error))),
            Err(error) => Err(Problem::CannotCompile(error.to_string())),
        }
    }
}

type Kinds = (
    Option<health_check::HealthCheckPre<State>>,
    Option<promotion_gate::PromotionGatePre<State>>,
);

fn kinds(world: &GateWorld, pre: &InstancePre<State>) -> wasmtime::Result<Kinds> {
    let has = |kind: Kind| world.kinds.contains(&kind);
    let health = has(Kind::HealthCheck)
        .then(|| health_check::HealthCheckPre::new(pre.clone()))
        .transpose()?;
    let promotion = has(Kind::PromotionGate)
        .then(|| promotion_gate::PromotionGatePre::new(pre.clone()))
        .transpose()?;
    Ok((health, promotion))
}

/// The engine's error with its causes, made harmless: it may quote the guest.
pub(crate) fn chain(error: &wasmtime::Error) -> String {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    crate::call::sanitise::harmless(&causes.join(": "), 1_000)
}

/// Returns the SHA-256 of a component in hex, as gates are pinned by.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Gate {
    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Returns which component it is.
    pub(crate) fn component(&self) -> recording::Component {
        let about = self.description();
        recording::Component {
            name: about.name.clone(),
            version: about.version.clone(),
            sha256: self.digest().to_owned(),
        }
    }

    /// Returns the SHA-256 of the component in hex.
    pub fn digest(&self) -> &str {
        &self.parts.digest
    }

    /// Returns the component's size in bytes.
    pub fn size(&self) -> usize {
        self.parts.size
    }

    /// Returns which questions it answers: one or both.
    pub fn kinds(&self) -> &[Kind] {
        &self.parts.kinds
    }

    /// Returns the interfaces that it imports.
    pub fn imports(&self) -> &[String] {
        &self.parts.imports
    }

    /// Returns the contract that it is asked by.
    pub fn contract(&self) -> String {
        format!("lockgate:plugin@{CONTRACT}")
    }

    /// Returns what it says of itself.
    pub fn description(&self) -> &Description {
        &self.parts.description
    }

    /// Returns the limits of its calls.
    pub fn limits(&self) -> &Limits {
        &self.parts.limits
    }

    /// Checks settings against the gate's own schema.
    ///
    /// # Errors
    /// Every violation.
    pub fn check_settings(&self, settings: &serde_json::Value) -> Result<(), SettingsError> {
        describe::check(
            &self.parts.validator,
            &self.parts.description.settings,
            settings,
        )
    }
}
