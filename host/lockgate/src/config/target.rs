//! Which app a command is about, and how it is reached. Needs no gate and no stage, and does
//! without what a mistake of the file is about, where that is something else, so that none keeps a baseline from being restored.

use std::path::PathBuf;
use std::time::Duration;

use rollout::{Labels, Timing};

use super::defaults;
use super::duration_text::DurationText;
use super::file::{AppSection, AzureSection, File, RolloutSection};
use super::labels;
use super::read::UncheckedConfig;
use super::webhooks::{Webhooks, webhooks};
use crate::mistake::{Mistake, Mistakes};
use crate::platform::{AppId, ImageChoice};

/// The keys that say which app it is, and how it is reached. A mistake in one of them stops every command.
const NEEDED: [&str; 7] = [
    "app.name",
    "app.resource-group",
    "app.subscription",
    "azure.endpoint",
    "azure.api-version",
    "azure.credential",
    "azure.token-env",
];

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
    /// Who learns of a run.
    pub(crate) webhooks: Webhooks,
}

/// Which revisions are stable and canary, as far as that is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedRevisions {
    /// The stable revision's name.
    pub(crate) stable: Option<String>,
    /// The canary revision's name.
    pub(crate) canary: Option<String>,
    /// The image to roll out: a whole reference or a digest. What comes with it is known to a rollout alone.
    pub(crate) image: Option<ImageChoice>,
    /// Whether a revision that a gate said no to may be rolled out again without being named.
    pub(crate) again: bool,
    /// The labels that the rollout moves.
    pub(crate) labels: Labels,
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
/// When the app's name, resource group or subscription is missing, or is not a name that Azure allows; when the file has
/// a mistake in a key that says how the app is reached.
pub(crate) fn target(configuration: &UncheckedConfig) -> Result<Target, Mistakes> {
    let in_the_way = in_the_way(configuration);
    let made = of_file(&configuration.file).map(|target| Target {
        webhooks: webhooks(configuration),
        ..target
    });
    decided(configuration, in_the_way, made)
}

/// Returns the resource group that a configuration is about.
///
/// # Errors
/// When the resource group or the subscription is missing; as for a target.
pub(crate) fn resource_group(configuration: &UncheckedConfig) -> Result<ResourceGroup, Mistakes> {
    let mut in_the_way = in_the_way(configuration);
    in_the_way.retain(|mistake| mistake.key.as_deref() != Some("app.name"));
    let section = &configuration.file.app;
    let group = match (group_name(section), subscription(section)) {
        (Ok(name), Ok(subscription)) => Ok(ResourceGroup {
            name,
            subscription,
            azure: configuration.file.azure.clone(),
        }),
        (name, subscription) => Err(name.err().into_iter().chain(subscription.err()).collect()),
    };
    decided(configuration, in_the_way, group)
}

/// Returns the mistakes of the file that a target does not need, for notes. Those that it needs are errors.
pub(crate) fn bearable(configuration: &UncheckedConfig) -> Mistakes {
    let mut mistakes = configuration.mistakes.clone();
    mistakes.retain(|mistake| !is_needed(configuration, mistake));
    Mistakes(mistakes)
}

fn in_the_way(configuration: &UncheckedConfig) -> Vec<Mistake> {
    let mut mistakes = configuration.mistakes.clone();
    mistakes.retain(|mistake| is_needed(configuration, mistake));
    mistakes
}

fn is_needed(configuration: &UncheckedConfig, mistake: &Mistake) -> bool {
    NEEDED
        .iter()
        .any(|key| mistake.is_about(key) && !configuration.is_set_by_flag(key))
}

/// Decides between what was made and what stands in its way. Where a part of the app is missing, every mistake of the
/// file may be the reason, and all are shown.
fn decided<T>(
    configuration: &UncheckedConfig,
    in_the_way: Vec<Mistake>,
    made: Result<T, Vec<Mistake>>,
) -> Result<T, Mistakes> {
    match made {
        Ok(made) if in_the_way.is_empty() => Ok(made),
        Ok(_) => Err(Mistakes(in_the_way)),
        Err(missing) => Err(with_reasons(configuration, missing)),
    }
}

/// Returns the mistakes of the file, then those of its values that are no consequence of them.
pub(super) fn with_reasons(configuration: &UncheckedConfig, of_values: Vec<Mistake>) -> Mistakes {
    let mut all = configuration.mistakes.clone();
    for mistake in of_values {
        let key = mistake.key.as_deref().unwrap_or_default();
        let is_consequence = configuration.is_lost
            || configuration
                .mistakes
                .iter()
                .any(|reason| reason.is_about(key));
        if !is_consequence {
            all.push(configuration.placed(mistake));
        }
    }
    Mistakes(all)
}

/// Returns the app of a file, without who learns of a run.
///
/// # Errors
/// Every part of the app that is missing or not a name that Azure allows.
pub(super) fn of_file(file: &File) -> Result<Target, Vec<Mistake>> {
    let section = &file.rollout;
    Ok(Target {
        app: app_id(&file.app)?,
        azure: file.azure.clone(),
        revisions: NamedRevisions {
            stable: section.stable.clone(),
            canary: section.canary.clone(),
            image: section.image.clone().map(|image| ImageChoice {
                image,
                ..ImageChoice::default()
            }),
            again: section.again.unwrap_or_default(),
            labels: labels::labels(&file.labels, &mut Vec::new()),
        },
        timing: timing(section),
        state_dir: file
            .state_dir
            .clone()
            .unwrap_or_else(|| PathBuf::from(defaults::STATE_DIR)),
        webhooks: Webhooks::default(),
    })
}

fn app_id(section: &AppSection) -> Result<AppId, Vec<Mistake>> {
    let parts = [
        required(&section.name, "app", "name", "app"),
        group_name(section),
        subscription(section),
    ];
    let [Ok(name), Ok(group), Ok(subscription)] = &parts else {
        return Err(parts.into_iter().filter_map(Result::err).collect());
    };
    let id = AppId::new(subscription, group, name);
    id.map_err(|error| {
        // One part at a time, so that each mistake is found and shown where it is.
        let parts = [
            ("name", AppId::new("any", "any", name)),
            ("resource-group", AppId::new("any", group, "any")),
            ("subscription", AppId::new(subscription, "any", "any")),
        ];
        let mistake = |(key, part): (&str, Result<AppId, _>)| {
            let error = part.err()?;
            Some(Mistake::of_key(format!("app.{key}"), format!("{error}")))
        };
        let mut mistakes: Vec<Mistake> = parts.into_iter().filter_map(mistake).collect();
        if mistakes.is_empty() {
            mistakes.push(Mistake::new(error.to_string()));
        }
        mistakes
    })
}

fn group_name(section: &AppSection) -> Result<String, Mistake> {
    let key = "resource-group";
    required(&section.resource_group, "resource group", key, key)
}

fn subscription(section: &AppSection) -> Result<String, Mistake> {
    let key = "subscription";
    required(&section.subscription, key, key, key)
}

fn required(value: &Option<String>, what: &str, key: &str, flag: &str) -> Result<String, Mistake> {
    let given = value.clone().filter(|value| !value.is_empty());
    given.ok_or_else(|| {
        let mistake = Mistake::of_key(format!("app.{key}"), format!("no {what} is given"));
        mistake.with_help(format!(
            "write `{key}` under [app] in lockgate.toml, or pass --{flag}"
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
    use super::super::understand::understand;
    use super::*;

    const APP: &str =
        "app = { name = \"shop\", resource-group = \"prod\", subscription = \"sub\" }\n";

    fn configuration(text: &str) -> UncheckedConfig {
        let understood = understand::<File>("test", text);
        UncheckedConfig {
            is_lost: understood.value.is_none(),
            file: understood.value.unwrap_or_default(),
            mistakes: understood.mistakes,
            source: understood.source,
            ..UncheckedConfig::default()
        }
    }

    #[test]
    fn target_bears_every_mistake_that_is_about_something_else() {
        for broken in [
            "rollout.stages = [0]\ngates.smoke.plugin = \"smoke\"\n",
            "gates.smoke.plugi = \"smoke\"\n",
            "gates = 5\n",
            "rollout.verify-deadline = \"soon\"\n",
            "azure.endpiont = \"shop\"\n",
            "stat-dir = 5\n",
        ] {
            let configuration = configuration(&format!("{APP}{broken}"));
            let target = target(&configuration).unwrap();
            assert_eq!(target.app.name(), "shop", "{broken}");
            assert_eq!(target.state_dir, PathBuf::from(defaults::STATE_DIR));
            let is_shape = !configuration.mistakes.is_empty();
            assert_eq!(bearable(&configuration).0.is_empty(), !is_shape, "{broken}");
        }
    }

    #[test]
    fn mistake_in_how_the_app_is_reached_is_no_note() {
        for broken in ["azure.endpoint = 5", "azure.credential = []", "azure = 5"] {
            let configuration = configuration(&format!("{APP}{broken}\n"));
            let error = target(&configuration).unwrap_err().to_string();
            assert!(error.contains("test:2:"), "{error}");
            assert!(bearable(&configuration).0.is_empty(), "{broken}");
        }
    }

    #[test]
    fn flags_that_name_the_app_need_no_file() {
        for broken in ["[app", "app = 5", "app.name = 5"] {
            let broken = configuration(broken);
            assert!(target(&broken).is_err());
            let flags = configuration(APP).file;
            let target = target(&broken.with_flags(flags)).unwrap();
            assert_eq!(target.app.name(), "shop");
        }
    }

    #[test]
    fn every_missing_part_of_the_app_is_named_with_its_key_and_flag() {
        let error = target(&configuration("")).unwrap_err().to_string();
        for words in [
            ["no app is given", "`name`", "--app"],
            [
                "no resource group is given",
                "`resource-group`",
                "--resource-group",
            ],
            [
                "no subscription is given",
                "`subscription`",
                "--subscription",
            ],
        ] {
            for word in words {
                assert!(error.contains(word), "{word}: {error}");
            }
        }
    }

    #[test]
    fn name_that_azure_does_not_allow_is_shown_in_its_line() {
        let text = APP.replace("prod", "../prod");
        let error = target(&configuration(&text)).unwrap_err().to_string();
        assert!(error.starts_with("app.resource-group: "), "{error}");
        assert!(error.contains("test:1:"), "{error}");
    }

    #[test]
    fn resource_group_needs_no_app() {
        let file = configuration("app = { resource-group = \"prod\", subscription = \"sub\" }");
        let group = resource_group(&file).unwrap();
        assert_eq!((&*group.subscription, &*group.name), ("sub", "prod"));
    }
}
