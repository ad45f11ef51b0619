//! The new revision's template: pure, from the app's own document.
//!
//! Everything but one image and the suffix is sent back as it was read, members that this version
//! does not know included.

use serde_json::{Value, json};

/// The longest name of a revision that the service takes.
const NAME_MAX: usize = 54;

/// Checks a suffix by the rule of the service: lower-case letters, digits and single dashes, which
/// neither begin nor end it; with the app's name at most 54 characters.
pub(super) fn check_suffix(app: &str, suffix: &str) -> Result<(), String> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = !suffix.is_empty()
        && suffix.chars().all(|c| letter(c) || c == '-')
        && suffix.starts_with(letter)
        && suffix.ends_with(letter)
        && !suffix.contains("--");
    if !good {
        return Err(format!(
            "suffix {suffix:?} is not lower-case letters and digits with single dashes between \
             them; give another with --suffix"
        ));
    }
    let name = format!("{app}--{suffix}");
    if name.len() > NAME_MAX {
        return Err(format!(
            "{name} has {} characters, more than the {NAME_MAX} of a revision's name; give a \
             shorter --suffix",
            name.len()
        ));
    }
    Ok(())
}

/// Returns the body that makes the new revision.
pub(super) fn body(
    document: &Value,
    image: &str,
    container: Option<&str>,
    suffix: &str,
) -> Result<Value, String> {
    let containers = containers(document)?;
    let index = chosen(containers, image, container)?;
    let mut containers = containers.clone();
    containers[index]["image"] = json!(image);
    Ok(json!({"properties": {"template": {
        "revisionSuffix": suffix,
        "containers": containers,
    }}}))
}

/// Returns the image that the chosen container has in another template of the same app.
pub(super) fn image_in(template: &Value, image: &str, container: Option<&str>) -> Option<String> {
    let containers = template.get("containers")?.as_array()?;
    let index = chosen(containers, image, container).ok()?;
    Some(containers[index]["image"].as_str()?.to_owned())
}

fn containers(document: &Value) -> Result<&Vec<Value>, String> {
    document
        .pointer("/properties/template/containers")
        .and_then(Value::as_array)
        .filter(|containers| !containers.is_empty())
        .ok_or_else(|| "the app's document has no containers in its template".to_owned())
}

/// The named one; else the only one; else the only one with the same repository.
fn chosen(containers: &[Value], image: &str, container: Option<&str>) -> Result<usize, String> {
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = containers.iter().map(name).collect();
    if let Some(wanted) = container {
        return names.iter().position(|name| name == wanted).ok_or_else(|| {
            format!(
                "there is no container {wanted}; the app has {}",
                names.join(", ")
            )
        });
    }
    if containers.len() == 1 {
        return Ok(0);
    }
    let wanted = repository(image);
    let same: Vec<usize> = (0..containers.len())
        .filter(|index| containers[*index]["image"].as_str().map(repository) == Some(wanted))
        .collect();
    match same[..] {
        [index] => Ok(index),
        _ => Err(format!(
            "the app has the containers {}, and {image} does not tell which one is meant; name it \
             with --container",
            names.join(", ")
        )),
    }
}

/// Returns an image without tag and digest.
fn repository(image: &str) -> &str {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    let slash = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[slash..].find(':') {
        // A colon before the last slash is a registry's port.
        Some(colon) => &name[..slash + colon],
        None => name,
    }
}
