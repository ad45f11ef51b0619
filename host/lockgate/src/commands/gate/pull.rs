//! `lockgate gate pull`: fetches the gates of a configuration from their registries, shows what each wants that the one before
//! did not, and writes their digests into the configuration. Read `wants` for the comparison.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use gates::{Gate, Limits, Origins};
use registry::{Reference, SCHEME};
use serde_json::json;
use toml_edit::{DocumentMut, Item, Value};

use super::printed::Printed;
use super::wants::{Changes, Wants};
use crate::assemble::{self, Loader};
use crate::bounded_file;
use crate::cli::GatePullArgs;
use crate::config::{self, DEFAULT_NAME, GateConfig, PluginSource, UncheckedConfig};
use crate::exit::Exit;
use crate::mistake::{Mistake, Place};
use crate::output::Output;
use crate::store::whole_file::{Readers, WholeFile};

/// Fetches gates.
///
/// # Errors
/// When the configuration has a mistake, or a component cannot be looked up or fetched or is not a gate: then nothing is
/// written. When the configuration cannot be written.
pub(super) async fn pull(args: &GatePullArgs, output: &Output) -> anyhow::Result<Exit> {
    let (places, names): (Vec<&String>, Vec<&String>) =
        args.gates.iter().partition(|gate| gate.starts_with(SCHEME));
    let path = args.config.clone();
    let path = path.unwrap_or_else(|| PathBuf::from(DEFAULT_NAME));
    let (gates, azure, cache_dir) = if places.is_empty() || !names.is_empty() {
        let configuration = config::read(Some(&path));
        let gates = chosen(&configuration, &names, &path)?;
        let file = configuration.file;
        (gates, file.azure, file.cache_dir)
    } else {
        Default::default()
    };
    if args.tag.is_some() && (gates.len() != 1 || !places.is_empty()) {
        bail!("--tag is for one gate of the configuration; name it");
    }
    let places = places.into_iter().map(|place| Reference::parse(place));
    let places: Vec<Reference> = places.collect::<Result<_, _>>()?;
    let loader = assemble::keeping_loader(&azure, args.cache_dir.clone().or(cache_dir), output)?;
    let mut printed = Printed::default();
    for place in &places {
        fetch(&loader, place, &mut printed).await?;
    }
    let mut pulled = Vec::new();
    for gate in &gates {
        let found = look(&loader, gate, args.tag.as_deref()).await;
        let found = found.with_context(|| format!("gate {} is not pulled", gate.config.name))?;
        found.show(&mut printed);
        pulled.push(found);
    }
    if !pulled.is_empty() {
        let end = write(&path, &pulled, args.dry_run)?;
        printed.line(end);
    }
    printed.print(output);
    Ok(Exit::Success)
}

/// A gate of the configuration that is in a registry.
struct RegistryGate {
    config: GateConfig,
    reference: Reference,
}

/// A gate that was looked up and fetched.
struct PulledGate<'a> {
    gate: &'a RegistryGate,
    /// What the configuration is to name.
    pinned: Reference,
    loaded: Gate,
    /// What it wants that the one before did not; what has to be seen to where there was none.
    changes: Changes,
    /// Why the one before could not be compared with, although there was one.
    not_compared: Option<String>,
}

/// Returns the named gates of a configuration, or all that are in a registry.
fn chosen(
    configuration: &UncheckedConfig,
    names: &[&String],
    path: &Path,
) -> anyhow::Result<Vec<RegistryGate>> {
    let all = config::gates_alone(configuration)?;
    for name in names {
        let Some(gate) = all.iter().find(|gate| gate.name == **name) else {
            let known: Vec<&str> = all.iter().map(|gate| gate.name.as_str()).collect();
            let message = format!("{} has no gate {name:?}", path.display());
            let help = format!("its gates are {}", known.join(", "));
            let place = Place::Given("GATE".to_owned());
            return Err(Mistake::new(message).at(place).with_help(help).into());
        };
        if !matches!(gate.plugin, PluginSource::Registry(_)) {
            let mistake = gate.mistake("plugin", "this gate is not in a registry");
            return Err(mistake
                .with_help("`gate pull` fetches those that begin with oci://")
                .into());
        }
    }
    let is_wanted = |gate: &GateConfig| names.is_empty() || names.iter().any(|n| **n == gate.name);
    let in_registry = all.into_iter().filter(is_wanted).filter_map(|config| {
        let PluginSource::Registry(reference) = &config.plugin else {
            return None;
        };
        let reference = reference.clone();
        Some(RegistryGate { config, reference })
    });
    let in_registry: Vec<RegistryGate> = in_registry.collect();
    if in_registry.is_empty() {
        bail!(
            "no gate of {} is in a registry; write plugin = \"oci://registry.example/team/gate:1.2\" for one, or name such a \
             place here",
            path.display()
        );
    }
    Ok(in_registry)
}

/// Fetches a component that no configuration names.
async fn fetch(loader: &Loader, place: &Reference, printed: &mut Printed) -> anyhow::Result<()> {
    let pinned = match place.digest() {
        Some(_) => place.clone(),
        None => loader.plugins().pinned(place).await?,
    };
    let source = PluginSource::Registry(pinned.clone());
    let gate = loader.load(&source, Limits::default()).await;
    let gate = gate.with_context(|| format!("{pinned} is not pulled"))?;
    let changes = Wants::of(&gate).alone();
    printed.line(pinned.to_string());
    printed.lines.extend(indented(changes.lines(|_| false)));
    printed.events.push(json!({
        "event": "gate-pulled", "gate": null, "plugin": pinned.to_string(), "was": null,
        "sha256": gate.digest(), "wants": changes.as_json(),
    }));
    Ok(())
}

/// Looks a gate up, fetches it, and compares it with the one that the configuration names now.
async fn look<'a>(
    loader: &Loader,
    gate: &'a RegistryGate,
    tag: Option<&str>,
) -> anyhow::Result<PulledGate<'a>> {
    let RegistryGate { config, reference } = gate;
    let pinned = match tag.or(reference.tag()) {
        Some(tag) => loader.plugins().pinned(&reference.at_tag(tag)?).await?,
        None => reference.clone(),
    };
    let load = async |reference: &Reference| {
        let source = PluginSource::Registry(reference.clone());
        loader.load(&source, config.limits.clone()).await
    };
    let loaded = load(&pinned).await?;
    let (wants, mut not_compared) = (Wants::of(&loaded), None);
    let mut changes = wants.alone();
    if reference.digest().is_some() {
        match load(reference).await {
            Ok(old) => changes = wants.beyond(&Wants::of(&old)),
            Err(error) => not_compared = Some(format!("{error:#}")),
        }
    }
    Ok(PulledGate {
        gate,
        pinned,
        changes,
        loaded,
        not_compared,
    })
}

impl PulledGate<'_> {
    fn is_new(&self) -> bool {
        self.pinned != self.gate.reference
    }

    fn show(&self, printed: &mut Printed) {
        let RegistryGate { config, reference } = self.gate;
        let was = reference.digest();
        printed.line(format!("{}: {}", config.name, self.pinned));
        let since = match was {
            _ if !self.is_new() => "as it is configured".to_owned(),
            Some(digest) => format!("it was {digest}; beyond that one, this one"),
            None => "it had no digest; this one".to_owned(),
        };
        let granted = Origins::parse(&config.allow).unwrap_or_default();
        let mut lines = self.changes.lines(|origin| granted.grants(origin));
        if let Some(why) = &self.not_compared {
            lines.insert(0, format!("cannot be compared: {why}"));
        }
        if lines.is_empty() && self.is_new() {
            lines.push("wants nothing more".to_owned());
        }
        printed.line(format!("  {since}"));
        printed.lines.extend(indented(lines));
        let refused = self.loaded.complete_settings(&config.settings).err();
        let refused = refused.map(|error| error.to_string());
        if let Some(why) = &refused {
            printed.line(format!("  it refuses the configured settings: {why}"));
        }
        printed.events.push(json!({
            "event": "gate-pulled", "gate": config.name, "plugin": self.pinned.to_string(),
            "was": reference.to_string(), "sha256": self.loaded.digest(), "wants": self.changes.as_json(),
            "refuses-settings": refused,
        }));
    }
}

fn indented(lines: Vec<String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(|line| format!("    {line}"))
}

/// Writes what was pulled into the configuration, and returns what became of it.
fn write(path: &Path, pulled: &[PulledGate<'_>], dry_run: bool) -> anyhow::Result<String> {
    let shown = path.display();
    let text = bounded_file::read_text(path, config::BYTES_MAX);
    let text = text.with_context(|| format!("cannot read {shown}"))?;
    let mut document: DocumentMut = text
        .parse()
        .with_context(|| format!("{shown} is not TOML"))?;
    for PulledGate {
        gate,
        pinned,
        loaded,
        ..
    } in pulled
    {
        let name = &gate.config.name;
        let section = document.get_mut("gates");
        let section = section.and_then(|gates| gates.get_mut(name.as_str()));
        let section = section.with_context(|| format!("{shown} has no gate {name}"))?;
        replace(section, "plugin", &pinned.to_string());
        if gate.config.sha256.is_some() {
            replace(section, "sha256", loaded.digest());
        }
    }
    let new = document.to_string();
    if new == text {
        return Ok(format!("{shown} has these digests already"));
    }
    if dry_run {
        return Ok(format!("{shown} was not written, because of --dry-run"));
    }
    let file = WholeFile::open(path, Readers::Anyone)?;
    file.write(new.as_bytes())?;
    Ok(format!("written to {shown}"))
}

/// Replaces a value, and keeps what stands around it.
fn replace(section: &mut Item, key: &str, text: &str) {
    if let Some(value) = section.get_mut(key).and_then(Item::as_value_mut) {
        let decor = value.decor().clone();
        *value = Value::from(text);
        *value.decor_mut() = decor;
    }
}
