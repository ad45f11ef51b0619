//! `lockgate validate`: the checks of a rollout that need no network, and a list of those that do. Reads nothing of the
//! app and sends nothing.

use super::configuration;
use super::preflight::{Check, Depth, Finding, Findings, check_offline, exit_of};
use super::sheet::Sheet;
use crate::assemble::Reach;
use crate::cli::RolloutArgs;
use crate::exit::Exit;
use crate::output::Output;

/// Makes the checks. Exits 0 when none fails, 2 when one does.
///
/// # Errors
/// Errors of usage and configuration: without a configuration there is nothing to check.
pub(in crate::commands) async fn validate(
    args: &RolloutArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    let target = &args.run.target;
    let resolved = configuration::for_rollout(target, args.as_file())?;
    let mut sheet = Sheet::new(output);
    let mut show = |finding: &Finding| sheet.write(finding);
    let mut findings = Findings::new(Depth::Everything, &mut show);
    check_offline(target, &resolved, Reach::ThisMachine, output, &mut findings).await;
    let elsewhere = Check::ALL.into_iter();
    let elsewhere = elsewhere.filter(|check| check.area().needs_network());
    findings.add_all(elsewhere.map(|check| Finding::not_checked(check, "this needs the network")));
    let exit = exit_of(&findings.into_all());
    sheet.end();
    Ok(exit)
}
