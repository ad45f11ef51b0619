//! The flags of commands about an app. Every flag that has a key in the file yields that key (`as_file`), and is laid over
//! the file. Reads no file.

use std::path::PathBuf;

use clap::Args;

use super::pipeline::PipelineArgs;
use super::reports::ReportsArgs;
use super::texts::{EmergencyReason, RunId};
use crate::config::{
    AppSection, AzureSection, Cores, DeploySection, DurationText, EnvSettings, FactArg, File,
    LabelArg, OnFailure, RolloutSection, StageEntry, facts_of_flags, is_typed, labels_of_flags,
};

/// The app, and how it is reached.
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
    /// Where tokens come from [default: the first source that is set up, see `lockgate doctor`].
    #[arg(long, env = "LOCKGATE_CREDENTIAL", value_name = "NAME")]
    pub(crate) credential: Option<String>,
    /// Where journals are kept [default: .lockgate].
    #[arg(long, env = "LOCKGATE_STATE_DIR", value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Where gates are kept, those from registries and compiled ones [default: lockgate in the user's cache directory].
    #[arg(long, env = "LOCKGATE_CACHE_DIR", value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

impl TargetArgs {
    /// Returns what these flags and their variables set, as a file would.
    pub(crate) fn as_file(&self) -> File {
        let args = self.clone();
        File {
            app: AppSection {
                name: args.app,
                resource_group: args.resource_group,
                subscription: args.subscription,
            },
            azure: AzureSection {
                endpoint: args.endpoint,
                credential: args.credential,
                ..AzureSection::default()
            },
            state_dir: args.state_dir,
            cache_dir: args.cache_dir,
            ..File::default()
        }
    }
}

/// The flags of commands that move traffic forward.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RunArgs {
    /// The app.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The stable revision [default: the one that carries all traffic].
    #[arg(long, env = "LOCKGATE_STABLE", value_name = "REVISION")]
    pub(crate) stable: Option<String>,
    /// The canary revision [default: the newest active one at weight 0].
    #[arg(long, env = "LOCKGATE_CANARY", value_name = "REVISION")]
    pub(crate) canary: Option<String>,
    /// Roll this image out. An active revision that runs its digest is the canary; where none does, a rollout deploys
    /// the image first. A tag can be moved, so an image that is named by one is always deployed.
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
    pub(crate) bake: Option<DurationText>,
    /// What becomes of a canary that a gate said no to, once the baseline is restored [default: keep].
    #[arg(long, env = "LOCKGATE_ON_FAILURE", value_enum, value_name = "WHAT")]
    pub(crate) on_failure: Option<OnFailure>,
    /// How long the whole run may take [default: no limit].
    #[arg(long, env = "LOCKGATE_DEADLINE", value_name = "DURATION")]
    pub(crate) deadline: Option<DurationText>,
    /// A label that moves with the write of 100 %, such as `production=canary` or `previous=stable`; may be repeated. The
    /// variable has one on each line.
    #[arg(
        long,
        env = "LOCKGATE_LABEL",
        value_name = "LABEL=ROLE",
        value_delimiter = '\n'
    )]
    pub(crate) label: Vec<LabelArg>,
    /// A fact that gates get about the rollout, such as `version=1.4.0` or `commit=env:GITHUB_SHA`; may be repeated. The
    /// variable has one on each line.
    #[arg(
        long,
        env = "LOCKGATE_FACT",
        value_name = "NAME=VALUE",
        value_delimiter = '\n'
    )]
    pub(crate) fact: Vec<FactArg>,
    /// Where to write the attestation of the run, for a tool that signs it. It is the predicate of an in-toto statement about
    /// the canary's image, which has to be named by its digest.
    #[arg(long, env = "LOCKGATE_ATTEST", value_name = "FILE")]
    pub(crate) attest: Option<PathBuf>,
    /// The reports of the run.
    #[command(flatten)]
    pub(crate) reports: ReportsArgs,
    /// The pipeline around the run.
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
}

impl RunArgs {
    /// Returns what these flags and their variables set, as a file would.
    pub(crate) fn as_file(&self) -> File {
        let args = self.clone();
        let stages = |weights: Vec<i64>| weights.into_iter().map(StageEntry::Weight).collect();
        File {
            rollout: RolloutSection {
                stable: args.stable,
                canary: args.canary,
                image: args.image,
                stages: args.stages.map(stages),
                bake: args.bake,
                deadline: args.deadline,
                on_failure: args.on_failure,
                ..RolloutSection::default()
            },
            facts: facts_of_flags(&args.fact),
            labels: labels_of_flags(&args.label),
            attest: args.attest,
            ..self.target.as_file()
        }
    }
}

/// The flags of `rollout`, `plan`, `doctor` and `validate`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RolloutArgs {
    /// App, revisions and stages.
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// The revision that is deployed where the image has none.
    #[command(flatten)]
    pub(crate) new_revision: NewRevisionArgs,
    /// The run's name, such as the pipeline's own for this run [default: the time and six random digits].
    #[arg(long, env = "LOCKGATE_RUN_ID", value_name = "NAME")]
    pub(crate) run_id: Option<RunId>,
    /// Let promotion gates decide nothing in this run, for this reason (10 to 200 characters). They are asked and reported,
    /// and health checks, bakes and every other check stay. The reason stands in the lease, the journal and the report.
    #[arg(long, env = "LOCKGATE_EMERGENCY", value_name = "REASON")]
    pub(crate) emergency: Option<EmergencyReason>,
    /// Roll out once more what a gate said no to, without naming the revision.
    #[arg(long)]
    pub(crate) again: bool,
}

impl RolloutArgs {
    /// Returns what these flags and their variables set, as a file would.
    pub(crate) fn as_file(&self) -> File {
        let file = self.run.as_file();
        File {
            deploy: self.new_revision.as_section(),
            rollout: RolloutSection {
                again: self.again.then_some(true),
                emergency: self.emergency.clone().map(|reason| reason.0),
                ..file.rollout
            },
            ..file
        }
    }
}

/// The flags of `deploy`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeployArgs {
    /// The app.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The image, as a whole reference: registry, repository, and tag or digest.
    #[arg(long, env = "LOCKGATE_IMAGE", value_name = "IMAGE")]
    pub(crate) image: Option<String>,
    /// How the revision is made.
    #[command(flatten)]
    pub(crate) new_revision: NewRevisionArgs,
}

impl DeployArgs {
    /// Returns what these flags and their variables set, as a file would.
    pub(crate) fn as_file(&self) -> File {
        File {
            rollout: RolloutSection {
                image: self.image.clone(),
                ..RolloutSection::default()
            },
            deploy: self.new_revision.as_section(),
            ..self.target.as_file()
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
    pub(crate) ready_within: Option<DurationText>,
    /// Switch an app in revision mode Single to Multiple before anything else.
    #[arg(long)]
    pub(crate) ensure_multiple: bool,
    /// Set an environment variable of the container that gets the image; `NAME=secretref:SECRET` takes the value of a secret
    /// of the app. May be repeated; all other variables stay as they are. No value is shown whose name says that it is a
    /// secret, such as API_KEY. With one of the flags from --set-env to --memory, a revision counts as running the image
    /// only if it has what they ask for; else a new one is deployed. LOCKGATE_SET_ENV has one on each line.
    #[arg(long, env = "LOCKGATE_SET_ENV", value_name = "NAME=VALUE")]
    pub(crate) set_env: Vec<String>,
    /// Remove an environment variable of the container that gets the image; may be repeated. One that is not there is noted
    /// and no error, so that a pipeline can run again. LOCKGATE_REMOVE_ENV has one on each line.
    #[arg(long, env = "LOCKGATE_REMOVE_ENV", value_name = "NAME")]
    pub(crate) remove_env: Vec<String>,
    /// The smallest number of replicas of the new revision [default: that of the app].
    #[arg(
        long,
        env = "LOCKGATE_MIN_REPLICAS",
        value_name = "NUMBER",
        allow_negative_numbers = true
    )]
    pub(crate) min_replicas: Option<i64>,
    /// The largest number of replicas of the new revision [default: that of the app].
    #[arg(
        long,
        env = "LOCKGATE_MAX_REPLICAS",
        value_name = "NUMBER",
        allow_negative_numbers = true
    )]
    pub(crate) max_replicas: Option<i64>,
    /// The cores of the container that gets the image, such as 0.5 [default: as they are]. Azure takes certain pairs of
    /// cores and memory only: on the Consumption plan 2Gi for each core, all containers together.
    #[arg(
        long,
        env = "LOCKGATE_CPU",
        value_name = "CORES",
        allow_negative_numbers = true
    )]
    pub(crate) cpu: Option<Cores>,
    /// The memory of the container that gets the image, such as 1Gi [default: as it is].
    #[arg(
        long,
        env = "LOCKGATE_MEMORY",
        value_name = "SIZE",
        allow_negative_numbers = true
    )]
    pub(crate) memory: Option<String>,
}

impl NewRevisionArgs {
    fn as_section(&self) -> DeploySection {
        DeploySection {
            container: self.container.clone(),
            ready_within: self.ready_within,
            min_replicas: self.min_replicas,
            max_replicas: self.max_replicas,
            cpu: self.cpu,
            memory: self.memory.clone(),
            env: EnvSettings::of_flags(each("set-env", &self.set_env)),
            remove_env: (each("remove-env", &self.remove_env).into_iter())
                .map(str::to_owned)
                .collect(),
        }
    }
}

/// Returns the values of a flag that may be repeated. Its variable has one on each line; a value that is typed may have
/// several lines.
fn each<'a>(flag: &str, values: &'a [String]) -> Vec<&'a str> {
    if is_typed(flag) {
        return values.iter().map(String::as_str).collect();
    }
    let lines = values.iter().flat_map(|value| value.lines());
    lines.filter(|line| !line.trim().is_empty()).collect()
}

/// The flags of `abort`.
#[derive(Debug, Args)]
pub(crate) struct AbortArgs {
    /// The app.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The revision that gets all traffic of an app whose split no lease explains.
    #[arg(long, value_name = "REVISION")]
    pub(crate) to: Option<String>,
    /// Do not ask before `--to` is done. Needed where there is no terminal to ask on.
    #[arg(long, requires = "to")]
    pub(crate) yes: bool,
    /// Exit with 0 once the baseline is restored and verified, instead of 11 or 12.
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// The reports of the run.
    #[command(flatten)]
    pub(crate) reports: ReportsArgs,
    /// The pipeline around the run.
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
}

/// The flags of `undo`.
#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    /// The app.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Do not ask the health of the replaced revision first. It must be ready all the same.
    #[arg(long)]
    pub(crate) force: bool,
    /// The reports of the run.
    #[command(flatten)]
    pub(crate) reports: ReportsArgs,
    /// The pipeline around the run.
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
}

/// The flags of `recover`.
#[derive(Debug, Args)]
pub(crate) struct RecoverArgs {
    /// The app.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// The name of a run that is known to have ended. It is recovered before its lease expires.
    #[arg(long, env = "LOCKGATE_RUN_ID", value_name = "NAME")]
    pub(crate) run_id: Option<RunId>,
    /// The run has passed every check, and only its lease is left: remove that, and leave the traffic as it is.
    #[arg(long, requires = "run_id", conflicts_with = "all")]
    pub(crate) promoted: bool,
    /// Recover every app of the resource group; --app is ignored. Runs that are held or may be alive are left alone.
    #[arg(long)]
    pub(crate) all: bool,
    /// How long ago the lease of a run must have expired.
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub(crate) expired_for: DurationText,
    /// Exit with 0 once the baseline is restored and verified, instead of 11 or 12.
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// The reports of the run.
    #[command(flatten)]
    pub(crate) reports: ReportsArgs,
    /// The pipeline around the run.
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
}

#[cfg(test)]
mod tests;
