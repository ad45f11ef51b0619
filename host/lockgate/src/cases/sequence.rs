//! The calls of a case in a row: each begins where the one before ended. Replays the gate; judges each call by what the case
//! expects of it. Must run in virtual time.

use std::time::Duration;

use anyhow::{Context as _, bail};
use gates::{Ask, Gate, ReplaySource, Replayed, Seed, Services};
use rollout::{Kind, Memory, MemoryKey, Timing, Verdict};

use super::differences::{self, Difference, Leftovers};
use super::prepare::{
    PreparedCall, PreparedCase, absolute, add_reports, kind_of, override_context,
};
use super::slices;
use crate::mistake::Mistake;

/// What one call of a case came to.
#[derive(Debug)]
pub(crate) struct CallResult {
    /// What the gate did.
    pub(crate) replayed: Replayed,
    /// Its requests in order, such as `GET canary:/health`.
    pub(crate) requests: Vec<String>,
    /// What is not as expected.
    pub(crate) differences: Vec<Difference>,
}

/// What the calls so far have left.
struct Sequence {
    /// The question of the latest call; of the first one before it is put.
    ask: Ask,
    /// Where responses come from: those that no call has used yet.
    source: ReplaySource,
    memory: Memory,
    /// When the latest call ended, in seconds since 1970.
    ended_s: f64,
    /// The time for which the latest answer asked.
    hold: Option<Duration>,
    calls: u32,
}

impl PreparedCase {
    /// Replays every call of the case.
    ///
    /// # Errors
    /// When the case does not fit the gate: its kinds, its settings or its slices of traffic.
    pub(crate) async fn replay(&self, gate: &Gate) -> anyhow::Result<Vec<CallResult>> {
        let (ask, source) = self.begin(gate)?;
        let mut sequence = Sequence {
            ended_s: ask.now_s,
            ask,
            source,
            memory: Memory::default(),
            hold: None,
            calls: 0,
        };
        let mut results = Vec::new();
        for (index, call) in self.calls.iter().enumerate() {
            let is_last = index + 1 == self.calls.len();
            let own = sequence
                .prepare(self, call, gate)
                .with_context(|| format!("call {}", index + 1))?;
            let (ask, source) = (&sequence.ask, sequence.source.clone());
            let replayed = gate.replay(ask, source, Services::silent()).await;
            let requests = replayed.requests(ask.urls());
            let leftovers = match (self.file.strict, is_last) {
                (false, _) => Leftovers::Allowed,
                (true, true) => Leftovers::Refused,
                (true, false) => Leftovers::RefusedOfTheFirst(own),
            };
            let expect = &call.section.expect;
            let differences = differences::differences(expect, &replayed, &requests, leftovers);
            sequence.note(&replayed);
            results.push(CallResult {
                replayed,
                requests,
                differences,
            });
        }
        Ok(results)
    }
}

impl Sequence {
    /// Makes the next question, and returns how many responses are its own. They are the first ones.
    fn prepare(
        &mut self,
        case: &PreparedCase,
        call: &PreparedCall,
        gate: &Gate,
    ) -> anyhow::Result<usize> {
        let section = &call.section;
        let before = (self.ask.kind, self.ask.stage, self.ask.weight);
        if let Some(kind) = section.kind {
            self.ask.kind = kind_of(kind);
            if !gate.kinds().contains(&self.ask.kind) {
                bail!("it is for a {}, and the gate is not one", self.ask.kind);
            }
        }
        if self.calls > 0 {
            let pause = section.after.map(|text| text.0).or(self.hold);
            let pause = pause.unwrap_or_else(|| Timing::default().check_interval);
            self.ask.now_s = self.ended_s + pause.as_secs_f64();
            let stage = section.context.stage.unwrap_or(self.ask.stage);
            let is_same = (self.ask.kind, stage) == (before.0, before.1);
            self.ask.asked = if is_same { self.ask.asked + 1 } else { 1 };
            let weight = section.context.weight.unwrap_or(self.ask.weight);
            if weight != before.2 {
                self.ask.weight_since_s = self.ask.now_s;
            }
            self.recall();
            self.source.seed = Seed::from_text(&format!("call {}", self.calls + 1));
        }
        add_reports(&section.reports, &mut self.ask);
        override_context(&section.context, &mut self.ask).context("context")?;
        if let Some(traffic) = &section.traffic {
            let newer = slices::laid_out(traffic, &self.ask);
            let joined = slices::joined(self.source.traffic.take(), newer);
            self.source.traffic = Some(joined.map_err(|what| {
                let key = format!("call[{}].traffic", self.calls);
                case.placed(Mistake::of_key(key, what))
            })?);
        }
        self.calls += 1;
        let own = absolute(&call.scripted, self.ask.urls());
        let count = own.len();
        self.source.entries.splice(..0, own);
        Ok(count)
    }

    /// Gives the question what the gate returned from its calls of this kind.
    fn recall(&mut self) {
        let key = MemoryKey {
            kind: self.ask.kind,
            gate: self.ask.gate.clone(),
        };
        let state = self.memory.states.get(&key);
        self.ask.state = state.cloned().unwrap_or_default();
        self.ask.reports.extend(self.memory.reports.clone());
    }

    /// Keeps what a call has left.
    fn note(&mut self, replayed: &Replayed) {
        #[expect(clippy::cast_precision_loss, reason = "exact for 285 million years")]
        let took_s = replayed.answer.took_ms as f64 / 1_000.0;
        self.ended_s = self.ask.now_s + took_s;
        self.hold = None;
        let key = MemoryKey {
            kind: self.ask.kind,
            gate: self.ask.gate.clone(),
        };
        match &replayed.answer.result {
            Ok(report) => {
                if let Verdict::Hold { ask_again_ms } = report.verdict {
                    self.hold = ask_again_ms.map(|ms| Duration::from_millis(u64::from(ms)));
                }
                self.memory.states.insert(key, report.state.clone());
                if self.ask.kind == Kind::HealthCheck {
                    let gate = self.ask.gate.clone();
                    self.memory.reports.insert(gate, report.clone());
                }
            }
            // A gate that could not answer gets the state of its last answer again: at first that of the question.
            Err(_) => {
                let state = self.ask.state.clone();
                self.memory.states.entry(key).or_insert(state);
            }
        }
        let mut index = 0;
        self.source.entries.retain(|_| {
            index += 1;
            replayed.unused.contains(&(index - 1))
        });
    }
}
