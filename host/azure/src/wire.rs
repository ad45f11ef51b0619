//! The management API's JSON, as far as lockgate reads it.
//!
//! Lenient on purpose: unknown fields are ignored, every field may be missing or null, and numbers may be strings,
//! because the live service does all of that. No type of this file is public.

use std::collections::BTreeMap;
use std::fmt;

use rollout::{Share, Traffic, TrafficTarget, Weight};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::states::{Health, Mode, Provisioning, RevisionProvisioning, Running};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct App {
    pub(crate) name: String,
    pub(crate) tags: Option<BTreeMap<String, Option<String>>>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) properties: AppProperties,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct AppProperties {
    #[serde(deserialize_with = "or_default")]
    pub(crate) provisioning_state: Provisioning,
    /// `Stopped` of an app that serves no requests at all.
    pub(crate) running_status: Option<String>,
    pub(crate) latest_ready_revision_name: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) configuration: Configuration,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Configuration {
    #[serde(deserialize_with = "or_default")]
    pub(crate) active_revisions_mode: Mode,
    pub(crate) ingress: Option<Ingress>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Ingress {
    pub(crate) fqdn: Option<String>,
    pub(crate) sticky_sessions: Option<StickySessions>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) traffic: Vec<TrafficEntry>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StickySessions {
    pub(crate) affinity: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct TrafficEntry {
    pub(crate) revision_name: Option<String>,
    pub(crate) latest_revision: Option<bool>,
    #[serde(deserialize_with = "number")]
    pub(crate) weight: Option<i64>,
    pub(crate) label: Option<String>,
}

/// One page of a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    pub(crate) value: Option<Vec<T>>,
    pub(crate) next_link: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Revision {
    pub(crate) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) properties: RevisionProperties,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RevisionProperties {
    pub(crate) active: Option<bool>,
    pub(crate) created_time: Option<String>,
    pub(crate) fqdn: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) template: Template,
    #[serde(deserialize_with = "number")]
    pub(crate) replicas: Option<i64>,
    pub(crate) provisioning_error: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) health_state: Health,
    #[serde(deserialize_with = "or_default")]
    pub(crate) provisioning_state: RevisionProvisioning,
    #[serde(deserialize_with = "or_default")]
    pub(crate) running_state: Running,
}

#[derive(Clone, Default)]
pub(crate) struct Template {
    pub(crate) known: KnownTemplate,
    /// All members, as they were read.
    pub(crate) whole: Value,
}

/// The members of a template that are read by name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct KnownTemplate {
    #[serde(deserialize_with = "or_default")]
    pub(crate) containers: Vec<Container>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) scale: Scale,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Container {
    pub(crate) image: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Scale {
    #[serde(deserialize_with = "number")]
    pub(crate) min_replicas: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub(crate) max_replicas: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Replica {
    pub(crate) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) properties: ReplicaProperties,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReplicaProperties {
    #[serde(deserialize_with = "or_default")]
    pub(crate) containers: Vec<ReplicaContainer>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ReplicaContainer {
    pub(crate) name: String,
    pub(crate) ready: Option<bool>,
    #[serde(deserialize_with = "number")]
    pub(crate) restart_count: Option<i64>,
    pub(crate) running_state: Option<String>,
    pub(crate) running_state_details: Option<String>,
}

/// The answer of an operation URL.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Operation {
    pub(crate) status: Option<String>,
    pub(crate) error: Option<Value>,
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
        use serde::de::Error as _;
        let whole = Value::deserialize(from)?;
        let known = KnownTemplate::deserialize(&whole).map_err(D::Error::custom)?;
        Ok(Template { known, whole })
    }
}

impl fmt::Debug for Template {
    /// Leaves out the whole, in which variables may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.known.fmt(f)
    }
}

impl Ingress {
    /// Returns the traffic array; the error is a sentence about the entry that is not valid.
    pub(crate) fn shares(&self) -> Result<Traffic, String> {
        let shares: Result<Vec<Share>, String> =
            self.traffic.iter().map(TrafficEntry::share).collect();
        shares.map(Traffic)
    }
}

impl TrafficEntry {
    fn share(&self) -> Result<Share, String> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let target = match (self.latest_revision, filled(&self.revision_name)) {
            (Some(true), _) => TrafficTarget::LatestReady,
            (_, Some(name)) => TrafficTarget::Revision(name),
            (_, None) => return Err("a traffic entry names no revision".to_owned()),
        };
        let number = self.weight.unwrap_or(0);
        let weight = u32::try_from(number)
            .ok()
            .and_then(Weight::new)
            .ok_or_else(|| format!("the weight of {target} is {number}, not 0 to 100"))?;
        let label = filled(&self.label);
        Ok(Share {
            target,
            weight,
            label,
        })
    }
}

/// Returns the entries of a traffic array as they are written. Entries that follow `latestRevision` are left out,
/// because lockgate never writes them (I-4).
pub(crate) fn entries(traffic: &Traffic) -> Vec<Value> {
    let entry = |share: &Share| match &share.target {
        TrafficTarget::LatestReady => None,
        TrafficTarget::Revision(name) => {
            let mut entry = json!({"revisionName": name, "weight": share.weight.per_cent()});
            if let Some(label) = &share.label {
                entry["label"] = json!(label);
            }
            Some(entry)
        }
    };
    traffic.0.iter().filter_map(entry).collect()
}

/// Returns the body of the only write of a rollout: the traffic array and the tags, and nothing else.
///
/// Null deletes a tag (JSON merge patch, RFC 7396). An array is replaced as a whole.
pub(crate) fn patch(traffic: &Traffic, tags: &BTreeMap<String, Option<String>>) -> Value {
    json!({
        "properties": {"configuration": {"ingress": {"traffic": entries(traffic)}}},
        "tags": tags,
    })
}

/// Returns the body of a write that leaves a note: the tags alone.
pub(crate) fn patch_of_tags(tags: &BTreeMap<String, Option<String>>) -> Value {
    json!({ "tags": tags })
}

/// Reads null as the default.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Reads a whole number, which may be a string: `az` sends `"50"`, and some versions of the service return it so.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    use serde::de::Error as _;
    let wrong = |value: &Value| D::Error::custom(format!("{value} is not a whole number"));
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::String(text) => match text.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(wrong(&Value::String(text))),
        },
        value => value.as_i64().map(Some).ok_or_else(|| wrong(&value)),
    }
}

#[cfg(test)]
mod tests;
