//! The gates of a configuration, with their values checked: where their components are, what they may reach and how
//! much they may use. Loads no component.

use std::path::{Path, PathBuf};

use super::built_in::BUILT_IN;
use super::defaults;
use super::error::ConfigError;
use super::file::{AllowEntry, File, GateKind, GateSection, LimitsSection};

/// A gate as configured.
#[derive(Debug, Clone)]
pub(crate) struct GateConfig {
    /// The gate's name in the configuration.
    pub(crate) name: String,
    /// Where its component is.
    pub(crate) plugin: PluginSource,
    /// The component's expected SHA-256.
    pub(crate) sha256: Option<String>,
    /// The kind of question that it is asked; `None` stands for every kind that the component implements.
    pub(crate) kind: Option<GateKind>,
    /// The gate's own settings, always a JSON object.
    pub(crate) settings: serde_json::Value,
    /// Origins that it may reach beside the two revisions.
    pub(crate) allow: Vec<String>,
    /// Header fields that are added to requests to some of these origins.
    pub(crate) headers: Vec<HeaderRule>,
    /// Regular expressions of what is masked in responses.
    pub(crate) redact: Vec<String>,
    /// The limits of every call.
    pub(crate) limits: gates::Limits,
}

/// A header field that is added to requests to an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderRule {
    /// The origin.
    pub(crate) origin: String,
    /// The field's name.
    pub(crate) field: String,
    /// The text before the secret, such as `Bearer `.
    pub(crate) prefix: String,
    /// The environment variable that holds the secret.
    pub(crate) variable: String,
}

impl HeaderRule {
    /// Reads a value such as `Bearer env:NAME`.
    ///
    /// # Errors
    /// When the value names no variable: a file never holds a secret.
    pub(crate) fn parse(origin: &str, field: &str, value: &str) -> Result<HeaderRule, ConfigError> {
        let is_name = |name: &&str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let named = value.split_once("env:").filter(|(_, name)| is_name(name));
        let (prefix, variable) = named.ok_or_else(|| {
            ConfigError::Value(format!(
                "header {field} for {origin} names no environment variable; write it like \"Bearer env:NAME\", so that no \
                 file holds a secret"
            ))
        })?;
        Ok(HeaderRule {
            origin: origin.to_owned(),
            field: field.to_owned(),
            prefix: prefix.to_owned(),
            variable: variable.to_owned(),
        })
    }
}

/// Where a component is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum PluginSource {
    /// Part of this executable, by name.
    BuiltIn(&'static str),
    /// A file.
    Path(PathBuf),
}

impl PluginSource {
    /// Reads the name of a built-in plugin, or a path relative to `folder`.
    ///
    /// # Errors
    /// When the text is a bare name and no built-in plugin has it.
    pub(crate) fn parse(text: &str, folder: &Path) -> Result<PluginSource, ConfigError> {
        if let Some(plugin) = BUILT_IN.iter().find(|plugin| plugin.name == text) {
            return Ok(PluginSource::BuiltIn(plugin.name));
        }
        let is_path = text.contains(['/', '\\']) || Path::new(text).extension().is_some();
        if is_path {
            return Ok(PluginSource::Path(folder.join(text)));
        }
        let known: Vec<&str> = BUILT_IN.iter().map(|plugin| plugin.name).collect();
        Err(ConfigError::Value(format!(
            "unknown plugin {text:?}: built in is {}; a component of your own is named by its path, such as \
             ./{text}.wasm",
            known.join(", ")
        )))
    }
}

/// Returns the gates of a file in the order of their names, or the default one where the file has none. `folder` is
/// where relative paths start.
///
/// # Errors
/// The first impossible value, by its key.
pub(super) fn gates(file: &File, folder: &Path) -> Result<Vec<GateConfig>, ConfigError> {
    let mut sections = file.gates.clone();
    if sections.is_empty() {
        sections.insert(defaults::GATE.to_owned(), GateSection::default());
    }
    sections
        .into_iter()
        .map(|(name, section)| {
            let plugin = section.plugin.as_deref().unwrap_or(&name);
            let plugin = PluginSource::parse(plugin, folder)
                .map_err(|error| ConfigError::Value(format!("gates.{name}.plugin: {error}")))?;
            Ok(GateConfig {
                plugin,
                sha256: section.sha256,
                kind: section.kind,
                settings: serde_json::Value::Object(section.settings),
                headers: headers(&name, &section.allow)?,
                allow: section.allow.iter().map(AllowEntry::origin).collect(),
                redact: section.redact,
                limits: limits(&name, &section.limits)?,
                name,
            })
        })
        .collect()
}

fn headers(gate: &str, allow: &[AllowEntry]) -> Result<Vec<HeaderRule>, ConfigError> {
    let mut rules = Vec::new();
    for entry in allow {
        let AllowEntry::Table(table) = entry else {
            continue;
        };
        for (field, value) in &table.header {
            let rule = HeaderRule::parse(&table.origin, field, value);
            rules.push(
                rule.map_err(|error| ConfigError::Value(format!("gates.{gate}.allow: {error}")))?,
            );
        }
    }
    Ok(rules)
}

impl AllowEntry {
    fn origin(&self) -> String {
        match self {
            AllowEntry::Origin(origin) => origin.clone(),
            AllowEntry::Table(table) => table.origin.clone(),
        }
    }
}

/// Returns the limits of a gate, with the host's own where the section has none. `gate` is for the error.
///
/// # Errors
/// When time, memory or the length of a body is 0.
pub(crate) fn limits(gate: &str, section: &LimitsSection) -> Result<gates::Limits, ConfigError> {
    let default = gates::Limits::default();
    let positive = |key: &str, value: Option<u32>| match value {
        Some(0) => Err(ConfigError::Value(format!(
            "gates.{gate}.limits.{key} is 0: a gate with that limit cannot answer; write at least 1"
        ))),
        value => Ok(value.map(|value| value as usize)),
    };
    let wall_clock = section.wall_clock.map_or(default.wall_clock, |text| text.0);
    if wall_clock.is_zero() {
        return Err(ConfigError::Value(format!(
            "gates.{gate}.limits.wall-clock is 0: a gate without time cannot answer; write for example 30s"
        )));
    }
    Ok(gates::Limits {
        wall_clock,
        memory_bytes: positive("memory-mib", section.memory_mib)?
            .map_or(default.memory_bytes, |mib| mib << 20),
        requests: section.requests.unwrap_or(default.requests),
        response_body_bytes: positive("response-kib", section.response_kib)?
            .map_or(default.response_body_bytes, |kib| kib << 10),
        ..default
    })
}
