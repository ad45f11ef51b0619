//! `lockgate demo`: a real rollout with the built-in gates over HTTP, against the emulator, while a traffic generator
//! sends requests. The split is measured from the responses. Read `rollout` next.

mod leak;
mod rollout;
mod split;

use std::time::Duration;

use self::rollout::DemoRollout;
use crate::cli::DemoArgs;
use crate::commands::report_files::ReportFiles;
use crate::config::DurationText;
use crate::exit::Exit;
use crate::output::Output;
use crate::run::signals;

/// How long each stage bakes, unless a flag says otherwise.
const BAKE: Duration = Duration::from_secs(3);

/// Runs the demo and returns the exit code that a real rollout would have.
///
/// # Errors
/// When the emulator cannot be started on this machine.
pub(in crate::commands) async fn demo(args: &DemoArgs, output: &Output) -> anyhow::Result<Exit> {
    let mut cancel = signals::install_detached()?;
    // What cannot be written is said before anything starts.
    ReportFiles::open(&args.reports.report)?;
    if let Some(per_cent) = args.leak {
        return leak::leak(args, per_cent, output, &mut cancel).await;
    }
    let mut scenario = emulator::Scenario::demo();
    let shop = "demo: shop--v1 serves everything; shop--v2 is new";
    let about = match args.break_at {
        None => format!("{shop} and healthy"),
        Some(weight) => {
            let canary = &mut scenario.apps[0].revisions[1];
            canary.behaviour = Some(emulator::Behaviour {
                fails_from_weight: Some(weight),
                ..emulator::Behaviour::default()
            });
            format!(
                "{shop}, healthy at first, and answers 503 once it has {weight} % of the traffic"
            )
        }
    };
    let rollout = DemoRollout {
        scenario,
        more: "",
        served_before: Duration::ZERO,
        bake: args.bake.unwrap_or(DurationText(BAKE)),
        requests_per_second: args.requests_per_second,
        reports: &args.reports.report,
        about: &[about],
    };
    let (exit, _) = rollout.run(output, &mut cancel).await?;
    Ok(exit)
}
