//! The JSON that the service shows: apps, revisions, replicas, labels and operations, with the
//! members and the order of members that were recorded. Reads the world and must never change it.

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::app::App;
use super::clock::{with_offset, zoneless};
use super::labels::LabelPeriod;
use super::operation::{Operation, OperationStatus};
use super::revision::{Revision, RevisionPhase};

/// Renders an app as a read shows it.
pub(crate) fn app(app: &App, now: Instant) -> Value {
    let stored = &app.document;
    let mut shown = Map::new();
    let mut show = |key: &str, value: Value| {
        shown.insert(key.to_owned(), value);
    };
    // The service spells the type differently in ids: clients must ignore case.
    show(
        "id",
        json!(format!("{}/containerapps/{}", app.scope, app.name)),
    );
    show("name", json!(app.name));
    show("type", json!("Microsoft.App/containerApps"));
    show("location", stored["location"].clone());
    if let Some(tags) = stored.get("tags") {
        show("tags", tags.clone());
    }
    show(
        "systemData",
        json!({
            "createdBy": "deployer@example.com",
            "createdByType": "User",
            "createdAt": zoneless(app.created_at),
            "lastModifiedBy": app.modified_by,
            "lastModifiedByType": "User",
            "lastModifiedAt": zoneless(app.modified_at),
        }),
    );
    show("properties", app_properties(app, now));
    show("identity", stored["identity"].clone());
    Value::Object(shown)
}

fn app_properties(app: &App, now: Instant) -> Value {
    let stored = &app.document["properties"];
    let mut configuration = stored["configuration"].clone();
    configuration["secrets"] = secret_names(app);
    if let Some(Value::Object(ingress)) = configuration.get_mut("ingress") {
        ingress.insert("fqdn".to_owned(), json!(app.address));
    }
    let region = region(stored_text(&app.document, "/location"));
    json!({
        "provisioningState": app.provisioning_state(),
        "runningStatus": if app.stopped { "Stopped" } else { running_status(app, now) },
        "managedEnvironmentId": stored["environmentId"],
        "environmentId": stored["environmentId"],
        "workloadProfileName": stored["workloadProfileName"],
        "outboundIpAddresses": ["127.0.0.1"],
        "latestRevisionName": app.latest().map(|revision| &revision.name),
        "latestReadyRevisionName": app.latest_ready().map(|revision| &revision.name),
        "latestRevisionFqdn": app.latest().map(|revision| &revision.address),
        "customDomainVerificationId": "0".repeat(64),
        "configuration": configuration,
        "template": stored["template"],
        "eventStreamEndpoint": format!(
            "https://{region}.azurecontainerapps.dev{}/containerApps/{}/eventstream",
            app.scope.trim_end_matches("/providers/Microsoft.App"), app.name
        ),
        "delegatedIdentities": [],
    })
}

/// Returns the names of the secrets, which a read shows without their values; null where there are none.
fn secret_names(app: &App) -> Value {
    let name = |secret: &Value| json!({"name": secret["name"]});
    let names: Vec<Value> = app.secrets.iter().map(name).collect();
    if names.is_empty() {
        Value::Null
    } else {
        Value::Array(names)
    }
}

fn running_status(app: &App, now: Instant) -> &'static str {
    let starting = |revision: &Revision| revision.phase(now) == RevisionPhase::Starting;
    if app.latest().is_some_and(starting) {
        "Progressing"
    } else {
        "Running"
    }
}

/// Renders a revision as a read shows it.
pub(crate) fn revision(app: &App, revision: &Revision, now: Instant) -> Value {
    let mut properties = Map::new();
    let mut show = |key: &str, value: Value| {
        properties.insert(key.to_owned(), value);
    };
    show("createdTime", json!(with_offset(revision.created)));
    if let Some(last_active) = revision.last_active {
        show("lastActiveTime", json!(with_offset(last_active)));
    }
    show("fqdn", json!(revision.address));
    show("template", revision.template.clone());
    show("active", json!(revision.active));
    show("replicas", json!(revision.replicas_shown(now)));
    show("trafficWeight", json!(app.weight_of(&revision.name)));
    show("healthState", json!(revision.health_state(now)));
    show("provisioningState", json!(revision.provisioning_state(now)));
    if let Some(error) = &revision.behaviour.provisioning_error {
        show("provisioningError", json!(error));
    }
    show("runningState", json!(revision.running_state(now)));
    json!({
        "id": format!("{}/containerApps/{}/revisions/{}", app.scope, app.name, revision.name),
        "name": revision.name,
        "type": "Microsoft.App/containerapps/revisions",
        "properties": properties,
    })
}

/// Renders the history of a label.
pub(crate) fn label_history(app: &App, label: &str) -> Value {
    let record = |period: &LabelPeriod| {
        json!({
            "revision": period.assignment.revision,
            "start": with_offset(period.start),
            "stop": period.stop.map(with_offset),
            "status": "Succeeded",
        })
    };
    json!({
        "id": format!("{}/containerApps/{}/labelHistories/{label}", app.scope, app.name),
        "name": label,
        "type": "Microsoft.App/containerapps/labelHistories",
        "properties": {"records": app.labels.of(label).map(record).collect::<Vec<_>>()},
    })
}

/// Renders the replicas of a revision.
pub(crate) fn replicas(app: &App, revision: &Revision, now: Instant) -> Vec<Value> {
    let count = revision.replicas_shown(now);
    (1..=count)
        .map(|number| replica(app, revision, number, now))
        .collect()
}

fn replica(app: &App, revision: &Revision, number: u32, now: Instant) -> Value {
    let name = format!("{}-{:010x}-{number:05}", revision.name, revision.generation);
    let id = format!(
        "{}/containerApps/{}/revisions/{}/replicas/{name}",
        app.scope, app.name, revision.name
    );
    let (state, details, container_state) = match revision.phase(now) {
        RevisionPhase::Ready => ("Running", "", "Running"),
        RevisionPhase::CrashLooping => ("NotRunning", "CrashLoopBackOff", "Waiting"),
        RevisionPhase::Pulling => ("NotRunning", "ImagePullBackOff", "Waiting"),
        RevisionPhase::Starting
        | RevisionPhase::Inactive
        | RevisionPhase::Failed
        | RevisionPhase::ScaledToZero => ("NotRunning", "ContainerCreating", "Waiting"),
    };
    let ready = state == "Running";
    let containers = revision.template["containers"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let container = |container: &Value| {
        json!({
            "name": container["name"],
            "containerId": format!("containerd://{name}"),
            "ready": ready,
            "started": ready,
            "restartCount": revision.restarts,
            "runningState": container_state,
            "runningStateDetails": details,
        })
    };
    json!({
        "id": id,
        "name": name,
        "type": "Microsoft.App/containerapps/revisions/replicas",
        "properties": {
            "createdTime": with_offset(revision.created),
            "runningState": state,
            "runningStateDetails": details,
            "containers": containers.iter().map(container).collect::<Vec<_>>(),
            "initContainers": [],
        },
    })
}

/// Renders an operation as its status URL shows it; `path` is that URL's path.
pub(crate) fn operation(operation: &Operation, path: &str) -> Value {
    let mut shown = json!({"id": path, "name": operation.id});
    let (status, error) = match &operation.status {
        OperationStatus::InProgress => ("InProgress", None),
        OperationStatus::Succeeded => ("Succeeded", None),
        OperationStatus::Failed { code, message } => {
            ("Failed", Some(json!({"code": code, "message": message})))
        }
    };
    shown["status"] = json!(status);
    shown["startTime"] = json!(zoneless(operation.started));
    if let Some(error) = error {
        shown["error"] = error;
    }
    shown
}

/// Returns the name of a region as paths spell it: `East US` is `eastus`.
pub(crate) fn region(location: &str) -> String {
    location
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect::<String>()
        .to_lowercase()
}

fn stored_text<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
