//! What gates that decide nothing would have done: said as they answer, and in sum at the end of a run.

use std::collections::BTreeMap;

use rollout::{
    Event, Fact, GateAnswer, Kind, Plan, Report as GateReport, Timestamp, Verdict, Weight, human,
};

use crate::event::{Advice, FirstAdvice};

/// The answers of all advisory gates of a run, by gate.
#[derive(Debug, Default)]
pub(super) struct AdviceSummary(BTreeMap<String, OfGate>);

/// The answers of one gate.
#[derive(Debug, Default)]
struct OfGate {
    passed: u32,
    failed: u32,
    held: u32,
    could_not: u32,
    unanswered: u32,
    first_no: Option<First>,
    first_hold: Option<First>,
}

/// The first answer of its kind.
#[derive(Debug)]
struct First {
    at: Timestamp,
    kind: Kind,
    stage: u32,
    weight: Weight,
    reason: String,
}

impl AdviceSummary {
    /// Returns a summary without an answer.
    pub(super) fn of(plan: &Plan) -> AdviceSummary {
        let gates = plan.advisory_gates().into_iter();
        AdviceSummary(
            gates
                .map(|gate| (gate.to_owned(), OfGate::default()))
                .collect(),
        )
    }

    /// Counts an answer. Returns whether the gate would have rolled back, for the first time.
    pub(super) fn count(&mut self, event: &Event) -> bool {
        match &event.fact {
            Fact::Unanswered { gate, .. } => {
                self.0.entry(gate.clone()).or_default().unanswered += 1;
                false
            }
            Fact::Advised {
                kind,
                stage,
                weight,
                answer,
            } => {
                let of_gate = self.0.entry(answer.gate.clone()).or_default();
                let Ok(report) = &answer.result else {
                    of_gate.could_not += 1;
                    return false;
                };
                let first = || First {
                    at: event.at,
                    kind: *kind,
                    stage: *stage,
                    weight: *weight,
                    reason: report.reason.clone(),
                };
                of_gate.count(report, first)
            }
            _ => false,
        }
    }

    /// Returns one line for each gate.
    pub(super) fn as_text(&self) -> Vec<String> {
        let line = |(gate, of_gate): (&String, &OfGate)| format!("advisory {gate} {of_gate}");
        self.0.iter().map(line).collect()
    }

    /// Returns the same for machines.
    pub(super) fn as_events(&self) -> Vec<Advice> {
        let of_gate = |(gate, of_gate): (&String, &OfGate)| {
            let (would, first) = of_gate.would();
            Advice {
                gate: gate.clone(),
                would_have: would.map(str::to_owned),
                first: first.map(|first| FirstAdvice {
                    at_ms: first.at.0,
                    kind: first.kind,
                    stage: first.stage,
                    weight: first.weight,
                    reason: first.reason.clone(),
                }),
                passed: of_gate.passed,
                failed: of_gate.failed,
                held: of_gate.held,
                could_not_answer: of_gate.could_not,
                not_in_time: of_gate.unanswered,
            }
        };
        self.0.iter().map(of_gate).collect()
    }
}

impl OfGate {
    fn count(&mut self, report: &GateReport, first: impl FnOnce() -> First) -> bool {
        let is_first_no = self.first_no.is_none() && report.verdict == Verdict::Fail;
        match report.verdict {
            Verdict::Pass => self.passed += 1,
            Verdict::Fail => {
                self.failed += 1;
                self.first_no.get_or_insert_with(first);
            }
            Verdict::Hold { .. } => {
                self.held += 1;
                self.first_hold.get_or_insert_with(first);
            }
        }
        is_first_no
    }

    /// Returns what the gate would have done, and when first: its no outweighs a hold, and a hold a pass.
    fn would(&self) -> (Option<&'static str>, Option<&First>) {
        match (&self.first_no, &self.first_hold) {
            (Some(no), _) => (Some(ROLLED_BACK), Some(no)),
            (None, Some(hold)) => (Some(HELD), Some(hold)),
            (None, None) if self.passed > 0 => (Some(LET_ON), None),
            (None, None) => (None, None),
        }
    }
}

const ROLLED_BACK: &str = "rolled back";
const HELD: &str = "held";
const LET_ON: &str = "let it go on";

impl std::fmt::Display for OfGate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.would() {
            (Some(would), Some(first)) => write!(
                f,
                "would have {would} first at {} (after {}): {}",
                first.weight,
                human(Timestamp::default().until(first.at)),
                first.reason
            )?,
            (Some(would), None) => write!(f, "would have {would}")?,
            (None, _) => f.write_str("gave no answer")?,
        }
        let counts = [
            (self.passed, "pass"),
            (self.failed, "fail"),
            (self.held, "hold"),
            (self.could_not, "could not answer"),
            (self.unanswered, "not in time"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if counts.is_empty() {
            return f.write_str("; it was not asked");
        }
        write!(f, "; {}", counts.join(", "))
    }
}

/// Returns what a gate would have done with this answer; `None` where it could not answer.
pub(super) fn would_have(answer: &GateAnswer) -> Option<&'static str> {
    let report = answer.result.as_ref().ok()?;
    Some(match report.verdict {
        Verdict::Pass => LET_ON,
        Verdict::Fail => ROLLED_BACK,
        Verdict::Hold { .. } => HELD,
    })
}
