//! The calls of one gate in one run, in their order. Each is replayed with the state that the gate under test returned
//! from the call before, as a run would have given it: the recorded state is that of another gate, or of other settings.

use std::collections::BTreeMap;
use std::path::Path;

use gates::{Ask, Gate, RecordedCall, ReplaySource, Replayed, Services};
use rollout::{Kind, Report};
use serde_json::Value;

use crate::commands::gate::flip::Comparison;
use crate::store::past_runs::PastRun;

/// One recorded call of a past run.
pub(super) struct PastCall<'a> {
    pub(super) run: &'a PastRun,
    pub(super) file: &'a Path,
    pub(super) recorded: &'a RecordedCall,
    pub(super) source: ReplaySource,
    /// Those of the flag, or else the recorded ones, completed by the gate's schema of now.
    pub(super) settings: Value,
}

/// The calls of one gate in one run, in the order in which they were made. There is at least one.
pub(super) struct Chain<'a> {
    pub(super) calls: Vec<PastCall<'a>>,
}

/// Returns the chains of calls, in the order of the runs.
pub(super) fn chains(calls: Vec<PastCall<'_>>) -> Vec<Chain<'_>> {
    let mut chains: Vec<Chain<'_>> = Vec::new();
    for call in calls {
        let key = |call: &PastCall<'_>| (call.run.folder.clone(), call.recorded.ask.gate.clone());
        let own = key(&call);
        let found = chains
            .iter_mut()
            .rev()
            .take_while(|chain| chain.calls[0].run.folder == call.run.folder)
            .find(|chain| key(&chain.calls[0]) == own);
        match found {
            Some(chain) => chain.calls.push(call),
            None => chains.push(Chain { calls: vec![call] }),
        }
    }
    for chain in &mut chains {
        let calls = &mut chain.calls;
        calls.sort_by_key(|call| call.recorded.began_unix_ms);
    }
    chains
}

impl Chain<'_> {
    /// Asks the gate every question of the chain, one after the other.
    pub(super) async fn replay(&self, gate: &Gate) -> Vec<Comparison> {
        let mut carried = Carried::default();
        let mut comparisons = Vec::new();
        for call in &self.calls {
            let ask = carried.question(call);
            let replayed = gate
                .replay(&ask, call.source.clone(), Services::silent())
                .await;
            carried.note(&ask, call, &replayed);
            comparisons.push(compared(call, replayed));
        }
        comparisons
    }
}

/// What the calls of a chain leave to the next ones.
#[derive(Default)]
struct Carried {
    by_kind: BTreeMap<Kind, Left>,
    /// The report of the gate's latest health check, for its promotion gate.
    report: Option<Report>,
}

/// What the latest call of one kind left.
struct Left {
    /// The state to go on with.
    state: Vec<u8>,
    /// The recorded state to go on with.
    recorded: Vec<u8>,
}

impl Carried {
    /// Returns the question of a call as the run would have put it to the gate under test.
    fn question(&self, call: &PastCall<'_>) -> Ask {
        let mut ask = call.recorded.ask.clone();
        ask.settings.clone_from(&call.settings);
        if let Some(left) = self.by_kind.get(&ask.kind) {
            // A run that was resumed without its folder has lost the state, and the gate began again.
            let was_lost = ask.state.is_empty() && !left.recorded.is_empty();
            if !was_lost {
                ask.state.clone_from(&left.state);
            }
        }
        if let Some(report) = &self.report
            && let Some(shown) = ask.reports.get_mut(&ask.gate)
        {
            shown.clone_from(report);
        }
        ask
    }

    /// Keeps what a call has left. A gate that could not answer gets its state again.
    fn note(&mut self, ask: &Ask, call: &PastCall<'_>, replayed: &Replayed) {
        let recorded = match &call.recorded.result {
            Ok(report) => report.state.clone(),
            Err(_) => call.recorded.ask.state.clone(),
        };
        let answered = replayed.answer.result.as_ref().ok();
        let counts = answered.filter(|_| replayed.misses.is_empty());
        let state = counts.map_or_else(|| ask.state.clone(), |report| report.state.clone());
        self.by_kind.insert(ask.kind, Left { state, recorded });
        if let (Kind::HealthCheck, Some(report)) = (ask.kind, counts) {
            self.report = Some(report.clone());
        }
    }
}

fn compared(call: &PastCall<'_>, replayed: Replayed) -> Comparison {
    Comparison {
        file: call.file.to_owned(),
        run: call.run.folder.clone(),
        run_end: call.run.end,
        kind: call.recorded.ask.kind,
        weight: call.recorded.ask.weight,
        recorded: call.recorded.result.clone(),
        now: replayed.answer.result,
        misses: replayed.misses.iter().map(ToString::to_string).collect(),
        repeated: replayed.repeated,
    }
}
