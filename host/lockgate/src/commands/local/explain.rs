//! `lockgate explain`: a past run in sentences, from its journals. Opens no socket, and judges nothing anew.

mod narrator;

use rollout::Memory;

use crate::cli::ExplainArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::run::journal::{self, SavedJournal, Tail};
use crate::store::run_folders::RunFolders;

use narrator::Narrator;

/// Explains a run, one process after the other.
///
/// # Errors
/// When there is no such run, or a journal of it is damaged.
pub(in crate::commands) fn explain(args: &ExplainArgs, output: &Output) -> anyhow::Result<Exit> {
    let found = RunFolders::find(&args.place.state_dir(), &args.run)?;
    let mut memory = Memory::default();
    for folder in &found.folders {
        let journal = SavedJournal::read(&folder.join("journal.jsonl"))?;
        let mut narrator = Narrator::default();
        let rollout = journal::tell(&journal, memory, vec![Box::new(&mut narrator)])?;
        memory = rollout.memory().clone();
        for sentence in narrator.sentences() {
            output.document(&sentence);
        }
        if journal.tail == Tail::Torn || journal.ended.is_none() {
            output.document(
                "The journal stops here: the process was killed, or is still under way. `lockgate status` says what production \
                 serves now.",
            );
        }
    }
    Ok(Exit::Success)
}
