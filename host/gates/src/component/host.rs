//! The host of gates: the engine, the folder of compiled components, and the linker of all imports.
//!
//! Holds nothing of any call. Read `load.rs` next, and `compiled/` for what is kept of compiled components.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use super::bindings::host;
use super::compiled::in_process::InThisProcess;
use super::compiled::store::{Store, open_folder};
use super::compiled::work::BoundedWork;
use super::engine::{HostError, Metering, engine, fingerprint};
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
        let code = folder.as_ref().map(|folder| folder.code.as_path());
        let engine = engine(metering, code)?;
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
