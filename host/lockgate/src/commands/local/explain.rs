//! `lockgate explain`: a past run in sentences, from its journals. Opens no socket, and judges nothing anew.

mod narrator;

use rollout::Memory;
use serde_json::{Value, json};

use crate::cli::ExplainArgs;
use crate::exit::Exit;
use crate::output::{Format, Output};
use crate::run::journal::{self, SavedJournal};
use crate::store::run_folders::RunFolders;

use narrator::Narrator;

/// What is said where a journal has no end: `abort`, `recover` and `resume` work without it.
const NO_END: &str = "The journal stops here: the process was killed, or is still under way. `lockgate status` says what production \
     serves now.";
const NO_END_OF_AN_EARLIER: &str =
    "The journal stops here: the process was killed, and another one has gone on.";

/// Explains a run, one process after the other. Only of the last one it says what to do: what was to be done before that, is.
///
/// # Errors
/// When there is no such run, or a journal of it is damaged.
pub(in crate::commands) fn explain(args: &ExplainArgs, output: &Output) -> anyhow::Result<Exit> {
    let found = RunFolders::find(&args.place.state_dir()?, &args.run)?;
    let mut processes = Vec::new();
    for (index, folder) in found.folders.iter().enumerate() {
        let journal = SavedJournal::read(&folder.join("journal.jsonl"))?;
        let mut narrator = Narrator::default();
        journal::tell(&journal, Memory::default(), vec![Box::new(&mut narrator)])?;
        let (mut sentences, next) = narrator.said();
        let is_last = index + 1 == found.folders.len();
        match (&journal.ended, is_last) {
            (Some(_), true) => sentences.extend(next),
            (Some(_), false) => {}
            (None, true) => sentences.push(NO_END.to_owned()),
            (None, false) => sentences.push(NO_END_OF_AN_EARLIER.to_owned()),
        }
        processes.push(sentences);
    }
    match output.format() {
        Format::Text => {
            let texts: Vec<String> = processes.iter().map(|one| one.join("\n")).collect();
            output.document(&texts.join("\n\n"));
        }
        Format::Json => {
            let processes: Value = (processes.iter())
                .map(|sentences| json!({ "sentences": sentences }))
                .collect();
            output.json(&json!({ "run": found.run, "processes": processes }));
        }
    }
    Ok(Exit::Success)
}
