//! The run that restores a baseline: it asks no gate and needs no journal, nothing but the platform (I-8).

use ::rollout::ports::{Gates, Question};
use ::rollout::{Fact, GateAnswer, Intent, Progress};

use crate::cli::TargetArgs;
use crate::output::Output;
use crate::platform;
use crate::run::signals::Channel;
use crate::run::{self, Run};

/// Restores the baseline of the run that holds the lease. Returns the exit code, and whether the command was
/// cancelled meanwhile.
///
/// # Errors
/// Before anything is touched: configuration, credentials.
pub(super) async fn restore(
    args: &TargetArgs,
    output: &Output,
    intent: Intent,
    cancel: &mut Channel,
) -> anyhow::Result<(u8, bool)> {
    let resolved = crate::commands::resolved(args, args.overrides())?;
    let app = platform::app(&resolved)?;
    let run = Run {
        platform: &app,
        app: &resolved.app,
        gates: &Nobody,
        gates_shown: "none are asked".to_owned(),
        folder: run::folder(&resolved.state_dir),
        output,
        cancel,
    };
    let rollout = run::begin(resolved.plan.clone(), intent);
    let mut cancelled = false;
    let code = run
        .drive(rollout, &mut |_, moment, _| {
            let Progress::Happened(event) = moment else {
                return;
            };
            cancelled |= matches!(event.fact, Fact::CancelRequested { .. });
        })
        .await?;
    Ok((code, cancelled))
}

/// Nobody is asked while traffic is given back.
struct Nobody;

impl Gates for Nobody {
    async fn ask(&self, _: Question<'_>) -> Vec<GateAnswer> {
        Vec::new()
    }
}
