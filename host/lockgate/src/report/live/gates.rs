//! The gates of the live view: what each has answered, and what it measured.

use std::collections::VecDeque;

use rollout::{GateAnswer, GateFailure, Kind, Measurement, Timestamp, Verdict};

use super::view::{Evidence, GateView, Sign};
use crate::report::AskedGate;

/// The gates of a run, each for one kind of question.
#[derive(Debug, Default)]
pub(super) struct Gates(Vec<(Kind, String, GateView)>);

impl Gates {
    /// Returns the gates before any is asked.
    pub(super) fn of(asked: &[AskedGate]) -> Gates {
        let each = asked.iter().flat_map(|gate| {
            let view = move |kind: &Kind| (*kind, gate.name.clone(), unasked(gate, *kind));
            gate.kinds.iter().map(view)
        });
        Gates(each.collect())
    }

    /// Returns what is shown of them.
    pub(super) fn views(&self) -> Vec<GateView> {
        self.0.iter().map(|(_, _, view)| view.clone()).collect()
    }

    fn of_name(&mut self, kind: Kind, name: &str) -> Option<&mut GateView> {
        let is_it = |gate: &&mut (Kind, String, GateView)| gate.0 == kind && gate.1 == name;
        self.0.iter_mut().find(is_it).map(|(_, _, view)| view)
    }

    /// Takes note that these are being asked.
    pub(super) fn begin(&mut self, kind: Kind, names: &[String], now: Timestamp) {
        for name in names {
            if let Some(view) = self.of_name(kind, name) {
                view.asked = Some(now);
            }
        }
    }

    /// Takes note of an answer. Returns what is wrong, where it is no pass and no hold.
    pub(super) fn answered(&mut self, kind: Kind, answer: &GateAnswer) -> Option<String> {
        let view = self.of_name(kind, &answer.gate)?;
        let gate = &answer.gate;
        match &answer.result {
            Ok(report) => {
                let sign = match report.verdict {
                    Verdict::Pass => Sign::Pass,
                    Verdict::Fail => Sign::Fail,
                    Verdict::Hold { .. } => Sign::Hold,
                };
                view.answered(
                    sign,
                    format!("{}: {}", report.verdict.word(), report.reason),
                );
                view.evidence = evidence(&report.measurements).or(view.evidence);
                (sign == Sign::Fail).then(|| format!("{gate} said no: {}", report.reason))
            }
            Err(GateFailure::NotWaitedFor { .. }) => {
                view.asked = None;
                None
            }
            Err(failure) => {
                view.answered(Sign::Unanswered, format!("could not answer: {failure}"));
                Some(format!("{gate} could not answer: {failure}"))
            }
        }
    }

    /// Takes note that a gate has not answered in time.
    pub(super) fn unanswered(&mut self, kind: Kind, name: &str) {
        if let Some(view) = self.of_name(kind, name) {
            view.answered(Sign::Unanswered, "not answered in time".to_owned());
        }
    }
}

fn unasked(gate: &AskedGate, kind: Kind) -> GateView {
    let mut name = gate.name.clone();
    if gate.kinds.len() > 1 {
        name.push_str(match kind {
            Kind::HealthCheck => ", health",
            Kind::PromotionGate => ", promotion",
        });
    }
    if gate.is_advisory {
        name.push_str(" (advisory)");
    }
    GateView {
        name,
        trend: VecDeque::new(),
        said: "not asked yet".to_owned(),
        asked: None,
        evidence: None,
    }
}

/// Returns the evidence among measurements, by the names that the gate `compare` gives them.
fn evidence(measurements: &[Measurement]) -> Option<Evidence> {
    let of = |name: &'static str| {
        let values = measurements
            .iter()
            .filter(move |number| number.name == name);
        values.map(|number| number.value)
    };
    let counted = |revision: &str| {
        let of = |name| value(measurements, name, revision);
        of("failures").zip(of("requests"))
    };
    let evidence = Evidence {
        against: of("evidence-against").reduce(f64::max),
        in_favour: of("evidence-for").reduce(f64::min),
        needed: of("requests-needed").reduce(f64::max),
        canary: counted("canary"),
        stable: counted("stable"),
    };
    (evidence != Evidence::default()).then_some(evidence)
}

/// Returns the share of the requests that the canary served, in per cent, where the gate has measured it.
pub(super) fn canary_share(answer: &GateAnswer) -> Option<f64> {
    let report = answer.result.as_ref().ok()?;
    value(&report.measurements, "canary-share", "canary")
}

fn value(measurements: &[Measurement], name: &str, subject: &str) -> Option<f64> {
    let is_it = |number: &&Measurement| number.name == name && number.subject == subject;
    measurements.iter().find(is_it).map(|number| number.value)
}
