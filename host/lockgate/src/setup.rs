//! From a checked configuration to the parts of a run: gates loaded and checked, the plan completed with what they
//! turned out to be, the platform connected. Everything here happens before the first read of the app (I-6).

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use gates::{
    ConfiguredGate, Credential, Gate, GateSet, Host, HostOptions, LogLine, Secrets, Services,
    TrafficCounts,
};
use rollout::{Draft, Kind, Plan, Stage, Timing};

use crate::config::{
    self, AzureSection, File, GateConfig, GateKind, Overrides, Resolved, RevisionScheme,
};
use crate::counts::PlatformCounts;
use crate::output::Output;
use crate::{plugins, secrets};

/// A gate that is ready to be asked.
pub(crate) struct ReadyGate {
    /// As configured.
    pub(crate) config: GateConfig,
    /// As loaded.
    pub(crate) gate: Gate,
    /// What it is asked.
    pub(crate) kinds: Vec<Kind>,
    /// What is added to its requests.
    pub(crate) credentials: Vec<Credential>,
    /// What nobody may see; the secrets of all gates.
    pub(crate) secrets: Arc<Secrets>,
}

/// The parts of a run that goes forward.
pub(crate) struct Forward {
    /// The platform.
    pub(crate) app: Arc<azure::App>,
    /// The gates one by one, for those who show them.
    pub(crate) ready: Vec<ReadyGate>,
    /// The gates for the engine.
    pub(crate) gates: GateSet,
    /// The completed plan.
    pub(crate) plan: Plan,
}

/// Makes all parts of a run that goes forward. Reads nothing of the app yet.
///
/// # Errors
/// Whatever keeps one of them from being made; of the gates every problem.
pub(crate) async fn forward(resolved: &Resolved, output: &Output) -> anyhow::Result<Forward> {
    let app = Arc::new(app(resolved)?);
    let host = host(resolved.cache_dir.clone(), output)?;
    let ready = gates(&host, resolved).await?;
    let lag = resolved.azure.metrics_lag.map(|span| span.0);
    let lag = lag.unwrap_or(azure::Metrics::DEFAULT_LAG);
    let counts = Arc::new(PlatformCounts::new(app.clone(), lag));
    Ok(Forward {
        app,
        plan: plan(resolved, &ready)?,
        gates: gate_set(&ready, Some(counts), output)?,
        ready,
    })
}

/// Returns the host of gates with its compile cache.
///
/// # Errors
/// When the engine cannot be made. A cache that cannot be used is a note, not an error.
pub(crate) fn host(cache_dir: Option<PathBuf>, output: &Output) -> anyhow::Result<Host> {
    host_that(false, cache_dir, output)
}

/// The same, for a host that counts steps if it is `metered`.
///
/// # Errors
/// As for one that does not.
pub(crate) fn host_that(
    metered: bool,
    cache_dir: Option<PathBuf>,
    output: &Output,
) -> anyhow::Result<Host> {
    let asked_for = cache_dir.is_some();
    let cache = match cache_dir {
        Some(folder) => Some(std::path::absolute(folder)?),
        None => default_cache(),
    };
    match Host::new(HostOptions { cache, metered }) {
        Ok(host) => Ok(host),
        Err(error) if asked_for => Err(error).context("cannot use the cache folder"),
        Err(error) => {
            output.note(&format!("note: gates are compiled anew each time: {error}"));
            Host::new(HostOptions {
                cache: None,
                metered,
            })
            .context("cannot start the gate host")
        }
    }
}

/// The user's cache folder by the platform's own convention.
pub(crate) fn default_cache() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = variable("XDG_CACHE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    base.is_absolute().then(|| base.join("lockgate"))
}

/// Loads every gate and checks its settings against its own schema and its wishes against what it may.
///
/// # Errors
/// Every problem of every gate, together.
async fn gates(host: &Host, resolved: &Resolved) -> anyhow::Result<Vec<ReadyGate>> {
    let mut ready = Vec::new();
    let mut problems = Vec::new();
    for config in &resolved.gates {
        match one_of_several(host, config).await {
            Ok(gate) => ready.push(gate),
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    // What is secret for one gate is none of the others' business either.
    let all: Vec<Credential> = ready
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

/// Completes the plan: only health checks check health, only promotion gates stand before stages.
///
/// # Errors
/// When no gate is left that could say no.
fn plan(resolved: &Resolved, ready: &[ReadyGate]) -> anyhow::Result<Plan> {
    let is = |name: &str, kind: Kind| {
        ready
            .iter()
            .any(|gate| gate.config.name == name && gate.kinds.contains(&kind))
    };
    let mut draft = Draft::from(resolved.plan.clone());
    draft
        .health_checks
        .retain(|name| is(name, Kind::HealthCheck));
    draft.stages = draft
        .stages
        .into_iter()
        .map(|mut stage: Stage| {
            stage.gates.retain(|name| is(name, Kind::PromotionGate));
            stage
        })
        .collect();
    Plan::new(draft).context("rollout")
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

/// Returns what calls need beside the engine: their log lines go to the output.
pub(crate) fn services(counts: Option<Arc<dyn TrafficCounts>>, output: &Output) -> Services {
    let output = output.clone();
    let log = Arc::new(move |line: LogLine| {
        if line.level.is_loud() || output.is_verbose() {
            output.note(&line.to_string());
        }
    });
    Services { log, counts }
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

/// Connects the platform. Reads nothing yet.
///
/// # Errors
/// When the endpoint is not a URL or no credential is to be had for it.
pub(crate) fn app(resolved: &Resolved) -> anyhow::Result<azure::App> {
    let selection = azure::Selection {
        stable: resolved.stable.clone(),
        canary: match (&resolved.canary, &resolved.image) {
            (Some(name), _) => Some(azure::CanaryChoice::Revision(name.clone())),
            (None, Some(image)) => Some(azure::CanaryChoice::Image(image.clone())),
            (None, None) => None,
        },
    };
    let connection = connection(&resolved.azure, patience(resolved.plan.timing()))?;
    Ok(azure::App::new(connection, resolved.app.clone(), selection))
}

/// Connects the platform for all apps of a resource group. Reads nothing yet.
///
/// # Errors
/// As for one app, and when subscription or resource group are not given.
pub(crate) fn group(file: &File, overrides: &Overrides) -> anyhow::Result<azure::Group> {
    let (subscription, name) = config::group(file, overrides)?;
    let section = config::azure(file, overrides);
    let connection = connection(&section, azure::Patience::default())?;
    Ok(azure::Group::new(connection, &subscription, &name)?)
}

/// The platform's operations are followed for as long as the plan has time for a change.
fn patience(timing: &Timing) -> azure::Patience {
    let patience = azure::Patience::default();
    azure::Patience {
        operation: timing.verify_deadline,
        rollback_operation: patience
            .rollback_operation
            .min(timing.rollback_deadline / 2),
        ..patience
    }
}

fn connection(
    section: &AzureSection,
    patience: azure::Patience,
) -> anyhow::Result<azure::Connection> {
    let base = section
        .endpoint
        .as_deref()
        .unwrap_or(azure::Endpoint::DEFAULT_BASE);
    let mut endpoint = azure::Endpoint::new(base).context("azure.endpoint")?;
    if let Some(version) = &section.api_version {
        endpoint.api_version.clone_from(version);
    }
    endpoint.revision_scheme = match section.revision_scheme {
        Some(RevisionScheme::Https) => azure::Scheme::Https,
        Some(RevisionScheme::Http) => azure::Scheme::Http,
        None if endpoint.is_plain_loopback() => azure::Scheme::Http,
        None => azure::Scheme::Https,
    };
    let credential = choice(section, &endpoint)?.credential;
    Ok(azure::Connection::new(endpoint, credential, patience)?)
}

/// Says which credential is used, and why.
///
/// # Errors
/// When one is named that there is not.
pub(crate) fn choice(
    section: &AzureSection,
    endpoint: &azure::Endpoint,
) -> anyhow::Result<azure::Choice> {
    let (named, token) = (section.credential.as_deref(), section.token_env.as_deref());
    azure::Choice::new(named, token, endpoint).context("azure.credential")
}
