//! The WebAssembly engine: its options, each with its reason.
//!
//! Holds nothing of any call, and nothing of where compiled components are kept. Read `host.rs` next.

use std::hash::{Hash as _, Hasher};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use wasmtime::{Cache, CacheConfig, Config, Engine};

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
pub(super) fn fingerprint(engine: &Engine) -> String {
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
