//! `lockgate doctor`: every check of a rollout, to the end, with what to do about each; and whether the revisions answer
//! from here. Reads only: writes nothing to the platform, and never prints a token.

pub(super) mod revisions;

use super::configuration;
use super::preflight::{
    Check, Depth, Finding, Findings, Found, check_offline, check_online, exit_of,
};
use super::sheet::Sheet;
use crate::assemble::Reach;
use crate::cli::RolloutArgs;
use crate::exit::Exit;
use crate::output::Output;

/// Makes every check. Exits 0 when a rollout could begin, else with the code with which it would be refused.
///
/// # Errors
/// Errors of usage and configuration: without a configuration there is nothing to check.
pub(in crate::commands) async fn doctor(
    args: &RolloutArgs,
    output: &Output,
) -> anyhow::Result<Exit> {
    let target = &args.run.target;
    let resolved = configuration::for_rollout(target, args.as_file())?;
    let mut sheet = Sheet::new(output);
    let mut show = |finding: &Finding| sheet.write(finding);
    let mut findings = Findings::new(Depth::Everything, &mut show);
    let prepared = check_offline(target, &resolved, Reach::Network, output, &mut findings).await;
    let found = match &prepared.app {
        Some(app) => {
            let gates = prepared.gates.as_ref();
            check_online(app, gates, &resolved, &args.new_revision, &mut findings).await
        }
        None => {
            let elsewhere = Check::ALL.into_iter();
            let elsewhere = elsewhere.filter(|check| check.area().needs_network());
            let why = "this needs an endpoint and a credential";
            findings.add_all(elsewhere.map(|check| Finding::not_checked(check, why)));
            Found::default()
        }
    };
    if let Some(examined) = &found.examined {
        findings.add_all(revisions::findings(&examined.description).await);
    }
    let exit = exit_of(&findings.into_all());
    sheet.end();
    Ok(exit)
}
