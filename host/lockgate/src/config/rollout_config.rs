//! The checked configuration of a rollout: its target, a draft of the plan, the gates with their files, and what a
//! deployment needs. The plan itself is made later, once the gates are loaded and their kinds are known.

use std::path::PathBuf;
use std::time::Duration;

use rollout::{Draft, OnDeadline, Plan, Stage, Weight};

use super::defaults;
use super::error::ConfigError;
use super::file::{self, RolloutSection, StageEntry, StageTable};
use super::gates::{GateConfig, gates};
use super::read::UncheckedConfig;
use super::target::{NamedRevisions, Target, target};

/// The configuration of a rollout.
#[derive(Debug, Clone)]
pub(crate) struct RolloutConfig {
    /// The app, and how it is reached.
    pub(crate) target: Target,
    /// How a new revision is made.
    pub(crate) deploy: DeployConfig,
    /// How long after a promotion the replaced revision is deactivated; `None` keeps it.
    pub(crate) retire_after: Option<Duration>,
    /// The plan in which every gate is asked as both kinds. Valid but for what the kinds of the gates change.
    pub(crate) draft: Draft,
    /// The gates, in the order of their names.
    pub(crate) gates: Vec<GateConfig>,
    /// Where compiled gates are kept; `None` stands for the user's cache folder.
    pub(crate) cache_dir: Option<PathBuf>,
}

impl RolloutConfig {
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
            })
        };
        self.draft.stages = weights.iter().map(stage).collect();
        true
    }
}

/// How a new revision is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeployConfig {
    /// The container that gets the image; `None` lets the platform's only one get it, or the one of the same repository.
    pub(crate) container: Option<String>,
    /// How long the new revision may take to become ready.
    pub(crate) ready_within: Duration,
}

/// Checks everything of a rollout's configuration that can be checked without loading a gate or asking the platform.
///
/// # Errors
/// The first missing or impossible value, by its key.
pub(crate) fn for_rollout(configuration: UncheckedConfig) -> Result<RolloutConfig, ConfigError> {
    let UncheckedConfig { file, folder } = configuration;
    let target = target(&file)?;
    let gates = gates(&file, &folder)?;
    let draft = draft(&file.rollout, &target, &gates)?;
    check_revisions(&target.revisions)?;
    let retire = file.rollout.retire.unwrap_or(defaults::RETIRE);
    let retire_after = file.rollout.retire_after;
    let retire_after = retire_after.map_or(defaults::RETIRE_AFTER, |text| text.0);
    let ready_within = file.deploy.ready_within;
    Ok(RolloutConfig {
        target,
        deploy: DeployConfig {
            container: file.deploy.container,
            ready_within: ready_within.map_or(defaults::READY_WITHIN, |text| text.0),
        },
        retire_after: retire.then_some(retire_after),
        draft,
        gates,
        cache_dir: file.cache_dir,
    })
}

fn check_revisions(revisions: &NamedRevisions) -> Result<(), ConfigError> {
    if let (Some(canary), Some(image)) = (&revisions.canary, &revisions.image) {
        return Err(ConfigError::Value(format!(
            "canary {canary} and image {image} are both given; the canary is found by one of them: leave one out"
        )));
    }
    Ok(())
}

/// Returns the draft of the plan, and checks its stages and times before any gate is loaded.
fn draft(
    section: &RolloutSection,
    target: &Target,
    gates: &[GateConfig],
) -> Result<Draft, ConfigError> {
    let default = || defaults::STAGES.map(StageEntry::Weight).to_vec();
    let entries = section.stages.clone().unwrap_or_else(default);
    let bake = section.bake.map_or(defaults::BAKE, |text| text.0);
    let stages = entries
        .into_iter()
        .map(|entry| stage(entry, bake, gates))
        .collect::<Result<_, _>>()?;
    let draft = Draft {
        stages,
        health_checks: gates.iter().map(|gate| gate.name.clone()).collect(),
        timing: target.timing.clone(),
        on_deadline: match section.on_deadline {
            Some(file::OnDeadline::RollBack) => OnDeadline::RollBack,
            Some(file::OnDeadline::Freeze) => OnDeadline::Freeze,
            None => OnDeadline::default(),
        },
    };
    match Plan::new(draft.clone()) {
        Ok(_) => Ok(draft),
        Err(error) => Err(ConfigError::Value(format!("rollout: {error}"))),
    }
}

fn stage(entry: StageEntry, bake: Duration, gates: &[GateConfig]) -> Result<Stage, ConfigError> {
    let table = match entry {
        StageEntry::Weight(weight) => StageTable {
            weight,
            bake: None,
            gates: None,
        },
        StageEntry::Table(table) => table,
    };
    let weight = u32::try_from(table.weight).ok().and_then(Weight::new);
    let Some(weight) = weight.filter(|weight| *weight != Weight::ZERO) else {
        return Err(ConfigError::Value(format!(
            "rollout.stages: weight {} is not between 1 and 100",
            table.weight
        )));
    };
    let all = || gates.iter().map(|gate| gate.name.clone()).collect();
    let named = table.gates.unwrap_or_else(all);
    if let Some(unknown) = named
        .iter()
        .find(|name| !gates.iter().any(|gate| gate.name == **name))
    {
        return Err(ConfigError::Value(format!(
            "rollout.stages: stage {weight} names gate {unknown:?}, which is not configured; add [gates.{unknown}]"
        )));
    }
    Ok(Stage {
        weight,
        bake: table.bake.map_or(bake, |text| text.0),
        gates: named,
    })
}

#[cfg(test)]
mod tests {
    use super::super::read::parse;
    use super::*;

    fn rollout(lines: &str) -> Result<RolloutConfig, String> {
        let app = "app = { name = \"shop\", resource-group = \"prod\", subscription = \"sub\" }";
        let configuration = UncheckedConfig {
            file: parse("test", &format!("{app}\n{lines}")).expect("a file"),
            ..UncheckedConfig::default()
        };
        for_rollout(configuration).map_err(|error| error.to_string())
    }

    #[test]
    fn file_that_names_the_app_alone_has_every_default() {
        let config = rollout("").unwrap();
        let stages = config.draft.stages.iter();
        let weights: Vec<i64> = stages.map(|stage| stage.weight.per_cent().into()).collect();
        assert_eq!(weights, defaults::STAGES);
        assert!(
            config
                .draft
                .stages
                .iter()
                .all(|stage| stage.bake == defaults::BAKE)
        );
        assert_eq!(config.draft.timing, rollout::Timing::default());
        assert_eq!(config.draft.health_checks, [defaults::GATE]);
        assert_eq!(config.deploy.ready_within, defaults::READY_WITHIN);
        assert_eq!(config.retire_after, None);
        let retired = rollout("rollout.retire = true").unwrap();
        assert_eq!(retired.retire_after, Some(defaults::RETIRE_AFTER));
    }

    #[test]
    fn plan_that_cannot_be_is_refused_before_a_gate_is_loaded() {
        for (lines, error) in [
            (
                "rollout.stages = [10, 50, 25, 100]",
                "rollout: stage weights must rise: 25 comes after 50",
            ),
            (
                "rollout.stages = [0, 100]",
                "rollout.stages: weight 0 is not between 1 and 100",
            ),
            (
                "rollout.check-interval = \"1ms\"",
                "rollout: check-interval must be at least 10 ms",
            ),
            (
                "rollout.stages = [{ weight = 100, gates = [\"smoke\"] }]",
                "rollout.stages: stage 100 % names gate \"smoke\", which is not configured; add [gates.smoke]",
            ),
            (
                "rollout = { canary = \"shop--v2\", image = \"shop:2\" }",
                "canary shop--v2 and image shop:2 are both given; the canary is found by one of them: leave one out",
            ),
        ] {
            assert_eq!(rollout(lines).unwrap_err(), error, "{lines}");
        }
    }
}
