//! What happens in the bounded process: a component is compiled into the folder of compiled components, and is never
//! instantiated.
//!
//! wasmtime writes below a folder of its own first. Then the code is moved to its place, and last the entry that names it is
//! written, so that another process sees all of it or nothing, and whatever ends this one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use wasmtime::component::Component;

use super::super::engine::{self, Metering};
use super::super::settings::SettingsSchema;
use super::super::settings::mistake::SettingsError;
use super::work::{Reply, Request, SettingsReply};
use crate::call::trap::error_text;

/// The folder of the entries.
pub(super) const COMPONENTS: &str = "components";
/// The folder in which wasmtime keeps code, by its own convention.
const MODULES: &str = "modules";
/// The folder of work that is under way.
const UNFINISHED: &str = "unfinished";
/// The folder that is wasmtime's, below that of the cache and below that of each piece of work. A thread of wasmtime's
/// removes what it did not write there.
const WASMTIME: &str = "wasmtime";

/// How much compiled code is kept; what was not used for longest is removed first.
const KEPT_BYTES_MAX: u64 = 1 << 30;
/// Work that is older than this has ended without tidying up.
const UNFINISHED_AGE_MAX: Duration = Duration::from_secs(60 * 60);

/// Does what a request of [`Job`](crate::Job) asks for, and returns the reply. To be called in the bounded process.
pub fn work(request: &[u8]) -> Vec<u8> {
    if let Ok((Request::Settings { schema, settings }, _)) = Request::decode(request) {
        return serde_json::to_vec(&check(&schema, settings.as_ref())).unwrap_or_default();
    }
    let reply: Reply = match Request::decode(request) {
        Ok((
            Request::Compile {
                cache,
                key,
                metered,
            },
            component,
        )) => compile(&cache, &key, Metering::of(metered), component),
        Ok((Request::Settings { .. }, _)) => Err("a check is no compilation".to_owned()),
        Err(error) => Err(error),
    };
    serde_json::to_vec(&reply).unwrap_or_default()
}

/// Checks a schema, and settings by it where there are some.
fn check(schema: &Value, settings: Option<&Value>) -> SettingsReply {
    let schema = match SettingsSchema::new(schema) {
        Ok(schema) => schema,
        Err(why) => return SettingsReply::Refused(SettingsError::Schema(why)),
    };
    match settings.map(|settings| schema.complete(settings)) {
        None => SettingsReply::Sound(schema.list()),
        Some(Ok(settings)) => SettingsReply::Completed(settings),
        Some(Err(error)) => SettingsReply::Refused(error),
    }
}

fn compile(cache: &Path, key: &str, metering: Metering, component: &[u8]) -> Reply {
    // A process that works without bounds may compile several at a time.
    static WORKS: AtomicU64 = AtomicU64::new(0);
    let work = WORKS.fetch_add(1, Ordering::Relaxed);
    let own = cache
        .join(UNFINISHED)
        .join(format!("{key}-{}-{work}", std::process::id()));
    let compiled = compile_below(&own, metering, component)
        .and_then(|()| keep(cache, &own, key).map_err(|error| cannot_keep(cache, &error)));
    // A later compilation removes what stays.
    let _ = fs::remove_dir_all(&own);
    compiled
}

fn cannot_keep(cache: &Path, error: &io::Error) -> String {
    format!("{} cannot be written: {error}", cache.display())
}

/// Compiles a component into a folder of its own.
fn compile_below(own: &Path, metering: Metering, component: &[u8]) -> Reply {
    let folder = code_folder(own).map_err(|error| cannot_keep(own, &error))?;
    let engine = engine::engine(metering, Some(&folder)).map_err(|error| error.to_string())?;
    Component::from_binary(&engine, component)
        .map(drop)
        .map_err(|error| error_text(&error))
}

/// Moves the code to its place and writes the entry.
fn keep(cache: &Path, own: &Path, key: &str) -> io::Result<()> {
    prune(cache);
    let code = the_code(&own.join(WASMTIME).join(MODULES))?;
    File::open(&code)?.sync_all()?;
    let relative = code.strip_prefix(own).map_err(io::Error::other)?;
    let place = cache.join(relative);
    private_folder(place.parent().unwrap_or(cache))?;
    fs::rename(&code, &place)?;
    // wasmtime begins to write its statistics under this name. Where it is taken there are none, and so nothing of it is
    // ever written by a process that has another umask.
    File::create(place.with_extension("wip-atomic-write-stats"))?;
    let entries = cache.join(COMPONENTS);
    private_folder(&entries)?;
    let mut entry = File::create(own.join("entry"))?;
    entry.write_all(relative.to_string_lossy().as_bytes())?;
    entry.sync_all()?;
    fs::rename(own.join("entry"), entries.join(key))
}

/// Returns the only file with code below a folder that wasmtime has written.
fn the_code(modules: &Path) -> io::Result<PathBuf> {
    let missing = || io::Error::other("wasmtime has kept nothing");
    for compiler in fs::read_dir(modules)? {
        for file in fs::read_dir(compiler?.path())? {
            let path = file?.path();
            if path.extension().is_none() && path.is_file() {
                return Ok(path);
            }
        }
    }
    Err(missing())
}

/// Makes the folder below `cache` in which wasmtime keeps code, and returns it.
pub(super) fn code_folder(cache: &Path) -> io::Result<PathBuf> {
    let folder = cache.join(WASMTIME);
    private_folder(&folder)?;
    Ok(folder)
}

/// Makes a folder, and those above it that are missing, for this user alone.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.recursive(true).create(path)
}

/// Removes what was not used for longest, until the rest is within bounds, and work that has not ended.
fn prune(cache: &Path) {
    let mut kept = Vec::new();
    for entry in files(&cache.join(COMPONENTS)) {
        let relative = fs::read_to_string(&entry).unwrap_or_default();
        let code = cache.join(relative);
        let size = fs::metadata(&code).map_or(0, |code| code.len());
        kept.push((age(&entry), size, entry, code));
    }
    kept.sort_by_key(|(age, ..)| *age);
    let mut sum = 0;
    for (_, size, entry, code) in kept {
        sum += size;
        if sum > KEPT_BYTES_MAX {
            // The entry first: without it nobody looks for the code.
            let _ = fs::remove_file(entry);
            let _ = fs::remove_file(&code);
            let _ = fs::remove_file(code.with_extension("wip-atomic-write-stats"));
        }
    }
    for unfinished in files(&cache.join(UNFINISHED)) {
        if age(&unfinished) > UNFINISHED_AGE_MAX {
            let _ = fs::remove_dir_all(unfinished);
        }
    }
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path()))
}

fn age(path: &Path) -> Duration {
    let modified = fs::metadata(path).and_then(|found| found.modified());
    let modified = modified.unwrap_or(SystemTime::UNIX_EPOCH);
    modified.elapsed().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component with nothing in it.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    /// wasmtime tidies its folder in a thread of its own, while the code is moved to its place.
    #[test]
    fn compilations_at_the_same_time_are_all_kept() {
        let cache = tempfile::tempdir().unwrap();
        let compile_some = |thread: usize| {
            let replies = (0..50).map(move |n| format!("{thread}-{n}"));
            let replies = replies.map(|key| compile(cache.path(), &key, Metering::Off, EMPTY));
            replies.collect::<Result<Vec<()>, String>>()
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|thread| scope.spawn(move || compile_some(thread)))
                .collect();
            for thread in threads {
                thread.join().unwrap().unwrap();
            }
        });
    }
}
