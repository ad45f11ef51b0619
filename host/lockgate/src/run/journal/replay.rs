//! Tells reporters of a run from its journal, as if it happened now. Opens no socket, and writes nothing itself.

use rollout::{Memory, Progress, Rollout};

use super::saved::{SavedJournal, SavedWhat};
use crate::event::RunEvent;
use crate::exit::Exit;
use crate::report::{self, Commands, Remark, Report, Reporter};

/// Tells reporters of the process of a journal, with the memory of the processes before it. Returns the run as the journal
/// leaves it.
///
/// # Errors
/// When an event cannot follow the ones before it, or the app that the journal names could not be one.
pub(crate) fn tell(
    journal: &SavedJournal,
    memory: Memory,
    reporters: Vec<Box<dyn Reporter + '_>>,
) -> anyhow::Result<Rollout> {
    let beginning = report::beginning(&journal.began)?;
    let commands = Commands::about(&beginning.app);
    let mut report = Report::of_a_journal(commands, journal.time, reporters);
    let mut rollout = journal.fresh(memory);
    report.start(&rollout, &beginning);
    for event in &journal.events {
        report.at(event.time);
        match &event.what {
            SavedWhat::Fact(fact) => {
                let action = rollout.next_action();
                report.progress(&rollout, Progress::Begins(&action));
                journal.apply(&mut rollout, event.line, fact)?;
                report.progress(&rollout, Progress::Happened(fact));
            }
            SavedWhat::Beside(beside) => {
                if let RunEvent::Split(split) = beside {
                    let sentence = report::split_in_words(split);
                    let remark = Remark {
                        sentence: &sentence,
                        event: beside,
                    };
                    report.remark(&rollout, &remark);
                }
            }
        }
    }
    if let rollout::Phase::Ended(outcome) = rollout.phase() {
        let outcome = outcome.clone();
        report.end(&rollout, &outcome, Exit::of(&outcome));
    }
    Ok(rollout)
}
