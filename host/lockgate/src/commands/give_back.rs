//! The commands that give traffic back: abort and recover, for one app or for a whole resource group.
//!
//! No gate is loaded for this, and no journal is needed: it depends on nothing but the platform (I-8).

use ::rollout::ports::{Gates, Question};
use ::rollout::{Fact, GateAnswer, Intent, Mark, Moment, Record};
use serde_json::json;
use tokio::sync::mpsc::{Receiver, Sender};

use crate::cli::{RecoverArgs, TargetArgs};
use crate::output::Output;
use crate::run::{self, Run};
use crate::{clock, config, exit, setup, signals};

/// Whoever wants a run to end says so here.
type Cancel = (Sender<String>, Receiver<String>);

/// Gives the traffic back, whatever the state of the run on record.
///
/// # Errors
/// Before anything is touched: configuration, credentials.
pub(super) async fn abort(args: &TargetArgs, output: &Output) -> anyhow::Result<u8> {
    let mut cancel = signals::install()?;
    let by = "`lockgate abort`".to_owned();
    let (code, _) = give_back(args, output, Intent::Abort { by }, &mut cancel).await?;
    Ok(code)
}

/// Gives the traffic back if the run on record is dead; of one app, or of every app of the resource group.
///
/// # Errors
/// As for an abort; for a resource group also when its apps cannot be listed.
pub(super) async fn recover(args: &RecoverArgs, output: &Output) -> anyhow::Result<u8> {
    let mut cancel = signals::install()?;
    let silence = args.stale_after.0.as_secs();
    let as_of = clock::unix_seconds().saturating_sub(silence);
    if args.all {
        return recover_all(&args.target, output, as_of, &mut cancel).await;
    }
    let ended = args.run_id.clone().map(|id| id.0);
    let intent = Intent::Recover { as_of, ended };
    let (code, _) = give_back(&args.target, output, intent, &mut cancel).await?;
    Ok(code)
}

async fn give_back(
    args: &TargetArgs,
    output: &Output,
    intent: Intent,
    cancel: &mut Cancel,
) -> anyhow::Result<(u8, bool)> {
    let resolved = super::resolved(args, args.overrides())?;
    let app = setup::app(&resolved)?;
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
            let Moment::Happened(event) = moment else {
                return;
            };
            cancelled |= matches!(event.fact, Fact::CancelRequested { .. });
        })
        .await?;
    Ok((code, cancelled))
}

/// One app after the other, and none is kept from its turn by what another ended in. Runs that are held or may be
/// alive are left alone.
async fn recover_all(
    args: &TargetArgs,
    output: &Output,
    as_of: u64,
    cancel: &mut Cancel,
) -> anyhow::Result<u8> {
    let (file, _) = config::load(args.config.as_deref())?;
    let group = setup::group(&file, &args.overrides())?;
    let apps = match group.apps().await {
        Ok(apps) => apps,
        Err(error) => {
            let error = anyhow::Error::from(error);
            output.error(&error.context("cannot list the apps, nothing was written"));
            return Ok(exit::REFUSED);
        }
    };
    let mut worst = exit::PROMOTED;
    let (mut recorded, mut recovered) = (0, 0);
    for app in &apps {
        match &app.record {
            Ok(None) => continue,
            Ok(Some(record)) => {
                recorded += 1;
                if let Some(why) = left_alone(record, as_of) {
                    output.text(&format!("{}: {why}", app.name));
                    output.json(&json!({ "event": "left-alone", "app": app.name, "why": why }));
                    continue;
                }
            }
            // The run itself says what is damaged.
            Err(_) => recorded += 1,
        }
        let args = TargetArgs {
            app: Some(app.name.clone()),
            ..args.clone()
        };
        output.text(&format!("{}:", app.name));
        output.json(&json!({ "event": "taken-up", "app": app.name }));
        recovered += 1;
        let intent = Intent::Recover { as_of, ended: None };
        let code = match give_back(&args, output, intent, cancel).await {
            Ok((code, false)) => code,
            Ok((code, true)) => {
                output.text("cancelled: the apps after this one were not looked at");
                return Ok(exit::worse(worst, code));
            }
            Err(error) => {
                output.error(&error.context(format!("app {}", app.name)));
                exit::STUCK
            }
        };
        worst = exit::worse(worst, code);
    }
    output.text(&format!(
        "{} apps, {recorded} with a record, {recovered} taken up",
        apps.len()
    ));
    output.json(&json!({
        "event": "group", "apps": apps.len(), "with-record": recorded, "taken-up": recovered,
    }));
    Ok(worst)
}

/// Says why a run is none of our business, if it is not.
fn left_alone(record: &Record, as_of: u64) -> Option<String> {
    let run = &record.run;
    if record.mark == Mark::Held {
        return Some(format!(
            "run {run} is held at {} on purpose, left alone",
            record.weight
        ));
    }
    let left = record.stale_after.checked_sub(as_of)?;
    (left > 0).then(|| {
        let left = ::rollout::human(std::time::Duration::from_secs(left));
        format!("run {run} may be alive, left alone for another {left}")
    })
}

/// Nobody is asked while traffic is given back.
struct Nobody;

impl Gates for Nobody {
    async fn ask(&self, _: Question<'_>) -> Vec<GateAnswer> {
        Vec::new()
    }
}
