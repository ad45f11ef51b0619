//! The run that restores a baseline, shared by abort and recover. Needs the platform alone: it asks no gate, and a
//! journal that cannot be written does not stop it (I-8).

use std::path::Path;
use std::time::Duration;

use ::rollout::ports::{Gates, Platform, Question};
use ::rollout::{Fact, GateAnswer, Intent, Progress, Weight};

use super::configuration;
use crate::assemble;
use crate::cli::{ReportsArgs, TargetArgs};
use crate::commands::report_files::ReportFiles;
use crate::config::Target;
use crate::exit::Exit;
use crate::notify::Subscription;
use crate::output::Output;
use crate::platform;
use crate::run::keeper::has_passed;
use crate::run::signals::CancelChannel;
use crate::run::{self, ReportersOf, Run};

/// How long a journal may take to be read. A rollback waits for no disk for longer.
const EVIDENCE_MAX: Duration = Duration::from_millis(250);

/// How a run that restores a baseline ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Restored {
    /// The exit code.
    pub(super) code: Exit,
    /// Whether the command was asked to end meanwhile. The run goes on regardless.
    pub(super) was_cancelled: bool,
}

/// Restores the baseline of the run that holds the lease.
///
/// # Errors
/// Errors of the configuration and its credential, before the app is read.
pub(super) async fn restore(
    args: &TargetArgs,
    reports: &ReportsArgs,
    output: &Output,
    intent: Intent,
    cancel: &mut CancelChannel,
) -> anyhow::Result<Restored> {
    // Nothing about a report holds a restore up.
    let reports = ReportFiles::open(&reports.report).unwrap_or_else(|error| {
        output.note(&format!("continuing without a report: {error:#}"));
        ReportFiles::default()
    });
    let target = configuration::target(args)?;
    let app = platform::app(&target)?;
    let intent = with_evidence(intent, &app, &target.state_dir).await;
    let id = run::new_id();
    let keeper = run::keeper_of_a_restore(&target.state_dir, &id, output).await;
    let folder = keeper.as_ref().map(|keeper| keeper.folder().to_owned());
    let run = Run {
        platform: &app,
        gates: &NoGates,
        beginning: run::beginning(&target.app, &[]),
        reporters: ReportersOf {
            output,
            subscriptions: subscriptions(&target, output),
        }
        .list(),
        keeper,
        replays: None,
        failed_goes: false,
        unjudged: None,
        output,
        cancel,
    };
    let rollout = run::new_rollout(id.clone(), assemble::plan_of_a_restore(&target)?, intent);
    let mut was_cancelled = false;
    let code = run
        .drive(rollout, &mut |_, progress, _| {
            if let Progress::Happened(event) = progress {
                was_cancelled |= matches!(event.fact, Fact::CancelRequested { .. });
            }
        })
        .await;
    if let Some(folder) = folder {
        reports.write(&id, &folder, output).await;
    }
    Ok(Restored {
        code,
        was_cancelled,
    })
}

/// Returns the webhooks that learn of the run. What is wrong with one is noted: none keeps a baseline from being restored.
fn subscriptions(target: &Target, output: &Output) -> Vec<Subscription> {
    let (ready, unset) = assemble::usable_subscriptions(&target.webhooks.good, &target.azure);
    for mistake in target.webhooks.mistakes.iter().chain(&unset) {
        output.note(&format!("continuing without a webhook: {mistake}"));
    }
    ready
}

/// A run at 100 % that has ended may have passed every check and could not remove its lease. Its journal says so, where it
/// is on this machine; then the lease is removed and nothing else.
async fn with_evidence(intent: Intent, app: &impl Platform, state_dir: &Path) -> Intent {
    let Intent::Recover {
        expired_for,
        ended,
        passed: false,
    } = intent
    else {
        return intent;
    };
    let lease = app.observe(None).await.ok().and_then(|seen| seen.lease);
    let passed = match lease.filter(|lease| lease.weight == Weight::ALL) {
        Some(lease) => has_passed(state_dir, &lease.run, &lease.holder, EVIDENCE_MAX).await,
        None => false,
    };
    Intent::Recover {
        expired_for,
        ended,
        passed,
    }
}

/// Answers no questions: restoring a baseline asks no gate.
struct NoGates;

impl Gates for NoGates {
    async fn ask(&self, _: Question<'_>) -> Vec<GateAnswer> {
        Vec::new()
    }
}
