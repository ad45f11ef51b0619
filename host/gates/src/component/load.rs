//! Loading: from the bytes of a file to a gate that is ready to be called.
//!
//! Nothing in the file is trusted, and nothing is sent. The only code of the component that runs is `describe`, within
//! limits. Read `world.rs` for the checks, `describe.rs` for the description.

use std::fmt;

use rollout::Kind;
use sha2::{Digest as _, Sha256};
use wasmtime::component::Component;

use super::bindings::{health_check, promotion_gate};
use super::describe::{self, ParsedDescription};
use super::engine::Host;
use super::gate::{Gate, GateParts};
use super::limits::Limits;
use super::problem::Problem;
use super::recognise::recognise;
use super::types::ComponentTypes;
use super::world::{self, GateWorld};
use crate::call::store::error_text;
use crate::outside::wasi_http;

/// Why a file is not a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// Every problem of the file, each with a next step. Never empty.
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

impl Host {
    /// Makes a gate of a component's bytes; these limits apply to its calls. Returns at once if the compile cache has the
    /// component; else compiling takes milliseconds for Rust and C, seconds for JavaScript and Python.
    ///
    /// # Errors
    /// When the file is not a gate; the error lists every problem found at the step that failed.
    pub async fn load(&self, bytes: &[u8], limits: Limits) -> Result<Gate, LoadError> {
        recognise(bytes, limits.component_bytes)?;
        let types = ComponentTypes::read(bytes)
            .map_err(|error| Problem::CannotCompile(error.to_string()))?;
        let several = |problems| LoadError { problems };
        types.sizes.check().map_err(several)?;
        let world = world::examine(types).map_err(several)?;
        let component = self.compile(bytes).await?;
        let unfit = |error: wasmtime::Error| world.unfit(error_text(&error));
        let mut linker = self.linker().map_err(unfit)?;
        wasi_http::link(&mut linker, &component, self.engine(), &world.wasi_http).map_err(unfit)?;
        let pre = linker.instantiate_pre(&component).map_err(unfit)?;
        let implements = |kind: Kind| world.kinds.contains(&kind);
        let health = implements(Kind::HealthCheck)
            .then(|| health_check::HealthCheckPre::new(pre.clone()))
            .transpose()
            .map_err(unfit)?;
        let promotion = implements(Kind::PromotionGate)
            .then(|| promotion_gate::PromotionGatePre::new(pre.clone()))
            .transpose()
            .map_err(unfit)?;
        let text = describe::call(&pre, &limits)
            .await
            .map_err(|failure| Problem::Describe(failure.to_string()))?;
        let ParsedDescription {
            description,
            validator,
        } = describe::parse(&text).map_err(Problem::Describe)?;
        let GateWorld { kinds, imports, .. } = world;
        Ok(Gate::new(GateParts {
            health,
            promotion,
            limits,
            digest: digest(bytes),
            size: bytes.len(),
            kinds,
            imports,
            description,
            validator,
        }))
    }

    /// Compiles on a thread for blocking work: a component may take seconds.
    async fn compile(&self, bytes: &[u8]) -> Result<Component, Problem> {
        let (engine, bytes) = (self.engine().clone(), bytes.to_vec());
        let compiled =
            tokio::task::spawn_blocking(move || Component::from_binary(&engine, &bytes)).await;
        match compiled {
            Ok(Ok(component)) => Ok(component),
            Ok(Err(error)) => Err(Problem::CannotCompile(error_text(&error))),
            Err(error) => Err(Problem::CannotCompile(error.to_string())),
        }
    }
}

/// Returns the SHA-256 of a component in hex, the form in which gates are pinned.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
