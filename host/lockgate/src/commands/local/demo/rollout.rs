//! One rollout of the demo: an emulator of its own, the demo's configuration, a traffic generator, and the same run as of a
//! real app.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use std::time::Duration;

use anyhow::Context as _;
use rollout::{Intent, Progress, Rollout};

use super::split::{CanaryTotals, SplitReporter};
use crate::assemble::{self, RolloutParts};
use crate::commands::local::traffic_generator::TrafficGenerator;
use crate::commands::report_files::ReportFiles;
use crate::config::{self, DurationText, File, RolloutConfig, UncheckedConfig};
use crate::exit::Exit;
use crate::output::Output;
use crate::report::Report;
use crate::run::recordings::{Components, RecordingStore};
use crate::run::signals::CancelChannel;
use crate::run::{self, ReportersOf, Run};

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

/// A rollout of the demo.
pub(super) struct DemoRollout<'a> {
    pub(super) scenario: emulator::Scenario,
    /// What the configuration has beside [`CONFIGURATION`].
    pub(super) more: &'a str,
    pub(super) bake: DurationText,
    pub(super) requests_per_second: u32,
    /// How long the app serves its users before the rollout begins.
    pub(super) served_before: Duration,
    /// Where its reports are written; empty for none.
    pub(super) reports: &'a [PathBuf],
    /// Lines that say what the demo shows, after the one with the addresses.
    pub(super) about: &'a [String],
}

impl DemoRollout<'_> {
    /// Runs it, and returns the exit code that a real rollout would have, with what the canary's users got.
    ///
    /// # Errors
    /// When the emulator cannot be started on this machine, or a gate cannot be used.
    pub(super) async fn run(
        self,
        output: &Output,
        cancel: &mut CancelChannel,
    ) -> anyhow::Result<(Exit, CanaryTotals)> {
        let reports = ReportFiles::open(self.reports)?;
        let control = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let options = emulator::Options { control, tls: None };
        let emulator = emulator::Emulator::start(self.scenario, options)
            .await
            .context("cannot start the emulator")?;
        let app_url = emulator
            .app_url("shop")
            .context("the demo's scenario has no app \"shop\"")?;
        let endpoint = emulator.control_url();
        let per_second = self.requests_per_second;
        output.text(&format!(
            "demo: Azure Container Apps emulated at {endpoint}, app shop at {app_url}, {per_second} requests a second"
        ));
        self.about.iter().for_each(|line| output.text(line));
        let resolved = resolved(self.more, self.bake, &endpoint)?;

        let RolloutParts {
            app,
            ready,
            gates,
            plan,
            ..
        } = assemble::rollout_parts(&resolved, output).await?;
        let traffic = TrafficGenerator::start(&app_url, per_second);
        tokio::select! {
            () = tokio::time::sleep(self.served_before) => {}
            Some(by) = cancel.receiver.recv() => {
                output.text(&format!("stopped by {by}"));
                return Ok((Exit::Cancelled, CanaryTotals::default()));
            }
        }
        let id = run::new_id();
        let keeper = run::keeper_of_a_rollout(&resolved.target.state_dir, &id).await?;
        let folder = keeper.folder().to_owned();
        // The demo calls built-in gates alone, which need not be kept.
        let secrets = assemble::secrets_of(&ready);
        let recordings = RecordingStore::open(keeper.clone(), secrets, Components::new(), None)?;
        let gates = gates.recorded_by(recordings.sink());
        let run = Run {
            platform: &app,
            gates: &gates,
            beginning: run::beginning(&resolved.target.app, &ready),
            reporters: ReportersOf {
                output,
                subscriptions: Vec::new(),
            }
            .list(),
            keeper: Some(keeper),
            replays: None,
            failed_goes: false,
            unjudged: None,
            output,
            cancel,
        };
        let mut split = SplitReporter::new(traffic.counter());
        let rollout = run::new_rollout(id.clone(), plan, Intent::Rollout);
        let mut watcher = |rollout: &Rollout, progress: Progress<'_>, report: &mut Report<'_>| {
            split.follow(rollout, progress, report);
        };
        let exit = run.drive(rollout, &mut watcher).await;
        drop(gates);
        if let Some(missing) = recordings.close().await {
            output.note(&missing);
        }
        reports.write(&id, &folder, output).await;
        Ok((exit, split.totals()))
    }
}

fn resolved(more: &str, bake: DurationText, endpoint: &str) -> anyhow::Result<RolloutConfig> {
    let text = format!("{CONFIGURATION}{more}");
    let mut file: File = config::parse("the demo's configuration", &text)?;
    file.azure.endpoint = Some(endpoint.to_owned());
    file.rollout.bake = Some(bake);
    file.state_dir = Some(std::env::temp_dir().join("lockgate-demo"));
    let configuration = UncheckedConfig {
        file,
        ..UncheckedConfig::default()
    };
    Ok(config::for_rollout(configuration)?)
}
