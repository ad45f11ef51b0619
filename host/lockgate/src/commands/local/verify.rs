//! `lockgate verify`: whether the files of a run prove what it says of itself. Opens no socket and writes nothing.
//!
//! Each process of the run is held to three things: the journal is the one that was written (`run::journal`), the engine comes
//! from its facts to the end that it states (`end`), and every recorded call of a gate is of the question that the facts lead to
//! (`questions`) and gives the same verdict again (`calls`).

mod calls;
mod end;
mod questions;
mod recorded;

use serde_json::json;

use crate::assemble::{self, Reach};
use crate::attest;
use crate::cli::VerifyArgs;
use crate::exit::Exit;
use crate::output::Output;
use crate::run::journal::{SavedJournal, Tail};
use crate::store::run_folders::RunFolders;

/// What was found in one process of a run.
struct Checked {
    /// What holds, in sentences.
    holds: Vec<String>,
    /// The first thing that does not.
    difference: Option<String>,
}

/// Verifies a run. Returns 0 where everything holds, 1 with the first difference otherwise.
///
/// # Errors
/// When there is no such run, or the attestation cannot be read.
pub(in crate::commands) async fn verify(
    args: &VerifyArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    let state_dir = args.place.state_dir()?;
    let found = RunFolders::find(&state_dir, &args.run)?;
    let loader = assemble::loader(args.cache_dir.clone(), Reach::ThisMachine, output)?;
    let mut gates = calls::Gates::new(loader);
    let mut difference = None;
    let mut last = None;
    for folder in &found.folders {
        let shown = folder.display();
        output.text(&format!("run {}, {shown}", found.run));
        let journal = match SavedJournal::read(&folder.join("journal.jsonl")) {
            Ok(journal) => journal,
            Err(error) => {
                difference = Some(format!("{:#}", anyhow::Error::new(error)));
                break;
            }
        };
        let checked = process(folder, &journal, &mut gates).await?;
        for sentence in &checked.holds {
            output.text(&format!("  {sentence}"));
        }
        last = Some(journal);
        difference = checked.difference;
        if difference.is_some() {
            break;
        }
    }
    if let (None, Some(file), Some(journal)) = (&difference, &args.attestation, &last) {
        let differences = attest::differences(file, journal)?;
        difference = differences.into_iter().next();
        if difference.is_none() {
            output.text(&format!(
                "  {} says the same; who signed it is for the tool that checks signatures",
                file.display()
            ));
        }
    }
    Ok(conclude(&found, difference, output))
}

fn conclude(found: &RunFolders, difference: Option<String>, output: &Output) -> Exit {
    let exit = match &difference {
        None => Exit::Success,
        Some(_) => Exit::NotAsExpected,
    };
    match &difference {
        None => output.text(&format!("run {} is proved by its files", found.run)),
        Some(difference) => output.text(&format!("DIFFERENT: {difference}")),
    }
    output.command_event(json!({
        "event": "run-verified", "run": found.run, "holds": difference.is_none(), "difference": difference,
        "exit-code": exit.code(),
    }));
    exit
}

/// Checks one process of the run.
async fn process(
    folder: &std::path::Path,
    journal: &SavedJournal,
    gates: &mut calls::Gates,
) -> anyhow::Result<Checked> {
    let mut holds = vec![format!(
        "the journal is whole: {} events, each with the hash of the one before",
        journal.lines
    )];
    let differs = |holds, difference: String| {
        Ok(Checked {
            holds,
            difference: Some(difference),
        })
    };
    let led = match end::check(journal) {
        Ok(led) => led,
        Err(difference) => return differs(holds, difference),
    };
    holds.push(led.sentence);
    if journal.tail == Tail::Torn || journal.ended.is_none() {
        let path = journal.path.display();
        return differs(
            holds,
            format!("journal {path} stops before the run has ended, so it states no outcome"),
        );
    }
    match calls::check(folder, journal, &led.questions, gates).await? {
        Ok(sentence) => holds.push(sentence),
        Err(difference) => return differs(holds, difference),
    }
    Ok(Checked {
        holds,
        difference: None,
    })
}
