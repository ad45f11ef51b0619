//! Runs cases side by side, each in virtual time of its own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;

use anyhow::Context as _;
use gates::{Gate, Host, Limits, Replayed, Services};

use super::judge::Difference;
use super::prepare::{CaseError, Prepared};
use crate::assemble::plugins;
use crate::config::PluginSource;
use crate::parallel::side_by_side;

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

/// Runs cases. The results are in the order of the cases, a case that does not fit its gate is an error in its place.
///
/// # Errors
/// When no thread can be started.
pub(crate) async fn run(
    host: &Host,
    cases: &[Prepared],
) -> anyhow::Result<Vec<Result<Verdict, CaseError>>> {
    let gates = load(host, cases).await;
    let results = side_by_side(cases, async |case: &Prepared| {
        one(case, &gates[&key(case)]).await
    });
    results.context("cannot run cases side by side")
}

/// A component with limits is loaded once, however many cases it has.
type Key<'a> = (&'a PluginSource, &'a Limits);

fn key(case: &Prepared) -> Key<'_> {
    (&case.plugin, &case.limits)
}

async fn load<'a>(host: &Host, cases: &'a [Prepared]) -> HashMap<Key<'a>, Result<Gate, String>> {
    let mut loaded = HashMap::new();
    for case in cases {
        if let Entry::Vacant(place) = loaded.entry(key(case)) {
            let gate = load_one(host, &case.plugin, case.limits.clone()).await;
            place.insert(gate.map_err(|error| format!("{error:#}")));
        }
    }
    loaded
}

async fn load_one(host: &Host, plugin: &PluginSource, limits: Limits) -> anyhow::Result<Gate> {
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
    let replayed = gate.replay(&ask, world, Services::silent()).await;
    Ok(Verdict {
        path: case.path.clone(),
        about: case.file.about.clone(),
        differences: case.differences(&ask, &replayed),
        requests: replayed.requests(ask.urls()),
        replayed,
    })
}
