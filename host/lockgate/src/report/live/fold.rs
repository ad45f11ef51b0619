//! Folds what a reporter learns into what the live view shows. Pure: the present is handed in.

use rollout::{Action, Event, Fact, GateAnswer, Kind, Phase, Purpose, Rollout, Timestamp};

use super::gates::{Gates, canary_share};
use super::next::{ctrl_c, is_first, next, turned};
use super::stages::{stages, wanted};
use super::view::{RunView, SplitView};
use crate::event::{RunEvent, Split};
use crate::report::{Beginning, Update, What};

/// What is known of a run so far.
#[derive(Debug, Default)]
pub(in crate::report) struct Fold {
    app: String,
    gates: Gates,
    split: SplitView,
    failure: Option<String>,
    /// The writes that a rollback has sent.
    attempts: u32,
    /// The highest weight that the canary has had, in per cent.
    reached: u32,
    view: RunView,
}

impl Fold {
    /// Returns what is shown now.
    pub(in crate::report) fn view(&self) -> RunView {
        self.view.clone()
    }

    /// Takes note of what has happened; `now` is the present on the run's clock.
    pub(in crate::report) fn update(&mut self, update: &Update<'_>, now: Timestamp) {
        let rollout = update.rollout;
        match &update.what {
            What::Began(beginning) => self.began(beginning, now),
            What::Begins(action) => self.begins(rollout, action, now),
            What::Happened(event, _) => {
                if let Some(failure) = self.happened(rollout, event) {
                    let time = update.time.strftime("%H:%M:%S");
                    self.failure = Some(format!("{time} {failure}"));
                }
            }
            What::Remarked(remark) => {
                if let RunEvent::Split(split) = remark.event {
                    self.split.measured = measured(split);
                }
            }
            What::Ended(_) => {}
        }
        match rollout.phase() {
            Phase::Verifying { .. } | Phase::Baking(_) | Phase::Gating(_) => {
                self.reached = self.reached.max(wanted(rollout).unwrap_or_default());
            }
            _ => {}
        }
        self.view = RunView {
            title: self.title(rollout),
            began: self.view.began,
            turned: turned(rollout),
            stages: stages(rollout, self.reached),
            split: SplitView {
                wanted: wanted(rollout),
                ..self.split.clone()
            },
            gates: self.gates.views(),
            holder: None,
            failure: self.failure.clone(),
            next: next(rollout, self.attempts),
            ctrl_c: ctrl_c(rollout).to_owned(),
        };
    }

    fn began(&mut self, beginning: &Beginning, now: Timestamp) {
        self.app = beginning.app.name().to_owned();
        self.gates = Gates::of(&beginning.gates);
        self.view.began = Some(now);
    }

    fn begins(&mut self, rollout: &Rollout, action: &Action, now: Timestamp) {
        match action {
            Action::Ask { kind, stage, .. } => {
                let names = rollout.gates_for(*kind, *stage);
                self.gates.begin(*kind, names, now);
            }
            Action::Write {
                purpose: Purpose::RollBack,
                ..
            } => self.attempts += 1,
            _ => {}
        }
    }

    /// Takes note of a fact. Returns what has failed, if anything has.
    fn happened(&mut self, rollout: &Rollout, event: &Event) -> Option<String> {
        match &event.fact {
            Fact::Answered { kind, answers } => {
                let answered = |answer| self.answered(*kind, answer);
                return answers.iter().map(answered).fold(None, Option::or);
            }
            Fact::Advised { kind, answer, .. } => {
                let failed = self.answered(*kind, answer)?;
                return Some(format!("{failed} (advisory)"));
            }
            Fact::Unanswered { kind, gate, .. } => self.gates.unanswered(*kind, gate),
            Fact::Inspected { inspection } => {
                self.read(rollout, inspection.now.weight_of(&inspection.canary.name));
            }
            Fact::Observed { traffic, .. } => {
                let found = rollout.inspection()?;
                self.read(rollout, traffic.weight_of(&found.canary.name));
            }
            Fact::Unobserved { reason } => return Some(format!("a read failed: {reason}")),
            Fact::WriteRefused { reason }
            | Fact::WriteNotNow { reason, .. }
            | Fact::WriteUnknown { reason } => return Some(format!("a write failed: {reason}")),
            Fact::NotActivated { reason } => return Some(format!("activating failed: {reason}")),
            Fact::JournalLost { reason } => return Some(format!("the journal is lost: {reason}")),
            _ => {}
        }
        None
    }

    /// Takes note of an answer. Returns what is wrong, if anything is.
    fn answered(&mut self, kind: Kind, answer: &GateAnswer) -> Option<String> {
        if let Some(share) = canary_share(answer) {
            self.split.measured = Some(format!("{share:.1} % measured by {}", answer.gate));
        }
        self.gates.answered(kind, answer)
    }

    fn read(&mut self, rollout: &Rollout, weight: u32) {
        if self.split.read != Some(weight) {
            // What was measured belongs to the weight before.
            self.split.measured = None;
        }
        self.split.read = (!is_first(rollout)).then_some(weight);
    }

    fn title(&self, rollout: &Rollout) -> String {
        let (app, run) = (&self.app, rollout.run());
        let Some(found) = rollout.inspection() else {
            return format!("{app}, run {run}");
        };
        let (stable, canary) = (&found.stable.name, &found.canary.name);
        if is_first(rollout) {
            return format!("{app}: first revision {canary}, run {run}");
        }
        format!("{app}: canary {canary}, stable {stable}, run {run}")
    }
}

/// Returns a measured split in words; `None` where no request was measured.
fn measured(split: &Split) -> Option<String> {
    // In thousandths, so that no float is needed.
    let share = split
        .canary
        .saturating_mul(1_000)
        .checked_div(split.total)?;
    let total = split.total;
    Some(format!(
        "{}.{} % of {total} requests measured",
        share / 10,
        share % 10
    ))
}
