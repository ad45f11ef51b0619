//! The story of a run: what happened in it, in order, as plain data for whoever shows it. Made from the folder of each process:
//! its journal, and the recordings of its gates. Decides and judges nothing.
//!
//! `model.rs` has what a story is, `fold.rs` makes it from the journal, `recorded.rs` adds what the recordings hold.

mod fold;
mod model;
mod recorded;

use std::path::Path;

use rollout::Memory;

use crate::run::journal::{self, SavedJournal};

#[cfg(test)]
pub(crate) use model::Point;
pub(crate) use model::{Happened, Process, ShownExchange, StageStory, Story, Verdict, What};

/// Reads the story of a run from the folders of its processes, in the order in which they began.
///
/// # Errors
/// When a journal cannot be read or is damaged. A recording that cannot be read is left out.
pub(crate) fn read(run: &str, folders: &[impl AsRef<Path>]) -> anyhow::Result<Story> {
    let mut memory = Memory::default();
    let mut processes = Vec::new();
    for folder in folders {
        let folder = folder.as_ref();
        let journal = SavedJournal::read(&folder.join("journal.jsonl"))?;
        let mut fold = fold::Fold::of(&journal);
        let rollout = journal::tell(&journal, memory, vec![Box::new(&mut fold)])?;
        memory = rollout.memory().clone();
        let mut process = fold.process();
        recorded::add(&mut process, &folder.join("recordings"));
        processes.push(process);
    }
    Ok(Story {
        schema: model::SCHEMA.to_owned(),
        run: run.to_owned(),
        processes,
    })
}
