//! `lockgate demo`: a real rollout with the real gate over real HTTP, against the emulator, under load; the split is
//! counted from what was served, not taken from what was asked for.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use rollout::{Intent, Phase, Progress, Rollout};
use serde_json::json;

use super::traffic_generator::{Load, Split};
use crate::assemble::Forward;
use crate::cli::DemoArgs;
use crate::config::{self, Overrides, Resolved};
use crate::output::Output;
use crate::report::Report;
use crate::run::{self, Run};
use crate::{assemble, run::signals};

/// The demo's configuration, as a user would write it.
const CONFIGURATION: &str = r#"
[app]
name = "shop"
resource-group = "demo"
subscription = "00000000-0000-0000-0000-000000000000"

[rollout]
check-interval = "1s"

[gates.http-health]
settings = { path = "/health", interval-ms = 50 }
"#;

/// Runs the demo and returns the exit code that a real rollout would have.
///
/// # Errors
/// When the emulator cannot be started on this machine.
pub(in crate::commands) async fn demo(args: &DemoArgs, output: &Output) -> anyhow::Result<u8> {
    let mut cancel = signals::install_detached()?;
    let mut scenario = emulator::Scenario::demo();
    if let Some(weight) = args.break_at {
        let canary = &mut scenario.apps[0].revisions[1];
        canary.behaviour = Some(emulator::Behaviour {
            fails_from_weight: Some(weight),
            ..emulator::Behaviour::default()
        });
    }
    let control = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let emulator = emulator::Emulator::start(scenario, emulator::Options { control, tls: None })
        .await
        .context("cannot start the emulator")?;
    let app_url = emulator
        .app_url("shop")
        .context("the demo's scenario has no app \"shop\"")?;
    let resolved = resolved(args, &emulator.control_url())?;
    introduce(args, output, &emulator.control_url(), &app_url);

    let Forward {
        app,
        ready,
        gates,
        plan,
    } = assemble::forward(&resolved, output).await?;
    let load = Load::start(&app_url, args.load);
    let split = load.split();
    let run = Run {
        platform: &app,
        app: &resolved.app,
        gates: &gates,
        gates_shown: assemble::shown(&ready),
        folder: run::folder(&resolved.state_dir),
        output,
        cancel: &mut cancel,
    };
    let mut watch = Watch::new(split);
    let rollout = run::begin(plan, Intent::Rollout);
    let mut watcher = |rollout: &Rollout, moment: Progress<'_>, report: &mut Report| {
        watch.see(rollout, moment, report)
    };
    run.drive(rollout, &mut watcher).await
}

fn resolved(args: &DemoArgs, endpoint: &str) -> anyhow::Result<Resolved> {
    let file = config::parse("the demo's configuration", CONFIGURATION)?;
    let overrides = Overrides {
        endpoint: Some(endpoint.to_owned()),
        bake: Some(args.bake),
        state_dir: Some(std::env::temp_dir().join("lockgate-demo")),
        ..Overrides::default()
    };
    Ok(config::resolve(file, &PathBuf::new(), overrides)?)
}

fn introduce(args: &DemoArgs, output: &Output, endpoint: &str, app_url: &str) {
    output.text(&format!(
        "demo: Azure Container Apps emulated at {endpoint}, app shop at {app_url}, {} requests a second",
        args.load
    ));
    let shop = "shop--v1 serves everything; shop--v2 is new";
    match args.break_at {
        None => output.text(&format!("demo: {shop} and healthy")),
        Some(weight) => output.text(&format!(
            "demo: {shop}, healthy at first, and answers 503 once it has {weight} % of the traffic"
        )),
    }
}

/// Counts what was served between one verified shift and the next.
struct Watch {
    split: Arc<Split>,
    /// The weight that stands, in per cent, once verified.
    weight: Option<u32>,
}

impl Watch {
    fn new(split: Arc<Split>) -> Watch {
        Watch {
            split,
            weight: None,
        }
    }

    fn see(&mut self, rollout: &Rollout, moment: Progress<'_>, report: &mut Report) {
        let Progress::Happened(_) = moment else {
            return;
        };
        let standing = match rollout.phase() {
            Phase::Baking(baking) => Some(rollout.plan().stages()[baking.stage].weight.per_cent()),
            _ => None,
        };
        if standing == self.weight {
            return;
        }
        let canary = rollout
            .inspection()
            .map(|found| found.canary.name.clone())
            .unwrap_or_default();
        let counted = self.split.take();
        if let Some(weight) = self.weight {
            tell(
                report,
                weight,
                counted.share_of(&canary),
                counted.total(),
                counted.failed,
            );
        }
        self.weight = standing;
    }
}

fn tell(report: &mut Report, wanted: u32, canary: u64, total: u64, failed: u64) {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a demo does not serve 2^53 requests"
    )]
    let share = match total {
        0 => 0.0,
        total => canary as f64 * 100.0 / total as f64,
    };
    report.remark(
        "split",
        &format!(
            "measured: the canary served {canary} of {total} requests, {share:.1} % (wanted {wanted} %); {failed} \
             were answered 5xx or not at all"
        ),
        json!({ "wanted-per-cent": wanted, "canary": canary, "total": total, "failed": failed }),
    );
}
