//! What the gate remembers between two calls of a rollout, as bytes.
//!
//! A line of JSON for people, and behind it the numbers, packed: 72 of them for each metric do not fit into 4 KiB as text.
//! Those that decide about a rollback have all their bits; the others have the upper 48, which is eleven digits, and are
//! rounded to that as they arise, so that it makes no difference where one call ends and the next begins.

mod packed;
#[cfg(test)]
mod tests;

use evidence::{Block, Counts, Evidence};
use serde_json::Value;

use crate::settings::Settings;
pub(crate) use packed::coarse;
use packed::{Reader, Writer};

/// The version of the format. Another one is not read.
const VERSION: u64 = 1;
/// The fewest probes of the stable from which its 95th percentile is taken.
pub(crate) const TIMES_NEEDED: usize = 100;

/// What the gate remembers.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The stage of the last call.
    pub stage: u32,
    /// The canary's weight at the last call.
    pub weight: u32,
    /// The end of the last minute that was used, in Unix seconds: what begins before it is not used again.
    pub until: f64,
    /// The end of the last minute in which anything was counted.
    pub since: f64,
    /// The length of a minute of the source, in seconds; 0 until one was seen.
    pub length: f64,
    /// The seconds of this stage that were judged.
    pub judged_s: f64,
    /// Whether earlier looks of this rollout are lost, so that it began with half of the capital.
    pub lost: bool,
    /// The metric that raised the alarm, which is final.
    pub alarm: Option<usize>,
    /// What the stage before has shown.
    pub compared: Option<Compared>,
    /// What is known of each metric.
    pub metrics: Vec<Known>,
    /// The bound of a request that is slow, in milliseconds, where the stable sets it; 0 until it is known.
    pub slow_ms: f64,
    /// The times of the stable's probes, in milliseconds, until there are enough for that bound.
    pub times_ms: Vec<u16>,
}

/// The end of a stage: by how much the canary was not worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// The weight of the stage.
    pub weight: u32,
    /// The margin, as a share of the requests.
    pub margin: f64,
}

/// What is known of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Its evidence.
    pub evidence: Evidence,
    /// The most failures that one cause makes, at least 1.
    pub burst: f64,
    /// What was judged at this stage.
    pub stage: Block,
    /// What was judged in this rollout.
    pub totals: Block,
}

impl State {
    /// Returns the state of these bytes. Where they are none of these settings, or empty although the canary has traffic,
    /// earlier looks are lost, and it begins again with half of the capital.
    pub fn open(bytes: &[u8], settings: &Settings, weight: u32, weight_since_s: f64) -> State {
        if let Some(state) = State::decode(bytes, settings) {
            return state;
        }
        let lost = !bytes.is_empty() || weight > 0;
        let evidence = if lost {
            Evidence::new().after_a_loss()
        } else {
            Evidence::new()
        };
        let known = Known {
            evidence,
            burst: settings.burst.unwrap_or(1.0),
            stage: Block::default(),
            totals: Block::default(),
        };
        State {
            stage: 0,
            weight,
            until: weight_since_s,
            since: weight_since_s,
            length: 0.0,
            judged_s: 0.0,
            lost,
            alarm: None,
            compared: None,
            metrics: vec![known; settings.metrics.len()],
            slow_ms: 0.0,
            times_ms: Vec::new(),
        }
    }

    /// Returns its bytes: less than 4 KiB with eight metrics.
    pub fn encode(&self, settings: &Settings) -> Vec<u8> {
        let alarm = self
            .alarm
            .map_or("null".to_owned(), |alarm| alarm.to_string());
        let header = format!(
            r#"{{"v":{VERSION},"settings":"{:016x}","stage":{},"weight":{},"compared":{},"lost":{},"alarm":{alarm},"times":{}}}"#,
            settings.fingerprint,
            self.stage,
            self.weight,
            self.compared.map_or(0, |compared| compared.weight),
            self.lost,
            self.times_ms.len(),
        );
        let mut writer = Writer::new(header);
        let margin = self.compared.map_or(0.0, |compared| compared.margin);
        for number in [
            self.until,
            self.since,
            self.length,
            self.judged_s,
            margin,
            self.slow_ms,
        ] {
            writer.exact(number);
        }
        for known in &self.metrics {
            known.encode(&mut writer);
        }
        for time in &self.times_ms {
            writer.time(*time);
        }
        writer.bytes()
    }

    fn decode(bytes: &[u8], settings: &Settings) -> Option<State> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let header: Value = serde_json::from_slice(&bytes[..end]).ok()?;
        let whole = |key: &str| header[key].as_u64();
        let small = |key: &str| whole(key).and_then(|number| u32::try_from(number).ok());
        let is_ours = whole("v")? == VERSION
            && header["settings"].as_str()? == format!("{:016x}", settings.fingerprint);
        if !is_ours {
            return None;
        }
        let mut reader = Reader::new(&bytes[end + 1..]);
        let [until, since, length, judged_s, margin, slow_ms] = reader.exact_array()?;
        let metrics = settings.metrics.iter();
        let metrics = metrics
            .map(|_| Known::decode(&mut reader))
            .collect::<Option<Vec<Known>>>()?;
        let times_ms = reader.times()?;
        if whole("times")? != times_ms.len() as u64 {
            return None;
        }
        let alarm = match &header["alarm"] {
            Value::Null => None,
            alarm => Some(
                usize::try_from(alarm.as_u64()?)
                    .ok()
                    .filter(|place| *place < metrics.len())?,
            ),
        };
        let compared = small("compared")?;
        Some(State {
            stage: small("stage")?,
            weight: small("weight")?,
            until,
            since,
            length,
            judged_s,
            lost: header["lost"].as_bool()?,
            alarm,
            compared: (compared > 0).then_some(Compared {
                weight: compared,
                margin,
            }),
            metrics,
            slow_ms,
            times_ms,
        })
    }

    /// Begins a stage where the canary has another weight than before: evidence against is kept, evidence for begins anew.
    pub(crate) fn enter(&mut self, stage: u32, weight: u32, beta: f64) {
        self.stage = stage;
        if self.weight == weight {
            return;
        }
        // Of several metrics, the one that is shown least.
        let margins = self
            .metrics
            .iter()
            .map(|known| known.evidence.not_worse_by_more_than(beta));
        let margin = margins.collect::<Option<Vec<f64>>>();
        if let Some(margins) = margin.filter(|_| self.weight > 0) {
            self.compared = Some(Compared {
                weight: self.weight,
                margin: margins.into_iter().fold(0.0, f64::max),
            });
        }
        self.weight = weight;
        self.judged_s = 0.0;
        for known in &mut self.metrics {
            known.evidence.begin_stage();
            known.stage = Block::default();
        }
    }
}

impl Known {
    /// Adds a block: to the evidence, and to what was judged.
    pub(crate) fn add(&mut self, block: &Block, tolerated: evidence::Line) {
        self.evidence.add(block, tolerated, self.burst);
        for capital in self.evidence.good.iter_mut().flatten() {
            *capital = coarse(*capital);
        }
        for sum in [&mut self.stage, &mut self.totals] {
            *sum += *block;
            for number in numbers_of(sum) {
                *number = coarse(*number);
            }
        }
    }

    fn encode(&self, writer: &mut Writer) {
        let Evidence {
            bad,
            cash,
            good,
            stable,
            begun,
            raised,
        } = &self.evidence;
        for number in bad
            .iter()
            .chain([cash, &stable.requests, &stable.failures, &self.burst])
        {
            writer.exact(*number);
        }
        for number in good.iter().flatten() {
            writer.coarse(*number);
        }
        for mut sum in [self.stage, self.totals] {
            for number in numbers_of(&mut sum) {
                writer.coarse(*number);
            }
        }
        writer.flags(*begun, *raised);
    }

    fn decode(reader: &mut Reader<'_>) -> Option<Known> {
        let mut known = Known {
            evidence: Evidence::new(),
            burst: 1.0,
            stage: Block::default(),
            totals: Block::default(),
        };
        known.evidence.bad = reader.exact_array()?;
        let [cash, requests, failures, burst] = reader.exact_array()?;
        known.evidence.cash = cash;
        known.evidence.stable = Counts { requests, failures };
        known.burst = burst;
        for number in known.evidence.good.iter_mut().flatten() {
            *number = reader.coarse()?;
        }
        for sum in [&mut known.stage, &mut known.totals] {
            for number in numbers_of(sum) {
                *number = reader.coarse()?;
            }
        }
        (known.evidence.begun, known.evidence.raised) = reader.flags()?;
        Some(known)
    }
}

fn numbers_of(block: &mut Block) -> [&mut f64; 4] {
    let Block { canary, stable } = block;
    [
        &mut canary.requests,
        &mut canary.failures,
        &mut stable.requests,
        &mut stable.failures,
    ]
}
