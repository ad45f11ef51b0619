//! From a case file to the call of the gate and the responses it gets. Reads the case, its recordings and its body files;
//! does not read or run the component. Read `run` next.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gates::{
    Ask, Exchange, Gate, PerRevision, Readings, Recording, ReplaySource, Replayed, RequestOrder,
    Seed,
};
use rollout::{Kind, Measurement, Report, Verdict};
use serde_json::Value;

use super::differences::{self, Difference, Leftovers};
use super::file::{CaseFile, NamedReport, ReportedMeasurement, VerdictName};
use super::scripted;
use crate::config::{
    self, GateKind, PluginSource, SettingsFrom, Source, origin, settings_mistakes,
};
use crate::mistake::{Mistake, Mistakes};
use crate::store::recordings;

/// Far more than a person writes.
const CASE_BYTES_MAX: u64 = 4 << 20;
const STABLE: &str = "https://stable.example";
const CANARY: &str = "https://canary.example";

/// A case whose files, except the component, have been read.
#[derive(Debug, Clone)]
pub(crate) struct PreparedCase {
    /// The case file.
    pub(crate) path: PathBuf,
    /// Its content.
    pub(crate) file: CaseFile,
    /// Where its keys are.
    places: Source,
    /// Where the component is.
    pub(crate) plugin: PluginSource,
    /// The limits of the call.
    pub(crate) limits: gates::Limits,
    recordings: Vec<Recording>,
    scripted: Vec<Exchange>,
}

/// A file that is not a valid case, or a case that does not fit its gate.
#[derive(Debug)]
pub(crate) struct CaseError {
    /// The case file.
    pub(crate) path: PathBuf,
    pub(crate) error: anyhow::Error,
}

/// Reads a case and the files that it names, except the component.
///
/// # Errors
/// At the first mistake, with its place in the file.
pub(crate) fn read(path: &Path) -> Result<PreparedCase, CaseError> {
    try_read(path).map_err(|error| CaseError {
        path: path.to_owned(),
        error,
    })
}

fn try_read(path: &Path) -> anyhow::Result<PreparedCase> {
    let size = std::fs::metadata(path)
        .context("cannot read the case")?
        .len();
    if size > CASE_BYTES_MAX {
        bail!("the case has {size} bytes; at most {CASE_BYTES_MAX} are read");
    }
    let text = std::fs::read_to_string(path).context("cannot read the case")?;
    let (file, places) = config::parse_with_places::<CaseFile>(&path.display().to_string(), &text)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let placed = |found: Vec<Mistake>| {
        Mistakes(
            found
                .into_iter()
                .map(|mistake| places.placed(mistake))
                .collect(),
        )
    };
    let of_gate = |mistake: Mistake| {
        let key = Some("gate".to_owned());
        placed(vec![Mistake { key, ..mistake }])
    };
    let recordings = file.recordings.iter();
    let recordings = recordings.map(|name| recordings::read(&folder.join(name)));
    Ok(PreparedCase {
        path: path.to_owned(),
        plugin: PluginSource::parse(&file.gate, folder).map_err(of_gate)?,
        limits: config::limits("limits", &file.limits).map_err(placed)?,
        recordings: recordings.collect::<anyhow::Result<_>>()?,
        scripted: scripted::exchanges(&file.answers, folder)?,
        file,
        places,
    })
}

impl PreparedCase {
    /// Returns the call of this gate and where its responses come from. The call is that of the first recording that
    /// holds one, with the changes of the case file.
    ///
    /// # Errors
    /// When the case does not fit the gate: its kind or its settings.
    pub(crate) fn call(&self, gate: &Gate) -> anyhow::Result<(Ask, ReplaySource)> {
        let ask = self.ask(gate)?;
        let mut source = match &self.recordings[..] {
            [recording] => ReplaySource::of(recording),
            _ => ReplaySource::of(&Recording {
                facts: None,
                entries: Vec::new(),
            }),
        };
        source.entries = self.entries(ask.urls())?;
        source.recorded_at = ask.urls().map(str::to_owned);
        if self.file.strict {
            source.order = RequestOrder::Recorded;
        }
        if let Some(seed) = &self.file.seed {
            source.seed = Seed::from_text(seed);
        }
        if !self.file.counts.is_empty() {
            let counts = self.file.counts.iter();
            let counted =
                counts.map(|counts| scripted::counted(counts, &ask.stable.name, &ask.canary.name));
            source.readings = Readings {
                counts: counted.collect(),
                ..source.readings
            };
        }
        Ok((ask, source))
    }

    /// Returns what of a replay is not as the case expects.
    pub(crate) fn differences(&self, ask: &Ask, replayed: &Replayed) -> Vec<Difference> {
        let expect = self.file.expect.clone().unwrap_or_default();
        let requests = replayed.requests(ask.urls());
        let leftovers = if self.file.strict {
            Leftovers::Refused
        } else {
            Leftovers::Allowed
        };
        differences::differences(&expect, replayed, &requests, leftovers)
    }

    fn ask(&self, gate: &Gate) -> anyhow::Result<Ask> {
        let recorded = self.recordings.iter().find_map(|r| r.facts.as_ref());
        let mut ask = match recorded {
            Some(facts) => facts.ask.clone(),
            None => Ask::about("case", self.kind(gate)?, STABLE, CANARY),
        };
        if self.file.kind.is_some() {
            ask.kind = self.kind(gate)?;
        }
        if !gate.kinds().contains(&ask.kind) {
            bail!("the case is for a {}, and the gate is not one", ask.kind);
        }
        self.override_context(&mut ask)?;
        for report in &self.file.reports {
            ask.reports
                .insert(report.gate.clone(), self::report(report));
        }
        let from = match &self.file.settings {
            Some(settings) => {
                ask.settings = Value::Object(settings.clone());
                SettingsFrom::File(&self.places, "settings".to_owned())
            }
            None if recorded.is_some() => SettingsFrom::Given("the settings in the recording"),
            None => SettingsFrom::File(&self.places, "settings".to_owned()),
        };
        let completed = gate.complete_settings(&ask.settings);
        ask.settings = completed.map_err(|error| settings_mistakes(error, &from))?;
        Ok(ask)
    }

    fn kind(&self, gate: &Gate) -> anyhow::Result<Kind> {
        match (self.file.kind, gate.kinds()) {
            (Some(GateKind::HealthCheck), _) => Ok(Kind::HealthCheck),
            (Some(GateKind::PromotionGate), _) => Ok(Kind::PromotionGate),
            (None, [kind]) => Ok(*kind),
            (None, _) => {
                bail!("the gate is a health check and a promotion gate; choose one with `kind`")
            }
        }
    }

    fn override_context(&self, ask: &mut Ask) -> anyhow::Result<()> {
        let context = self.file.context.clone();
        if let Some(url) = context.stable {
            ask.stable.url = origin("context.stable", &url)?;
        }
        if let Some(url) = context.canary {
            ask.canary.url = origin("context.canary", &url)?;
        }
        ask.stage = context.stage.unwrap_or(ask.stage);
        ask.stages = context.stages.unwrap_or(ask.stages);
        ask.weight = context.weight.unwrap_or(ask.weight);
        ask.next_weight = context.next_weight.unwrap_or(ask.next_weight);
        ask.asked = context.asked.unwrap_or(ask.asked);
        if let Some(run) = context.run {
            ask.run = run;
        }
        if let Some(app) = context.app {
            ask.app = app;
        }
        if let Some(state) = context.state {
            ask.state = match state.strip_prefix("base64:") {
                Some(text) => STANDARD.decode(text).context("context.state")?,
                None => state.into_bytes(),
            };
        }
        Ok(())
    }

    /// Returns the scripted exchanges, then those of the recordings, each moved to the given origins of the stable and
    /// the canary revision.
    fn entries(&self, origins: PerRevision<&str>) -> anyhow::Result<Vec<Exchange>> {
        let PerRevision { stable, canary } = origins;
        let absolute = |exchange: &Exchange| {
            let url = match exchange.url.strip_prefix("stable:") {
                Some(path) => format!("{stable}{path}"),
                None if exchange.url.starts_with('/') => format!("{canary}{}", exchange.url),
                None => exchange.url.clone(),
            };
            Exchange {
                url,
                ..exchange.clone()
            }
        };
        let mut entries: Vec<Exchange> = self.scripted.iter().map(absolute).collect();
        for recording in &self.recordings {
            let recorded_at = self.recorded_at(recording)?;
            entries.extend(recording.moved(recorded_at.as_strs(), origins));
        }
        Ok(entries)
    }

    /// Returns the origins of the stable and the canary revision in a recording. A recording of another tool does not
    /// name them, so the case may.
    fn recorded_at(&self, recording: &Recording) -> anyhow::Result<PerRevision<String>> {
        let mut recorded_at = ReplaySource::of(recording).recorded_at;
        if recording.facts.is_none() {
            let context = &self.file.context;
            if let Some(url) = &context.recorded_canary {
                let canary = origin("context.recorded-canary", url)?;
                recorded_at = PerRevision {
                    stable: canary.clone(),
                    canary,
                };
            }
            if let Some(url) = &context.recorded_stable {
                recorded_at.stable = origin("context.recorded-stable", url)?;
            }
        }
        Ok(recorded_at)
    }
}

fn report(named: &NamedReport) -> Report {
    let measurements = named.measurements.iter();
    let measurement = |reported: &ReportedMeasurement| Measurement {
        name: reported.name.clone(),
        subject: reported.subject.clone(),
        value: reported.value,
        unit: reported.unit.clone(),
    };
    Report {
        verdict: match named.verdict {
            VerdictName::Pass => Verdict::Pass,
            VerdictName::Fail => Verdict::Fail,
            VerdictName::Hold => Verdict::Hold { ask_again_ms: None },
        },
        reason: named.reason.clone(),
        measurements: measurements.map(measurement).collect(),
        state: Vec::new(),
    }
}
