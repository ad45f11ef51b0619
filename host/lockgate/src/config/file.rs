//! The shape of `lockgate.toml`: every key, with its meaning. An unknown key is an error.
//!
//! `lockgate schema` prints these types and their doc comments as a JSON Schema; defaults that are values are not
//! written here but in `defaults`, from which `schema` adds them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::cores::Cores;
use super::defaults;
use super::duration_text::DurationText;
use super::env_settings::EnvSettings;
use super::mode::GateMode;
use super::notify::NotifySection;
use super::profile::Profile;

/// The configuration of lockgate.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct File {
    /// The app whose traffic is moved.
    pub(crate) app: AppSection,
    /// How Azure is reached.
    pub(crate) azure: AzureSection,
    /// Stages, revisions and times of a rollout.
    pub(crate) rollout: RolloutSection,
    /// How a new revision is made.
    pub(crate) deploy: DeploySection,
    /// The gates by name. Without any, the built-in http-health checks `/health`.
    pub(crate) gates: BTreeMap<String, GateSection>,
    /// Facts that gates get about this rollout, by name: `commit`, `version` or `ticket`. `env:NAME` takes the value of an
    /// environment variable.
    pub(crate) facts: BTreeMap<String, String>,
    /// Labels of the app that the rollout moves with the write of 100 %, each to the revision in a role: `production =
    /// "canary"`, `previous = "stable"`. A rollback puts them back.
    pub(crate) labels: BTreeMap<String, LabelRole>,
    /// Webhooks that learn of a run, by name. None delays a run or changes how it ends.
    pub(crate) notify: BTreeMap<String, NotifySection>,
    /// Where journals and reports are kept, relative to the working directory.
    pub(crate) state_dir: Option<PathBuf>,
    /// Where the attestation of a run is written.
    pub(crate) attest: Option<PathBuf>,
    /// Where gates are kept, those from registries and compiled ones. Default: `lockgate` in the user's cache directory.
    pub(crate) cache_dir: Option<PathBuf>,
}

/// The app whose traffic is moved.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct AppSection {
    /// The container app's name.
    pub(crate) name: Option<String>,
    /// Its resource group.
    pub(crate) resource_group: Option<String>,
    /// The subscription's id.
    pub(crate) subscription: Option<String>,
}

/// How Azure is reached.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct AzureSection {
    /// The base URL of Azure Resource Manager.
    pub(crate) endpoint: Option<String>,
    /// The version of Azure Resource Manager's API.
    pub(crate) api_version: Option<String>,
    /// The scheme of revision URLs. Default: `https`; `http` when the endpoint is on this machine.
    pub(crate) revision_scheme: Option<RevisionScheme>,
    /// Where tokens come from: `token`, `workload-identity`, `github-oidc`, `azure-pipelines`, `client-certificate`,
    /// `client-secret`, `managed-identity`, `az` or `none`. Default: the first of these whose variables are set.
    pub(crate) credential: Option<String>,
    /// The environment variable that holds a bearer token for Azure Resource Manager.
    pub(crate) token_env: Option<String>,
    /// How long after the end of a slice the platform has counted its requests at the latest. Gates get no younger slice.
    /// Write `0s` where counts appear at once, as in the emulator.
    pub(crate) metrics_lag: Option<DurationText>,
    /// The length of a slice of the platform's request counts, `1s` to `60s`. Azure counts by the minute and refuses
    /// less; the emulator counts by the second where its scenario says so.
    pub(crate) metrics_slice: Option<DurationText>,
}

/// The scheme of revision URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RevisionScheme {
    /// Azure serves revisions over https.
    Https,
    /// The emulator serves revisions over http.
    Http,
}

/// Stages, revisions and times of a rollout.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct RolloutSection {
    /// The stages: weights in per cent that rise to 100, or tables with `weight`, `bake` and `gates`.
    pub(crate) stages: Option<Vec<StageEntry>>,
    /// Times that belong together, for those that this section does not have.
    pub(crate) profile: Option<Profile>,
    /// How long each stage bakes, unless it has a bake of its own.
    pub(crate) bake: Option<DurationText>,
    /// The stable revision's name. Default: the one that carries all traffic.
    pub(crate) stable: Option<String>,
    /// The canary revision's name. Default: the newest active revision at weight 0.
    pub(crate) canary: Option<String>,
    /// The image to roll out. An active revision that runs its digest is the canary; an image that is named by a tag is
    /// always deployed.
    pub(crate) image: Option<String>,
    /// The time between two health checks during a bake.
    pub(crate) check_interval: Option<DurationText>,
    /// The time between two reads of the app while a stage bakes or a gate holds: how soon a change by somebody else, or an
    /// abort from elsewhere, is seen.
    pub(crate) watch_interval: Option<DurationText>,
    /// How long gates may hold.
    pub(crate) gate_deadline: Option<DurationText>,
    /// How often in a row a gate that fails to answer is asked again.
    pub(crate) gate_retries: Option<u32>,
    /// The time before a gate that failed to answer is asked again.
    pub(crate) retry_interval: Option<DurationText>,
    /// How long the canary may take to become ready.
    pub(crate) readiness_deadline: Option<DurationText>,
    /// How long a change of traffic may take until it is read back.
    pub(crate) verify_deadline: Option<DurationText>,
    /// How long a rollback is tried.
    pub(crate) rollback_deadline: Option<DurationText>,
    /// How long the whole run may take; a stage that might not fit is not begun. Default: no limit.
    pub(crate) deadline: Option<DurationText>,
    /// What happens when a gate holds until its deadline.
    pub(crate) on_deadline: Option<OnDeadline>,
    /// What becomes of a canary that a gate said no to, once the baseline is restored. It is remembered in either case, and
    /// not rolled out again unless it is named.
    pub(crate) on_failure: Option<OnFailure>,
    /// The flag `--again`, which stands for one run and so is no key.
    #[serde(skip)]
    pub(crate) again: Option<bool>,
    /// The flag `--emergency`, which stands for one run and so is no key.
    #[serde(skip)]
    pub(crate) emergency: Option<String>,
    /// Whether the replaced revision is deactivated after a promotion. Otherwise it stays active without traffic.
    pub(crate) retire: Option<bool>,
    /// How long the new revision carries all traffic before the replaced one is deactivated.
    pub(crate) retire_after: Option<DurationText>,
}

/// How a new revision is made.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct DeploySection {
    /// The container that gets the new image. Default: the only one, or the one whose image is of the same repository.
    pub(crate) container: Option<String>,
    /// How long a new revision may take to become ready.
    pub(crate) ready_within: Option<DurationText>,
    /// The smallest number of replicas of a new revision. Default: that of the app's template.
    pub(crate) min_replicas: Option<i64>,
    /// The largest number of replicas of a new revision. Default: that of the app's template.
    pub(crate) max_replicas: Option<i64>,
    /// The cores of the container that gets the new image. Default: as they are.
    pub(crate) cpu: Option<Cores>,
    /// The memory of the container that gets the new image, such as `1Gi`. Default: as it is.
    pub(crate) memory: Option<String>,
    /// Environment variables of the container that gets the new image, by name. `secretref:NAME` takes the value of the app's
    /// secret of that name. Those that are not named here stay as they are.
    pub(crate) env: EnvSettings,
    /// Environment variables that the container which gets the new image has no more.
    pub(crate) remove_env: Vec<String>,
}

/// What happens when a gate holds until its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnDeadline {
    /// The baseline is restored: the stable revision gets all traffic again.
    RollBack,
    /// The run ends at its weight, and a person decides.
    Freeze,
}

/// The revision that a label goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LabelRole {
    /// The canary, once it has all traffic.
    Canary,
    /// The revision that was stable until then.
    Stable,
    /// Both, which flags can ask for and nothing can give.
    #[serde(skip)]
    Both,
}

/// What becomes of a canary that a gate said no to. Also the value of the flag `--on-failure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnFailure {
    /// It stays active without traffic, so that it can be inspected.
    #[default]
    Keep,
    /// It is deactivated, so that its replicas are gone.
    Deactivate,
}

/// A stage: a weight alone, or a table.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum StageEntry {
    /// The weight in per cent.
    Weight(i64),
    /// A weight with a bake or gates of its own.
    Table(StageTable),
}

/// A stage as a table.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct StageTable {
    /// The weight in per cent, 1 to 100.
    pub(crate) weight: i64,
    /// How long this stage bakes.
    pub(crate) bake: Option<DurationText>,
    /// The promotion gates that are asked before this stage. Default: all.
    pub(crate) gates: Option<Vec<String>>,
    /// Ends the run after this stage, held until `lockgate resume` goes on: `true`, or how long an approval may take at the most
    /// (`true` stands for 24h). After that time `lockgate recover` restores the baseline.
    pub(crate) pause: Option<PauseEntry>,
}

/// How long an approval may take; `None` where none is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "PauseSchema")]
pub(crate) struct PauseEntry(pub(crate) Option<Duration>);

/// What a pause may be in the file.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "it has only a schema")]
enum PauseSchema {
    /// Whether to pause.
    Pauses(bool),
    /// For how long at the most.
    For(DurationText),
}

/// A gate.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct GateSection {
    /// The name of a built-in plugin (`http-health`), the path of a component, relative to this file, or its place in a registry
    /// with the digest: `oci://registry.example/team/gate:1.2@sha256:…`.
    /// Default: the gate's own name.
    pub(crate) plugin: Option<String>,
    /// The component's SHA-256 in hex. A component with another digest is refused.
    pub(crate) sha256: Option<String>,
    /// Which kind of question the gate is asked. Default: every kind that the component implements.
    pub(crate) kind: Option<GateKind>,
    /// Whether the gate decides. At least one has to.
    pub(crate) mode: GateMode,
    /// The gate's own settings, checked against its schema.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(crate) settings: serde_json::Map<String, serde_json::Value>,
    /// Origins that the gate may reach beside the two revisions, such as `https://api.example.com`; or tables with
    /// `origin` and `header`, whose values are sent with each request to that origin and to no other.
    pub(crate) allow: Vec<AllowEntry>,
    /// Whether each request carries a `traceparent` of this run, so that the app's own trace leads to the verdict.
    pub(crate) traceparent: bool,
    /// Regular expressions. What they match in a response is masked before the gate and its recordings see it.
    pub(crate) redact: Vec<String>,
    /// The limits of every call.
    pub(crate) limits: LimitsSection,
}

/// An origin that a gate may reach: alone, or as a table with header fields.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum AllowEntry {
    /// An origin alone.
    Origin(String),
    /// An origin with header fields.
    Table(AllowTable),
}

/// An origin that a gate may reach, with header fields.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AllowTable {
    /// The origin, which must be https where it has header fields.
    pub(crate) origin: String,
    /// Header fields that are added to requests to the origin. A value ends with `env:NAME`, the environment variable that
    /// holds the secret: `Bearer env:NAME`. Or `authorization` is `azure:SCOPE`: a token that lockgate mints with its own
    /// credential for a service of Azure's that tells how an app fares, such as `azure:https://api.loganalytics.io`.
    #[serde(default)]
    pub(crate) header: BTreeMap<String, String>,
}

/// The kind of question that a gate is asked. Also the value of the flag `--kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GateKind {
    /// Is the canary fit to serve?
    HealthCheck,
    /// May the canary take the next weight?
    PromotionGate,
}

/// The limits of every call of a gate.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct LimitsSection {
    /// How long one call may take.
    pub(crate) wall_clock: Option<DurationText>,
    /// The memory that one call may use, in MiB.
    pub(crate) memory_mib: Option<u32>,
    /// How many HTTP requests one call may send.
    pub(crate) requests: Option<u32>,
    /// How long the body of one response may be, in KiB.
    pub(crate) response_kib: Option<u32>,
}

impl<'de> Deserialize<'de> for AllowEntry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<AllowEntry, D::Error> {
        struct AllowVisitor;
        impl<'de> Visitor<'de> for AllowVisitor {
            type Value = AllowEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an origin, or a table with `origin` and `header`")
            }

            fn visit_str<E: Error>(self, origin: &str) -> Result<AllowEntry, E> {
                Ok(AllowEntry::Origin(origin.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AllowEntry, A::Error> {
                AllowTable::deserialize(MapAccessDeserializer::new(map)).map(AllowEntry::Table)
            }
        }
        from.deserialize_any(AllowVisitor)
    }
}

impl<'de> Deserialize<'de> for PauseEntry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<PauseEntry, D::Error> {
        struct PauseVisitor;
        impl Visitor<'_> for PauseVisitor {
            type Value = PauseEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, or how long an approval may take, such as \"4h\"")
            }

            fn visit_bool<E: Error>(self, pauses: bool) -> Result<PauseEntry, E> {
                Ok(PauseEntry(pauses.then_some(defaults::PAUSE)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<PauseEntry, E> {
                let duration: DurationText = text.parse().map_err(E::custom)?;
                Ok(PauseEntry(Some(duration.0)))
            }
        }
        from.deserialize_any(PauseVisitor)
    }
}

impl<'de> Deserialize<'de> for StageEntry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<StageEntry, D::Error> {
        struct StageVisitor;
        impl<'de> Visitor<'de> for StageVisitor {
            type Value = StageEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a weight in per cent, or a table with `weight`")
            }

            fn visit_i64<E: Error>(self, weight: i64) -> Result<StageEntry, E> {
                Ok(StageEntry::Weight(weight))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<StageEntry, A::Error> {
                StageTable::deserialize(MapAccessDeserializer::new(map)).map(StageEntry::Table)
            }
        }
        from.deserialize_any(StageVisitor)
    }
}
