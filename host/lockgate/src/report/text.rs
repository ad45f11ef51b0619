//! The lines for people: the time of day, the canary's verified weight, and one sentence. Repeated sentences are
//! left out. `conclusion.rs` has the sentences that end a run.

use std::collections::{BTreeMap, BTreeSet};

use rollout::{
    Action, Cause, Event, Fact, Inspection, Intent, Phase, Purpose, Rollout, Traffic, Undo, human,
    listed,
};

use super::attempts::without_request_id;
use super::conclusion::Conclusion;
use crate::exit::Exit;
use crate::output::Output;

/// Writes the lines of one run.
pub(super) struct TextReport {
    pub(super) output: Output,
    /// The time of what is reported.
    pub(super) now: Option<jiff::ZonedDateTime>,
    /// The canary's weight as last verified, in per cent.
    pub(super) weight: Option<u32>,
    /// The last reason for not being ready, so that it is written once.
    waiting_for: Option<String>,
    /// True once the cause of a rollback is written.
    cause_is_written: bool,
    /// True once it is written that the run watches for a write of the run that it has ended.
    watch_is_written: bool,
    /// The last write that was announced, so that its repetitions are left out.
    last_write: Option<String>,
    /// All failures that were written, each without its request id.
    failures: BTreeSet<String>,
    /// The last failure of each gate to answer.
    pub(super) last_failures: BTreeMap<String, String>,
    /// What each gate that decides nothing has said last.
    pub(super) last_advice: BTreeMap<String, String>,
}

impl TextReport {
    pub(super) fn new(output: Output) -> TextReport {
        TextReport {
            output,
            now: None,
            weight: None,
            waiting_for: None,
            cause_is_written: false,
            watch_is_written: false,
            last_write: None,
            failures: BTreeSet::new(),
            last_failures: BTreeMap::new(),
            last_advice: BTreeMap::new(),
        }
    }

    pub(super) fn start(&mut self, rollout: &Rollout, gates: &str) {
        let version = env!("CARGO_PKG_VERSION");
        let run = rollout.run();
        let emergency = emergency(rollout);
        let date = (self.now.as_ref())
            .map_or_else(String::new, |now| now.strftime(", %Y-%m-%d").to_string());
        self.line(&format!("lockgate {version}, run {run}{date}{emergency}"));
        if !matches!(rollout.intent(), Intent::Rollout | Intent::Resume) {
            return;
        }
        let stages: Vec<String> = rollout
            .plan()
            .stages()
            .iter()
            .map(|stage| {
                let pause = if stage.pause.is_some() {
                    " and a pause"
                } else {
                    ""
                };
                format!("{} for {}{pause}", stage.weight, human(stage.bake))
            })
            .collect();
        self.line(&format!("stages {}; gates: {gates}", stages.join(", ")));
    }

    pub(super) fn end(&mut self, rollout: &Rollout, conclusion: &Conclusion, exit: Exit) {
        self.line(&conclusion.result_without_reason);
        self.line(&conclusion.serves);
        if let Some(attempts) = &conclusion.attempts {
            self.line(attempts);
        }
        if let Some(next) = &conclusion.next {
            self.line(&format!("next: {next}"));
        }
        self.line(&format!("exit code {exit}{}", emergency(rollout)));
    }

    pub(super) fn about_to(&mut self, rollout: &Rollout, action: &Action) {
        match action {
            Action::Write {
                purpose, traffic, ..
            } => {
                let holding = match rollout.phase() {
                    Phase::Held { holding, .. } => Some(holding),
                    _ => None,
                };
                let is_pausing = holding.is_some_and(|holding| holding.pause.is_some());
                let purpose = match purpose {
                    Purpose::Shift => "shifting",
                    Purpose::RollBack if is_undo(rollout) => "undoing the promotion",
                    Purpose::RollBack => "restoring the baseline",
                    Purpose::Mark => return self.marking(rollout),
                    Purpose::Settle if is_pausing => "pausing, marking the lease as paused",
                    Purpose::Settle if holding.is_some() => "freezing, marking the lease as held",
                    Purpose::Settle => "promoting, clearing the lease",
                };
                let sentence = format!("{purpose}: writing {traffic}");
                if self.last_write.as_ref() != Some(&sentence) {
                    self.line(&sentence);
                    self.last_write = Some(sentence);
                }
            }
            Action::Activate => {
                let found = rollout.inspection();
                let revision = match rollout.phase() {
                    Phase::Readiness { .. } => found.map(|found| found.canary.name.as_str()),
                    _ => None,
                };
                let revision = revision.unwrap_or("the stable revision");
                self.line(&format!("activating {revision}"));
            }
            Action::Observe { .. } if self.output.is_verbose() => self.line("reading the app"),
            Action::Wait { .. } if !self.watch_is_written && rollout.watches_until().is_some() => {
                self.watch_is_written = true;
                let window = human(rollout.plan().timing().late_write_window);
                self.line(&format!(
                    "the baseline is restored; watching for {window}, as long as a write of run {} may still land",
                    rollout.run()
                ));
            }
            Action::Wait { until } if self.output.is_verbose() => {
                self.line(&format!("waiting until {until} after the start"));
            }
            Action::Observe { .. } | Action::Wait { .. } => {}
            // The fact that comes of it is written instead.
            Action::Inspect | Action::CheckReadiness | Action::Ask { .. } | Action::Finish(_) => {}
        }
    }

    pub(super) fn happened(&mut self, rollout: &Rollout, event: &Event) {
        match &event.fact {
            Fact::Inspected { inspection } => self.inspected(inspection),
            Fact::Ready => match rollout.inspection().and_then(|found| found.undoes.as_ref()) {
                Some(undo) => self.line(&format!("{} is ready", undo.promotion.replaced)),
                None => self.line("the canary is ready"),
            },
            Fact::NotReady { reason, .. } if self.waiting_for.as_ref() != Some(reason) => {
                self.line(&format!("not ready: {reason}"));
                self.waiting_for = Some(reason.clone());
            }
            Fact::Answered { kind, answers } => {
                for answer in answers {
                    self.answer(*kind, answer);
                }
            }
            beside @ (Fact::Advised { .. } | Fact::Unanswered { .. }) => self.beside(beside),
            Fact::Observed { traffic, .. } => self.observed(rollout, traffic),
            Fact::Unobserved { reason } => {
                self.failure(&format!("the app could not be read: {reason}"));
            }
            Fact::WriteRefused { reason } => {
                self.failure(&format!("the write was refused: {reason}"));
            }
            Fact::WriteUnknown { reason } => self.failure(&format!(
                "the write may or may not have been applied: {reason}"
            )),
            Fact::WriteNotNow { reason, .. } => {
                self.failure(&format!("the write was not taken: {reason}"));
            }
            Fact::NotActivated { reason } => self.failure(&format!(
                "the stable revision could not be activated: {reason}"
            )),
            Fact::CancelRequested { by, hurry: false } => {
                self.line(&format!("asked to end by {by}"))
            }
            Fact::CancelRequested { by, hurry: true } => {
                let left = human(rollout.plan().timing().hurry_deadline);
                self.line(&format!(
                    "about to be killed ({by}): the rollback has {left} for its last try"
                ));
            }
            Fact::JournalLost { reason } => {
                self.line(&format!("the journal cannot be written: {reason}"));
            }
            // Repeated, or written as the result of the run, or visible in the next read.
            Fact::NotReady { .. }
            | Fact::Refused { .. }
            | Fact::NoLease { .. }
            | Fact::Activated
            | Fact::LateAnswer { .. }
            | Fact::Waited
            | Fact::Written => {}
        }
        if let Phase::RollingBack { cause, .. } = rollout.phase()
            && !self.cause_is_written
        {
            self.cause_is_written = true;
            if is_undo(rollout) {
                return;
            }
            // The reason stands in the line of the answer.
            self.line(&format!("rolling back: {}", cause.without_reason()));
        }
    }

    fn inspected(&mut self, found: &Inspection) {
        self.weight = Some(found.now.weight_of(&found.canary.name));
        self.line(&format!("app {}: {}", found.app, found.now));
        if let Some(undo) = &found.undoes {
            return self.undo(undo);
        }
        self.line(&format!(
            "stable {} ({}), canary {} ({})",
            found.stable.name,
            image_or_unknown(&found.stable.image),
            found.canary.name,
            image_or_unknown(&found.canary.image)
        ));
    }

    fn undo(&self, undo: &Undo) {
        let promotion = &undo.promotion;
        let run = match promotion.run.as_str() {
            "" => "the last run".to_owned(),
            run => format!("run {run}"),
        };
        self.line(&format!(
            "{run} has promoted {}, which replaced {}",
            promotion.promoted, promotion.replaced
        ));
        if !undo.newer.is_empty() {
            self.line(&format!(
                "created since then: {}; its place in the traffic is not changed",
                listed(&undo.newer)
            ));
        }
    }

    fn marking(&self, rollout: &Rollout) {
        if let Some(found) = rollout.inspection() {
            let canary = &found.canary.name;
            let held = matches!(
                rollout.phase(),
                Phase::RollingBack {
                    cause: Cause::HeldTooLong { .. },
                    ..
                }
            );
            let what = if held {
                "a gate held too long before"
            } else {
                "a gate said no to"
            };
            self.line(&format!("noting on the app that {what} {canary}"));
        }
    }

    /// Writes a failure once: a rollback may meet the same one for a long time. Verbose output has all.
    fn failure(&mut self, sentence: &str) {
        let is_new = self.failures.insert(without_request_id(sentence));
        if is_new || self.output.is_verbose() {
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

    /// Writes a sentence with the time and the weight before it.
    pub(super) fn line(&self, sentence: &str) {
        let time = (self.now.as_ref())
            .map_or_else(String::new, |now| now.strftime("%H:%M:%S").to_string());
        let weight = self
            .weight
            .map_or_else(|| "    -".to_owned(), |weight| format!("{weight:3} %"));
        self.output
            .sentence(&format!("{time} {weight}  "), sentence);
    }
}

/// Returns whether a run returns the traffic that a promotion has moved.
fn is_undo(rollout: &Rollout) -> bool {
    matches!(
        rollout.phase(),
        Phase::RollingBack {
            cause: Cause::Undone(_),
            ..
        }
    )
}

/// Returns what stands in the first and the last line of an emergency.
fn emergency(rollout: &Rollout) -> String {
    let reason = rollout.plan().emergency();
    reason.map_or_else(String::new, |reason| {
        format!("; EMERGENCY, promotion gates decide nothing: {reason}")
    })
}

fn image_or_unknown(image: &str) -> &str {
    if image.is_empty() {
        "image unknown"
    } else {
        image
    }
}
