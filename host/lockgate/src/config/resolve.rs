//! Puts file and flags together and checks the result: a valid plan, an app, and the gates with their files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rollout::{Draft, OnDeadline, Plan, Stage, Timing, Weight};

use super::file::{self, File, Span, StageEntry};
use super::gates::{GateConfig, gates};
use super::load::ConfigError;
use crate::platform::AppId;

/// What flags and environment variables change of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    /// The app's name.
    pub(crate) app: Option<String>,
    /// Its resource group.
    pub(crate) resource_group: Option<String>,
    /// Its subscription.
    pub(crate) subscription: Option<String>,
    /// ARM's base URL.
    pub(crate) credential: Option<String>,
    /// See [`file::AzureSection`].
    pub(crate) endpoint: Option<String>,
    /// The stable revision's name.
    pub(crate) stable: Option<String>,
    /// The canary revision's name.
    pub(crate) canary: Option<String>,
    /// The canary's image.
    pub(crate) image: Option<String>,
    /// Stage weights.
    pub(crate) stages: Option<Vec<i64>>,
    /// Bake of every stage that has none of its own.
    pub(crate) bake: Option<Span>,
    /// The whole run's deadline.
    pub(crate) deadline: Option<Span>,
    /// Where journals are kept.
    pub(crate) state_dir: Option<PathBuf>,
    /// Where compiled gates are kept.
    pub(crate) cache_dir: Option<PathBuf>,
}

/// A configuration that has been checked.
#[derive(Debug, Clone)]
pub(crate) struct Resolved {
    /// The app.
    pub(crate) app: AppId,
    /// How Azure is reached.
    pub(crate) azure: file::AzureSection,
    /// The stable revision's name, if it is given.
    pub(crate) stable: Option<String>,
    /// The canary revision's name, if it is given.
    pub(crate) canary: Option<String>,
    /// The canary's image, if it is given.
    pub(crate) image: Option<String>,
    /// How a new revision is made.
    pub(crate) deploy: file::DeploySection,
    /// How long after a promotion the replaced revision is deactivated; `None` keeps it.
    pub(crate) retire_after: Option<Duration>,
    /// The plan.
    pub(crate) plan: Plan,
    /// The gates, in the order of their names.
    pub(crate) gates: Vec<GateConfig>,
    /// Where journals are kept.
    pub(crate) state_dir: PathBuf,
    /// Where compiled gates are kept, if it is given.
    pub(crate) cache_dir: Option<PathBuf>,
}

/// Checks everything that can be checked without the network.
///
/// # Errors
/// The first impossible value, by its key.
pub(crate) fn resolve(
    file: File,
    folder: &Path,
    overrides: Overrides,
) -> Result<Resolved, ConfigError> {
    let azure = azure(&file, &overrides);
    let app = app_id(&file, &overrides)?;
    let gates = gates(&file, folder)?;
    let plan = plan(&file, &overrides, &gates)?;
    let soak = file
        .rollout
        .retire_after
        .map_or(Duration::from_mins(5), |span| span.0);
    let retire_after = file.rollout.retire.then_some(soak);
    let canary = overrides.canary.or(file.rollout.canary);
    let image = overrides.image.or(file.rollout.image);
    if let (Some(canary), Some(image)) = (&canary, &image) {
        return Err(ConfigError::Value(format!(
            "canary {canary} and image {image} are both given; the canary is found by one of them: leave one out"
        )));
    }
    Ok(Resolved {
        app,
        azure,
        stable: overrides.stable.or(file.rollout.stable),
        canary,
        image,
        deploy: file.deploy,
        retire_after,
        plan,
        gates,
        state_dir: overrides
            .state_dir
            .or(file.state_dir)
            .unwrap_or_else(|| PathBuf::from(".lockgate")),
        cache_dir: overrides.cache_dir.or(file.cache_dir),
    })
}

/// Returns how Azure is reached.
pub(crate) fn azure(file: &File, overrides: &Overrides) -> file::AzureSection {
    file::AzureSection {
        endpoint: overrides.endpoint.clone().or(file.azure.endpoint.clone()),
        credential: overrides
            .credential
            .clone()
            .or(file.azure.credential.clone()),
        ..file.azure.clone()
    }
}

fn app_id(file: &File, overrides: &Overrides) -> Result<AppId, ConfigError> {
    let name = need(&overrides.app, &file.app.name, "app", "name")?;
    let (subscription, resource_group) = group(file, overrides)?;
    AppId::new(&subscription, &resource_group, &name)
        .map_err(|error| ConfigError::Value(error.to_string()))
}

fn need(
    flag: &Option<String>,
    key: &Option<String>,
    name: &str,
    option: &str,
) -> Result<String, ConfigError> {
    let value = flag.clone().or_else(|| key.clone());
    value.filter(|value| !value.is_empty()).ok_or_else(|| {
        ConfigError::Value(format!(
            "no {name} is given: write `{option}` under [app] in lockgate.toml, or pass --{}",
            match option {
                "name" => "app",
                other => other,
            }
        ))
    })
}

/// Returns the subscription and the resource group.
///
/// # Errors
/// When one of them is not given.
pub(crate) fn group(file: &File, overrides: &Overrides) -> Result<(String, String), ConfigError> {
    let resource_group = need(
        &overrides.resource_group,
        &file.app.resource_group,
        "resource group",
        "resource-group",
    )?;
    let subscription = need(
        &overrides.subscription,
        &file.app.subscription,
        "subscription",
        "subscription",
    )?;
    Ok((subscription, resource_group))
}

fn plan(file: &File, overrides: &Overrides, gates: &[GateConfig]) -> Result<Plan, ConfigError> {
    let section = &file.rollout;
    let entries = match (&overrides.stages, &section.stages) {
        (Some(weights), _) => weights.iter().copied().map(StageEntry::Weight).collect(),
        (None, Some(entries)) => entries.clone(),
        (None, None) => [10, 25, 50, 100].map(StageEntry::Weight).to_vec(),
    };
    let bake = overrides.bake.or(section.bake);
    let bake = bake.map_or(Duration::from_mins(5), |span| span.0);
    let stages = entries
        .into_iter()
        .map(|entry| stage(entry, bake, gates))
        .collect::<Result<_, _>>()?;
    let draft = Draft {
        stages,
        // Who is a health check and who a promotion gate is known once the components are loaded.
        health_checks: gates.iter().map(|gate| gate.name.clone()).collect(),
        timing: timing(section, overrides.deadline),
        on_deadline: match section.on_deadline {
            Some(file::OnDeadline::Freeze) => OnDeadline::Freeze,
            _ => OnDeadline::RollBack,
        },
    };
    Plan::new(draft).map_err(|error| ConfigError::Value(format!("rollout: {error}")))
}

fn stage(entry: StageEntry, bake: Duration, gates: &[GateConfig]) -> Result<Stage, ConfigError> {
    let table = match entry {
        StageEntry::Weight(weight) => file::StageTable {
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
        bake: table.bake.map_or(bake, |span| span.0),
        gates: named,
    })
}

fn timing(section: &file::RolloutSection, deadline: Option<Span>) -> Timing {
    let default = Timing::default();
    let or = |span: Option<Span>, default: Duration| span.map_or(default, |span| span.0);
    Timing {
        check_interval: or(section.check_interval, default.check_interval),
        gate_deadline: or(section.gate_deadline, default.gate_deadline),
        gate_retries: section.gate_retries.unwrap_or(default.gate_retries),
        retry_interval: or(section.retry_interval, default.retry_interval),
        readiness_deadline: or(section.readiness_deadline, default.readiness_deadline),
        verify_deadline: or(section.verify_deadline, default.verify_deadline),
        rollback_deadline: or(section.rollback_deadline, default.rollback_deadline),
        run_deadline: deadline.or(section.deadline).map(|span| span.0),
        ..default
    }
}
