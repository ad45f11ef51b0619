//! The WebAssembly engine: its options, each with its reason, and the linker of all imports.
//!
//! Holds nothing of any call. Read `load.rs` next, and `compiled/` for what is kept of compiled components.

use std::hash::{Hash as _, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Cache, CacheConfig, Config, Engine};

use super::bindings::host;
use super::compiled::store::{Store, open_folder};
use super::compiled::work::{BoundedWork, InThisProcess};
use crate::call::state::CallState;

/// How often the epoch is raised: the longest time that a guest computes before it yields to other tasks.
const TICK: Duration = Duration::from_millis(10);

/// The options of a host.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// The folder for compiled components: an absolute path, created if missing, private to the user. `None` compiles
    /// every time, in this process and without bounds, which is for tests and benchmarks. The folder holds native code: a
    /// user who can write to it can run code as this process.
    pub cache: Option<PathBuf>,
    /// Who compiles into that folder, and checks settings against schemas that may take long.
    pub work: Arc<dyn BoundedWork>,
    /// Whether the steps of guests are counted.
    pub metering: Metering,
}

impl Default for HostOptions {
    fn default() -> HostOptions {
        HostOptions {
            cache: None,
            work: Arc::new(InThisProcess),
            metering: Metering::Off,
        }
    }
}

/// Whether a host counts the steps of its guests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Metering {
    /// Not counted: [`Usage::fuel`](crate::Usage::fuel) is `None`.
    #[default]
    Off,
    /// Counted, which makes guests slower: for benchmarks, not for rollouts.
    Steps,
}

/// Why a host cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The cache folder cannot be used.
    #[error("the cache folder {path} cannot be used: {problem}")]
    Cache {
        /// The path of the folder.
        path: String,
        /// The reason, with a next step where there is one.
        problem: String,
    },
    /// The engine cannot be started on this machine.
    #[error("the WebAssembly engine cannot be started: {0}")]
    Engine(String),
}

/// Compiles components and runs their calls.
pub struct Host {
    engine: Engine,
    store: Option<Store>,
    work: Arc<dyn BoundedWork>,
}

impl Host {
    /// Starts the engine.
    ///
    /// # Errors
    /// When the cache folder is not private or cannot be made, or the machine cannot run the engine.
    pub fn new(options: HostOptions) -> Result<Host, HostError> {
        let HostOptions {
            cache,
            work,
            metering,
        } = options;
        let folder = cache.as_deref().map(open_folder).transpose()?;
        let engine = engine(metering, folder.as_deref())?;
        tick(&engine).map_err(|error| HostError::Engine(error.to_string()))?;
        let store =
            folder.map(|folder| Store::new(folder, work.clone(), fingerprint(&engine), metering));
        Ok(Host {
            engine,
            store,
            work,
        })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns who does the work that has to be bounded.
    pub(super) fn work(&self) -> &Arc<dyn BoundedWork> {
        &self.work
    }

    /// Returns the folder of compiled components, if there is one.
    pub(crate) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// Returns a linker with every import of the contract and of WASI 0.2; `wasi:http` is added per component.
    pub(crate) fn linker(&self) -> wasmtime::Result<Linker<CallState>> {
        let mut linker = Linker::new(&self.engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        host::Host_::add_to_linker::<CallState, HasSelf<CallState>>(&mut linker, |state| state)?;
        Ok(linker)
    }
}

/// Makes an engine. Two that are made with the same metering by the same executable find each other's code below `cache`.
///
/// # Errors
/// When the cache folder cannot be used, or the machine cannot run the engine.
pub(super) fn engine(metering: Metering, cache: Option<&Path>) -> Result<Engine, HostError> {
    let mut config = Config::new();
    config
        // The contract is an interface of the component model.
        .wasm_component_model(true)
        // QuickJS components do not validate without it, though they use none of it.
        .wasm_component_model_async(true)
        // A guest that computes yields at each tick, so that signals are handled and deadlines are kept.
        .epoch_interruption(true)
        .consume_fuel(metering == Metering::Steps)
        // Traps name the guest's functions, and their lines where the component has debug information, for its author.
        .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(20));
    if let Some(path) = cache {
        let unusable = |error: wasmtime::Error| HostError::Cache {
            path: path.display().to_string(),
            problem: error.to_string(),
        };
        let mut kept = CacheConfig::new();
        kept.with_directory(path);
        config.cache(Some(Cache::new(kept).map_err(unusable)?));
    }
    Engine::new(&config).map_err(|error| HostError::Engine(error.to_string()))
}

/// Names everything that compiled code depends on beside the component.
fn fingerprint(engine: &Engine) -> String {
    struct Sha(Sha256);
    impl Hasher for Sha {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }

        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Sha(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let digest = hasher.0.finalize();
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Starts a thread that raises the epoch until the engine is dropped.
fn tick(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("gate epochs".to_owned())
        .spawn(move || {
            loop {
                std::thread::sleep(TICK);
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        })?;
    Ok(())
}
