//! The members that the service fills in when a client leaves them out, in the order in which it
//! was recorded to show them. Pure: JSON in, JSON out.

use serde_json::{Value, json};

use super::merge::with_defaults;

/// Returns the stored document of an app without configuration.
pub(crate) fn blank(location: &str, environment: &str) -> Value {
    json!({
        "location": location,
        "properties": {"environmentId": environment, "workloadProfileName": "Consumption"},
        "identity": {"type": "None"},
    })
}

/// Returns a stored document with the defaults of all members that the client left out.
pub(crate) fn complete(document: &Value) -> Value {
    let configuration = json!({
        "secrets": null,
        "activeRevisionsMode": "Single",
        "ingress": {
            "fqdn": null, "external": false, "targetPort": 80, "exposedPort": 0,
            "transport": "Auto", "traffic": [], "customDomains": null, "allowInsecure": false,
            "ipSecurityRestrictions": null, "corsPolicy": null, "clientCertificateMode": null,
            "stickySessions": null, "additionalPortMappings": null,
        },
        "registries": null,
        "dapr": null,
        "maxInactiveRevisions": 100,
        "service": null,
    });
    let mut document = document.clone();
    let properties = &mut document["properties"];
    let mut sent = properties
        .get("configuration")
        .cloned()
        .unwrap_or_else(|| json!({}));
    // An app without ingress shows null, so only a present ingress is filled in.
    if sent.get("ingress").is_none() {
        sent["ingress"] = Value::Null;
    }
    properties["configuration"] = with_defaults(configuration, &sent);
    let template = properties
        .get("template")
        .cloned()
        .unwrap_or_else(|| json!({}));
    properties["template"] = complete_template(&template);
    document
}

/// Returns a template with the defaults of all members that the client left out.
pub(crate) fn complete_template(template: &Value) -> Value {
    let scale = json!({"minReplicas": null, "maxReplicas": 10, "rules": null});
    let defaults = json!({
        "revisionSuffix": "", "terminationGracePeriodSeconds": null, "containers": [],
        "initContainers": null, "scale": scale, "volumes": null, "serviceBinds": null,
    });
    let mut complete = with_defaults(defaults, template);
    if complete["scale"].is_null() {
        complete["scale"] = scale;
    }
    if complete["revisionSuffix"].is_null() {
        complete["revisionSuffix"] = json!("");
    }
    if let Some(containers) = complete["containers"].as_array_mut() {
        for container in containers {
            let resources = json!({"cpu": 0.5, "memory": "1Gi", "ephemeralStorage": "2Gi"});
            let defaults = json!({"image": null, "name": null, "resources": resources});
            *container = with_defaults(defaults, container);
        }
    }
    complete
}
