//! The traffic array: which arrays the service accepts, and the form in which it shows them.
//! Accepts weights as text, and drops `latestRevision: false` and null members, as recorded of the
//! real service. Pure; which revision "latest" means is decided in `app.rs`.

use serde_json::{Map, Value, json};

use crate::refusal::Refusal;

/// The revision that an entry names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TrafficTarget {
    /// The latest ready revision.
    Latest,
    /// One revision, by its whole name.
    Named(String),
}

/// One entry of the array, normalised.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TrafficEntry {
    pub(crate) target: TrafficTarget,
    pub(crate) weight: u32,
    pub(crate) label: Option<String>,
}

/// Returns the array of an app whose traffic was never set.
pub(crate) fn all_to_latest() -> Vec<TrafficEntry> {
    vec![TrafficEntry {
        target: TrafficTarget::Latest,
        weight: 100,
        label: None,
    }]
}

/// Reads a traffic array as a client sent it. Its entries may name only `known` revisions.
pub(crate) fn read(array: &Value, known: &[String]) -> Result<Vec<TrafficEntry>, Refusal> {
    let Some(items) = array.as_array() else {
        return Err(Refusal::invalid_traffic(
            "traffic is not an array".to_owned(),
        ));
    };
    let entries: Vec<TrafficEntry> = items
        .iter()
        .map(|item| read_entry(item, known))
        .collect::<Result<_, _>>()?;
    let sum: u32 = entries.iter().map(|entry| entry.weight).sum();
    if sum != 100 {
        let message = format!("the traffic weights must sum to 100, not {sum}");
        return Err(Refusal::invalid_traffic(message));
    }
    if entries
        .iter()
        .filter(|entry| entry.target == TrafficTarget::Latest)
        .count()
        > 1
    {
        let message = "only one traffic entry may have latestRevision set".to_owned();
        return Err(Refusal::invalid_traffic(message));
    }
    for (index, entry) in entries.iter().enumerate() {
        let twin = |other: &TrafficEntry| other.label.is_some() && other.label == entry.label;
        if entries[..index].iter().any(twin) {
            let label = entry.label.as_deref().unwrap_or_default();
            let message = format!("the label '{label}' is used by two traffic entries");
            return Err(Refusal::invalid_traffic(message));
        }
    }
    Ok(entries)
}

/// Returns the array as the service shows it.
pub(crate) fn render(entries: &[TrafficEntry]) -> Value {
    entries.iter().map(render_entry).collect()
}

fn render_entry(entry: &TrafficEntry) -> Value {
    let mut item = Map::new();
    if let TrafficTarget::Named(name) = &entry.target {
        item.insert("revisionName".to_owned(), json!(name));
    }
    item.insert("weight".to_owned(), json!(entry.weight));
    if entry.target == TrafficTarget::Latest {
        item.insert("latestRevision".to_owned(), json!(true));
    }
    if let Some(label) = &entry.label {
        item.insert("label".to_owned(), json!(label));
    }
    Value::Object(item)
}

fn read_entry(item: &Value, known: &[String]) -> Result<TrafficEntry, Refusal> {
    let latest = item
        .get("latestRevision")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let text = |key: &str| {
        let value = item.get(key).and_then(Value::as_str);
        value.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let target = match text("revisionName") {
        None if latest => TrafficTarget::Latest,
        Some(name) if latest => {
            let message =
                format!("a traffic entry has both latestRevision and revisionName '{name}'");
            return Err(Refusal::invalid_traffic(message));
        }
        Some(name) => TrafficTarget::Named(name),
        None => {
            let message = "a traffic entry has neither latestRevision nor revisionName".to_owned();
            return Err(Refusal::invalid_traffic(message));
        }
    };
    if let TrafficTarget::Named(name) = &target
        && !known.contains(name)
    {
        let message = format!("the traffic refers to the revision '{name}', which does not exist");
        return Err(Refusal::invalid_traffic(message));
    }
    Ok(TrafficEntry {
        target,
        weight: read_weight(item.get("weight"))?,
        label: text("label"),
    })
}

fn read_weight(weight: Option<&Value>) -> Result<u32, Refusal> {
    let number = match weight {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(other) => other.as_u64(),
    };
    match number {
        Some(number @ 0..=100) => Ok(u32::try_from(number).unwrap_or(100)),
        _ => {
            let shown = weight.unwrap_or(&Value::Null);
            let message = format!("a traffic weight must be a number from 0 to 100, not {shown}");
            Err(Refusal::invalid_traffic(message))
        }
    }
}

#[cfg(test)]
mod tests;
