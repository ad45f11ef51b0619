//! Lines for people: the time, the canary's verified weight, and one sentence.

use std::collections::BTreeSet;

use rollout::{
    Action, Event, Fact, GateAnswer, Intent, Kind, Phase, Progress, Rollout, Traffic, Verdict,
    human,
};

use super::sentence::Closing;
use super::tried::essence;
use crate::output::Output;

/// Writes the lines of one run.
pub(super) struct Lines {
    output: Output,
    /// The canary's weight as last verified, in per cent.
    weight: Option<u32>,
    /// The last reason for not being ready, so that it is said once.
    waiting_for: Option<String>,
    /// True once the cause of a rollback has been said.
    said_why: bool,
    /// The last write that was announced, and all failures that were, so that each is said once.
    last_write: Option<String>,
    failures: BTreeSet<String>,
}

impl Lines {
    pub(super) fn new(output: Output) -> Lines {
        Lines {
            output,
            weight: None,
            waiting_for: None,
            said_why: false,
            last_write: None,
            failures: BTreeSet::new(),
        }
    }

    pub(super) fn begins(&mut self, rollout: &Rollout, gates: &str) {
        let version = env!("CARGO_PKG_VERSION");
        let run = rollout.run();
        self.line(&format!("lockgate {version}, run {run}"));
        if !matches!(rollout.intent(), Intent::Rollout | Intent::Resume) {
            return;
        }
        let stages: Vec<String> = rollout
            .plan()
            .stages()
            .iter()
            .map(|stage| format!("{} for {}", stage.weight, human(stage.bake)))
            .collect();
        self.line(&format!("stages {}; gates: {gates}", stages.join(", ")));
    }

    pub(super) fn remark(&mut self, sentence: &str) {
        self.line(sentence);
    }

    pub(super) fn tell(&mut self, rollout: &Rollout, moment: Progress<'_>) {
        match moment {
            Progress::Begins(action) => self.about_to(rollout, action),
            Progress::Happened(event) => self.happened(rollout, event),
        }
    }

    pub(super) fn ended(&mut self, closing: &Closing, code: u8) {
        self.line(&closing.result);
        self.line(&closing.serves);
        if let Some(tried) = &closing.tried {
            self.line(tried);
        }
        if let Some(next) = &closing.next {
            self.line(&format!("next: {next}"));
        }
        self.line(&format!("exit code {code}"));
    }

    fn about_to(&mut self, rollout: &Rollout, action: &Action) {
        match action {
            Action::Write { traffic, .. } => {
                let what = match rollout.phase() {
                    Phase::RollingBack { .. } => "giving the traffic back",
                    Phase::Promoting(_) => "promoting, clearing the lease",
                    Phase::Held { .. } => "freezing, marking the lease",
                    _ => "shifting",
                };
                let sentence = format!("{what}: writing {traffic}");
                if self.last_write.as_ref() != Some(&sentence) {
                    self.line(&sentence);
                    self.last_write = Some(sentence);
                }
            }
            Action::Observe { .. } if self.output.is_verbose() => self.line("reading the app"),
            Action::Wait { until } if self.output.is_verbose() => {
                self.line(&format!("waiting until {until} of the run"));
            }
            _ => {}
        }
    }

    fn happened(&mut self, rollout: &Rollout, event: &Event) {
        match &event.fact {
            Fact::Inspected { inspection } => {
                let found = inspection;
                self.weight = Some(found.now.weight_of(&found.canary.name));
                self.line(&format!("app {}: {}", found.app, found.now));
                self.line(&format!(
                    "stable {} ({}), canary {} ({})",
                    found.stable.name,
                    shown(&found.stable.image),
                    found.canary.name,
                    shown(&found.canary.image)
                ));
            }
            Fact::Ready => self.line("the canary is ready"),
            Fact::NotReady { reason, .. } if self.waiting_for.as_ref() != Some(reason) => {
                self.line(&format!("not ready: {reason}"));
                self.waiting_for = Some(reason.clone());
            }
            Fact::Answered { kind, answers } => {
                for answer in answers {
                    self.answer(*kind, answer);
                }
            }
            Fact::Observed { traffic, .. } => self.observed(rollout, traffic),
            Fact::Unobserved { reason } => {
                self.failure(&format!("the app could not be read: {reason}"));
            }
            Fact::WriteRefused { reason } => {
                self.failure(&format!("the write was refused: {reason}"));
            }
            Fact::WriteUnknown { reason } => self.failure(&format!(
                "nobody knows whether the write was applied: {reason}"
            )),
            Fact::CancelRequested { by } => self.line(&format!("asked to end by {by}")),
            Fact::JournalLost { reason } => {
                self.line(&format!("the journal cannot be written: {reason}"));
            }
            _ => {}
        }
        if let Phase::RollingBack { cause, .. } = rollout.phase()
            && !self.said_why
        {
            self.said_why = true;
            self.line(&format!("rolling back: {cause}"));
        }
    }

    /// Says what went wrong; the same again is left out, for a rollback may try for a long time.
    fn failure(&mut self, sentence: &str) {
        let essence = essence(sentence);
        if self.failures.insert(essence) || self.output.is_verbose() {
            self.line(sentence);
        }
    }

    fn observed(&mut self, rollout: &Rollout, traffic: &Traffic) {
        if let Some(found) = rollout.inspection() {
            self.weight = Some(traffic.weight_of(&found.canary.name));
        }
        match rollout.phase() {
            Phase::Baking(baking) => {
                let stage = &rollout.plan().stages()[baking.stage];
                self.line(&format!(
                    "read back: {traffic}; baking for {}",
                    human(stage.bake)
                ));
            }
            Phase::Ended(_) => self.line(&format!("read back: {traffic}")),
            _ if self.output.is_verbose() => self.line(&format!("read: {traffic}")),
            _ => {}
        }
    }

    fn answer(&mut self, kind: Kind, answer: &GateAnswer) {
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
                if self.output.is_verbose() {
                    for number in &report.measurements {
                        self.line(&format!(
                            "  {gate}: {} of {}: {} {}",
                            number.name, number.subject, number.value, number.unit
                        ));
                    }
                }
            }
            Err(failure) => {
                self.line(&format!(
                    "{kind} {gate}: FAILED TO ANSWER: {failure} ({took_ms} ms)"
                ));
            }
        }
    }

    fn line(&self, sentence: &str) {
        let time = jiff::ZonedDateTime::now().strftime("%H:%M:%S");
        let weight = self
            .weight
            .map_or_else(|| "    -".to_owned(), |weight| format!("{weight:3} %"));
        self.output.text(&format!("{time} {weight}  {sentence}"));
    }
}

fn shown(image: &str) -> &str {
    match image {
        "" => "image unknown",
        image => image,
    }
}
