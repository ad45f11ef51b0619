//! The operator of a trial: writes to the app over plain HTTP, as somebody with a script does. Repeats what the service
//! refused, and takes a lost answer for an applied write. Knows nothing of lockgate's rules.

use std::time::Duration;

use reqwest::Client;
use serde_json::{Map, Value, json};

use super::steps::Change;

/// How often a refused write is sent again, 100 ms apart.
const ATTEMPTS: u32 = 60;

/// Writes a change through the operator's own door.
pub(crate) async fn write(client: &Client, url: &str, change: Change) {
    for _ in 0..ATTEMPTS {
        let Some(body) = body(client, url, change).await else {
            return;
        };
        match client.patch(url).json(&body).send().await {
            // It is busy; anything else was accepted, or nobody will ever know.
            Ok(answer) if answer.status() == 409 => {}
            Ok(_) | Err(_) => return,
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Returns the body of the PATCH; `None` where there is nothing to write.
async fn body(client: &Client, url: &str, change: Change) -> Option<Value> {
    match change {
        Change::Weights(weights) => {
            let app: Value = client.get(url).send().await.ok()?.json().await.ok()?;
            let traffic = app.pointer("/properties/configuration/ingress/traffic")?;
            let traffic = with_weights(traffic.as_array()?, weights);
            Some(json!({"properties": {"configuration": {"ingress": {"traffic": traffic}}}}))
        }
        Change::StripTags => {
            let app: Value = client.get(url).send().await.ok()?.json().await.ok()?;
            let tags = app["tags"].as_object().cloned().unwrap_or_default();
            let ours = tags
                .into_iter()
                .filter(|(name, _)| name.starts_with("lockgate-"));
            let removed: Map<String, Value> = ours.map(|(name, _)| (name, Value::Null)).collect();
            (!removed.is_empty()).then(|| json!({"tags": removed}))
        }
    }
}

/// Returns the array with these weights, and every label where it is, as `az containerapp ingress traffic set` does.
fn with_weights(traffic: &[Value], weights: &[(&str, u64)]) -> Vec<Value> {
    let mut entries: Vec<Value> = Vec::new();
    let labelled = traffic.iter().filter(|entry| entry["label"].is_string());
    for entry in labelled {
        entries.push(json!({
            "revisionName": entry["revisionName"], "weight": 0, "label": entry["label"],
        }));
    }
    for (revision, weight) in weights {
        match entries
            .iter_mut()
            .find(|entry| entry["revisionName"] == *revision)
        {
            Some(entry) => entry["weight"] = json!(weight),
            None => entries.push(json!({"revisionName": revision, "weight": weight})),
        }
    }
    entries
}
