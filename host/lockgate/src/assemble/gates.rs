//! Gates made ready to be asked: loaded, their settings checked against their own schema and completed by it, the origins
//! that they want checked against those that they may reach. Asks no gate.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use gates::{ConfiguredGate, Gate, GateSet, HeaderCredential, Origins, Secrets, TrafficSlices};
use rollout::Kind;

use super::host::services;
use super::loader::Loader;
use super::plugins::NotHere;
use super::secrets;
use crate::config::{AzureSection, Facts, GateConfig, GateKind, GateMode, settings_mistakes};
use crate::output::Output;
use crate::platform::GateTokens;
use crate::report::AskedGate;
use crate::telemetry;

/// Stands between the problems of several gates, so that each is a line of its own.
pub(crate) const BETWEEN_PROBLEMS: &str = "\nerror: ";

/// Gates that are in a registry, and not on this machine. Nothing else is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct GatesNotHere(String);

/// A gate that is ready to be asked.
pub(crate) struct ReadyGate {
    /// The gate as configured, with complete settings.
    pub(crate) config: GateConfig,
    /// The loaded component.
    pub(crate) gate: Gate,
    /// The file with its component; `None` where it is built in.
    pub(crate) file: Option<PathBuf>,
    /// The kinds of questions that it is asked.
    pub(crate) kinds: Vec<Kind>,
    /// The credentials that are added to its requests.
    pub(crate) credentials: Vec<HeaderCredential>,
    /// The secrets that are masked wherever the gate would see them: those of all gates of the run.
    pub(crate) secrets: Arc<Secrets>,
}

/// Loads every gate of a run. `tokens` mints the tokens of their requests; `token_variable` is the environment variable that
/// holds the platform's token, where the configuration names one.
///
/// # Errors
/// Every problem of every gate, together; [`GatesNotHere`] where nothing else is wrong.
pub(super) async fn load_gates(
    loader: &Loader,
    configs: &[GateConfig],
    tokens: Option<&Arc<GateTokens>>,
    token_variable: Option<&str>,
) -> anyhow::Result<Vec<ReadyGate>> {
    let mut ready = Vec::new();
    let mut problems = Vec::new();
    for config in configs {
        match load_with_credentials(loader, config, tokens).await {
            Ok(gate) => ready.push(gate),
            Err(error) => problems.push(error),
        }
    }
    // The secret of one gate is masked for all the others too.
    let all: Vec<HeaderCredential> = ready
        .iter()
        .flat_map(|gate| gate.credentials.clone())
        .collect();
    let known = secrets::known(&all, token_variable)?;
    for gate in &mut ready {
        gate.secrets = secrets::of_gate(&known, &gate.config)?;
    }
    if problems.is_empty() {
        return Ok(ready);
    }
    let texts: Vec<String> = (problems.iter())
        .map(|problem| format!("{problem:#}"))
        .collect();
    let texts = texts.join(BETWEEN_PROBLEMS);
    if problems.iter().all(|problem| problem.is::<NotHere>()) {
        return Err(anyhow::Error::new(GatesNotHere(texts)));
    }
    bail!("{texts}")
}

/// Loads one gate for live calls. `azure` names the credential that mints tokens for its requests.
///
/// # Errors
/// When the component cannot be read or loaded, is of another kind than configured, or wants an origin that is not
/// granted; when the settings break its schema; when a credential or pattern is invalid.
pub(crate) async fn load_gate(
    loader: &Loader,
    config: &GateConfig,
    azure: &AzureSection,
) -> anyhow::Result<ReadyGate> {
    let tokens = secrets::tokens(std::slice::from_ref(config), azure)?;
    let mut ready = load_with_credentials(loader, config, tokens.as_ref()).await?;
    let known = secrets::known(&ready.credentials, azure.token_env.as_deref())?;
    ready.secrets = secrets::of_gate(&known, config)?;
    Ok(ready)
}

/// Loads one gate for replayed calls, which reach nothing: its origins need not be granted, and it gets no credential.
///
/// # Errors
/// When the component cannot be read or loaded, or is of another kind than configured, or the settings break its schema.
pub(crate) async fn load_gate_offline(
    loader: &Loader,
    config: &GateConfig,
) -> anyhow::Result<ReadyGate> {
    let gate = loader.load_configured(config).await?;
    let kinds = kinds(config, &gate)?;
    let settings = gate
        .complete_settings(&config.settings)
        .map_err(|error| settings_mistakes(error, &config.settings_from()))?;
    Ok(ReadyGate {
        config: GateConfig {
            settings,
            ..config.clone()
        },
        file: loader.plugins().file_of(&config.plugin, gate.digest()),
        gate,
        kinds,
        credentials: Vec::new(),
        secrets: Arc::default(),
    })
}

/// Loads one gate with its credentials. Its secrets stay empty until those of all gates are known.
async fn load_with_credentials(
    loader: &Loader,
    config: &GateConfig,
    tokens: Option<&Arc<GateTokens>>,
) -> anyhow::Result<ReadyGate> {
    let mut ready = load_gate_offline(loader, config).await?;
    check_origins(config, &ready.gate)?;
    ready.credentials = secrets::credentials(config, tokens)?;
    Ok(ready)
}

/// Refuses a gate that wants an origin which is not granted: it would fail in the middle of a run.
fn check_origins(config: &GateConfig, gate: &Gate) -> anyhow::Result<()> {
    let granted = granted_origins(config)?;
    let wanted = &gate.description().origins;
    if let Some(wanted) = wanted.iter().find(|wanted| !granted.grants(wanted)) {
        let message = format!(
            "gate {} wants to reach {wanted}, which is not granted",
            config.name
        );
        let mistake = config.mistake("allow", message);
        return Err(mistake
            .with_help("add it there, or use another gate")
            .into());
    }
    Ok(())
}

fn granted_origins(config: &GateConfig) -> anyhow::Result<Origins> {
    let origins = Origins::parse(&config.allow);
    Ok(origins.map_err(|error| config.mistake("allow", error.to_string()))?)
}

/// Returns the kinds of questions that a gate is asked: the configured one, or every kind that the component implements.
fn kinds(config: &GateConfig, gate: &Gate) -> anyhow::Result<Vec<Kind>> {
    let wanted = match config.kind {
        None => return Ok(gate.kinds().to_vec()),
        Some(GateKind::HealthCheck) => Kind::HealthCheck,
        Some(GateKind::PromotionGate) => Kind::PromotionGate,
    };
    if !gate.kinds().contains(&wanted) {
        let implemented: Vec<String> = gate.kinds().iter().map(Kind::to_string).collect();
        let message = format!(
            "the component is a {}, not a {wanted}",
            implemented.join(" and ")
        );
        return Err(config.mistake("kind", message).into());
    }
    Ok(vec![wanted])
}

/// Returns the gates as the engine asks them. They get `facts` about the rollout, and `traffic`, the platform's request
/// counts, where there is a platform.
///
/// # Errors
/// When an entry of an `allow` list is not an origin.
pub(crate) fn gate_set(
    ready: &[ReadyGate],
    facts: &Facts,
    traffic: Option<Arc<dyn TrafficSlices>>,
    output: &Output,
) -> anyhow::Result<GateSet> {
    let facts = Arc::new(facts.clone());
    let configured = ready
        .iter()
        .map(|gate| {
            Ok(ConfiguredGate {
                name: gate.config.name.clone(),
                gate: gate.gate.clone(),
                settings: gate.config.settings.clone(),
                facts: Arc::clone(&facts),
                allow: granted_origins(&gate.config)?,
                credentials: gate.credentials.clone(),
                secrets: gate.secrets.clone(),
            })
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let announced = ready.iter().filter(|gate| gate.config.traceparent);
    let announced = announced.map(|gate| gate.config.name.clone()).collect();
    let set = GateSet::new(configured, services(traffic, output));
    Ok(match telemetry::gate_tracer(announced) {
        Some(tracer) => set.traced_by(tracer),
        None => set,
    })
}

/// Returns the secrets of a run. Each of its gates has the secrets of all.
pub(crate) fn secrets_of(ready: &[ReadyGate]) -> Arc<Secrets> {
    let first = ready.first().map(|gate| gate.secrets.clone());
    first.unwrap_or_default()
}

/// Returns the gates as reports name them.
pub(crate) fn asked_gates(ready: &[ReadyGate]) -> Vec<AskedGate> {
    let asked = |gate: &ReadyGate| AskedGate {
        name: gate.config.name.clone(),
        kinds: gate.kinds.clone(),
        is_advisory: gate.config.mode == GateMode::Advisory,
        component: gate.config.plugin.as_configured(),
        sha256: gate.gate.digest().to_owned(),
    };
    ready.iter().map(asked).collect()
}
