//! Whether the recorded calls of the gates give the same verdicts again. Which calls belong to the journal is for `recorded`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gates::{Gate, Limits, RecordedCall, Recording, ReplaySource, Services};
use rollout::GateFailure;

use super::questions::Question;
use super::recorded::{of_run, same_as_journal, words};
use crate::assemble::Loader;
use crate::config::{BUILT_IN, PluginSource};
use crate::parallel::map_in_parallel;
use crate::run::journal::SavedJournal;
use crate::store::{components, recordings};

/// The components of the recorded calls, each loaded once.
pub(super) struct Gates {
    loader: Loader,
    loaded: BTreeMap<String, Gate>,
}

impl Gates {
    pub(super) fn new(loader: Loader) -> Gates {
        Gates {
            loader,
            loaded: BTreeMap::new(),
        }
    }

    /// Returns the component with this digest, from this executable or from beside the runs.
    async fn of(&mut self, folder: &Path, call: &RecordedCall) -> anyhow::Result<Gate> {
        let sha256 = &call.component.sha256;
        if let Some(gate) = self.loaded.get(sha256) {
            return Ok(gate.clone());
        }
        let built_in = BUILT_IN
            .iter()
            .find(|plugin| gates::digest(plugin.component) == *sha256);
        let source = match built_in {
            Some(plugin) => PluginSource::BuiltIn(plugin.name),
            None => PluginSource::Path(components::path_of(folder, sha256)),
        };
        let name = &call.component.name;
        let gate = self.loader.load(&source, Limits::default()).await;
        let gate = gate.with_context(|| {
            format!(
                "component {name} {} with the SHA-256 {sha256} is not here",
                call.component.version
            )
        })?;
        anyhow::ensure!(
            gate.digest() == sha256,
            "component {name} was changed: its SHA-256 is {}, and {sha256} was called",
            gate.digest()
        );
        self.loaded.insert(sha256.clone(), gate.clone());
        Ok(gate)
    }
}

/// One recorded call, ready to be put again.
struct Call {
    path: PathBuf,
    recorded: RecordedCall,
    source: ReplaySource,
    gate: Gate,
}

/// Returns a sentence about the calls; the inner error is the first difference. `questions` are those of the answers in the
/// journal, in their order.
///
/// # Errors
/// When the threads of the replay cannot be started.
pub(super) async fn check(
    folder: &Path,
    journal: &SavedJournal,
    questions: &[Question],
    gates: &mut Gates,
) -> anyhow::Result<Result<String, String>> {
    let recorded = match read(&folder.join("recordings")) {
        Ok(recorded) => recorded,
        Err(difference) => return Ok(Err(difference)),
    };
    let of_journal = recorded.iter().try_for_each(|one| of_run(journal, one));
    let of_journal = of_journal.and_then(|()| same_as_journal(journal, questions, &recorded));
    if let Err(difference) = of_journal {
        return Ok(Err(difference));
    }
    let mut calls = Vec::new();
    let mut without = 0;
    for (path, recording) in recorded {
        let source = ReplaySource::of(&recording);
        let Some(call) = recording.call else { continue };
        if !can_be_put_again(&call) {
            without += 1;
            continue;
        }
        match gates.of(folder, &call).await {
            Ok(gate) => calls.push(Call {
                path,
                recorded: call,
                source,
                gate,
            }),
            Err(error) => return Ok(Err(format!("recording {}: {error:#}", path.display()))),
        }
    }
    let replayed = map_in_parallel(&calls, async |call: &Call| {
        let (ask, source) = (&call.recorded.ask, call.source.clone());
        let replayed = call.gate.replay(ask, source, Services::silent()).await;
        difference(call, &replayed)
    })?;
    if let Some(difference) = replayed.into_iter().flatten().next() {
        return Ok(Err(difference));
    }
    let beside = match without {
        0 => String::new(),
        count => format!("; {count} had no answer that could be had again"),
    };
    Ok(Ok(format!(
        "every recorded call gives the same verdict again: {} calls{beside}",
        calls.len()
    )))
}

/// Reads the recordings of a folder, in the order of the calls; none where it is not there.
fn read(folder: &Path) -> Result<Vec<(PathBuf, Recording)>, String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "har"));
    paths.sort();
    let read = |path: PathBuf| match recordings::read(&path) {
        Ok(recording) if recording.call.is_some() => Ok((path, recording)),
        Ok(_) => Err(format!(
            "recording {} has no call of a gate",
            path.display()
        )),
        Err(error) => Err(format!("{error:#}")),
    };
    paths.into_iter().map(read).collect()
}

/// Returns whether a call ended for a reason of its own. How long it took, and who said no first, are not in its recording.
fn can_be_put_again(call: &RecordedCall) -> bool {
    !matches!(
        call.result,
        Err(GateFailure::Deadline { .. }
            | GateFailure::Limit(_)
            | GateFailure::Host(_)
            | GateFailure::NotWaitedFor { .. })
    )
}

/// Returns how the answer differs that a call gives now.
fn difference(call: &Call, replayed: &gates::Replayed) -> Option<String> {
    let path = call.path.display();
    if let Some(miss) = replayed.misses.first() {
        return Some(format!(
            "recording {path}: the gate asks for something that is not in it: {miss}"
        ));
    }
    let same = match (&call.recorded.result, &replayed.answer.result) {
        (Ok(one), Ok(other)) => one == other,
        (Err(one), Err(other)) => std::mem::discriminant(one) == std::mem::discriminant(other),
        _ => false,
    };
    if same {
        return None;
    }
    let (recorded, now) = (words(&call.recorded.result), words(&replayed.answer.result));
    Some(if recorded == now {
        format!(
            "recording {path}: the gate answers {now:?} with other measurements or another state now"
        )
    } else {
        format!(
            "recording {path}: the recorded answer is {recorded:?}, and the gate answers {now:?} now"
        )
    })
}
