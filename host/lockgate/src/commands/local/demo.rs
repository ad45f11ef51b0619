//! `lockgate demo`: a real rollout with the built-in gate over HTTP, against the emulator, while a traffic generator
//! sends requests. The split is measured from the responses. Read `traffic_generator` next.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use rollout::{Intent, Phase, Progress, Rollout};
use serde_json::{Value, json};

use super::traffic_generator::{ServedCounter, TrafficGenerator};
use crate::assemble::RolloutParts;
use crate::cli::DemoArgs;
use crate::config::{self, File, RolloutConfig, UncheckedConfig};
use crate::exit::Exit;
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
pub(in crate::commands) async fn demo(args: &DemoArgs, output: &Output) -> anyhow::Result<Exit> {
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

    let RolloutParts {
        app,
        ready,
        gates,
        plan,
    } = assemble::rollout_parts(&resolved, output).await?;
    let traffic = TrafficGenerator::start(&app_url, args.requests_per_second);
    let id = run::new_id();
    let run = Run {
        platform: &app,
        app: &resolved.target.app,
        gates: &gates,
        gates_shown: assemble::describe_gates(&ready),
        keeper: Some(run::keeper_of_a_rollout(&resolved.target.state_dir, &id).await?),
        replays: None,
        failed_goes: false,
        unjudged: None,
        output,
        cancel: &mut cancel,
    };
    let mut split = SplitReporter::new(traffic.counter());
    let rollout = run::new_rollout(id, plan, Intent::Rollout);
    let mut watcher = |rollout: &Rollout, moment: Progress<'_>, report: &mut Report| {
        split.follow(rollout, moment, report)
    };
    Ok(run.drive(rollout, &mut watcher).await)
}

fn resolved(args: &DemoArgs, endpoint: &str) -> anyhow::Result<RolloutConfig> {
    let mut file: File = config::parse("the demo's configuration", CONFIGURATION)?;
    file.azure.endpoint = Some(endpoint.to_owned());
    file.rollout.bake = Some(args.bake);
    file.state_dir = Some(std::env::temp_dir().join("lockgate-demo"));
    let configuration = UncheckedConfig {
        file,
        ..UncheckedConfig::default()
    };
    Ok(config::for_rollout(configuration)?)
}

fn introduce(args: &DemoArgs, output: &Output, endpoint: &str, app_url: &str) {
    output.text(&format!(
        "demo: Azure Container Apps emulated at {endpoint}, app shop at {app_url}, {} requests a second",
        args.requests_per_second
    ));
    let shop = "shop--v1 serves everything; shop--v2 is new";
    match args.break_at {
        None => output.text(&format!("demo: {shop} and healthy")),
        Some(weight) => output.text(&format!(
            "demo: {shop}, healthy at first, and answers 503 once it has {weight} % of the traffic"
        )),
    }
}

/// Reports the measured split of each stage, between one verified shift and the next.
struct SplitReporter {
    counter: Arc<ServedCounter>,
    /// The weight of the stage that bakes, in per cent.
    weight: Option<u32>,
}

impl SplitReporter {
    fn new(counter: Arc<ServedCounter>) -> SplitReporter {
        SplitReporter {
            counter,
            weight: None,
        }
    }

    fn follow(&mut self, rollout: &Rollout, progress: Progress<'_>, report: &mut Report) {
        let Progress::Happened(_) = progress else {
            return;
        };
        let weight = match rollout.phase() {
            Phase::Baking(baking) => Some(rollout.plan().stages()[baking.stage].weight.per_cent()),
            _ => None,
        };
        if weight == self.weight {
            return;
        }
        let canary = rollout
            .inspection()
            .map(|found| found.canary.name.clone())
            .unwrap_or_default();
        let counts = self.counter.take();
        if let Some(wanted) = self.weight {
            let split = Split {
                wanted,
                canary: counts.of(&canary),
                total: counts.total(),
                failed: counts.failed,
            };
            report.remark("split", &split.sentence(), split.json());
        }
        self.weight = weight;
    }
}

/// The measured split of one stage.
struct Split {
    /// The canary's weight, in per cent.
    wanted: u32,
    /// Requests that the canary served.
    canary: u64,
    /// Requests that any revision served.
    total: u64,
    /// Responses of class 5xx and requests without a response.
    failed: u64,
}

impl Split {
    fn sentence(&self) -> String {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a demo does not serve 2^53 requests"
        )]
        let share = match self.total {
            0 => 0.0,
            total => self.canary as f64 * 100.0 / total as f64,
        };
        let Split {
            wanted,
            canary,
            total,
            failed,
        } = self;
        format!(
            "measured: the canary served {canary} of {total} requests, {share:.1} % (wanted {wanted} %); {failed} \
             got a 5xx or no response"
        )
    }

    fn json(&self) -> Value {
        json!({
            "wanted-per-cent": self.wanted, "canary": self.canary, "total": self.total, "failed": self.failed,
        })
    }
}
