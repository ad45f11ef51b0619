//! Runs cases in parallel, each in virtual time of its own. A component is loaded once for all cases that use it with
//! the same limits.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;

use anyhow::Context as _;
use gates::{Gate, Limits};

use super::prepare::{CaseError, PreparedCase};
use super::sequence::CallResult;
use crate::assemble::Loader;
use crate::config::PluginSource;
use crate::parallel::map_in_parallel;

/// The result of a case that could run.
#[derive(Debug)]
pub(crate) struct CaseResult {
    /// The case file.
    pub(crate) path: PathBuf,
    /// The case's own description of what it shows.
    pub(crate) about: String,
    /// Its calls, at least one.
    pub(crate) calls: Vec<CallResult>,
}

impl CaseResult {
    /// Returns whether everything is as expected.
    pub(crate) fn passed(&self) -> bool {
        self.calls.iter().all(|call| call.differences.is_empty())
    }

    /// Returns everything that is not as expected, with the number of its call where there are several.
    pub(crate) fn differences(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (number, call) in (1..).zip(&self.calls) {
            let prefix = self.prefix(number);
            let differences = call.differences.iter();
            lines.extend(differences.map(|difference| format!("{prefix}{difference}")));
        }
        lines
    }

    /// Returns what is written before something about a call: nothing where it is the only one.
    pub(crate) fn prefix(&self, number: usize) -> String {
        match &self.calls[..] {
            [_] => String::new(),
            _ => format!("call {number}: "),
        }
    }
}

/// Runs cases. The results are in the order of the cases; a case that does not fit its gate is an error in its place.
///
/// # Errors
/// When no thread can be started.
pub(crate) async fn run(
    loader: &Loader,
    cases: &[PreparedCase],
) -> anyhow::Result<Vec<Result<CaseResult, CaseError>>> {
    let gates = load_all(loader, cases).await;
    let results = map_in_parallel(cases, async |case: &PreparedCase| {
        run_one(case, &gates[&GateKey::of(case)]).await
    });
    results.context("cannot run cases in parallel")
}

#[derive(PartialEq, Eq, Hash)]
struct GateKey<'a> {
    plugin: &'a PluginSource,
    limits: &'a Limits,
}

impl GateKey<'_> {
    fn of(case: &PreparedCase) -> GateKey<'_> {
        GateKey {
            plugin: &case.plugin,
            limits: &case.limits,
        }
    }
}

/// Loads the gate of every case, or why it cannot be loaded.
async fn load_all<'a>(
    loader: &Loader,
    cases: &'a [PreparedCase],
) -> HashMap<GateKey<'a>, Result<Gate, String>> {
    let mut loaded = HashMap::new();
    for case in cases {
        if let Entry::Vacant(place) = loaded.entry(GateKey::of(case)) {
            let gate = loader.load(&case.plugin, case.limits.clone()).await;
            place.insert(gate.map_err(|error| format!("{error:#}")));
        }
    }
    loaded
}

async fn run_one(
    case: &PreparedCase,
    gate: &Result<Gate, String>,
) -> Result<CaseResult, CaseError> {
    let failed = |error: anyhow::Error| CaseError {
        path: case.path.clone(),
        error,
    };
    let gate = gate
        .as_ref()
        .map_err(|why| failed(anyhow::anyhow!("{why}")))?;
    Ok(CaseResult {
        path: case.path.clone(),
        about: case.file.about.clone(),
        calls: case.replay(gate).await.map_err(failed)?,
    })
}
