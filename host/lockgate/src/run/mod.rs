//! One run from its first read to its exit code: journal, report, engine.

pub(crate) mod clock;
pub(crate) mod journal;
pub(crate) mod signals;

use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rollout::ports::{Clock, Gates, Platform};
use rollout::{Event, Intent, Plan, Ports, Progress, Rollout, drive};
use tokio::sync::mpsc::{Receiver, Sender};

use crate::output::Output;
use crate::platform::AppId;
use crate::report::{Commands, Report};
use crate::run::clock::RunClock;
use crate::run::journal::Journal;

/// Told of every moment beside the report.
pub(crate) type Watcher<'a> = &'a mut (dyn FnMut(&Rollout, Progress<'_>, &mut Report) + Send);

/// What a run needs.
pub(crate) struct Run<'a, P, G> {
    /// The platform.
    pub(crate) platform: &'a P,
    /// Which app, for the commands that a person may have to type.
    pub(crate) app: &'a AppId,
    /// The gates.
    pub(crate) gates: &'a G,
    /// The gates in words, for the first line.
    pub(crate) gates_shown: String,
    /// Where the journal goes: a folder of this process of the run.
    pub(crate) folder: PathBuf,
    /// Where results go.
    pub(crate) output: &'a Output,
    /// Requests to end.
    pub(crate) cancel: &'a mut (Sender<String>, Receiver<String>),
}

impl<P: Platform, G: Gates> Run<'_, P, G> {
    /// Drives the rollout to its end and returns the exit code.
    ///
    /// # Errors
    /// When a forward run cannot have its journal (nothing was begun), or when the engine contradicts itself.
    pub(crate) async fn drive(
        self,
        mut rollout: Rollout,
        watcher: Watcher<'_>,
    ) -> anyhow::Result<u8> {
        let mut journal = self.journal(&rollout)?;
        let (sender, cancel) = self.cancel;
        self.output.cancel_when_broken(sender.clone());
        let mut report = Report::new(self.output.clone(), Commands::about(self.app));
        report.begins(&rollout, &self.gates_shown);
        let clock = RunClock::start();
        let ports = Ports {
            platform: self.platform,
            gates: self.gates,
            clock: &clock,
            journal: &mut *journal,
            cancel,
        };
        let outcome = drive(&mut rollout, ports, |rollout, moment| {
            report.tell(rollout, moment);
            watcher(rollout, moment, &mut report);
        })
        .await
        .with_context(|| {
            format!(
                "the run stopped after {} in phase {:?}; look with `lockgate status`, give the traffic back with \
                 `lockgate abort`",
                clock.now(),
                rollout.phase().name()
            )
        })?;
        Ok(report.ended(&rollout, &outcome))
    }

    /// A forward run needs its journal; giving traffic back needs no disk (I-8).
    fn journal(&self, rollout: &Rollout) -> anyhow::Result<Box<dyn rollout::ports::Journal>> {
        let forward = matches!(rollout.intent(), Intent::Rollout | Intent::Resume);
        match Journal::create(&self.folder, rollout) {
            Ok(journal) => {
                if self.output.is_verbose() {
                    let path = journal.path().display();
                    self.output.note(&format!("journal: {path}"));
                }
                Ok(Box::new(journal))
            }
            Err(error) if forward => Err(error).with_context(|| {
                format!(
                    "cannot begin a journal in {}; nothing was touched. Name a folder that can be written with \
                     --state-dir",
                    self.folder.display()
                )
            }),
            Err(error) => {
                self.output.note(&format!("going on without a journal: {error}"));
                Ok(Box::new(NoJournal))
            }
        }
    }
}

/// Returns a folder for one process of a run.
pub(crate) fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("runs").join(new_id())
}

/// Begins a run of this intent.
pub(crate) fn begin(plan: Plan, intent: Intent) -> Rollout {
    Rollout::new(new_id(), plan, intent)
}

/// Begins a rollout under a name of the pipeline's own.
pub(crate) fn begin_named(name: String, plan: Plan) -> Rollout {
    Rollout::new(name, plan, Intent::Rollout).held_by(new_id())
}

struct NoJournal;

impl rollout::ports::Journal for NoJournal {
    fn append(&mut self, _: &Event) -> Result<(), String> {
        Ok(())
    }
}

/// Returns an id that sorts by time and differs between two runs of the same second.
fn new_id() -> String {
    let random = std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish();
    let time = jiff::Timestamp::now().strftime("%Y%m%dt%H%M%S");
    format!("{time}-{:06x}", random & 0xff_ffff)
}
