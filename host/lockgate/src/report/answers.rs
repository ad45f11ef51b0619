//! The lines for people about the answers of gates: of those that decide, and of those that decide nothing.

use rollout::{Fact, GateAnswer, GateFailure, Kind, Verdict, Weight, human};

use super::advice::would_have;
use super::text::TextReport;

impl TextReport {
    /// Writes what has become of a question to a gate that decides nothing.
    pub(super) fn beside(&mut self, fact: &Fact) {
        match fact {
            Fact::Advised {
                kind,
                weight,
                answer,
                ..
            } => self.advice(*kind, *weight, answer),
            Fact::Unanswered {
                kind,
                weight,
                gate,
                after_ms,
                ..
            } => {
                let asked = self.asked_beside(*kind, *weight, gate);
                self.line(&format!(
                    "{asked}: not answered in time; the run did not wait ({after_ms} ms)"
                ));
            }
            _ => {}
        }
    }

    /// Writes the answer of a gate that decides nothing, unless it is the same as its last one. Verbose output has all.
    fn advice(&mut self, kind: Kind, weight: Weight, answer: &GateAnswer) {
        let said = match (&answer.result, would_have(answer)) {
            (Ok(report), Some(would)) => format!("would have {would}: {}", report.reason),
            (Ok(report), None) => report.reason.clone(),
            (Err(failure), _) => format!("could not answer: {failure}"),
        };
        let of_gate = format!("{kind} {}", answer.gate);
        let is_new = self.last_advice.get(&of_gate) != Some(&said);
        if is_new || self.output.is_verbose() {
            let asked = self.asked_beside(kind, weight, &answer.gate);
            self.line(&format!("{asked}: {said} ({} ms)", answer.took_ms));
        }
        self.details(answer);
        self.last_advice.insert(of_gate, said);
    }

    /// Names a question to a gate that decides nothing. The run may have gone on since it was asked.
    fn asked_beside(&self, kind: Kind, weight: Weight, gate: &str) -> String {
        if self.weight == Some(weight.per_cent()) {
            format!("{kind} {gate} (advisory)")
        } else {
            format!("{kind} {gate} (advisory, asked at {weight})")
        }
    }

    /// Writes what stands behind an answer, in verbose output.
    fn details(&self, answer: &GateAnswer) {
        if !self.output.is_verbose() {
            return;
        }
        let gate = &answer.gate;
        match &answer.result {
            Ok(report) => {
                for number in &report.measurements {
                    self.line(&format!(
                        "  {gate}: {} of {}: {} {}",
                        number.name, number.subject, number.value, number.unit
                    ));
                }
            }
            Err(GateFailure::Trap(trap)) => {
                for detail in trap.details() {
                    self.line(&format!("  {gate}: {detail}"));
                }
            }
            Err(_) => {}
        }
    }

    pub(super) fn answer(&mut self, kind: Kind, answer: &GateAnswer) {
        let GateAnswer {
            gate,
            result,
            took_ms,
        } = answer;
        match result {
            Ok(report) => {
                let again = match report.verdict {
                    Verdict::Hold {
                        ask_again_ms: Some(ms),
                    } => {
                        format!(
                            ", again in {}",
                            human(std::time::Duration::from_millis(u64::from(ms)))
                        )
                    }
                    _ => String::new(),
                };
                let word = report.verdict.word();
                self.line(&format!(
                    "{kind} {gate}: {word}{again}: {} ({took_ms} ms)",
                    report.reason
                ));
                self.details(answer);
            }
            // Nothing has failed: the answer could not have changed the decision.
            Err(failure @ GateFailure::NotWaitedFor { .. }) => {
                self.line(&format!("{kind} {gate}: {failure} ({took_ms} ms)"));
            }
            Err(failure) => {
                let why = failure.to_string();
                let of_gate = format!("{kind} {gate}");
                if self.last_failures.get(&of_gate) == Some(&why) {
                    let again =
                        format!("{of_gate}: FAILED TO ANSWER again, as before ({took_ms} ms)");
                    return self.line(&again);
                }
                self.line(&format!(
                    "{of_gate}: FAILED TO ANSWER: {why} ({took_ms} ms)"
                ));
                self.last_failures.insert(of_gate, why);
                self.details(answer);
            }
        }
    }
}
