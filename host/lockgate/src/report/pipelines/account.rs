//! What a summary tells of a run, collected while it goes on: a row for each stage with its gates, and the canary's weight over
//! the time. Only listens.

use jiff::Timestamp;
use rollout::{Cause, Event, Fact, GateAnswer, GateFailure, Kind, Outcome, Phase, Rollout};

use crate::config::GateMode;
use crate::report::{Update, What};

/// What has happened so far.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// When the run began.
    pub(super) began: Timestamp,
    /// The stages, what comes before the first one, and a rollback.
    pub(super) rows: Vec<Row>,
    /// The canary's weight in per cent, where a read showed another one than before, with the milliseconds since the run began.
    pub(super) weights: Vec<(u64, u32)>,
    /// Milliseconds from the beginning to the last event.
    pub(super) lasted_ms: u64,
    /// The last stage that has begun to bake.
    baking: Option<usize>,
}

/// A stage, what comes before the first one, or a rollback.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    /// The canary's weight, in per cent.
    pub(super) weight: u32,
    pub(super) began: Timestamp,
    /// Milliseconds since the run began.
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
    /// The gates that have answered.
    pub(super) gates: Vec<Asked>,
    /// Why the run turned round; `None` of a stage.
    pub(super) cause: Option<String>,
}

/// What a gate has answered at a stage.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) gate: String,
    pub(super) kind: Kind,
    pub(super) mode: GateMode,
    /// How often it has answered.
    pub(super) times: u32,
    /// The last answer in a word, and its reason.
    pub(super) verdict: &'static str,
    pub(super) reason: String,
}

impl Account {
    /// Takes note of an update.
    pub(super) fn take(&mut self, update: &Update<'_>) {
        let at = update.time.timestamp();
        match &update.what {
            What::Began(_) => self.began = at,
            What::Happened(event, _) => self.happened(at, update.rollout, event),
            What::Begins(_) | What::Remarked(_) | What::Ended(_) => {}
        }
    }

    fn happened(&mut self, at: Timestamp, rollout: &Rollout, event: &Event) {
        self.lasted_ms = event.at.0;
        self.weigh(rollout, &event.fact);
        match &event.fact {
            Fact::Ready if self.rows.is_empty() => self.begin("before".to_owned(), at),
            Fact::Answered { kind, answers } => {
                for answer in answers {
                    self.answered(*kind, answer, GateMode::Required);
                }
            }
            Fact::Advised { kind, answer, .. } => self.answered(*kind, answer, GateMode::Advisory),
            _ => {}
        }
        if let Some(row) = self.rows.last_mut() {
            row.to_ms = event.at.0;
        }
        match rollout.phase() {
            Phase::Baking(baking) if self.baking != Some(baking.stage) => {
                self.baking = Some(baking.stage);
                let stages = rollout.plan().stages().len();
                self.begin(format!("{} of {stages}", baking.stage + 1), at);
            }
            Phase::RollingBack { cause, .. }
            | Phase::Ended(Outcome::RolledBack(cause) | Outcome::Unverified { cause, .. }) => {
                self.turned(cause, at);
            }
            _ => {}
        }
    }

    /// Takes note of the canary's weight, where a fact shows it.
    fn weigh(&mut self, rollout: &Rollout, fact: &Fact) {
        let (Fact::Observed { traffic, .. }, Some(found)) = (fact, rollout.inspection()) else {
            if let Fact::Inspected { inspection } = fact {
                let weight = inspection.now.weight_of(&inspection.canary.name);
                self.weights.push((self.lasted_ms, weight));
            }
            return;
        };
        let weight = traffic.weight_of(&found.canary.name);
        if self.weight() != weight {
            self.weights.push((self.lasted_ms, weight));
        }
        if let Some(row) = self.rows.last_mut().filter(|row| row.cause.is_some()) {
            row.weight = weight;
        }
    }

    fn weight(&self) -> u32 {
        self.weights.last().map_or(0, |(_, weight)| *weight)
    }

    fn begin(&mut self, name: String, at: Timestamp) {
        self.rows.push(Row {
            name,
            weight: self.weight(),
            began: at,
            from_ms: self.lasted_ms,
            to_ms: self.lasted_ms,
            gates: Vec::new(),
            cause: None,
        });
    }

    fn turned(&mut self, cause: &Cause, at: Timestamp) {
        let has_turned = self.rows.iter().any(|row| row.cause.is_some());
        if has_turned {
            return;
        }
        let name = match cause {
            Cause::Undone(_) => "undo",
            _ => "roll back",
        };
        self.begin(name.to_owned(), at);
        if let Some(row) = self.rows.last_mut() {
            row.cause = Some(cause.without_reason());
        }
    }

    fn answered(&mut self, kind: Kind, answer: &GateAnswer, mode: GateMode) {
        let (verdict, reason) = match &answer.result {
            Ok(report) => (report.verdict.word(), report.reason.clone()),
            Err(failure @ GateFailure::NotWaitedFor { .. }) => {
                ("not waited for", failure.to_string())
            }
            Err(failure) => ("could not answer", failure.to_string()),
        };
        let Some(row) = self.rows.last_mut() else {
            return;
        };
        let mut gates = row.gates.iter_mut();
        let same = gates.find(|asked| asked.gate == answer.gate && asked.kind == kind);
        if let Some(asked) = same {
            asked.times += 1;
            (asked.verdict, asked.reason) = (verdict, reason);
        } else {
            row.gates.push(Asked {
                gate: answer.gate.clone(),
                kind,
                mode,
                times: 1,
                verdict,
                reason,
            });
        }
    }
}
