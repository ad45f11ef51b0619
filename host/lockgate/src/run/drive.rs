//! Drives a run to its exit code: begins the journal, and connects the engine with the platform, the gates, the clock
//! and the report. Decides nothing; the engine is `rollout::drive`.

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use rollout::ports::{Gates, Platform};
use rollout::{Event, Ports, Progress, Rollout, drive};

use crate::exit::Exit;
use crate::output::Output;
use crate::platform::AppId;
use crate::report::{Beginning, Commands, Printer, Report, Reporter};
use crate::run::clock::RunClock;
use crate::run::journal::JournalWriter;
use crate::run::keeper::Keeper;
use crate::run::new::folder_of_run;
use crate::run::replay_lines::ReplayLines;
use crate::run::reporters::before_the_lines;
use crate::run::signals::CancelChannel;

/// Called with everything that the report is called with, after it.
type Listener<'a> = &'a mut (dyn FnMut(&Rollout, Progress<'_>, &mut Report<'_>) + Send);

/// What a run needs.
pub(crate) struct Run<'a, P, G> {
    /// The platform.
    pub(crate) platform: &'a P,
    /// The gates.
    pub(crate) gates: &'a G,
    /// What the run begins with, for its reports.
    pub(crate) beginning: Beginning,
    /// Who reports the run beside its output.
    pub(crate) reporters: Vec<Box<dyn Reporter>>,
    /// What keeps the journal; `None` where nothing can. Only a restore does without it (I-8).
    pub(crate) keeper: Option<Keeper>,
    /// How the calls of the gates are put again; `None` where they are not recorded.
    pub(crate) replays: Option<ReplayLines>,
    /// Whether a canary that a gate said no to is deactivated after the run, for the report's last lines.
    pub(crate) failed_goes: bool,
    /// Why nobody judges the real traffic, where that could be had.
    pub(crate) unjudged: Option<String>,
    /// Where results go.
    pub(crate) output: &'a Output,
    /// Requests to end.
    pub(crate) cancel: &'a mut CancelChannel,
}

impl<P: Platform, G: Gates> Run<'_, P, G> {
    /// Drives the rollout to its end and returns the exit code.
    pub(crate) async fn drive(self, mut rollout: Rollout, listener: Listener<'_>) -> Exit {
        if let Some(keeper) = &self.keeper
            && self.output.is_verbose()
        {
            let path = keeper.journal();
            self.output.note(&format!("journal: {}", path.display()));
        }
        let mut journal = (self.keeper).map(|keeper| JournalWriter::begin(keeper, rollout.run()));
        self.output.cancel_when_broken(self.cancel.sender.clone());
        let commands = Commands::about(&self.beginning.app);
        let mut reporters = before_the_lines(self.output);
        reporters.push(Box::new(Printer::new(self.output.clone())));
        if let Some(journal) = &journal {
            reporters.push(Box::new(journal.notes()));
        }
        reporters.extend(self.reporters);
        let mut report = Report::new(commands, jiff::ZonedDateTime::now, reporters);
        if let Some(replays) = self.replays {
            report = report.with_replays(replays);
        }
        report = report
            .with_failed_going(self.failed_goes)
            .with_unjudged(self.unjudged);
        report.start(&rollout, &self.beginning);
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
        .await;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => return stopped(self.output, &self.beginning.app, &rollout, error.into()),
        };
        let exit = Exit::of(&outcome);
        report.end(&rollout, &outcome, exit);
        let finished = tokio::task::spawn_blocking(|| report.finish(REPORTERS_MAX));
        for missing in finished.await.unwrap_or_default() {
            self.output.note(&missing);
        }
        if let Some(journal) = journal
            && let Some(missing) = journal.finish().await
        {
            self.output.note(&missing);
        }
        exit
    }
}

/// Reports that the engine contradicts itself. What production serves is not known then.
fn stopped(output: &Output, app: &AppId, rollout: &Rollout, error: anyhow::Error) -> Exit {
    let commands = Commands::about(app);
    output.error(&error.context(format!(
        "the run stopped in phase {:?}; read the app with {}, restore the baseline with {}",
        rollout.phase().name(),
        commands.lockgate("status"),
        commands.lockgate("abort")
    )));
    Exit::Unverified
}

/// How long the end of a run waits for what its reporters still have to write.
const REPORTERS_MAX: Duration = Duration::from_secs(2);
/// How long the beginning of a journal may take.
const BEGIN_MAX: Duration = Duration::from_secs(5);
/// How long it may take of a run that restores a baseline, which does not wait for a disk.
const BEGIN_MAX_OF_A_RESTORE: Duration = Duration::from_millis(250);

/// Starts the keeper of a run that moves traffic to the canary, which needs its journal.
///
/// # Errors
/// When the journal cannot be begun. To be called before the first write.
pub(crate) async fn keeper_of_a_rollout(state_dir: &Path, run: &str) -> anyhow::Result<Keeper> {
    let folder = folder_of_run(state_dir, run);
    let keeper = Keeper::start(&folder, BEGIN_MAX).await;
    keeper.with_context(|| {
        format!(
            "cannot begin a journal in {}; nothing was touched. Name a folder that can be written with --state-dir",
            folder.display()
        )
    })
}

/// Starts the keeper of a run that restores a baseline. Where there is no disk for it, it goes on without (I-8).
pub(crate) async fn keeper_of_a_restore(
    state_dir: &Path,
    run: &str,
    output: &Output,
) -> Option<Keeper> {
    let folder = folder_of_run(state_dir, run);
    match Keeper::start(&folder, BEGIN_MAX_OF_A_RESTORE).await {
        Ok(keeper) => Some(keeper),
        Err(error) => {
            output.note(&format!("continuing without a journal: {error}"));
            None
        }
    }
}

/// Keeps nothing.
struct NoJournal;

impl rollout::ports::Journal for NoJournal {
    fn append(&mut self, _: &Event) {}

    fn kept(&mut self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
