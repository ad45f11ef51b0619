//! The checks of what is on this machine: the configuration, the folders, the gates with their settings, the deadlines. Loads
//! the gates, and hands them on. Sends nothing, but to the registries of gates that are not here yet.

use super::check::Check;
use super::deadlines;
use super::evidence;
use super::finding::Finding;
use super::findings::Findings;
use super::folders;
use super::webhooks;
use crate::assemble::{self, GatesNotHere, LoadedGates, Reach};
use crate::cli::TargetArgs;
use crate::config::RolloutConfig;
use crate::output::Output;
use crate::platform::{self, App};
use crate::power;
use crate::report::gates_in_words;

/// What the checks have made, where they could.
pub(crate) struct Prepared {
    pub(crate) app: Option<App>,
    pub(crate) gates: Option<LoadedGates>,
}

/// Checks what is on this machine. Gates may be as far away as `reach` says.
pub(crate) async fn check(
    args: &TargetArgs,
    config: &RolloutConfig,
    reach: Reach,
    output: &Output,
    findings: &mut Findings<'_>,
) -> Prepared {
    let mut prepared = Prepared {
        app: None,
        gates: None,
    };
    match platform::app(&config.target) {
        Ok(app) => {
            prepared.app = Some(app);
            findings.add(folders::configuration(args, config));
        }
        Err(error) => findings.add(Finding::unusable(
            Check::Configuration,
            format!("{error:#}"),
        )),
    }
    if findings.are_enough() {
        return prepared;
    }
    findings.add(folders::cache_folder(config.cache_dir.as_deref()).await);
    if findings.are_enough() {
        return prepared;
    }
    prepared.gates = gates(config, reach, output, findings).await;
    if findings.are_enough() {
        return prepared;
    }
    findings.add_all(webhooks::webhooks(config));
    if findings.are_enough() {
        return prepared;
    }
    findings.add(match &prepared.gates {
        Some(loaded) => deadlines::deadlines(&loaded.plan),
        None => Finding::not_checked(Check::Deadlines, "this needs the gates"),
    });
    if let Some(loaded) = &prepared.gates {
        let check_interval = loaded.plan.timing().check_interval;
        let judges = power::judges(&loaded.ready, &config.target.azure, check_interval);
        findings.add_all(evidence::evidence(&judges, &loaded.plan));
    }
    if !findings.are_enough() {
        findings.add(folders::state_folder(&config.target.state_dir).await);
    }
    prepared
}

async fn gates(
    config: &RolloutConfig,
    reach: Reach,
    output: &Output,
    findings: &mut Findings<'_>,
) -> Option<LoadedGates> {
    if findings.refused_by(Check::CacheFolder) {
        let why = "this needs the folder for compiled gates";
        findings.add(Finding::not_checked(Check::Gates, why));
        return None;
    }
    match assemble::load_gates_of(config, reach, output).await {
        Ok(loaded) => {
            let shown = gates_in_words(&assemble::asked_gates(&loaded.ready));
            let refused = power::refused(&loaded.ready);
            if refused.is_empty() {
                findings.add(Finding::ok(Check::Gates, shown));
            }
            let unusable = |why| Finding::unusable(Check::Gates, why);
            findings.add_all(refused.into_iter().map(unusable));
            Some(loaded)
        }
        Err(error) if error.is::<GatesNotHere>() => {
            let each = format!("{error}");
            let each = each.split(assemble::BETWEEN_PROBLEMS);
            findings.add_all(each.map(|gate| Finding::not_checked(Check::Gates, gate)));
            None
        }
        Err(error) => {
            // Several gates may be at fault, each in a paragraph of its own.
            let text = format!("{error:#}");
            let each = text.split(assemble::BETWEEN_PROBLEMS);
            findings.add_all(each.map(|problem| Finding::unusable(Check::Gates, problem)));
            None
        }
    }
}

/// Returns what a rollout goes on with after the checks that need no network.
///
/// # Errors
/// When one of them refuses, with every sentence of it.
pub(crate) fn usable(
    prepared: Prepared,
    findings: &Findings<'_>,
) -> anyhow::Result<(App, LoadedGates)> {
    match (findings.refusal(), prepared.app, prepared.gates) {
        (None, Some(app), Some(gates)) => Ok((app, gates)),
        (refusal, ..) => {
            let sentences = refusal.map(|refusal| refusal.sentences).unwrap_or_default();
            Err(anyhow::Error::msg(
                sentences.join(assemble::BETWEEN_PROBLEMS),
            ))
        }
    }
}
