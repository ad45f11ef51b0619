//! Which app a command is about, and what a run may vary.

use std::path::PathBuf;

use clap::Args;

use crate::config::{Overrides, Span};

/// Which app, and how it is reached.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TargetArgs {
    /// The configuration file [default: lockgate.toml, if it is there].
    #[arg(long, short, env = "LOCKGATE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The container app's name.
    #[arg(long, env = "LOCKGATE_APP")]
    pub(crate) app: Option<String>,
    /// The app's resource group.
    #[arg(long, env = "LOCKGATE_RESOURCE_GROUP", value_name = "NAME")]
    pub(crate) resource_group: Option<String>,
    /// The subscription's id.
    #[arg(long, env = "LOCKGATE_SUBSCRIPTION", value_name = "ID")]
    pub(crate) subscription: Option<String>,
    /// The base URL of Azure Resource Manager, or of an emulator.
    #[arg(long, env = "LOCKGATE_ENDPOINT", value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Where tokens come from [default: the first way that is set up, see `lockgate doctor`].
    #[arg(long, env = "LOCKGATE_CREDENTIAL", value_name = "NAME")]
    pub(crate) credential: Option<String>,
    /// Where journals are kept [default: .lockgate].
    #[arg(long, env = "LOCKGATE_STATE_DIR", value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Where compiled gates are kept [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

impl TargetArgs {
    /// Returns what these flags change of the configuration file.
    pub(crate) fn overrides(&self) -> Overrides {
        let args = self.clone();
        Overrides {
            app: args.app,
            resource_group: args.resource_group,
            subscription: args.subscription,
            endpoint: args.endpoint,
            credential: args.credential,
            state_dir: args.state_dir,
            cache_dir: args.cache_dir,
            ..Overrides::default()
        }
    }
}

/// What a run may vary.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RunArgs {
    /// Which app.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The stable revision [default: the one that carries all traffic].
    #[arg(long, env = "LOCKGATE_STABLE", value_name = "REVISION")]
    pub(crate) stable: Option<String>,
    /// The canary revision [default: the newest active one at weight 0].
    #[arg(long, env = "LOCKGATE_CANARY", value_name = "REVISION")]
    pub(crate) canary: Option<String>,
    /// Find the canary by its image: a reference, a tag or a digest. A rollout deploys a whole reference that no active
    /// revision runs.
    #[arg(long, env = "LOCKGATE_IMAGE", value_name = "IMAGE")]
    pub(crate) image: Option<String>,
    /// The stages in per cent, rising to 100 [default: 10,25,50,100].
    #[arg(
        long,
        env = "LOCKGATE_STAGES",
        value_name = "LIST",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub(crate) stages: Option<Vec<i64>>,
    /// How long each stage bakes [default: 5m].
    #[arg(long, env = "LOCKGATE_BAKE", value_name = "DURATION")]
    pub(crate) bake: Option<Span>,
    /// The longest that the run may take.
    #[arg(long, env = "LOCKGATE_DEADLINE", value_name = "DURATION")]
    pub(crate) deadline: Option<Span>,
}

impl RunArgs {
    /// Returns what these flags change of the configuration file.
    pub(crate) fn overrides(&self) -> Overrides {
        let args = self.clone();
        Overrides {
            stable: args.stable,
            canary: args.canary,
            image: args.image,
            stages: args.stages,
            bake: args.bake,
            deadline: args.deadline,
            ..self.target.overrides()
        }
    }
}

/// What a rollout needs to know.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RolloutArgs {
    /// Which app, which revisions, which stages.
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// What may have to be deployed.
    #[command(flatten)]
    pub(crate) new_revision: NewRevisionArgs,
    /// The run's name, such as the pipeline's own for this run [default: the time and six random digits].
    #[arg(long, env = "LOCKGATE_RUN_ID", value_name = "NAME")]
    pub(crate) run_id: Option<RunId>,
}

/// What a deployment needs to know.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeployArgs {
    /// Which app.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The image, as a whole reference: registry, repository, and tag or digest.
    #[arg(long, env = "LOCKGATE_IMAGE", value_name = "IMAGE")]
    pub(crate) image: Option<String>,
    /// How.
    #[command(flatten)]
    pub(crate) new_revision: NewRevisionArgs,
}

impl DeployArgs {
    /// Returns what these flags change of the configuration file.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            image: self.image.clone(),
            ..self.target.overrides()
        }
    }
}

/// How a new revision is made.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NewRevisionArgs {
    /// The container that gets the image [default: the only one, or the one with the same repository].
    #[arg(long, env = "LOCKGATE_CONTAINER", value_name = "NAME")]
    pub(crate) container: Option<String>,
    /// The end of a new revision's name [default: the commit of the pipeline and its attempt, else the time].
    #[arg(long, env = "LOCKGATE_SUFFIX")]
    pub(crate) suffix: Option<String>,
    /// How long a new revision may take to become ready [default: 10m].
    #[arg(long, env = "LOCKGATE_READY_WITHIN", value_name = "DURATION")]
    pub(crate) ready_within: Option<Span>,
    /// Switch an app in revision mode Single to Multiple before anything else.
    #[arg(long)]
    pub(crate) ensure_multiple: bool,
}

/// What a recovery needs to know.
#[derive(Debug, Args)]
pub(crate) struct RecoverArgs {
    /// Which app.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The name of a run that is known to have ended, whatever its lease still grants it.
    #[arg(long, env = "LOCKGATE_RUN_ID", value_name = "NAME")]
    pub(crate) run_id: Option<RunId>,
    /// Every app of the resource group, whatever --app says; runs that are held or may be alive are left alone.
    #[arg(long)]
    pub(crate) all: bool,
    /// How long a run must have been silent beyond the time that its lease grants it.
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub(crate) expired_for: Span,
}

/// The name of a run, as a tag and a folder can hold it.
#[derive(Debug, Clone)]
pub(crate) struct RunId(pub(crate) String);

impl std::str::FromStr for RunId {
    type Err = String;

    fn from_str(text: &str) -> Result<RunId, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        match (1..=64).contains(&text.len()) && text.chars().all(allowed) {
            true => Ok(RunId(text.to_owned())),
            false => Err(format!(
                "{text:?} is not 1 to 64 letters, digits, dashes, dots and underscores"
            )),
        }
    }
}
