//! What the service refuses in a template that a client sends: names of environment variables, references to secrets that
//! the app does not have, resources, and numbers of replicas. Pure; changes nothing. Codes and messages are the service's own where they are
//! known.

use serde_json::Value;

use crate::refusal::Refusal;

/// The smallest step of cores, and the most that all containers may have together, in quarters of a core.
const QUARTERS_MAX: u32 = 16;

/// Checks a whole template, with the secrets that the app has once the write is applied. `profile` is the app's
/// `workloadProfileName`.
pub(crate) fn check(template: &Value, secrets: &[Value], profile: &str) -> Result<(), Refusal> {
    let none = Vec::new();
    let containers = template["containers"].as_array().unwrap_or(&none);
    for container in containers {
        check_env(container, secrets)?;
    }
    if profile.eq_ignore_ascii_case("consumption") {
        check_resources(containers)?;
    }
    check_scale(&template["scale"])
}

fn check_env(container: &Value, secrets: &[Value]) -> Result<(), Refusal> {
    for entry in container["env"].as_array().into_iter().flatten() {
        let name = entry["name"].as_str().unwrap_or_default();
        if !is_env_name(name) {
            let message = format!(
                "The following field(s) are either invalid or missing. Invalid value: \"{name}\": Invalid Environment \
                 Variable Name: Must consist of alphanumeric characters or '_', and must not start with a numeric \
                 character (regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')"
            );
            return Err(Refusal::new(400, "ContainerAppInvalidEnvVarName", message));
        }
        let Some(secret) = entry["secretRef"].as_str().filter(|name| !name.is_empty()) else {
            continue;
        };
        if !secrets.iter().any(|known| known["name"] == secret) {
            let container = container["name"].as_str().unwrap_or_default();
            let message =
                format!("SecretRef '{secret}' defined for container '{container}' not found.");
            return Err(Refusal::new(400, "ContainerAppSecretRefNotFound", message));
        }
    }
    Ok(())
}

fn is_env_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| allowed(first) && !first.is_ascii_digit())
        && bytes.all(allowed)
}

/// The Consumption profile has quarters of a core, and 2 GiB of memory for each core.
fn check_resources(containers: &[Value]) -> Result<(), Refusal> {
    let sum = |of: &dyn Fn(&Value) -> f64| -> f64 { containers.iter().map(of).sum() };
    let cpu = sum(&|container| number(&container["resources"]["cpu"], ""));
    let memory = sum(&|container| number(&container["resources"]["memory"], "Gi"));
    let quarters = (1..=QUARTERS_MAX).map(|quarters| f64::from(quarters) / 4.0);
    let same = |a: f64, b: f64| (a - b).abs() < 1e-6;
    if containers.is_empty()
        || quarters
            .clone()
            .any(|cores| same(cores, cpu) && same(cores * 2.0, memory))
    {
        return Ok(());
    }
    let pairs: Vec<String> = quarters
        .map(|cores| format!("[cpu: {cores}, memory: {:.1}Gi]", cores * 2.0))
        .collect();
    let message = format!(
        "The total requested CPU and memory resources for this application (CPU: {cpu}, memory: {memory}) is invalid. \
         Total CPU and memory for all containers defined in a Container App must add up to one of the following CPU - \
         Memory combinations: {}",
        pairs.join("; ")
    );
    Err(Refusal::new(
        400,
        "ContainerAppInvalidResourceTotal",
        message,
    ))
}

/// Reads a number, or a text that ends in a unit; 0 where it is neither.
fn number(value: &Value, unit: &str) -> f64 {
    let text = value.as_str().map(|text| text.trim_end_matches(unit));
    let parsed = text.and_then(|text| text.parse().ok());
    value.as_f64().or(parsed).unwrap_or(0.0)
}

fn check_scale(scale: &Value) -> Result<(), Refusal> {
    let refuse = |message: String| {
        let code = "InvalidParameterValueInContainerTemplate";
        Err(Refusal::new(400, code, message))
    };
    let max = scale["maxReplicas"].as_i64().unwrap_or(10);
    let min = scale["minReplicas"].as_i64().unwrap_or(0);
    if !(1..=1000).contains(&max) {
        return refuse(format!(
            "'{max}' is not a value of maxReplicas: it must be between 1 and 1000"
        ));
    }
    if min < 0 || min > max {
        return refuse(format!(
            "'{min}' is not a value of minReplicas: it must be between 0 and maxReplicas, which is {max}"
        ));
    }
    Ok(())
}
