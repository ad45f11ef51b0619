//! The checked configuration of a rollout: its target, a draft of the plan, the gates with their files, and what a
//! deployment needs. The plan itself is made later, once the gates are loaded and their kinds are known.

use std::path::PathBuf;
use std::time::Duration;

use rollout::{Draft, Labels, OnDeadline, Plan, PlanError, Stage, Timing, Weight};

use super::advisory;
use super::changes;
use super::defaults;
use super::duration_text::DurationText;
use super::facts::{self, Facts};
use super::file::{self, AzureSection, File, OnFailure, RolloutSection, StageEntry, StageTable};
use super::gates::{GateConfig, PluginSource, gates};
use super::labels;
use super::mode::GateMode;
use super::newcomer::Newcomer;
use super::read::UncheckedConfig;
use super::target::{self, Target};
use super::understand::meant;
use super::webhooks::webhooks;
use crate::mistake::{Mistake, Mistakes};

/// The configuration of a rollout.
#[derive(Debug, Clone)]
pub(crate) struct RolloutConfig {
    /// The app, and how it is reached.
    pub(crate) target: Target,
    /// How a new revision is waited for.
    pub(crate) deploy: DeployConfig,
    /// How long after a promotion the replaced revision is deactivated; `None` keeps it.
    pub(crate) retire_after: Option<Duration>,
    /// What becomes of a canary that a gate said no to.
    pub(crate) on_failure: OnFailure,
    /// The plan in which every gate is asked as both kinds. Valid but for what the kinds of the gates change.
    pub(crate) draft: Draft,
    /// The gates, in the order of their names.
    pub(crate) gates: Vec<GateConfig>,
    /// Whether `compare` is asked because no gate is configured, and decides nothing.
    pub(crate) is_judged_by_default: bool,
    /// Why `compare` sees nothing, where no gate is configured.
    pub(crate) unjudged: Option<String>,
    /// The facts that gates get about the rollout.
    pub(crate) facts: Facts,
    /// Where the attestation of the run is written; `None` writes none.
    pub(crate) attest: Option<PathBuf>,
    /// The text of the file, without the values that may be secrets; `None` where there is no file.
    pub(crate) written: Option<String>,
    /// Where compiled gates are kept; `None` stands for the user's cache folder.
    pub(crate) cache_dir: Option<PathBuf>,
}

impl RolloutConfig {
    /// Returns whether a gate decides by the platform's request counts.
    pub(crate) fn decides_by_counts(&self) -> bool {
        self.gates.iter().any(|gate| {
            let source = gate.settings.get("source");
            gate.plugin == PluginSource::BuiltIn(defaults::JUDGE)
                && gate.mode == GateMode::Required
                && source.is_none_or(|source| source == "platform")
        })
    }

    /// Takes the stages of a run that is continued, by their weights: a stage of the configuration keeps its bake and its
    /// gates, any other bakes like the first one and asks every gate. Returns whether that changes anything.
    pub(crate) fn follow_stages(&mut self, weights: &[Weight]) -> bool {
        let stages = &self.draft.stages;
        if weights.is_empty()
            || stages
                .iter()
                .map(|stage| stage.weight)
                .eq(weights.iter().copied())
        {
            return false;
        }
        let bake = stages.first().map_or(defaults::BAKE, |stage| stage.bake);
        let stage = |weight: &Weight| {
            let configured = stages.iter().find(|stage| stage.weight == *weight);
            configured.cloned().unwrap_or_else(|| Stage {
                weight: *weight,
                bake,
                gates: self.gates.iter().map(|gate| gate.name.clone()).collect(),
                advisory_gates: Vec::new(),
                pause: None,
            })
        };
        self.draft.stages = weights.iter().map(stage).collect();
        advisory::set_apart(&mut self.draft, &self.gates);
        true
    }
}

/// How a new revision is waited for. What it is made of is with the image of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeployConfig {
    /// How long the new revision may take to become ready.
    pub(crate) ready_within: Duration,
}

/// Checks everything of a rollout's configuration that can be checked without loading a gate or asking the platform.
///
/// # Errors
/// Every mistake of the file, and every missing or impossible value.
pub(crate) fn for_rollout(mut configuration: UncheckedConfig) -> Result<RolloutConfig, Mistakes> {
    follow_profile(&mut configuration.file.rollout);
    let newcomer = without_gates(&mut configuration.file);
    let mut mistakes = Vec::new();
    let file = &configuration.file;
    let target = target::of_file(file);
    let target = target.map_err(|found| mistakes.extend(found)).ok();
    let gates = gates(&configuration, &mut mistakes);
    advisory::check_that_one_decides(&gates, &mut mistakes);
    let facts = facts::facts(&file.facts, &mut mistakes);
    check_slice(&file.azure, &mut mistakes);
    let names = gate_names(file);
    let labels = labels::labels(&file.labels, &mut mistakes);
    let webhooks = webhooks(&configuration);
    mistakes.extend(webhooks.mistakes.iter().cloned());
    let draft = draft(&file.rollout, &names, labels, &mut mistakes);
    check_revisions(&file.rollout, &mut mistakes);
    let changes = changes::changes(&configuration, &mut mistakes);
    let (Some(mut target), Some(mut draft), true, true) = (
        target,
        draft,
        mistakes.is_empty(),
        configuration.mistakes.is_empty(),
    ) else {
        return Err(target::with_reasons(&configuration, mistakes));
    };
    target.webhooks = webhooks;
    draft.timing = target.timing.clone();
    advisory::set_apart(&mut draft, &gates);
    if let Err(error) = Plan::new(draft.clone()) {
        let mistakes = vec![plan_mistake(&draft, &error)];
        return Err(target::with_reasons(&configuration, mistakes));
    }
    let written = configuration.source.written();
    let file = configuration.file;
    if let Some(image) = &mut target.revisions.image {
        image.container.clone_from(&file.deploy.container);
        image.changes = changes;
    }
    let retire = file.rollout.retire.unwrap_or(defaults::RETIRE);
    let retire_after = file.rollout.retire_after;
    let retire_after = retire_after.map_or(defaults::RETIRE_AFTER, |text| text.0);
    let ready_within = file.deploy.ready_within;
    Ok(RolloutConfig {
        target,
        deploy: DeployConfig {
            ready_within: ready_within.map_or(defaults::READY_WITHIN, |text| text.0),
        },
        retire_after: retire.then_some(retire_after),
        on_failure: file.rollout.on_failure.unwrap_or_default(),
        draft,
        gates,
        is_judged_by_default: newcomer == Some(Newcomer::Advisory),
        unjudged: newcomer.and_then(Newcomer::saw_nothing),
        facts,
        attest: file.attest,
        written,
        cache_dir: file.cache_dir,
    })
}

/// Adds the gates of a file that has none.
fn without_gates(file: &mut File) -> Option<Newcomer> {
    if !file.gates.is_empty() {
        return None;
    }
    let newcomer = Newcomer::of(&file.rollout, &file.azure);
    file.gates.extend(newcomer.sections());
    Some(newcomer)
}

/// Sets the times of the section's profile where it has none of its own.
pub(super) fn follow_profile(section: &mut RolloutSection) {
    let Some(profile) = section.profile else {
        return;
    };
    for (key, value) in [
        (&mut section.bake, profile.bake()),
        (&mut section.gate_deadline, profile.gate_deadline()),
        (&mut section.check_interval, profile.check_interval()),
    ] {
        key.get_or_insert(DurationText(value));
    }
}

/// Returns the names of all gates, those with mistakes included.
fn gate_names(file: &File) -> Vec<String> {
    file.gates.keys().cloned().collect()
}

/// Azure counts by the minute; what counts by less has to be asked for.
fn check_slice(section: &AzureSection, mistakes: &mut Vec<Mistake>) {
    let Some(DurationText(slice)) = section.metrics_slice else {
        return;
    };
    if !(1..=60).contains(&slice.as_secs()) || slice.subsec_nanos() > 0 {
        let what = format!("{} is not 1 to 60 whole seconds", DurationText(slice));
        let help = "leave it out for Azure, which counts by the minute";
        mistakes.push(Mistake::of_key("azure.metrics-slice", what).with_help(help));
    }
}

fn check_revisions(section: &RolloutSection, mistakes: &mut Vec<Mistake>) {
    if let (Some(canary), Some(image)) = (&section.canary, &section.image) {
        let what = format!("canary {canary} and image {image} are both given");
        let help = "the canary is found by one of them: leave one out";
        mistakes.push(Mistake::of_key("rollout.image", what).with_help(help));
    }
}

/// Returns the draft of the plan without its times, or `None` where a stage has a mistake.
fn draft(
    section: &RolloutSection,
    gates: &[String],
    labels: Labels,
    mistakes: &mut Vec<Mistake>,
) -> Option<Draft> {
    let default = || defaults::STAGES.map(StageEntry::Weight).to_vec();
    let entries = section.stages.clone().unwrap_or_else(default);
    let bake = section.bake.map_or(defaults::BAKE, |text| text.0);
    let before = mistakes.len();
    let mut stages = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        match stage(index, entry, bake, gates) {
            Ok(stage) => stages.push(stage),
            Err(found) => mistakes.extend(found),
        }
    }
    let draft = Draft {
        stages,
        health_checks: gates.to_vec(),
        advisory_health_checks: Vec::new(),
        timing: Timing::default(),
        on_deadline: match section.on_deadline {
            Some(file::OnDeadline::RollBack) => OnDeadline::RollBack,
            Some(file::OnDeadline::Freeze) => OnDeadline::Freeze,
            None => OnDeadline::default(),
        },
        labels,
        emergency: section.emergency.clone(),
    };
    (mistakes.len() == before).then_some(draft)
}

/// Returns a mistake of the whole plan, with the key that it is about.
fn plan_mistake(draft: &Draft, error: &PlanError) -> Mistake {
    let key = match error {
        PlanError::NotRising { before, after } => {
            let mut pairs = draft.stages.windows(2);
            let falls = |pair: &[Stage]| {
                let [first, second] = pair else { return false };
                (first.weight.per_cent(), second.weight.per_cent()) == (*before, *after)
            };
            let index = pairs.position(falls).map_or(0, |index| index + 1);
            format!("rollout.stages[{index}]")
        }
        PlanError::TooShort { name } => format!("rollout.{name}"),
        PlanError::NotComplete(_) => {
            format!("rollout.stages[{}]", draft.stages.len().saturating_sub(1))
        }
        _ => "rollout.stages".to_owned(),
    };
    Mistake::of_key(key, error.to_string())
}

fn stage(
    index: usize,
    entry: StageEntry,
    bake: Duration,
    gates: &[String],
) -> Result<Stage, Vec<Mistake>> {
    let key = format!("rollout.stages[{index}]");
    let (table, of_weight) = match entry {
        StageEntry::Weight(weight) => {
            let table = StageTable {
                weight,
                bake: None,
                gates: None,
                pause: None,
            };
            (table, key.clone())
        }
        StageEntry::Table(table) => (table, format!("{key}.weight")),
    };
    let mut mistakes = Vec::new();
    let weight = u32::try_from(table.weight).ok().and_then(Weight::new);
    let weight = weight.filter(|weight| *weight != Weight::ZERO);
    if weight.is_none() {
        let what = format!("weight {} is not between 1 and 100", table.weight);
        mistakes.push(Mistake::of_key(of_weight, what));
    }
    let named = table.gates.unwrap_or_else(|| gates.to_vec());
    for (at, unknown) in named.iter().enumerate() {
        if !gates.contains(unknown) {
            let known: Vec<&str> = gates.iter().map(String::as_str).collect();
            let meant = meant(unknown, &known, "configured is");
            let what = format!("gate {unknown:?} is not configured");
            mistakes.push(
                Mistake::of_key(format!("{key}.gates[{at}]"), what)
                    .with_help(format!("{meant}; or add [gates.{unknown}]")),
            );
        }
    }
    match weight {
        Some(weight) if mistakes.is_empty() => Ok(Stage {
            weight,
            bake: table.bake.map_or(bake, |text| text.0),
            gates: named,
            advisory_gates: Vec::new(),
            pause: table.pause.and_then(|pause| pause.0),
        }),
        _ => Err(mistakes),
    }
}

#[cfg(test)]
mod tests;
