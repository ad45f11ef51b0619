//! From a case file to the first question and the responses it gets. Reads the case, its recordings and its body files; does
//! not read or run the component. Read `sequence` next.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gates::{Ask, Exchange, Gate, PerRevision, Recording, ReplaySource, RequestOrder, Seed};
use rollout::Kind;
use serde_json::Value;

use super::file::{CallSection, CaseFile, ContextOverrides, NamedReport};
use super::scripted;
use super::slices;
use crate::bounded_file;
use crate::config::{
    self, GateKind, PluginSource, SettingsFrom, Source, origin, settings_mistakes,
};
use crate::mistake::{Mistake, Mistakes};
use crate::store::recordings;

/// Far more than a person writes.
pub(super) const CASE_BYTES_MAX: u64 = 4 << 20;
/// The most calls of a case.
const CALLS_MAX: usize = 1_000;
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
    /// The calls: one, or those that the case has in a row.
    pub(super) calls: Vec<PreparedCall>,
    recordings: Vec<Recording>,
    scripted: Vec<Exchange>,
}

/// One call of a case.
#[derive(Debug, Clone)]
pub(super) struct PreparedCall {
    pub(super) section: CallSection,
    /// The responses that it has before those of the whole case.
    pub(super) scripted: Vec<Exchange>,
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
    let text = bounded_file::read_text(path, CASE_BYTES_MAX);
    let text = text.context("cannot read the case")?;
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
    let calls = calls(&file).map_err(|mistake| placed(vec![mistake]))?;
    check_traffic(&file).map_err(|mistake| placed(vec![mistake]))?;
    let calls = calls.into_iter().map(|section| {
        Ok(PreparedCall {
            scripted: scripted::exchanges(&section.answers, folder)?,
            section,
        })
    });
    let recordings = file.recordings.iter();
    let recordings = recordings.map(|name| recordings::read(&folder.join(name)));
    Ok(PreparedCase {
        path: path.to_owned(),
        plugin: PluginSource::parse(&file.gate, folder).map_err(of_gate)?,
        limits: config::limits("limits", &file.limits).map_err(placed)?,
        calls: calls.collect::<anyhow::Result<_>>()?,
        recordings: recordings.collect::<anyhow::Result<_>>()?,
        scripted: scripted::exchanges(&file.answers, folder)?,
        file,
        places,
    })
}

/// Returns the calls of a case: those in a row, or the only one.
fn calls(file: &CaseFile) -> Result<Vec<CallSection>, Mistake> {
    let wrong = |key: &str, message: String| Err(Mistake::of_key(key, message));
    if file.call.is_empty() {
        return Ok(vec![CallSection {
            expect: file.expect.clone().unwrap_or_default(),
            ..CallSection::default()
        }]);
    }
    if file.expect.is_some() {
        let help = "write what each call is expected to answer under its own [call.expect]";
        return wrong("expect", "it stands beside [[call]]".to_owned())
            .map_err(|mistake| mistake.with_help(help));
    }
    if file.call.len() > CALLS_MAX {
        let message = format!("{} calls; a case has at most {CALLS_MAX}", file.call.len());
        return wrong("call", message);
    }
    for (index, call) in file.call.iter().enumerate() {
        let ContextOverrides {
            run,
            app,
            stable,
            canary,
            recorded_stable,
            recorded_canary,
            ..
        } = &call.context;
        let of_the_case = [
            ("run", run),
            ("app", app),
            ("stable", stable),
            ("canary", canary),
            ("recorded-stable", recorded_stable),
            ("recorded-canary", recorded_canary),
        ];
        if let Some((key, _)) = of_the_case.iter().find(|(_, value)| value.is_some()) {
            let message =
                format!("{key} is the same for all calls of a case; write it under [context]");
            return wrong(&format!("call[{index}].context.{key}"), message);
        }
    }
    if file.call[0].after.is_some() {
        let message = "no call is before the first one; give its time as context.now-s";
        return wrong("call[0].after", message.to_owned());
    }
    Ok(file.call.clone())
}

/// Checks the request counts of a case and of its calls.
fn check_traffic(file: &CaseFile) -> Result<(), Mistake> {
    if let Some(traffic) = &file.traffic {
        slices::check("traffic", traffic)?;
    }
    for (index, call) in file.call.iter().enumerate() {
        if let Some(traffic) = &call.traffic {
            slices::check(&format!("call[{index}].traffic"), traffic)?;
        }
    }
    Ok(())
}

impl PreparedCase {
    /// Returns a mistake in the file with its place.
    pub(super) fn placed(&self, mistake: Mistake) -> Mistakes {
        Mistakes(vec![self.places.placed(mistake)])
    }

    /// Returns the files that decide the result, the case itself first.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let of_calls = self.file.call.iter().flat_map(|call| &call.answers);
        let bodies = self.file.answers.iter().chain(of_calls);
        let bodies = bodies.filter_map(|answer| answer.file.as_ref());
        let named = self.file.recordings.iter().chain(bodies);
        let mut files = vec![self.path.clone()];
        files.extend(named.map(|name| folder.join(name)));
        files.extend(self.plugin.file().map(Path::to_owned));
        files
    }

    /// Returns the case put to another component than the one that its file names.
    #[must_use]
    pub(crate) fn of_gate(self, plugin: PluginSource) -> PreparedCase {
        PreparedCase { plugin, ..self }
    }

    /// Returns whether the gate is of every kind that the case asks for.
    pub(crate) fn fits(&self, gate: &Gate) -> bool {
        let recorded = self.recordings.iter().find_map(|r| r.call.as_ref());
        let recorded = recorded.map(|call| call.ask.kind);
        let named = self.calls.iter().map(|call| call.section.kind);
        let mut named = named.chain([self.file.kind]).flatten().map(kind_of);
        let first = self.named_kind().is_none().then_some(recorded).flatten();
        named.all(|kind| gate.kinds().contains(&kind))
            && first.is_none_or(|kind| gate.kinds().contains(&kind))
    }

    /// Returns the first question to this gate, and where the responses of the whole case come from. The question is that
    /// of the first recording that holds one, with the changes of the case file.
    ///
    /// # Errors
    /// When the case does not fit the gate: its kind or its settings.
    pub(super) fn begin(&self, gate: &Gate) -> anyhow::Result<(Ask, ReplaySource)> {
        let ask = self.ask(gate)?;
        let mut source = match &self.recordings[..] {
            [recording] => ReplaySource::of(recording),
            _ => ReplaySource::of(&Recording {
                call: None,
                entries: Vec::new(),
                untimed: Vec::new(),
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
        if let Some(traffic) = &self.file.traffic {
            source.traffic = Some(slices::laid_out(traffic, &ask));
        }
        Ok((ask, source))
    }

    fn ask(&self, gate: &Gate) -> anyhow::Result<Ask> {
        let recorded = self.recordings.iter().find_map(|r| r.call.as_ref());
        let mut ask = match recorded {
            Some(call) => call.ask.clone(),
            None => Ask::about("case", self.kind(gate)?, STABLE, CANARY),
        };
        if self.named_kind().is_some() {
            ask.kind = self.kind(gate)?;
        }
        if !gate.kinds().contains(&ask.kind) {
            bail!("the case is for a {}, and the gate is not one", ask.kind);
        }
        self.override_origins(&mut ask)?;
        override_context(&self.file.context, &mut ask).context("context")?;
        add_reports(&self.file.reports, &mut ask);
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

    /// Returns the kind of the first call, where the case names one.
    fn named_kind(&self) -> Option<GateKind> {
        self.calls[0].section.kind.or(self.file.kind)
    }

    fn kind(&self, gate: &Gate) -> anyhow::Result<Kind> {
        match (self.named_kind(), gate.kinds()) {
            (Some(kind), _) => Ok(kind_of(kind)),
            (None, [kind]) => Ok(*kind),
            (None, _) => {
                bail!("the gate is a health check and a promotion gate; choose one with `kind`")
            }
        }
    }

    fn override_origins(&self, ask: &mut Ask) -> anyhow::Result<()> {
        let context = self.file.context.clone();
        if let Some(url) = context.stable {
            ask.stable.url = origin("context.stable", &url)?;
        }
        if let Some(url) = context.canary {
            ask.canary.url = origin("context.canary", &url)?;
        }
        if let Some(run) = context.run {
            ask.run = run;
        }
        if let Some(app) = context.app {
            ask.app = app;
        }
        Ok(())
    }

    /// Returns the scripted exchanges, then those of the recordings, each moved to the given origins of the stable and
    /// the canary revision.
    fn entries(&self, origins: PerRevision<&str>) -> anyhow::Result<Vec<Exchange>> {
        let mut entries = absolute(&self.scripted, origins);
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
        if recording.call.is_none() {
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

/// Returns the kind of call that a case names.
pub(super) fn kind_of(kind: GateKind) -> Kind {
    match kind {
        GateKind::HealthCheck => Kind::HealthCheck,
        GateKind::PromotionGate => Kind::PromotionGate,
    }
}

/// Returns scripted exchanges with whole URLs.
pub(super) fn absolute(scripted: &[Exchange], origins: PerRevision<&str>) -> Vec<Exchange> {
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
    scripted.iter().map(absolute).collect()
}

/// Makes the changes of a case or of one of its calls.
///
/// # Errors
/// When a state is not base64, though it says so.
pub(super) fn override_context(context: &ContextOverrides, ask: &mut Ask) -> anyhow::Result<()> {
    let context = context.clone();
    ask.stage = context.stage.unwrap_or(ask.stage);
    ask.stages = context.stages.unwrap_or(ask.stages);
    ask.weight = context.weight.unwrap_or(ask.weight);
    ask.next_weight = context.next_weight.unwrap_or(ask.next_weight);
    ask.asked = context.asked.unwrap_or(ask.asked);
    ask.now_s = context.now_s.unwrap_or(ask.now_s);
    ask.weight_since_s = context.weight_since_s.unwrap_or(ask.weight_since_s);
    if let Some(facts) = context.facts {
        ask.facts = facts;
    }
    if let Some(state) = context.state {
        ask.state = match state.strip_prefix("base64:") {
            Some(text) => STANDARD.decode(text).context("state")?,
            None => state.into_bytes(),
        };
    }
    Ok(())
}

/// Adds reports of health checks, in place of earlier ones of the same gates.
pub(super) fn add_reports(reports: &[NamedReport], ask: &mut Ask) {
    for named in reports {
        ask.reports.insert(named.gate.clone(), named.report());
    }
}
