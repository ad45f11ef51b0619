//! What changes in a template beside the image: environment variables and resources of the container that gets the image,
//! and the numbers of replicas. Pure. Neither an error nor `Debug` shows the value of a variable.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value, json};

/// The largest number of replicas where a template names none.
const REPLICAS_MAX: u64 = 10;

/// Changes of a template. What is `None` or empty stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateChanges {
    /// The variables that are set, by name.
    pub set_env: BTreeMap<String, EnvValue>,
    /// The names of the variables that are removed. None of them is set.
    pub remove_env: BTreeSet<String>,
    /// The smallest number of replicas.
    pub min_replicas: Option<u32>,
    /// The largest number of replicas, at least 1.
    pub max_replicas: Option<u32>,
    /// The cores of the container.
    pub cpu: Option<Thousandths>,
    /// The memory of the container, in GiB.
    pub memory: Option<Thousandths>,
}

/// What an environment variable is set to.
#[derive(Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// A text, which may be empty.
    Text(String),
    /// The value of the secret of the app that has this name.
    Secret(String),
}

impl fmt::Debug for EnvValue {
    /// Leaves a text out, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnvValue::Text(_) => f.write_str("Text(..)"),
            EnvValue::Secret(name) => write!(f, "Secret({name:?})"),
        }
    }
}

/// A number in thousandths, as exact as the platform takes cores and GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thousandths(u32);

impl Thousandths {
    /// Returns the number; `None` where it is negative, has more than three decimals, or is more than a million.
    pub fn new(number: f64) -> Option<Thousandths> {
        let thousandths = number * 1000.0;
        let whole = thousandths.round();
        let fits = (0.0..=1e9).contains(&whole) && (thousandths - whole).abs() < 1e-6;
        // Within the range of the type, by the line before.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 1e9"
        )]
        fits.then_some(Thousandths(whole as u32))
    }

    /// Returns the number.
    pub fn number(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl fmt::Display for Thousandths {
    /// Writes the number without needless decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

impl TemplateChanges {
    /// Returns whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == TemplateChanges::default()
    }

    /// Changes a container. Everything else in it is kept, the order of its variables included.
    pub(super) fn change(&self, container: &mut Value) {
        if !self.set_env.is_empty() || !self.remove_env.is_empty() {
            container["env"] = Value::Array(self.env(env_of(container)));
        }
        let memory = self.memory.map(|gib| json!(format!("{gib}Gi")));
        for (member, value) in [("cpu", self.cpu.map(cpu_value)), ("memory", memory)] {
            let Some(value) = value else { continue };
            if !container["resources"].is_object() {
                container["resources"] = json!({});
            }
            container["resources"][member] = value;
        }
    }

    /// Returns the variables once they are changed: one that is set keeps its place, and a new one comes last. Where a name
    /// stands twice, of which the platform takes the last, it stands once afterwards.
    fn env(&self, entries: &[Value]) -> Vec<Value> {
        let mut changed: Vec<Value> = Vec::new();
        let mut is_set = BTreeSet::new();
        for entry in entries {
            let name = name_of(entry);
            match self.set_env.get_key_value(name) {
                Some((name, value)) if is_set.insert(name) => changed.push(env_entry(name, value)),
                Some(_) => {}
                None if self.remove_env.contains(name) => {}
                None => changed.push(entry.clone()),
            }
        }
        let new = (self.set_env.iter()).filter(|(name, _)| !is_set.contains(name));
        changed.extend(new.map(|(name, value)| env_entry(name, value)));
        changed
    }

    /// Returns the whole `scale` of the template once it is changed; `None` where it stays as it is.
    pub(super) fn scale(&self, template: &Value) -> Option<Value> {
        let wanted = [
            ("minReplicas", self.min_replicas),
            ("maxReplicas", self.max_replicas),
        ];
        let wanted: Map<String, Value> = wanted
            .into_iter()
            .filter_map(|(member, number)| Some((member.to_owned(), json!(number?))))
            .collect();
        if wanted.is_empty() {
            return None;
        }
        let mut scale = template["scale"].as_object().cloned().unwrap_or_default();
        scale.extend(wanted);
        Some(Value::Object(scale))
    }

    /// Returns the numbers of replicas, smallest and largest, where they exclude each other once they are changed.
    pub(super) fn replicas_at_odds(&self, template: &Value) -> Option<(u64, u64)> {
        let (min, max) = replicas(&self.scale(template)?);
        (min > max).then_some((min, max))
    }

    /// Returns the variables that refer to a secret which the app does not have, each with the secret's name.
    pub(super) fn without_secret<'a>(&'a self, secrets: &[String]) -> Option<(&'a str, &'a str)> {
        self.set_env.iter().find_map(|(name, value)| match value {
            EnvValue::Secret(secret) if !secrets.contains(secret) => Some((&**name, &**secret)),
            _ => None,
        })
    }

    /// Returns the variables that are to be removed and that the container does not have.
    pub(super) fn not_there(&self, container: &Value) -> Vec<&str> {
        let env = env_of(container);
        let is_there = |name: &&str| env.iter().any(|entry| name_of(entry) == *name);
        let names = self.remove_env.iter().map(String::as_str);
        names.filter(|name| !is_there(name)).collect()
    }

    /// Returns what a container of a template does not have of these changes, each in a few words.
    pub(crate) fn lacking(&self, template: &Value, container: &Value) -> Vec<String> {
        let env = env_of(container);
        // The platform takes the last one.
        let entry = |name: &str| env.iter().rev().find(|entry| name_of(entry) == name);
        let mut lacking = Vec::new();
        for (name, value) in &self.set_env {
            match entry(name) {
                None => lacking.push(format!("{name} is not set")),
                Some(entry) if !is_set_to(entry, value) => {
                    lacking.push(format!("{name} is set to something else"));
                }
                Some(_) => {}
            }
        }
        let kept = self.remove_env.iter().filter(|name| entry(name).is_some());
        lacking.extend(kept.map(|name| format!("{name} is set")));
        let (min, max) = replicas(&template["scale"]);
        for (what, is, wanted) in [
            ("min", min, self.min_replicas),
            ("max", max, self.max_replicas),
        ] {
            if wanted.is_some_and(|wanted| u64::from(wanted) != is) {
                lacking.push(format!("{what} replicas {is}"));
            }
        }
        let resources = &container["resources"];
        for (what, unit, is, wanted) in [
            ("cpu", "", cores(&resources["cpu"]), self.cpu),
            ("memory", "Gi", gibibytes(&resources["memory"]), self.memory),
        ] {
            if wanted.is_some() && is != wanted {
                let is = is.map_or_else(|| "not known".to_owned(), |is| format!("{is}{unit}"));
                lacking.push(format!("{what} {is}"));
            }
        }
        lacking
    }
}

/// Returns the names of the variables of a container, in their order.
pub(super) fn env_names(container: &Value) -> Vec<&str> {
    env_of(container).iter().map(name_of).collect()
}

fn env_of(container: &Value) -> &[Value] {
    container["env"].as_array().map_or(&[], Vec::as_slice)
}

fn name_of(entry: &Value) -> &str {
    entry["name"].as_str().unwrap_or_default()
}

fn env_entry(name: &str, value: &EnvValue) -> Value {
    match value {
        EnvValue::Text(text) => json!({"name": name, "value": text}),
        EnvValue::Secret(secret) => json!({"name": name, "secretRef": secret}),
    }
}

/// Returns whether an entry, as it was read, says this. The service may leave an empty value out.
fn is_set_to(entry: &Value, value: &EnvValue) -> bool {
    let secret = entry["secretRef"].as_str().unwrap_or_default();
    match value {
        EnvValue::Text(text) => {
            secret.is_empty() && entry["value"].as_str().unwrap_or_default() == text
        }
        EnvValue::Secret(name) => secret == name,
    }
}

/// Returns the smallest and the largest number of replicas, with the defaults of the service.
fn replicas(scale: &Value) -> (u64, u64) {
    let number = |member: &str| {
        let number = &scale[member];
        number.as_u64().or_else(|| number.as_str()?.parse().ok())
    };
    (
        number("minReplicas").unwrap_or(0),
        number("maxReplicas").unwrap_or(REPLICAS_MAX),
    )
}

/// Returns the cores as the service takes them: a number, whole where it is.
fn cpu_value(cores: Thousandths) -> Value {
    json!(cores.number())
}

fn cores(value: &Value) -> Option<Thousandths> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    Thousandths::new(number?)
}

fn gibibytes(value: &Value) -> Option<Thousandths> {
    let text = value.as_str()?;
    let of_unit = |unit: &str| text.strip_suffix(unit)?.parse::<f64>().ok();
    Thousandths::new(of_unit("Gi").or_else(|| Some(of_unit("Mi")? / 1024.0))?)
}

#[cfg(test)]
mod tests;
