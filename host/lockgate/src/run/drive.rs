//! Drives a run to its exit code: opens the journal, and connects the engine with the platform, the gates, the clock
//! and the report. Decides nothing; the engine is `rollout::drive`.

use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use rollout::ports::{Clock, Gates, Platform};
use rollout::{Event, Intent, Ports, Progress, Rollout, drive};

use crate::exit::Exit;
use crate::output::Output;
use crate::platform::AppId;
use crate::report::{Commands, Report};
use crate::run::clock::RunClock;
use crate::run::keeper::JournalKeeper;
use crate::run::signals::CancelChannel;

/// Called with everything that the report is called with, after it.
type Listener<'a> = &'a mut (dyn FnMut(&Rollout, Progress<'_>, &mut Report) + Send);

/// What a run needs.
pub(crate) struct Run<'a, P, G> {
    /// The platform.
    pub(crate) platform: &'a P,
    /// The app, for the commands that a report tells a person to type.
    pub(crate) app: &'a AppId,
    /// The gates.
    pub(crate) gates: &'a G,
    /// A description of the gates, for the report's first lines.
    pub(crate) gates_shown: String,
    /// The folder of this process's part of the run; its journal goes there.
    pub(crate) folder: PathBuf,
    /// Where results go.
    pub(crate) output: &'a Output,
    /// Requests to end.
    pub(crate) cancel: &'a mut CancelChannel,
}

impl<P: Platform, G: Gates> Run<'_, P, G> {
    /// Drives the rollout to its end and returns the exit code.
    ///
    /// # Errors
    /// When a rollout or a resume cannot have its journal (nothing was begun), or when the engine contradicts itself.
    pub(crate) async fn drive(
        self,
        mut rollout: Rollout,
        listener: Listener<'_>,
    ) -> anyhow::Result<Exit> {
        let mut journal = self.journal(&rollout)?;
        self.output.cancel_when_broken(self.cancel.sender.clone());
        let commands = Commands::about(self.app);
        let mut report = Report::new(self.output.clone(), commands, jiff::ZonedDateTime::now);
        report.start(&rollout, &self.gates_shown);
        let clock = RunClock::start();
        let mut nothing = NoJournal;
        let ports = Ports {
            platform: self.platform,
            gates: self.gates,
            clock: &clock,
            journal: match &mut journal {
                Some(journal) => journal,
                None => &mut nothing,
            },
            cancel: &mut self.cancel.receiver,
        };
        let outcome = drive(&mut rollout, ports, |rollout, progress| {
            report.progress(rollout, progress);
            listener(rollout, progress, &mut report);
        })
        .await
        .with_context(|| {
            format!(
                "the run stopped after {} in phase {:?}; read the app with `lockgate status`, restore the baseline \
                 with `lockgate abort`",
                clock.now(),
                rollout.phase().name()
            )
        })?;
        let exit = Exit::of(&outcome);
        report.end(&rollout, &outcome, exit);
        if let Some(journal) = journal
            && let Some(missing) = journal.finish().await
        {
            self.output.note(&missing);
        }
        Ok(exit)
    }

    /// A rollout and a resume need their journal; a rollback needs no disk (I-8).
    fn journal(&self, rollout: &Rollout) -> anyhow::Result<Option<JournalKeeper>> {
        let needs_journal = matches!(rollout.intent(), Intent::Rollout | Intent::Resume);
        let limit = if needs_journal {
            BEGIN_MAX
        } else {
            BEGIN_MAX_OF_A_RESTORE
        };
        match JournalKeeper::begin(&self.folder, rollout, limit) {
            Ok(journal) => {
                if self.output.is_verbose() {
                    let path = journal.path().display();
                    self.output.note(&format!("journal: {path}"));
                }
                Ok(Some(journal))
            }
            Err(error) if needs_journal => Err(error).with_context(|| {
                format!(
                    "cannot begin a journal in {}; nothing was touched. Name a folder that can be written with \
                     --state-dir",
                    self.folder.display()
                )
            }),
            Err(error) => {
                self.output
                    .note(&format!("continuing without a journal: {error}"));
                Ok(None)
            }
        }
    }
}

/// How long the first line of a journal may take.
const BEGIN_MAX: Duration = Duration::from_secs(5);
/// How long it may take of a run that restores a baseline, which does not wait for a disk.
const BEGIN_MAX_OF_A_RESTORE: Duration = Duration::from_millis(250);

/// Keeps nothing.
struct NoJournal;

impl rollout::ports::Journal for NoJournal {
    fn append(&mut self, _: &Event) {}

    fn kept(&mut self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
