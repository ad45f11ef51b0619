//! The shape of `lockgate.toml`. Every key is here, every unknown one is an error, and the JSON Schema that
//! `lockgate schema` prints is made from these types and their doc comments.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The configuration of lockgate.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct File {
    /// Which app.
    pub(crate) app: AppSection,
    /// How Azure is reached.
    pub(crate) azure: AzureSection,
    /// What shall happen.
    pub(crate) rollout: RolloutSection,
    /// How a new revision is made.
    pub(crate) deploy: DeploySection,
    /// Who is asked, by name. Without any, the built-in http-health checks `/health`.
    pub(crate) gates: BTreeMap<String, GateSection>,
    /// Where journals and reports are kept, relative to the working directory. Default `.lockgate`.
    pub(crate) state_dir: Option<PathBuf>,
    /// Where compiled gates are kept. Default: `lockgate` in the user's cache directory.
    pub(crate) cache_dir: Option<PathBuf>,
}

/// The app whose traffic is moved.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct AzureSection {
    /// The base URL of Azure Resource Manager. Default `https://management.azure.com`.
    pub(crate) endpoint: Option<String>,
    /// The API version. Default `2025-07-01`.
    pub(crate) api_version: Option<String>,
    /// The scheme of revision URLs. Default: `https`; `http` when the endpoint is on this machine.
    pub(crate) revision_scheme: Option<RevisionScheme>,
    /// Where tokens come from: `token`, `workload-identity`, `github-oidc`, `azure-pipelines`, `client-certificate`,
    /// `client-secret`, `managed-identity`, `az` or `none`. Default: the first of these whose variables are set.
    pub(crate) credential: Option<String>,
    /// The environment variable that holds a bearer token for Azure Resource Manager. Default `LOCKGATE_ARM_TOKEN`.
    pub(crate) token_env: Option<String>,
    /// How long after a request it is sure to be in the counts that gates may ask for. Windows of counts end that long
    /// before now. Default `3m`; `0s` where counts appear at once, as in the emulator.
    pub(crate) metrics_lag: Option<Span>,
}

/// The scheme of revision URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RevisionScheme {
    /// As Azure serves revisions.
    Https,
    /// For the emulator.
    Http,
}

/// What shall happen.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct RolloutSection {
    /// The stages: weights in per cent that rise to 100, or tables with `weight`, `bake` and `gates`.
    /// Default `[10, 25, 50, 100]`.
    pub(crate) stages: Option<Vec<StageEntry>>,
    /// How long each stage bakes, such as `90s` or `5m`. Default `5m`.
    pub(crate) bake: Option<Span>,
    /// The stable revision's name. Default: the one that carries all traffic.
    pub(crate) stable: Option<String>,
    /// The canary revision's name. Default: the newest active revision at weight 0.
    pub(crate) canary: Option<String>,
    /// Finds the canary by its image instead: a reference, a tag or a digest.
    pub(crate) image: Option<String>,
    /// Between two health checks during a bake. Default `30s`.
    pub(crate) check_interval: Option<Span>,
    /// How long gates may hold. Default `10m`.
    pub(crate) gate_deadline: Option<Span>,
    /// How often in a row a gate may fail to answer and be asked again. Default 2.
    pub(crate) gate_retries: Option<u32>,
    /// Before a gate that could not answer is asked again. Default `5s`.
    pub(crate) retry_interval: Option<Span>,
    /// How long the canary may take to become ready. Default `5m`.
    pub(crate) readiness_deadline: Option<Span>,
    /// How long a change of traffic may take to be read back. Default `2m`.
    pub(crate) verify_deadline: Option<Span>,
    /// How long a rollback is tried. Default `10m`.
    pub(crate) rollback_deadline: Option<Span>,
    /// The longest that the whole run may take; a stage that might not fit is not begun. Default: none.
    pub(crate) deadline: Option<Span>,
    /// What a gate that holds until its deadline leads to. Default `roll-back`.
    pub(crate) on_deadline: Option<OnDeadline>,
    /// Whether the replaced revision is deactivated after a promotion. Default false: it stays active without traffic.
    pub(crate) retire: bool,
    /// How long the new revision carries everything before the replaced one is deactivated. Default `5m`.
    pub(crate) retire_after: Option<Span>,
}

/// How a new revision is made.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct DeploySection {
    /// The container that gets a new image. Default: the only one, or the one whose image is of the same repository.
    pub(crate) container: Option<String>,
    /// How long a new revision may take to become ready. Default `10m`.
    pub(crate) ready_within: Option<Span>,
}

/// What a gate that holds until its deadline leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnDeadline {
    /// All traffic goes back to the stable revision.
    RollBack,
    /// The run ends at its weight and a person decides.
    Freeze,
}

/// A stage: a weight alone, or a table.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum StageEntry {
    /// The weight in per cent.
    Weight(i64),
    /// The weight with a bake of its own or gates of its own.
    Table(StageTable),
}

/// A stage as a table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct StageTable {
    /// The weight in per cent, 1 to 100.
    pub(crate) weight: i64,
    /// How long this stage bakes.
    pub(crate) bake: Option<Span>,
    /// The promotion gates asked before this stage. Default: all.
    pub(crate) gates: Option<Vec<String>>,
}

/// A gate.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct GateSection {
    /// The name of a built-in plugin (`http-health`), or the path of a component, relative to this file.
    /// Default: the gate's own name.
    pub(crate) plugin: Option<String>,
    /// The component's SHA-256 in hex; the run is refused when the file is another.
    pub(crate) sha256: Option<String>,
    /// What it is asked. Default: whatever the component implements.
    pub(crate) kind: Option<GateKind>,
    /// The gate's own settings, checked against its schema.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(crate) settings: serde_json::Map<String, serde_json::Value>,
    /// Origins it may reach beside the two revisions, such as `https://api.example.com`; or tables with `origin` and
    /// `header`, whose values are sent with each request and seen by nobody else.
    pub(crate) allow: Vec<AllowEntry>,
    /// Regular expressions of what is masked in answers before the gate and its recordings see them.
    pub(crate) redact: Vec<String>,
    /// Its limits, for every call.
    pub(crate) limits: LimitsSection,
}

/// What a gate may reach: an origin alone, or a table.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum AllowEntry {
    /// An origin.
    Origin(String),
    /// An origin with header fields for it.
    Table(AllowTable),
}

/// What a gate may reach, with credentials.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AllowTable {
    /// The origin, with https.
    pub(crate) origin: String,
    /// Header fields that are added to requests to it. A value is `env:NAME`, or text and then that: `Bearer env:NAME`.
    #[serde(default)]
    pub(crate) header: BTreeMap<String, String>,
}

/// What a gate is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GateKind {
    /// Is the canary fit to serve?
    HealthCheck,
    /// May it take the next weight?
    PromotionGate,
}

/// A gate's limits.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct LimitsSection {
    /// The time for one call. Default `30s`.
    pub(crate) wall_clock: Option<Span>,
    /// All memories together, in MiB. Default 256.
    pub(crate) memory_mib: Option<u32>,
    /// HTTP requests in one call. Default 100.
    pub(crate) requests: Option<u32>,
    /// The body of one answer, in KiB. Default 4096.
    pub(crate) response_kib: Option<u32>,
}

/// A duration as people write it: `90s`, `5m`, `1h 30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        let wanted = || format!("{text:?} is not a duration; write it like 90s, 5m or 1h30m");
        let span: jiff::SignedDuration = text.parse().map_err(|_| wanted())?;
        Duration::try_from(span).map(Span).map_err(|_| wanted())
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A duration such as 90s, 5m or 1h30m.",
            "examples": ["90s", "5m"],
        })
    }
}

impl<'de> Deserialize<'de> for AllowEntry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<AllowEntry, D::Error> {
        struct Entry;
        impl<'de> Visitor<'de> for Entry {
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
        from.deserialize_any(Entry)
    }
}

impl<'de> Deserialize<'de> for StageEntry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<StageEntry, D::Error> {
        struct Entry;
        impl<'de> Visitor<'de> for Entry {
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
        from.deserialize_any(Entry)
    }
}
