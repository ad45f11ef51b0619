//! The gates of a configuration, with their values checked: where their components are, what they may reach and how
//! much they may use. Loads no component.

use std::path::{Path, PathBuf};

use registry::Reference;

use super::built_in::BUILT_IN;
use super::defaults;
use super::file::{AllowEntry, GateKind, GateSection, LimitsSection};
use super::header_rule::HeaderRule;
use super::mode::GateMode;
use super::read::UncheckedConfig;
use super::settings::SettingsFrom;
use super::understand::{Source, key_text, meant};
use crate::mistake::{Mistake, Mistakes, Place};

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
    /// Whether it decides.
    pub(crate) mode: GateMode,
    /// The gate's own settings, always a JSON object.
    pub(crate) settings: serde_json::Value,
    /// Where all this is from: the file with its places, or `None` for the flags of a command about one gate.
    pub(crate) source: Option<Source>,
    /// What gave the settings where that is not a file: a flag, a file of JSON or a recording, by name.
    pub(crate) settings_given_by: String,
    /// Origins that it may reach beside the two revisions.
    pub(crate) allow: Vec<String>,
    /// Header fields that are added to requests to some of these origins.
    pub(crate) headers: Vec<HeaderRule>,
    /// Whether its requests carry a `traceparent`.
    pub(crate) traceparent: bool,
    /// Regular expressions of what is masked in responses.
    pub(crate) redact: Vec<String>,
    /// The limits of every call.
    pub(crate) limits: gates::Limits,
}

impl GateConfig {
    /// Returns what gave the settings.
    pub(crate) fn settings_from(&self) -> SettingsFrom<'_> {
        match &self.source {
            Some(source) => {
                let key = format!("gates.{}.settings", key_text(&self.name));
                SettingsFrom::File(source, key)
            }
            None => SettingsFrom::Given(&self.settings_given_by),
        }
    }

    /// Returns a mistake in one of the gate's keys, with its place in the file or the name of its flag.
    pub(crate) fn mistake(&self, key: &str, message: impl Into<String>) -> Mistake {
        let Some(source) = &self.source else {
            let mistake = Mistake::of_key(key, message);
            return mistake.at(Place::Given(format!("--{key}")));
        };
        let key = format!("gates.{}.{key}", key_text(&self.name));
        let mistake = source.placed(Mistake::of_key(&key, message));
        match mistake.place {
            Place::Nowhere => mistake.at(Place::Given(key)),
            _ => mistake,
        }
    }
}

/// Where a component is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum PluginSource {
    /// Part of this executable, by name.
    BuiltIn(&'static str),
    /// A file.
    Path(PathBuf),
    /// In a registry.
    Registry(Reference),
}

impl PluginSource {
    /// Returns what names the component: of a file its path.
    pub(crate) fn as_configured(&self) -> String {
        match self {
            PluginSource::BuiltIn(name) => (*name).to_owned(),
            PluginSource::Path(path) => path.display().to_string(),
            PluginSource::Registry(reference) => reference.to_string(),
        }
    }

    /// Returns the component's path where it is a file.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            PluginSource::Path(path) => Some(path),
            PluginSource::BuiltIn(_) | PluginSource::Registry(_) => None,
        }
    }

    /// Reads the name of a built-in plugin, `oci://` and a place in a registry, or a path relative to `folder`.
    ///
    /// # Errors
    /// When the text is a bare name and no built-in plugin has it, or no place in a registry.
    pub(crate) fn parse(text: &str, folder: &Path) -> Result<PluginSource, Mistake> {
        if let Some(plugin) = BUILT_IN.iter().find(|plugin| plugin.name == text) {
            return Ok(PluginSource::BuiltIn(plugin.name));
        }
        if text.starts_with(registry::SCHEME) {
            let reference = Reference::parse(text);
            let reference = reference.map_err(|error| Mistake::new(error.to_string()))?;
            return Ok(PluginSource::Registry(reference));
        }
        let is_path = text.contains(['/', '\\']) || Path::new(text).extension().is_some();
        if is_path {
            return Ok(PluginSource::Path(folder.join(text)));
        }
        let known: Vec<&str> = BUILT_IN.iter().map(|plugin| plugin.name).collect();
        let path = format!("a component of your own is named by its path, such as ./{text}.wasm");
        let meant = meant(text, &known, "built in is");
        Err(Mistake::new(format!("unknown plugin {text:?}")).with_help(format!("{meant}; {path}")))
    }
}

/// Returns the gates of a file in the order of their names, or the default one where the file has none. Mistakes are added to `mistakes`; a gate with one is left out.
pub(super) fn gates(
    configuration: &UncheckedConfig,
    mistakes: &mut Vec<Mistake>,
) -> Vec<GateConfig> {
    let UncheckedConfig {
        file,
        folder,
        source,
        ..
    } = configuration;
    let mut sections = file.gates.clone();
    if sections.is_empty() {
        sections.insert(defaults::GATE.to_owned(), GateSection::default());
    }
    let mut gates = Vec::new();
    for (name, section) in sections {
        let key = format!("gates.{}", key_text(&name));
        match gate(name, section, folder, &key) {
            Ok(gate) => gates.push(GateConfig {
                source: Some(source.clone()),
                ..gate
            }),
            Err(found) => mistakes.extend(found),
        }
    }
    gates
}

/// Returns the gates of a configuration, for a command about them alone: the app need not be named.
///
/// # Errors
/// Every mistake of the file.
pub(crate) fn gates_alone(configuration: &UncheckedConfig) -> Result<Vec<GateConfig>, Mistakes> {
    let mut mistakes = Vec::new();
    let gates = gates(configuration, &mut mistakes);
    let mistakes = mistakes
        .into_iter()
        .map(|mistake| configuration.placed(mistake));
    let mistakes: Vec<Mistake> = configuration
        .mistakes
        .iter()
        .cloned()
        .chain(mistakes)
        .collect();
    if mistakes.is_empty() {
        Ok(gates)
    } else {
        Err(Mistakes(mistakes))
    }
}

fn gate(
    name: String,
    section: GateSection,
    folder: &Path,
    key: &str,
) -> Result<GateConfig, Vec<Mistake>> {
    let plugin = PluginSource::parse(section.plugin.as_deref().unwrap_or(&name), folder);
    // A gate without `plugin` is named by its section.
    let of_plugin = match section.plugin {
        Some(_) => format!("{key}.plugin"),
        None => key.to_owned(),
    };
    let plugin = plugin.map_err(|mistake| {
        vec![Mistake {
            key: Some(of_plugin),
            ..mistake
        }]
    });
    let headers = headers(key, &section.allow);
    let limits = limits(&format!("{key}.limits"), &section.limits);
    match (plugin, headers, limits) {
        (Ok(plugin), Ok(headers), Ok(limits)) => Ok(GateConfig {
            name,
            plugin,
            sha256: section.sha256,
            kind: section.kind,
            mode: section.mode,
            settings: serde_json::Value::Object(section.settings),
            source: None,
            settings_given_by: String::new(),
            headers,
            allow: section.allow.iter().map(AllowEntry::origin).collect(),
            traceparent: section.traceparent,
            redact: section.redact,
            limits,
        }),
        (plugin, headers, limits) => {
            let found = [plugin.err(), headers.err(), limits.err()];
            Err(found.into_iter().flatten().flatten().collect())
        }
    }
}

fn headers(key: &str, allow: &[AllowEntry]) -> Result<Vec<HeaderRule>, Vec<Mistake>> {
    let (mut rules, mut mistakes) = (Vec::new(), Vec::new());
    for (index, entry) in allow.iter().enumerate() {
        let AllowEntry::Table(table) = entry else {
            continue;
        };
        for (field, value) in &table.header {
            let of_rule = format!("allow[{index}].header.{}", key_text(field));
            match HeaderRule::parse(&of_rule, &table.origin, field, value) {
                Ok(rule) => rules.push(rule),
                Err(mistake) => mistakes.push(Mistake {
                    key: Some(format!("{key}.{of_rule}")),
                    ..mistake
                }),
            }
        }
    }
    if mistakes.is_empty() {
        Ok(rules)
    } else {
        Err(mistakes)
    }
}

impl AllowEntry {
    fn origin(&self) -> String {
        match self {
            AllowEntry::Origin(origin) => origin.clone(),
            AllowEntry::Table(table) => table.origin.clone(),
        }
    }
}

/// Returns the limits of a gate, with the host's own where the section has none. `key` is that of the section.
///
/// # Errors
/// Where time, memory or the length of a body is 0.
pub(crate) fn limits(key: &str, section: &LimitsSection) -> Result<gates::Limits, Vec<Mistake>> {
    let default = gates::Limits::default();
    let wall_clock = section.wall_clock.map_or(default.wall_clock, |text| text.0);
    let zero = [
        ("wall-clock", wall_clock.is_zero(), "30s"),
        ("memory-mib", section.memory_mib == Some(0), "64"),
        ("response-kib", section.response_kib == Some(0), "1024"),
    ];
    let mistake = |(limit, is_zero, example): &(&str, bool, &str)| {
        is_zero.then(|| {
            let key = format!("{key}.{limit}");
            Mistake::of_key(
                key,
                format!("{limit} is 0: a gate with that limit cannot answer"),
            )
            .with_help(format!("write for example {example}"))
        })
    };
    let mistakes: Vec<Mistake> = zero.iter().filter_map(mistake).collect();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let bytes = |value: Option<u32>, shift: u32, default: usize| {
        value.map_or(default, |value| (value as usize) << shift)
    };
    Ok(gates::Limits {
        wall_clock,
        memory_bytes: bytes(section.memory_mib, 20, default.memory_bytes),
        requests: section.requests.unwrap_or(default.requests),
        response_body_bytes: bytes(section.response_kib, 10, default.response_body_bytes),
        ..default
    })
}
