//! Plans a write: what a PATCH or PUT changes in an app, or why it is refused. Pure: the app
//! changes later, when the operation ends (`settle.rs`).

use serde_json::{Map, Value};

use super::app::App;
use super::change::{PlannedRevision, PlannedWrite};
use super::merge::merge_patch;
use super::{defaults, template, traffic};
use crate::ids::random_text;
use crate::refusal::Refusal;

const INGRESS: &str = "/properties/configuration/ingress";
const TRAFFIC: &str = "/properties/configuration/ingress/traffic";
const MODE: &str = "/properties/configuration/activeRevisionsMode";
const SUFFIX: &str = "/properties/template/revisionSuffix";

/// Plans a PATCH, which merges the body into the document.
pub(crate) fn plan_patch(app: &App, body: &Value) -> Result<PlannedWrite, Refusal> {
    let mut document = app.document.clone();
    merge_patch(&mut document, &writable(body));
    plan(app, document, body)
}

/// Plans a PUT, which replaces the document. Members that the body leaves out get their defaults.
pub(crate) fn plan_put(app: &App, body: &Value) -> Result<PlannedWrite, Refusal> {
    let text = |key: &str| {
        app.document
            .pointer(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let mut document = defaults::blank(text("/location"), text("/properties/environmentId"));
    merge_patch(&mut document, &writable(body));
    plan(app, document, body)
}

/// Returns the members of a body that a client may write. The rest is ignored, as the service does
/// with a whole document that is sent back.
fn writable(body: &Value) -> Value {
    let pick = |from: &Value, keys: &[&str]| -> Map<String, Value> {
        let members = keys
            .iter()
            .filter_map(|key| Some((key.to_string(), from.get(key)?.clone())));
        members.collect()
    };
    let mut picked = pick(body, &["tags", "identity"]);
    if let Some(properties) = body.get("properties") {
        let keys = [
            "environmentId",
            "workloadProfileName",
            "configuration",
            "template",
        ];
        let mut properties = pick(properties, &keys);
        if let Some(Value::Object(configuration)) = properties.get_mut("configuration") {
            configuration.shift_remove("secrets");
        }
        picked.insert("properties".to_owned(), Value::Object(properties));
    }
    Value::Object(picked)
}

fn plan(app: &App, merged: Value, body: &Value) -> Result<PlannedWrite, Refusal> {
    let has_traffic = merged.pointer(TRAFFIC).is_some();
    let mut document = defaults::complete(&merged);
    let mode = canonical_mode(&document, app.mode())?;
    if let Some(shown) = document.pointer_mut(MODE) {
        *shown = Value::String(mode.clone());
    }
    let secrets = read_secrets(app, body)?;
    check_template(app, &document, body, secrets.as_deref())?;
    let revision = plan_revision(app, &mut document)?;
    let mut known: Vec<String> = app
        .revisions
        .iter()
        .map(|revision| revision.name.clone())
        .collect();
    known.extend(revision.iter().map(|revision| revision.name.clone()));
    let sent = body.pointer(TRAFFIC).filter(|sent| !sent.is_null());
    let traffic = if !document.pointer(INGRESS).is_some_and(Value::is_object) {
        Vec::new()
    } else if mode == "Single" {
        check_single(app, sent, &known)?;
        traffic::all_to_latest()
    } else if let Some(sent) = sent {
        traffic::read(sent, &known)?
    } else if has_traffic {
        app.traffic.clone()
    } else {
        traffic::all_to_latest()
    };
    Ok(PlannedWrite {
        document,
        traffic,
        secrets,
        revision,
    })
}

/// Refuses a change of the traffic array in Single mode. The unchanged array is accepted.
fn check_single(app: &App, sent: Option<&Value>, known: &[String]) -> Result<(), Refusal> {
    let Some(sent) = sent else {
        return Ok(());
    };
    let entries = traffic::read(sent, known)?;
    if entries == traffic::all_to_latest() || entries == app.traffic {
        return Ok(());
    }
    let message = format!(
        "the traffic of container app '{}' cannot be set while its activeRevisionsMode is Single",
        app.name
    );
    Err(Refusal::invalid_traffic(message))
}

/// Returns the mode in the service's spelling. Clients send it in any case; the mode that the app
/// already shows is accepted whatever it is.
fn canonical_mode(document: &Value, current: &str) -> Result<String, Refusal> {
    let mode = document
        .pointer(MODE)
        .and_then(Value::as_str)
        .unwrap_or_default();
    let known = ["Single", "Multiple", "Labels", current];
    let canonical = known
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(mode));
    canonical.map(str::to_owned).ok_or_else(|| {
        let message = format!("'{mode}' is not a value of activeRevisionsMode");
        Refusal::new(400, "InvalidParameterValueInContainerApp", message)
    })
}

/// Returns the new secrets. A null value keeps the secret of that name: documents that were read
/// and are sent back have null values.
fn read_secrets(app: &App, body: &Value) -> Result<Option<Vec<Value>>, Refusal> {
    let Some(Value::Array(sent)) = body.pointer("/properties/configuration/secrets") else {
        return Ok(None);
    };
    let mut secrets = Vec::new();
    for secret in sent {
        let name = secret
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let kept = app.secrets.iter().find(|kept| kept["name"] == name);
        if secret.get("value").is_some_and(Value::is_string) {
            secrets.push(secret.clone());
        } else if let Some(kept) = kept {
            secrets.push(kept.clone());
        } else {
            let message = format!("the secret '{name}' has no value");
            return Err(Refusal::new(400, "ContainerAppSecretInvalid", message));
        }
    }
    Ok(Some(secrets))
}

/// Checks the template as it will be, where the client sends one: a write of something else leaves it as it is.
fn check_template(
    app: &App,
    document: &Value,
    body: &Value,
    secrets: Option<&[Value]>,
) -> Result<(), Refusal> {
    if body.pointer("/properties/template").is_none() {
        return Ok(());
    }
    let properties = &document["properties"];
    let profile = properties["workloadProfileName"].as_str();
    let secrets = secrets.unwrap_or(&app.secrets);
    template::check(
        &properties["template"],
        secrets,
        profile.unwrap_or_default(),
    )
}

fn plan_revision(app: &App, document: &mut Value) -> Result<Option<PlannedRevision>, Refusal> {
    check_containers(document)?;
    let changed = template_without_suffix(document) != template_without_suffix(&app.document);
    let suffix = document
        .pointer(SUFFIX)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if suffix.is_empty() {
        let name = format!("{}--{}", app.name, random_text(7));
        return Ok((changed || app.revisions.is_empty()).then(|| new(name, document, "")));
    }
    let name = format!("{}--{suffix}", app.name);
    let is_latest = app.latest().is_some_and(|latest| latest.name == name);
    match app.revisions.iter().find(|revision| revision.name == name) {
        Some(_) if is_latest && !changed => Ok(None),
        // The service silently drops the change of a template whose suffix an inactive revision
        // has.
        Some(namesake) if !namesake.active => {
            document["properties"]["template"] = app.document["properties"]["template"].clone();
            Ok(None)
        }
        Some(_) => Err(Refusal::suffix_exists(&suffix)),
        None => {
            check_suffix(&suffix, &name)?;
            Ok(Some(new(name, document, &suffix)))
        }
    }
}

fn new(name: String, document: &Value, suffix: &str) -> PlannedRevision {
    let mut template = document["properties"]["template"].clone();
    // With a generated suffix, the revision shows null and the app's template an empty text.
    let shown = if suffix.is_empty() {
        Value::Null
    } else {
        Value::from(suffix)
    };
    template["revisionSuffix"] = shown;
    PlannedRevision {
        name,
        template,
        address: String::new(),
    }
}

fn template_without_suffix(document: &Value) -> Value {
    let mut template = document
        .pointer("/properties/template")
        .cloned()
        .unwrap_or_default();
    if let Some(members) = template.as_object_mut() {
        members.shift_remove("revisionSuffix");
    }
    template
}

fn check_containers(document: &Value) -> Result<(), Refusal> {
    let containers = document
        .pointer("/properties/template/containers")
        .and_then(Value::as_array);
    let has_image = |container: &Value| {
        container
            .get("image")
            .and_then(Value::as_str)
            .is_some_and(|image| !image.is_empty())
    };
    if containers.is_some_and(|all| !all.is_empty() && all.iter().all(has_image)) {
        return Ok(());
    }
    let message = "template.containers must hold at least one container, each with an image";
    Err(Refusal::new(
        400,
        "InvalidParameterValueInContainerTemplate",
        message.to_owned(),
    ))
}

fn check_suffix(suffix: &str, name: &str) -> Result<(), Refusal> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let good = suffix.bytes().all(|byte| letter(byte) || byte == b'-')
        && suffix.bytes().next().is_some_and(letter)
        && suffix.bytes().last().is_some_and(letter)
        && !suffix.contains("--")
        && name.len() <= 54;
    if good {
        return Ok(());
    }
    let message = format!(
        "The following field(s) are either invalid or missing. Field 'template.revisionsuffix' is \
         invalid with details: 'Invalid value: \"{suffix}\": the name {name} must have at most 54 \
         characters, and the suffix only lower-case letters, digits and single dashes.';."
    );
    Err(Refusal::new(
        400,
        "ContainerAppInvalidRevisionSuffix",
        message,
    ))
}
