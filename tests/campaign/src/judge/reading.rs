//! Reads the emulator's logs into a course: `GET /_emulator/requests` and `GET /_emulator/writes/<app>`. Judges nothing.

use serde_json::Value;

use super::course::{Call, Course, Labels, Process, Promotion, State, Weights, What, Write};

/// Tags that say which process holds the app. Where neither is there, no lease explains the traffic.
const LEASE_TAGS: [&str; 2] = ["lockgate-run", "lockgate-holder"];

/// Reads what happened in a trial; `start` is the app before it.
pub(crate) fn read(
    processes: Vec<Process>,
    requests: &Value,
    writes: &Value,
    start: &Value,
) -> Course {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    Course {
        processes,
        calls: list(requests).iter().filter_map(read_call).collect(),
        writes: list(writes).iter().map(read_write).collect(),
        start: read_state(&start["traffic"], &start["tags"]),
    }
}

fn read_call(call: &Value) -> Option<Call> {
    let path = call["path"].as_str().unwrap_or_default();
    // The app itself, and nothing below it.
    let is_app = path
        .to_ascii_lowercase()
        .rsplit_once("/containerapps/")
        .is_some_and(|(_, rest)| !rest.contains('/'));
    let shown = &call["shown"];
    let traffic = call["body"].pointer("/properties/configuration/ingress/traffic");
    let what = match call["method"].as_str() {
        Some("GET") if is_app && shown.is_object() => What::Read {
            write: number(&shown["write"]),
            settled: shown["settled"] == true,
        },
        Some("PATCH") if is_app => What::Write {
            weights: traffic.map(read_weights),
            labels: traffic.map(read_labels).unwrap_or_default(),
        },
        _ => return None,
    };
    Some(Call {
        client: text(&call["client"]),
        received: number(&call["at-ms"]),
        performed: call["performed-ms"].as_u64(),
        lost_at_once: call["fault"] == "late",
        what,
    })
}

fn read_write(write: &Value) -> Write {
    let ended = &write["ended"];
    let traffic = &write["traffic"];
    Write {
        n: number(&write["n"]),
        client: text(&write["client"]),
        received: number(&write["received-ms"]),
        accepted: number(&write["accepted-ms"]),
        weights: traffic.is_array().then(|| read_weights(traffic)),
        applied: (ended["applied"] == true).then(|| {
            let state = read_state(&ended["traffic"], &ended["tags"]);
            (number(&ended["at-ms"]), state)
        }),
    }
}

fn read_state(traffic: &Value, tags: &Value) -> State {
    let values: Vec<&str> = LEASE_TAGS
        .iter()
        .filter_map(|tag| tags[tag].as_str())
        .collect();
    State {
        weights: read_weights(traffic),
        labels: read_labels(traffic),
        lease: (!values.is_empty()).then(|| values.join(" ")),
        stands_still: tags["lockgate-lease"]
            .as_str()
            .is_some_and(|lease| lease.ends_with("/held") || lease.ends_with("/paused")),
        promotion: tags["lockgate-replaced"].as_str().and_then(read_promotion),
    }
}

/// Reads `RUN;PROMOTED;REPLACED;TIME;LABEL=REVISION,…`.
fn read_promotion(tag: &str) -> Option<Promotion> {
    let parts: Vec<&str> = tag.split(';').collect();
    let [_, promoted, replaced, _, labels] = parts[..] else {
        return None;
    };
    let label = |entry: &str| {
        let (label, revision) = entry.split_once('=')?;
        let revision = Some(revision.to_owned()).filter(|revision| !revision.is_empty());
        Some((label.to_owned(), revision))
    };
    Some(Promotion {
        promoted: promoted.to_owned(),
        replaced: replaced.to_owned(),
        labels: labels.split(',').filter_map(label).collect(),
    })
}

fn read_labels(traffic: &Value) -> Labels {
    let mut labels = Labels::new();
    for entry in traffic.as_array().into_iter().flatten() {
        if let Some(label) = entry["label"].as_str() {
            labels.insert(label.to_owned(), text(&entry["revisionName"]));
        }
    }
    labels
}

fn read_weights(traffic: &Value) -> Weights {
    let mut weights = Weights::new();
    for entry in traffic.as_array().into_iter().flatten() {
        let revision = entry["revisionName"].as_str().unwrap_or("latest");
        let weight = number(&entry["weight"]);
        if weight > 0 {
            *weights.entry(revision.to_owned()).or_default() += weight;
        }
    }
    weights
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
