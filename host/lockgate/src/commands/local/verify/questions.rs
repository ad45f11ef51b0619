//! The questions that the facts of a journal lead to, so that each recorded call can be held to the one that it answers: a pass
//! from an earlier stage, or one that rests on another state of the gate, is no pass of this stage. Judges nothing itself.

use gates::Ask;
use rollout::{Action, Fact, Kind, Memory, MemoryKey, Rollout, question};

use crate::report::{Reporter, Update, What};

/// Takes note of the question before each answer.
#[derive(Default)]
pub(super) struct Questions {
    asked: Option<Question>,
    answered: Vec<Question>,
}

/// What the gates of one kind are asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    kind: Kind,
    /// Stage, weight, next weight, and the number of times that it was asked, each by its name in a recording.
    numbers: [(&'static str, u32); 4],
    /// The stable revision and the canary.
    revisions: [String; 2],
    /// What the gates said before, in this process. What it took over from another one may not be on this machine.
    memory: Memory,
}

impl Questions {
    /// Returns the question of each fact that is an answer, in their order.
    pub(super) fn answered(self) -> Vec<Question> {
        self.answered
    }
}

impl Reporter for Questions {
    fn report(&mut self, update: &Update<'_>) {
        match &update.what {
            What::Begins(action) => {
                if let Some(question) = Question::of(update.rollout, action) {
                    self.asked = Some(question);
                }
            }
            What::Happened(event, _) => {
                if let Fact::Answered { .. } = event.fact {
                    self.answered.extend(self.asked.clone());
                }
            }
            What::Began(_) | What::Remarked(_) | What::Ended(_) => {}
        }
    }
}

impl Question {
    fn of(rollout: &Rollout, action: &Action) -> Option<Question> {
        // Who is asked, and when, is not a part of it.
        let asked = question(rollout, action, &[], 0)?;
        let found = asked.inspection;
        Some(Question {
            kind: asked.kind,
            numbers: [
                ("stage", asked.stage),
                ("weight", asked.weight),
                ("next weight", asked.next_weight),
                ("number", asked.asked),
            ],
            revisions: [found.stable.name.clone(), found.canary.name.clone()],
            memory: asked.memory.clone(),
        })
    }

    /// Returns in which point a recorded question is another one, such as `stage 1, not 2`.
    pub(super) fn difference(&self, ask: &Ask) -> Option<String> {
        let recorded = [ask.stage, ask.weight, ask.next_weight, ask.asked];
        let mut numbers = self.numbers.iter().zip(recorded);
        if let Some(((name, wanted), found)) = numbers.find(|((_, wanted), found)| wanted != found)
        {
            return Some(format!("{name} {found}, not {wanted}"));
        }
        let [stable, canary] = &self.revisions;
        for (wanted, found) in [(stable, &ask.stable.name), (canary, &ask.canary.name)] {
            if wanted != found {
                return Some(format!("revision {found}, not {wanted}"));
            }
        }
        let key = MemoryKey {
            kind: self.kind,
            gate: ask.gate.clone(),
        };
        let state = self.memory.states.get(&key);
        if state.is_some_and(|state| *state != ask.state) {
            return Some("another state than the gate had returned before".to_owned());
        }
        let mut reports = self.memory.reports.iter();
        if self.kind == Kind::PromotionGate
            && let Some((gate, _)) =
                reports.find(|(gate, report)| ask.reports.get(*gate) != Some(report))
        {
            return Some(format!(
                "another report of {gate} than the one that it had given"
            ));
        }
        None
    }
}
