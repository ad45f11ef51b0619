//! Which app a command is about, and how it is reached. Needs no gate and no stage, so that an error in those does not
//! keep a baseline from being restored.

use std::path::PathBuf;
use std::time::Duration;

use rollout::Timing;

use super::defaults;
use super::duration_text::DurationText;
use super::error::ConfigError;
use super::file::{AppSection, AzureSection, File, RolloutSection};
use crate::platform::AppId;

/// An app, and how it is reached: all that abort, recover, pin and status need.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The app.
    pub(crate) app: AppId,
    /// How Azure is reached.
    pub(crate) azure: AzureSection,
    /// Which revisions are stable and canary, as far as that is given.
    pub(crate) revisions: NamedRevisions,
    /// The waits and bounds of the run.
    pub(crate) timing: Timing,
    /// Where journals are kept.
    pub(crate) state_dir: PathBuf,
}

/// Which revisions are stable and canary, as far as that is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedRevisions {
    /// The stable revision's name.
    pub(crate) stable: Option<String>,
    /// The canary revision's name.
    pub(crate) canary: Option<String>,
    /// The canary's image: a reference, a tag or a digest.
    pub(crate) image: Option<String>,
}

/// The apps of a resource group, and how they are reached.
#[derive(Debug, Clone)]
pub(crate) struct ResourceGroup {
    /// The subscription's id.
    pub(crate) subscription: String,
    /// The resource group's name.
    pub(crate) name: String,
    /// How Azure is reached.
    pub(crate) azure: AzureSection,
}

/// Returns the app that a configuration is about. Looks at no gate and no stage.
///
/// # Errors
/// When the app's name, resource group or subscription is missing, or is not a name that Azure allows.
pub(crate) fn target(file: &File) -> Result<Target, ConfigError> {
    let section = &file.rollout;
    Ok(Target {
        app: app_id(&file.app)?,
        azure: file.azure.clone(),
        revisions: NamedRevisions {
            stable: section.stable.clone(),
            canary: section.canary.clone(),
            image: section.image.clone(),
        },
        timing: timing(section),
        state_dir: file
            .state_dir
            .clone()
            .unwrap_or_else(|| PathBuf::from(defaults::STATE_DIR)),
    })
}

/// Returns the resource group that a configuration is about.
///
/// # Errors
/// When the resource group or the subscription is missing.
pub(crate) fn resource_group(file: &File) -> Result<ResourceGroup, ConfigError> {
    let section = &file.app;
    Ok(ResourceGroup {
        name: group_name(section)?,
        subscription: subscription(section)?,
        azure: file.azure.clone(),
    })
}

fn app_id(section: &AppSection) -> Result<AppId, ConfigError> {
    let name = required(&section.name, "app", "name", "app")?;
    let group = group_name(section)?;
    let subscription = subscription(section)?;
    AppId::new(&subscription, &group, &name).map_err(|error| ConfigError::Value(error.to_string()))
}

fn group_name(section: &AppSection) -> Result<String, ConfigError> {
    let key = "resource-group";
    required(&section.resource_group, "resource group", key, key)
}

fn subscription(section: &AppSection) -> Result<String, ConfigError> {
    let key = "subscription";
    required(&section.subscription, key, key, key)
}

fn required(
    value: &Option<String>,
    what: &str,
    key: &str,
    flag: &str,
) -> Result<String, ConfigError> {
    let given = value.clone().filter(|value| !value.is_empty());
    given.ok_or_else(|| {
        ConfigError::Value(format!(
            "no {what} is given: write `{key}` under [app] in lockgate.toml, or pass --{flag}"
        ))
    })
}

fn timing(section: &RolloutSection) -> Timing {
    let default = Timing::default();
    let or = |given: Option<DurationText>, default: Duration| given.map_or(default, |text| text.0);
    Timing {
        check_interval: or(section.check_interval, default.check_interval),
        watch_interval: or(section.watch_interval, default.watch_interval),
        gate_deadline: or(section.gate_deadline, default.gate_deadline),
        gate_retries: section.gate_retries.unwrap_or(default.gate_retries),
        retry_interval: or(section.retry_interval, default.retry_interval),
        readiness_deadline: or(section.readiness_deadline, default.readiness_deadline),
        verify_deadline: or(section.verify_deadline, default.verify_deadline),
        rollback_deadline: or(section.rollback_deadline, default.rollback_deadline),
        run_deadline: section.deadline.map(|text| text.0),
        ..default
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::parse;
    use super::*;

    const APP: &str =
        "app = { name = \"shop\", resource-group = \"prod\", subscription = \"sub\" }\n";

    #[test]
    fn target_needs_neither_gates_nor_stages() {
        let broken = "rollout.stages = [0]\ngates.smoke.plugin = \"smoke\"\n";
        let file = parse("test", &format!("{APP}{broken}")).unwrap();
        let target = target(&file).unwrap();
        assert_eq!(target.app.name(), "shop");
        assert_eq!(target.state_dir, PathBuf::from(defaults::STATE_DIR));
    }

    #[test]
    fn missing_part_of_the_app_is_named_with_its_key_and_flag() {
        for (line, words) in [
            ("app.name = \"\"", ["no app is given", "`name`", "--app"]),
            (
                "app = { name = \"shop\", subscription = \"sub\" }",
                [
                    "no resource group is given",
                    "`resource-group`",
                    "--resource-group",
                ],
            ),
            (
                "app = { name = \"shop\", resource-group = \"prod\" }",
                [
                    "no subscription is given",
                    "`subscription`",
                    "--subscription",
                ],
            ),
        ] {
            let error = target(&parse("test", line).unwrap())
                .unwrap_err()
                .to_string();
            for word in words {
                assert!(error.contains(word), "{line}: {error}");
            }
        }
    }

    #[test]
    fn resource_group_needs_no_app() {
        let file = parse(
            "test",
            "app = { resource-group = \"prod\", subscription = \"sub\" }",
        );
        let group = resource_group(&file.unwrap()).unwrap();
        assert_eq!((&*group.subscription, &*group.name), ("sub", "prod"));
    }
}
