//! The WebAssembly engine: its options, each with its reason, its compile cache, and the linker of all imports.
//!
//! Holds nothing of any call. Read `load.rs` next.

use std::path::{Path, PathBuf};
use std::time::Duration;

use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Cache, CacheConfig, Config, Engine};

use super::bindings::host;
use crate::call::state::CallState;

/// How often the epoch is raised: the longest time that a guest computes before it yields to other tasks.
const TICK: Duration = Duration::from_millis(10);

/// The options of a host.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// The folder for compiled components: an absolute path, created if missing, private to the user. `None` compiles
    /// every time. The folder holds native code: a user who can write to it can run code as this process.
    pub cache: Option<PathBuf>,
    /// Whether the steps of guests are counted.
    pub metering: Metering,
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
}

impl Host {
    /// Starts the engine.
    ///
    /// # Errors
    /// When the cache folder is not private or cannot be made, or the machine cannot run the engine.
    pub fn new(options: HostOptions) -> Result<Host, HostError> {
        let broken = |error: wasmtime::Error| HostError::Engine(error.to_string());
        let mut config = Config::new();
        config
            // The contract is an interface of the component model.
            .wasm_component_model(true)
            // QuickJS components do not validate without it, though they use none of it.
            .wasm_component_model_async(true)
            // A guest that computes yields at each tick, so that signals are handled and deadlines are kept.
            .epoch_interruption(true)
            .consume_fuel(options.metering == Metering::Steps)
            // Traps name the guest's functions, and their lines where the component has debug information, for its author.
            .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Enable)
            .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(20));
        if let Some(path) = &options.cache {
            config.cache(Some(cache(path)?));
        }
        let engine = Engine::new(&config).map_err(broken)?;
        tick(&engine).map_err(|error| HostError::Engine(error.to_string()))?;
        Ok(Host { engine })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns a linker with every import of the contract and of WASI 0.2; `wasi:http` is added per component.
    pub(crate) fn linker(&self) -> wasmtime::Result<Linker<CallState>> {
        let mut linker = Linker::new(&self.engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        host::Host_::add_to_linker::<CallState, HasSelf<CallState>>(&mut linker, |state| state)?;
        Ok(linker)
    }
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

fn cache(path: &Path) -> Result<Cache, HostError> {
    let unusable = |problem: String| HostError::Cache {
        path: path.display().to_string(),
        problem,
    };
    make_private(path).map_err(|error| unusable(error.to_string()))?;
    let mut config = CacheConfig::new();
    config.with_directory(path);
    Cache::new(config).map_err(|error| unusable(error.to_string()))
}

/// Makes a folder that only this user can read and write, or checks that an existing one is.
#[cfg(unix)]
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)?;
    let folder = std::fs::metadata(path)?;
    let own = std::fs::metadata("/proc/self").map(|process| process.uid());
    if folder.mode() & 0o022 != 0 {
        return Err(std::io::Error::other(
            "others may write to it, and it holds code that is run; use a folder of your own (mode 0700)",
        ));
    }
    match own {
        Ok(own) if own != folder.uid() && own != 0 => Err(std::io::Error::other(
            "it belongs to another user, and it holds code that is run; use a folder of your own",
        )),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(path)
}
