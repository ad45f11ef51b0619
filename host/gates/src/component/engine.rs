//! The engine and its host: compile once, a fresh store for every call. Every option of wasmtime that matters is set here,
//! with its reason.

use std::path::{Path, PathBuf};
use std::time::Duration;

use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Cache, CacheConfig, Config, Engine};

use crate::call::state::State;
use crate::component::bindings::host;

/// How often the epoch is raised: the longest that a guest computes before others get their turn.
const TICK: Duration = Duration::from_millis(10);

/// How the host is set up.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// Where compiled components are kept: an absolute path, made if it is not there, private to the user. `None`
    /// compiles anew each time. What is in there is native code: whoever can write it can run as this process.
    pub cache: Option<PathBuf>,
    /// Counts the steps of guests, which makes them slower: for measuring, not for asking.
    pub metered: bool,
}

/// Why there is no host.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The cache folder cannot be used.
    #[error("the cache folder {path} cannot be used: {problem}")]
    Cache {
        /// Which.
        path: String,
        /// Why.
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
            // Contracts are component interfaces.
            .wasm_component_model(true)
            // QuickJS components do not validate without it, though they use none of it.
            .wasm_component_model_async(true)
            // A computing guest gives way, so that a signal is heard and a deadline is kept.
            .epoch_interruption(true)
            .consume_fuel(options.metered)
            // The guest's own function names, for its author.
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

    /// Returns a linker with everything that a gate may import.
    pub(crate) fn linker(&self) -> wasmtime::Result<Linker<State>> {
        let mut linker = Linker::new(&self.engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        host::Host_::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
        Ok(linker)
    }
}

/// Raises the epoch for as long as the engine lives.
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
