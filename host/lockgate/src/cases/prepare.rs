//! From a case file to the question that the gate is asked and the world that answers it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gates::{
    Ask, Count, CountsReading, Exchange, ExchangeError, Gate, HttpResponse, Outcome, PerRevision,
    Readings, Recording, ReplaySource, Replayed, RequestOrder, Seed,
};
use rollout::{Kind, Measurement, Report, Verdict};
use serde_json::Value;

use super::file::{CaseFile, ErrorWord, NamedReport, VerdictWord, WrittenAnswer, WrittenCounts};
use super::judge::{Difference, judge};
use crate::config::origin;
use crate::config::{self, GateKind, PluginSource};
use crate::store::recordings;

/// Far more than a person writes.
const CASE_BYTES_MAX: u64 = 4 << 20;
const STABLE: &str = "https://stable.example";
const CANARY: &str = "https://canary.example";

/// A case whose files are read.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    /// The case file.
    pub(crate) path: PathBuf,
    /// What it says.
    pub(crate) file: CaseFile,
    /// Where the component is.
    pub(crate) plugin: PluginSource,
    /// Its limits.
    pub(crate) limits: gates::Limits,
    recordings: Vec<Recording>,
    written: Vec<Exchange>,
}

/// A case that is none: which, and why.
#[derive(Debug)]
pub(crate) struct CaseError {
    /// The case file.
    pub(crate) path: PathBuf,
    /// What is wrong with it.
    pub(crate) error: anyhow::Error,
}

/// Reads a case and what it names, but for the component.
///
/// # Errors
/// At the first thing that is wrong, with its place.
pub(crate) fn read(path: &Path) -> Result<Prepared, CaseError> {
    try_read(path).map_err(|error| CaseError {
        path: path.to_owned(),
        error,
    })
}

fn try_read(path: &Path) -> anyhow::Result<Prepared> {
    let shown = path.display().to_string();
    let size = std::fs::metadata(path)
        .context("cannot read the case")?
        .len();
    if size > CASE_BYTES_MAX {
        bail!("the case has {size} bytes; at most {CASE_BYTES_MAX} are read");
    }
    let text = std::fs::read_to_string(path).context("cannot read the case")?;
    let file: CaseFile = config::parse(&shown, &text)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let recordings = file.recordings.iter();
    let recordings = recordings.map(|name| recordings::read(&folder.join(name)));
    Ok(Prepared {
        path: path.to_owned(),
        plugin: PluginSource::parse(&file.gate, folder)?,
        limits: config::limits("case", &file.limits)?,
        recordings: recordings.collect::<anyhow::Result<_>>()?,
        written: written(&file.answers, folder)?,
        file,
    })
}

impl Prepared {
    /// Returns the question and the world for this gate.
    ///
    /// # Errors
    /// When the case does not fit the gate.
    pub(crate) fn question(&self, gate: &Gate) -> anyhow::Result<(Ask, ReplaySource)> {
        let first = self.recordings.iter().find_map(|r| r.facts.as_ref());
        let mut ask = match first {
            Some(facts) => facts.ask.clone(),
            None => Ask::about("case", self.kind(gate)?, STABLE, CANARY),
        };
        if self.file.kind.is_some() {
            ask.kind = self.kind(gate)?;
        }
        if !gate.kinds().contains(&ask.kind) {
            bail!("the case is about a {}, which the gate is not", ask.kind);
        }
        self.tell(&mut ask)?;
        if let Some(settings) = &self.file.settings {
            ask.settings = Value::Object(settings.clone());
        }
        gate.check_settings(&ask.settings).context("settings")?;
        let mut world = match &self.recordings[..] {
            [recording] => ReplaySource::of(recording),
            _ => ReplaySource::of(&Recording {
                facts: None,
                entries: Vec::new(),
            }),
        };
        world.entries = self.entries(ask.urls())?;
        world.recorded_at = ask.urls().map(str::to_owned);
        if self.file.strict {
            world.order = RequestOrder::Recorded;
        }
        if let Some(seed) = &self.file.seed {
            world.seed = Seed::from_text(seed);
        }
        if !self.file.counts.is_empty() {
            let names = [&ask.stable.name, &ask.canary.name];
            world.readings = Readings {
                counts: self.file.counts.iter().map(|c| counted(c, names)).collect(),
                ..world.readings
            };
        }
        Ok((ask, world))
    }

    /// Says whether a gate did what the case expects.
    pub(crate) fn is_met(&self, ask: &Ask, replayed: &Replayed) -> bool {
        self.differences(ask, replayed).is_empty()
    }

    /// Returns what is not as the case expects.
    pub(crate) fn differences(&self, ask: &Ask, replayed: &Replayed) -> Vec<Difference> {
        let expect = self.file.expect.clone().unwrap_or_default();
        let requests = replayed.requests(ask.urls());
        judge(&expect, replayed, &requests, self.file.strict)
    }

    fn kind(&self, gate: &Gate) -> anyhow::Result<Kind> {
        match (self.file.kind, gate.kinds()) {
            (Some(GateKind::HealthCheck), _) => Ok(Kind::HealthCheck),
            (Some(GateKind::PromotionGate), _) => Ok(Kind::PromotionGate),
            (None, [kind]) => Ok(*kind),
            (None, _) => bail!("the gate answers two questions; choose one with `kind`"),
        }
    }

    fn tell(&self, ask: &mut Ask) -> anyhow::Result<()> {
        let context = self.file.context.clone();
        if let Some(url) = context.stable {
            ask.stable.url = origin("context.stable", &url)?;
        }
        if let Some(url) = context.canary {
            ask.canary.url = origin("context.canary", &url)?;
        }
        let number = |given: Option<u32>, to: &mut u32| *to = given.unwrap_or(*to);
        number(context.stage, &mut ask.stage);
        number(context.stages, &mut ask.stages);
        number(context.weight, &mut ask.weight);
        number(context.next_weight, &mut ask.next_weight);
        number(context.asked, &mut ask.asked);
        ask.run = context.run.unwrap_or_else(|| ask.run.clone());
        ask.app = context.app.unwrap_or_else(|| ask.app.clone());
        if let Some(state) = context.state {
            ask.state = match state.strip_prefix("base64:") {
                Some(text) => STANDARD.decode(text).context("context.state")?,
                None => state.into_bytes(),
            };
        }
        for report in &self.file.reports {
            ask.reports
                .insert(report.gate.clone(), self::report(report));
        }
        Ok(())
    }

    /// Written answers first, then the recordings', each where its revisions are now.
    fn entries(&self, now: PerRevision<&str>) -> anyhow::Result<Vec<Exchange>> {
        let PerRevision { stable, canary } = now;
        let place = |entry: &Exchange| {
            let url = match entry.url.strip_prefix("stable:") {
                Some(path) => format!("{stable}{path}"),
                None if entry.url.starts_with('/') => format!("{canary}{}", entry.url),
                None => entry.url.clone(),
            };
            Exchange {
                url,
                ..entry.clone()
            }
        };
        let mut entries: Vec<Exchange> = self.written.iter().map(place).collect();
        for recording in &self.recordings {
            let mut from = ReplaySource::of(recording).recorded_at;
            if recording.facts.is_none() {
                let context = &self.file.context;
                if let Some(url) = &context.recorded_canary {
                    let canary = origin("context.recorded-canary", url)?;
                    from = PerRevision {
                        stable: canary.clone(),
                        canary,
                    };
                }
                if let Some(url) = &context.recorded_stable {
                    from.stable = origin("context.recorded-stable", url)?;
                }
            }
            entries.extend(recording.moved(from.as_strs(), now));
        }
        Ok(entries)
    }
}

fn written(answers: &[WrittenAnswer], folder: &Path) -> anyhow::Result<Vec<Exchange>> {
    let mut entries = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        let entry = entry(answer, folder).with_context(|| format!("answers[{index}]"))?;
        let times = usize::try_from(answer.times.unwrap_or(1))?;
        if !(1..=10_000).contains(&times) {
            bail!("answers[{index}].times is {times}; write 1 to 10000");
        }
        entries.extend(std::iter::repeat_n(entry, times));
    }
    Ok(entries)
}

fn entry(answer: &WrittenAnswer, folder: &Path) -> anyhow::Result<Exchange> {
    let url = &answer.url;
    let is_known = url.starts_with('/') || url.starts_with("stable:/");
    if !is_known && url::Url::parse(url).is_err() {
        bail!("url {url:?} is neither a path such as /health, nor stable:/health, nor a URL");
    }
    let elapsed_ms = answer
        .delay
        .map_or(0.0, |delay| delay.0.as_secs_f64() * 1_000.0);
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    let body = body(answer, folder, &mut headers)?;
    let outcome = match answer.error {
        Some(word) => Outcome::Failed {
            error: error(word),
            elapsed_ms,
        },
        None => Outcome::Answered(HttpResponse {
            status: answer.status.unwrap_or(200),
            headers,
            body,
            elapsed_ms,
        }),
    };
    Ok(Exchange {
        method: answer.method.clone().unwrap_or_else(|| "GET".to_owned()),
        url: url.clone(),
        headers: Vec::new(),
        body: answer.request_body.clone().map(String::into_bytes),
        any_body: answer.request_body.is_none(),
        began_ms: 0.0,
        outcome,
    })
}

fn body(
    answer: &WrittenAnswer,
    folder: &Path,
    headers: &mut Vec<(String, String)>,
) -> anyhow::Result<Vec<u8>> {
    match (&answer.body, &answer.json, &answer.file, &answer.base64) {
        (None, None, None, None) => Ok(Vec::new()),
        (Some(text), None, None, None) => Ok(text.clone().into_bytes()),
        (None, Some(json), None, None) => {
            if !headers.iter().any(|(name, _)| name == "content-type") {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            Ok(json.to_string().into_bytes())
        }
        (None, None, Some(file), None) => {
            let path = folder.join(file);
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
        }
        (None, None, None, Some(text)) => STANDARD.decode(text).context("base64"),
        _ => Err(anyhow!("body, json, file and base64 exclude each other")),
    }
}

fn error(word: ErrorWord) -> ExchangeError {
    let text = || "as the case has it".to_owned();
    match word {
        ErrorWord::Timeout => ExchangeError::Timeout,
        ErrorWord::Unreachable => ExchangeError::Unreachable(text()),
        ErrorWord::Denied => ExchangeError::Denied(text()),
        ErrorWord::Invalid => ExchangeError::Invalid(text()),
        ErrorWord::TooLarge => ExchangeError::TooLarge(4 << 20),
        ErrorWord::Budget => ExchangeError::Budget(text()),
    }
}

fn report(report: &NamedReport) -> Report {
    Report {
        verdict: match report.verdict {
            VerdictWord::Pass => Verdict::Pass,
            VerdictWord::Fail => Verdict::Fail,
            VerdictWord::Hold => Verdict::Hold { ask_again_ms: None },
        },
        reason: report.reason.clone(),
        measurements: report
            .measurements
            .iter()
            .map(|measured| Measurement {
                name: measured.name.clone(),
                subject: measured.subject.clone(),
                value: measured.value,
                unit: measured.unit.clone(),
            })
            .collect(),
        state: Vec::new(),
    }
}

fn counted(counts: &WrittenCounts, [stable, canary]: [&String; 2]) -> CountsReading {
    let of = |revision: &String, classes: &std::collections::BTreeMap<String, f64>| {
        let count = |(class, requests): (&String, &f64)| Count {
            revision: revision.clone(),
            status_class: class.clone(),
            requests: *requests,
        };
        classes.iter().map(count).collect::<Vec<_>>()
    };
    CountsReading {
        window_s: u32::try_from(counts.window.0.as_secs()).unwrap_or(u32::MAX),
        result: match &counts.error {
            Some(why) => Err(why.clone()),
            None => Ok([of(stable, &counts.stable), of(canary, &counts.canary)].concat()),
        },
    }
}
