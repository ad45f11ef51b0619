//! Gates made ready: loaded, their settings checked against their own schema, their wishes against what they may.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use gates::{ConfiguredGate, Gate, GateSet, HeaderCredential, Host, Secrets, TrafficCounts};
use rollout::Kind;

use super::host::services;
use super::{plugins, secrets};
use crate::config::{GateConfig, GateKind, Resolved};
use crate::output::Output;

/// A gate that is ready to be asked.
pub(crate) struct ReadyGate {
    /// As configured.
    pub(crate) config: GateConfig,
    /// As loaded.
    pub(crate) gate: Gate,
    /// What it is asked.
    pub(crate) kinds: Vec<Kind>,
    /// What is added to its requests.
    pub(crate) credentials: Vec<HeaderCredential>,
    /// What nobody may see; the secrets of all gates.
    pub(crate) secrets: Arc<Secrets>,
}

/// Loads every gate and checks its settings against its own schema and its wishes against what it may.
///
/// # Errors
/// Every problem of every gate, together.
pub(super) async fn gates(host: &Host, resolved: &Resolved) -> anyhow::Result<Vec<ReadyGate>> {
    let mut ready = Vec::new();
    let mut problems = Vec::new();
    for config in &resolved.gates {
        match one_of_several(host, config).await {
            Ok(gate) => ready.push(gate),
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    // What is secret for one gate is none of the others' business either.
    let all: Vec<HeaderCredential> = ready
        .iter()
        .flat_map(|gate| gate.credentials.clone())
        .collect();
    for gate in &mut ready {
        gate.secrets = secrets::all(&all, &gate.config, resolved.azure.token_env.as_deref())?;
    }
    match problems.is_empty() {
        true => Ok(ready),
        false => bail!("{}", problems.join("\nerror: ")),
    }
}

/// Loads one gate and checks its settings.
///
/// # Errors
/// When it cannot be read or loaded, is of another kind than configured, or its settings break its schema.
pub(crate) async fn one_gate(host: &Host, config: &GateConfig) -> anyhow::Result<ReadyGate> {
    let mut ready = one_of_several(host, config).await?;
    ready.secrets = secrets::all(&ready.credentials, config, None)?;
    Ok(ready)
}

/// The same for a gate among others, whose secrets are not known yet.
async fn one_of_several(host: &Host, config: &GateConfig) -> anyhow::Result<ReadyGate> {
    let mut ready = one_gate_offline(host, config).await?;
    check_wishes(config, &ready.gate)?;
    ready.credentials = secrets::credentials(config)?;
    Ok(ready)
}

/// The same for calls that reach nothing: what the gate wants to reach need not be granted.
///
/// # Errors
/// As for a live gate, but for its wishes.
pub(crate) async fn one_gate_offline(
    host: &Host,
    config: &GateConfig,
) -> anyhow::Result<ReadyGate> {
    let gate = plugins::load(host, config).await?;
    let kinds = kinds(config, &gate)?;
    gate.check_settings(&config.settings)
        .with_context(|| format!("gates.{}.settings", config.name))?;
    Ok(ReadyGate {
        config: config.clone(),
        gate,
        kinds,
        credentials: Vec::new(),
        secrets: Arc::default(),
    })
}

/// A gate that wants to reach what it may not would fail in the middle of a run.
fn check_wishes(config: &GateConfig, gate: &Gate) -> anyhow::Result<()> {
    let allow = allow(config)?;
    let wanted = &gate.description().origins;
    match wanted.iter().find(|wanted| !allow.grants(wanted)) {
        None => Ok(()),
        Some(wanted) => bail!(
            "gate {name} wants to reach {wanted}, which gates.{name}.allow does not grant; add it there, or use \
             another gate",
            name = config.name
        ),
    }
}

fn allow(config: &GateConfig) -> anyhow::Result<gates::Origins> {
    gates::Origins::parse(&config.allow).with_context(|| format!("gates.{}.allow", config.name))
}

fn kinds(config: &GateConfig, gate: &Gate) -> anyhow::Result<Vec<Kind>> {
    let Some(wanted) = config.kind else {
        return Ok(gate.kinds().to_vec());
    };
    let wanted = match wanted {
        GateKind::HealthCheck => Kind::HealthCheck,
        GateKind::PromotionGate => Kind::PromotionGate,
    };
    if !gate.kinds().contains(&wanted) {
        let is: Vec<String> = gate.kinds().iter().map(Kind::to_string).collect();
        bail!(
            "gates.{}.kind: the component is a {}, not a {wanted}",
            config.name,
            is.join(" and ")
        );
    }
    Ok(vec![wanted])
}

/// Puts the gates together for the engine, with what the platform counted where there is one.
///
/// # Errors
/// When an origin of an `allow` list is not one.
pub(crate) fn gate_set(
    ready: &[ReadyGate],
    counts: Option<Arc<dyn TrafficCounts>>,
    output: &Output,
) -> anyhow::Result<GateSet> {
    let configured = ready
        .iter()
        .map(|gate| {
            Ok(ConfiguredGate {
                name: gate.config.name.clone(),
                gate: gate.gate.clone(),
                settings: gate.config.settings.clone(),
                allow: allow(&gate.config)?,
                credentials: gate.credentials.clone(),
                secrets: gate.secrets.clone(),
            })
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(GateSet::new(configured, services(counts, output)))
}

/// Returns what nobody may see of a run: each of its gates knows the secrets of all.
pub(crate) fn secrets_of(ready: &[ReadyGate]) -> Arc<Secrets> {
    let first = ready.first().map(|gate| gate.secrets.clone());
    first.unwrap_or_default()
}

/// Says which gates there are, in words.
pub(crate) fn shown(ready: &[ReadyGate]) -> String {
    let shown: Vec<String> = ready
        .iter()
        .map(|gate| {
            let kinds: Vec<String> = gate.kinds.iter().map(Kind::to_string).collect();
            format!("{} ({})", gate.config.name, kinds.join(", "))
        })
        .collect();
    shown.join(", ")
}
