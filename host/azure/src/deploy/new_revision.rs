//! The revision to create, and its template. Pure: made from the app's own document.
//!
//! One image, the suffix and what is asked for beside them change. All other members of the containers, and of the scale
//! where that is sent, are sent as they were read, unknown ones included. A member that is not sent is kept by the service.

use rollout::listed;
use serde_json::{Value, json};

use super::changes::{TemplateChanges, env_names};
use crate::endpoint::AppId;
use crate::resolve::ImageChoice;

/// The longest name of a revision that the service accepts, in characters.
const NAME_MAX: usize = 54;

/// A revision to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevision {
    /// The whole reference of the new image.
    pub image: String,
    /// The name of the container that gets the image. Required when an app has several containers and the image's
    /// repository matches none or more than one of them.
    pub container: Option<String>,
    /// The part of the new revision's name after the two dashes.
    pub suffix: String,
    /// Whether an app in revision mode Single is switched to Multiple first.
    pub ensure_multiple: bool,
    /// What becomes of a revision that has the name already.
    pub existing: Existing,
    /// What changes in the template beside the image.
    pub changes: TemplateChanges,
}

/// When a revision that has the name of a new one, and no traffic, is taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// When it was made with the same reference: whoever chose the name says that it is the same.
    SameReference,
    /// When it is proven to run the same image, by its digest.
    SameDigest,
}

impl NewRevision {
    /// Returns what a revision has to run to be taken for this one.
    pub fn image_choice(&self) -> ImageChoice {
        ImageChoice {
            image: self.image.clone(),
            container: self.container.clone(),
            changes: self.changes.clone(),
        }
    }

    /// Returns the command that deploys this image with other flags.
    pub(super) fn command(&self, app: &AppId, flags: &str) -> String {
        let command = app.lockgate(&format!("deploy --image {} {flags}", self.image));
        if self.changes.is_empty() {
            return command;
        }
        // They are not written out, because a value may be a secret.
        format!("{command} with your other flags")
    }
}

/// Checks a suffix by the rule of the service: lower-case letters, digits and single dashes that neither begin nor
/// end it, and at most 54 characters together with the app's name.
pub(crate) fn check_suffix(app: &AppId, new: &NewRevision) -> Result<(), String> {
    let suffix = &new.suffix;
    let another = new.command(app, "--suffix SUFFIX");
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = !suffix.is_empty()
        && suffix.chars().all(|c| letter(c) || c == '-')
        && suffix.starts_with(letter)
        && suffix.ends_with(letter)
        && !suffix.contains("--");
    if !good {
        return Err(format!(
            "suffix {suffix:?} is not lower-case letters and digits with single dashes between \
             them; choose another, as in {another}"
        ));
    }
    let name = app.revision_name(suffix);
    if name.len() > NAME_MAX {
        return Err(format!(
            "{name} has {} characters, more than the {NAME_MAX} of a revision's name; choose \
             a shorter suffix, as in {another}",
            name.len()
        ));
    }
    Ok(())
}

/// Returns the body of the request that creates the revision.
pub(crate) fn body(app: &AppId, document: &Value, new: &NewRevision) -> Result<Value, String> {
    let containers = containers(document).ok_or_else(|| {
        let show = app.az("show", "--query properties.template");
        format!("the app's document has no containers in its template: see it with {show}")
    })?;
    let index = container_index(containers, new).map_err(|why| {
        let flags = format!("--suffix {} --container NAME", new.suffix);
        format!("{why}; name one, as in {}", new.command(app, &flags))
    })?;
    check_secrets(app, document, new)?;
    let read = &document["properties"]["template"];
    if let Some((min, max)) = new.changes.replicas_at_odds(read) {
        let flags = format!("--suffix {} --min-replicas N --max-replicas N", new.suffix);
        return Err(format!(
            "the revision would have min replicas {min}, more than its max replicas {max}; pass both, as in {}",
            new.command(app, &flags)
        ));
    }
    let mut containers = containers.clone();
    containers[index]["image"] = json!(new.image);
    new.changes.change(&mut containers[index]);
    let mut template = json!({"revisionSuffix": new.suffix, "containers": containers});
    if let Some(scale) = new.changes.scale(read) {
        template["scale"] = scale;
    }
    Ok(json!({"properties": {"template": template}}))
}

/// Refuses a reference to a secret that the app does not have. A read shows the names of secrets and no value.
fn check_secrets(app: &AppId, document: &Value, new: &NewRevision) -> Result<(), String> {
    let secrets = document.pointer("/properties/configuration/secrets");
    let secrets = secrets.and_then(Value::as_array).into_iter().flatten();
    let names: Vec<String> = secrets
        .filter_map(|secret| Some(secret["name"].as_str()?.to_owned()))
        .collect();
    let Some((variable, secret)) = new.changes.without_secret(&names) else {
        return Ok(());
    };
    let has = if names.is_empty() {
        "no secret".to_owned()
    } else {
        format!("the secrets {}", listed(&names))
    };
    let set = app.az("secret set", &format!("--secrets {secret}=VALUE"));
    Err(format!(
        "{variable} refers to the secret {secret}, and {} has {has}; make it with {set}",
        app.name()
    ))
}

/// Returns a sentence about the variables that are to be removed and that the container does not have, if there are any.
/// That is no refusal, because a pipeline removes them each time; it may be a misspelling all the same.
pub(super) fn not_there(document: &Value, new: &NewRevision) -> Option<String> {
    let container = container_in(&document["properties"]["template"], new)?;
    let missing = new.changes.not_there(container);
    if missing.is_empty() {
        return None;
    }
    let env = env_names(container);
    let has = if env.is_empty() {
        "none".to_owned()
    } else {
        listed(env)
    };
    Some(format!(
        "there is no environment variable {} to remove; the container has {has}",
        listed(missing)
    ))
}

/// Returns the container of a template of the app that gets the image.
pub(super) fn container_in<'a>(template: &'a Value, new: &NewRevision) -> Option<&'a Value> {
    let containers = template.get("containers")?.as_array()?;
    let index = container_index(containers, new).ok()?;
    containers.get(index)
}

fn containers(document: &Value) -> Option<&Vec<Value>> {
    document
        .pointer("/properties/template/containers")
        .and_then(Value::as_array)
        .filter(|containers| !containers.is_empty())
}

/// Returns which container gets the new image: the named one, otherwise the only one, otherwise the only one whose
/// image has the same repository.
fn container_index(containers: &[Value], new: &NewRevision) -> Result<usize, String> {
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = containers.iter().map(name).collect();
    if let Some(wanted) = &new.container {
        return names.iter().position(|name| name == wanted).ok_or_else(|| {
            format!(
                "there is no container {wanted}; the app has {}",
                listed(&names)
            )
        });
    }
    if containers.len() == 1 {
        return Ok(0);
    }
    let wanted = repository(&new.image);
    let same: Vec<usize> = (0..containers.len())
        .filter(|index| containers[*index]["image"].as_str().map(repository) == Some(wanted))
        .collect();
    match same[..] {
        [index] => Ok(index),
        _ => Err(format!(
            "the app has the containers {}, and {} matches none or several of them",
            listed(&names),
            new.image
        )),
    }
}

/// Returns an image reference without its tag and digest.
fn repository(image: &str) -> &str {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    let slash = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[slash..].find(':') {
        // A colon before the last slash is a registry's port.
        Some(colon) => &name[..slash + colon],
        None => name,
    }
}

#[cfg(test)]
mod tests;
