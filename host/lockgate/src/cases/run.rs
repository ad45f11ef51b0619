//! Runs cases side by side, each in virtual time of its own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use gates::{Gate, Host, Replayed, Services};

use super::judge::{self, Difference};
use super::prepare::{CaseError, Prepared};
use crate::config::PluginSource;
use crate::plugins;

/// What became of a case.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The case file.
    pub(crate) path: PathBuf,
    /// What the case shows, for people.
    pub(crate) about: String,
    /// What the gate did.
    pub(crate) replayed: Replayed,
    /// What it asked, with the names of the revisions in the place of their origins.
    pub(crate) requests: Vec<String>,
    /// What is not as expected; none is a pass.
    pub(crate) differences: Vec<Difference>,
}

/// Runs cases; `instead` is asked in the place of the component that each names. The results are in the order of the
/// cases, a case that does not fit its gate is an error in its place.
///
/// # Errors
/// When no thread can be started.
pub(crate) async fn run(
    host: &Host,
    cases: &[Prepared],
    instead: Option<&PluginSource>,
) -> anyhow::Result<Vec<Result<Verdict, CaseError>>> {
    let gates = load(host, cases, instead).await;
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(cases.len()) {
            let work = || {
                gates::in_virtual_time(async {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(case) = cases.get(index) else {
                            return;
                        };
                        let result = one(case, &gates[&key(case, instead)]).await;
                        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                        results.push((index, result));
                    }
                })
            };
            std::thread::Builder::new().spawn_scoped(scope, work)?;
        }
        anyhow::Ok(())
    })
    .context("cannot run cases side by side")?;
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

/// A component with limits is loaded once, however many cases it has.
type Key = (String, String);

fn key(case: &Prepared, instead: Option<&PluginSource>) -> Key {
    let plugin = instead.unwrap_or(&case.plugin);
    (format!("{plugin:?}"), format!("{:?}", case.limits))
}

async fn load(
    host: &Host,
    cases: &[Prepared],
    instead: Option<&PluginSource>,
) -> HashMap<Key, Result<Gate, String>> {
    let mut loaded = HashMap::new();
    for case in cases {
        if let Entry::Vacant(place) = loaded.entry(key(case, instead)) {
            let plugin = instead.unwrap_or(&case.plugin);
            let gate = load_one(host, plugin, case.limits.clone()).await;
            place.insert(gate.map_err(|error| format!("{error:#}")));
        }
    }
    loaded
}

async fn load_one(
    host: &Host,
    plugin: &PluginSource,
    limits: gates::Limits,
) -> anyhow::Result<Gate> {
    let bytes = plugins::read(plugin)?;
    host.load(&bytes, limits)
        .await
        .context("the component is not a gate")
}

async fn one(case: &Prepared, gate: &Result<Gate, String>) -> Result<Verdict, CaseError> {
    let failed = |error: anyhow::Error| CaseError {
        path: case.path.clone(),
        error,
    };
    let gate = gate
        .as_ref()
        .map_err(|why| failed(anyhow::anyhow!("{why}")))?;
    let (ask, world) = case.question(gate).map_err(failed)?;
    let revisions = [&ask.stable.url, &ask.canary.url].map(String::clone);
    let replayed = gate.replay(&ask, world, Services::silent()).await;
    let requests = replayed.requests([&revisions[0], &revisions[1]]);
    let expect = case.file.expect.clone().unwrap_or_default();
    Ok(Verdict {
        path: case.path.clone(),
        about: case.file.about.clone(),
        differences: judge::judge(&expect, &replayed, &requests, case.file.strict),
        replayed,
        requests,
    })
}
