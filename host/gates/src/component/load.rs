//! Loading: from the bytes of a file to a gate that is ready to be called.
//!
//! Nothing in the file is trusted, and nothing is sent. The only code of the component that runs is `describe`, within
//! limits. Read `world.rs` for the checks, `describe.rs` for the description.

use std::fmt;
use std::path::PathBuf;

use rollout::Kind;
use sha2::{Digest as _, Sha256};
use wasmtime::component::Component;

use super::bindings::{health_check, promotion_gate};
use super::compiled::store::Wanted;
use super::describe::{self, ParsedDescription};
use super::gate::{Gate, GateParts};
use super::host::Host;
use super::limits::Limits;
use super::problem::Problem;
use super::recognise::recognise;
use super::types::ComponentTypes;
use super::world::{self, GateWorld};
use crate::call::trap::error_text;
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
    /// Makes a gate of a component's bytes; these limits apply to its calls. `name` is for the person who waits. Returns at
    /// once if the folder of compiled components has it; else compiling takes milliseconds for Rust and C, seconds for
    /// JavaScript and Python.
    ///
    /// # Errors
    /// When the file is not a gate; the error lists every problem found at the step that failed.
    pub async fn load(&self, name: &str, bytes: &[u8], limits: Limits) -> Result<Gate, LoadError> {
        let world = judge(bytes, limits.component_bytes)?;
        let digest = digest(bytes);
        if let Some(store) = self.store() {
            let wanted = Wanted {
                name,
                bytes,
                digest: &digest,
            };
            store.compiled(&wanted).await?;
        }
        let component = self.component(bytes).await?;
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
        // The check of a costly schema waits for another process.
        let work = self.work().clone();
        let parsing = tokio::task::spawn_blocking(move || describe::parse(&text, &work));
        let parsed = parsing
            .await
            .map_err(|error| Problem::Describe(error.to_string()))?;
        let ParsedDescription {
            description,
            settings,
        } = parsed.map_err(Problem::Describe)?;
        let GateWorld {
            kinds,
            imports,
            exports,
            ..
        } = world;
        Ok(Gate::new(GateParts {
            health,
            promotion,
            limits,
            digest,
            size: bytes.len(),
            kinds,
            imports,
            exports,
            description,
            settings,
        }))
    }

    /// Makes sure that a component is kept compiled, without running any of it. Returns the file with its code.
    ///
    /// # Errors
    /// When the file is not a gate, cannot be compiled within bounds, or the host keeps nothing.
    pub async fn compile(
        &self,
        name: &str,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<PathBuf, LoadError> {
        judge(bytes, limits.component_bytes)?;
        let nowhere = || Problem::Cache("there is no folder for them".to_owned());
        let store = self.store().ok_or_else(nowhere)?;
        let wanted = Wanted {
            name,
            bytes,
            digest: &digest(bytes),
        };
        Ok(store.compiled(&wanted).await?)
    }

    /// Finds the compiled component where it is kept, else compiles it, on a thread for blocking work. A file that is
    /// damaged is compiled again here too, which took no more than it may when it was made.
    async fn component(&self, bytes: &[u8]) -> Result<Component, Problem> {
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

/// Judges a file by its bytes alone, in milliseconds.
fn judge(bytes: &[u8], bytes_max: usize) -> Result<GateWorld, LoadError> {
    recognise(bytes, bytes_max)?;
    let types =
        ComponentTypes::read(bytes).map_err(|error| Problem::CannotCompile(error.to_string()))?;
    let several = |problems| LoadError { problems };
    types.sizes.check().map_err(several)?;
    world::examine(types, bytes).map_err(several)
}

/// Returns the SHA-256 of a component in hex, the form in which gates are pinned.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
