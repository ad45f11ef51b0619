//! The folder of compiled components. wasmtime keeps the code below `wasmtime/`; a file in `components/` says for each
//! component which of them is its own, so that it is known beforehand whether wasmtime will find it. It never compiles here.

use std::path::{Component as Part, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::super::engine::{HostError, Metering};
use super::super::problem::Problem;
use super::trust;
use super::work::{BoundedWork, COMPILING, Job, Reply, Request};
use super::worker::{COMPONENTS, code_folder, private_folder};

/// The folder of compiled components, and who compiles them.
#[derive(Debug)]
pub(crate) struct Store {
    /// Without links.
    folder: PathBuf,
    work: Arc<dyn BoundedWork>,
    /// What compiled code depends on beside the component: the engine's version and options, and the machine.
    engine: String,
    metering: Metering,
}

/// A component that is to be there compiled.
pub(crate) struct Wanted<'a> {
    /// Its name for the person who waits.
    pub(crate) name: &'a str,
    pub(crate) bytes: &'a [u8],
    pub(crate) digest: &'a str,
}

/// The folder of compiled components, checked.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Without links.
    path: PathBuf,
    /// The part of it that is wasmtime's.
    pub(crate) code: PathBuf,
}

/// Makes the folder of compiled components, or checks that an existing one is private.
///
/// # Errors
/// When it cannot be made, or others may write to it or to a folder above it.
pub(crate) fn open_folder(path: &Path) -> Result<Folder, HostError> {
    let unusable = |problem: String| HostError::Cache {
        path: path.display().to_string(),
        problem,
    };
    private_folder(path).map_err(|error| unusable(error.to_string()))?;
    let folder = path
        .canonicalize()
        .map_err(|error| unusable(error.to_string()))?;
    trust::check(&folder)
        .and_then(|()| trust::check_above(&folder))
        .map_err(unusable)?;
    let code = code_folder(&folder).map_err(|error| unusable(error.to_string()))?;
    Ok(Folder { path: folder, code })
}

impl Store {
    /// `engine` names the engine's options.
    pub(crate) fn new(
        folder: Folder,
        work: Arc<dyn BoundedWork>,
        engine: String,
        metering: Metering,
    ) -> Store {
        Store {
            folder: folder.path,
            work,
            engine,
            metering,
        }
    }

    /// Makes sure that a component is there compiled, and returns the file with its code. Returns at once if it is.
    ///
    /// # Errors
    /// When it cannot be compiled, or not within bounds, or what is there may have been written by somebody else.
    pub(crate) async fn compiled(&self, wanted: &Wanted<'_>) -> Result<PathBuf, Problem> {
        let key = format!("{}-{}", wanted.digest, self.engine);
        if let Some(code) = self.find(&key)? {
            return Ok(code);
        }
        let size = match wanted.bytes.len() {
            bytes @ 0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
            bytes => format!("{} MB", bytes.div_ceil(1_000_000)),
        };
        let request = Request::Compile {
            cache: self.folder.clone(),
            key: key.clone(),
            metered: self.metering == Metering::Steps,
        };
        let job = Job {
            title: format!("compiling {} ({size}), once", wanted.name),
            bounds: COMPILING,
            request: request.encode(wanted.bytes),
        };
        let reply = self.work.run(job).await;
        let reply = reply.map_err(|error| Problem::TooMuchToCompile(error.to_string()))?;
        let reply: Reply = serde_json::from_slice(&reply)
            .map_err(|error| Problem::TooMuchToCompile(error.to_string()))?;
        reply.map_err(Problem::CannotCompile)?;
        self.find(&key)?.ok_or_else(|| {
            let folder = self.folder.display();
            Problem::Cache(format!("what was compiled just now is not in {folder}"))
        })
    }

    /// Returns the file with a component's code, if it is there and nobody else can have written it.
    fn find(&self, key: &str) -> Result<Option<PathBuf>, Problem> {
        let entry = self.folder.join(COMPONENTS).join(key);
        let relative = match std::fs::read_to_string(&entry) {
            Ok(relative) => relative,
            // A missing entry is compiled; one that cannot be read would be compiled each time.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let problem = format!("{} cannot be read: {error}", entry.display());
                return Err(Problem::Cache(problem));
            }
        };
        self.check(&entry)?;
        let relative = Path::new(&relative);
        let is_below = relative
            .components()
            .all(|part| matches!(part, Part::Normal(_)));
        let code = self.folder.join(relative);
        if !is_below || !code.is_file() {
            return Ok(None);
        }
        self.check(&code)?;
        // What is not used for long is removed first. Where this is not possible, the entry only looks older than it is.
        if let Ok(entry) = std::fs::File::options().append(true).open(&entry) {
            let _ = entry.set_modified(SystemTime::now());
        }
        Ok(Some(code))
    }

    /// Checks a file and every folder from it up to the folder of compiled components.
    fn check(&self, path: &Path) -> Result<(), Problem> {
        let own = path
            .ancestors()
            .take_while(|part| part.starts_with(&self.folder));
        for part in own {
            trust::check(part).map_err(Problem::Cache)?;
        }
        Ok(())
    }
}
