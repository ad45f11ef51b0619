//! From the updates of a journal to the story of its process.

use rollout::{
    Action, Cause, Event, Fact, GateAnswer, GateFailure, Kind, Phase, Purpose, Rollout, Traffic,
};

use super::model::{Happened, Point, Process, StageStory, Verdict, What};
use crate::config::GateMode;
use crate::report::{Reporter, Update, What as Reported};
use crate::run::journal::SavedJournal;

/// What has happened so far.
pub(super) struct Fold {
    process: Process,
    weight: u32,
    /// The write that was sent last, until its outcome is known.
    sent: Option<(String, Traffic)>,
    read: Option<Traffic>,
    /// The stage that gates are asked about.
    asked_stage: usize,
    has_turned: bool,
}

impl Fold {
    /// Returns the story before the first event.
    pub(super) fn of(journal: &SavedJournal) -> Fold {
        let began = &journal.began;
        let stage = |stage: &rollout::Stage| StageStory {
            weight: stage.weight.per_cent(),
            bake_ms: u64::try_from(stage.bake.as_millis()).unwrap_or(u64::MAX),
            reached_ms: None,
            left_ms: None,
        };
        Fold {
            process: Process {
                lockgate: began.lockgate.clone(),
                intent: began.intent.clone(),
                app: began.app.clone(),
                began: format!("{:.3}", journal.time),
                lasted_ms: 0,
                stable: None,
                canary: None,
                gates: began.gates.clone(),
                promises: began.promises.clone(),
                emergency: began.plan.emergency().map(str::to_owned),
                stages: began.plan.stages().iter().map(stage).collect(),
                happened: Vec::new(),
                reads: Vec::new(),
                points: Vec::new(),
                ended: None,
                journal_sha256: journal.sha256.clone(),
            },
            weight: 0,
            sent: None,
            read: None,
            asked_stage: 0,
            has_turned: false,
        }
    }

    pub(super) fn process(self) -> Process {
        self.process
    }

    fn add(&mut self, at_ms: u64, what: What) {
        self.process.happened.push(Happened {
            at_ms,
            weight: self.weight,
            what,
        });
    }

    fn happened(&mut self, rollout: &Rollout, event: &Event) {
        let at_ms = event.at.0;
        self.process.lasted_ms = self.process.lasted_ms.max(at_ms);
        if let Some(found) = rollout.inspection() {
            self.process.stable = Some(found.stable.clone());
            self.process.canary = Some(found.canary.clone());
        }
        match &event.fact {
            Fact::Inspected { inspection } => self.read(at_ms, &inspection.now),
            Fact::Observed { traffic, .. } | Fact::NoLease { traffic, .. } => {
                self.read(at_ms, traffic);
            }
            Fact::Answered { kind, answers } => {
                for answer in answers {
                    let asked = (self.asked_stage, self.weight);
                    self.answered(at_ms, *kind, answer, asked, GateMode::Required);
                }
            }
            Fact::Advised {
                kind,
                stage,
                weight,
                answer,
            } => {
                let asked = (*stage as usize, weight.per_cent());
                self.answered(at_ms, *kind, answer, asked, GateMode::Advisory);
            }
            Fact::Written => self.written(at_ms, "done"),
            Fact::WriteRefused { reason } => self.written(at_ms, &format!("refused: {reason}")),
            Fact::WriteNotNow { reason, .. } => {
                self.written(at_ms, &format!("not taken: {reason}"))
            }
            Fact::WriteUnknown { reason } => self.written(at_ms, &format!("not known: {reason}")),
            fact => {
                if let Some(sentence) = note(fact) {
                    self.add(at_ms, What::Note(sentence));
                }
            }
        }
        self.stages(rollout, at_ms);
        if let Phase::RollingBack { cause, .. } = rollout.phase()
            && !self.has_turned
        {
            self.has_turned = true;
            self.turned_by(cause);
            self.add(at_ms, What::TurnedBack(cause.to_string()));
        }
    }

    /// Marks the answer that has turned the run back: it is the last one of its gate.
    fn turned_by(&mut self, cause: &Cause) {
        let verdicts = self.process.happened.iter_mut().rev();
        let mut verdicts = verdicts.filter_map(|happened| match &mut happened.what {
            What::Verdict(verdict) => Some(verdict),
            _ => None,
        });
        if let Some(gate) = cause.gate()
            && let Some(verdict) =
                verdicts.find(|verdict| verdict.gate == gate && !verdict.advisory)
        {
            verdict.turned = true;
        }
    }

    /// Notes when a stage is reached and left.
    fn stages(&mut self, rollout: &Rollout, at_ms: u64) {
        let now = match rollout.phase() {
            Phase::Baking(baking) => Some(baking.stage),
            // The gates after a bake belong to the stage that has baked.
            Phase::Gating(gating) => gating.stage.checked_sub(1),
            _ => None,
        };
        for (index, stage) in self.process.stages.iter_mut().enumerate() {
            match stage.reached_ms {
                None if now == Some(index) => stage.reached_ms = Some(at_ms),
                Some(_) if now != Some(index) && stage.left_ms.is_none() => {
                    stage.left_ms = Some(at_ms);
                }
                _ => {}
            }
        }
    }

    fn read(&mut self, at_ms: u64, traffic: &Traffic) {
        if let Some(canary) = &self.process.canary {
            self.weight = traffic.weight_of(&canary.name);
        }
        self.process.reads.push(at_ms);
        if self.read.as_ref() != Some(traffic) {
            self.read = Some(traffic.clone());
            self.add(at_ms, What::Read(traffic.clone()));
        }
    }

    fn written(&mut self, at_ms: u64, became: &str) {
        if let Some((purpose, traffic)) = self.sent.take() {
            let became = became.to_owned();
            let canary = self.process.canary.as_ref();
            let wanted = canary.map(|canary| traffic.weight_of(&canary.name));
            self.add(
                at_ms,
                What::Write {
                    purpose,
                    traffic,
                    wanted,
                    became,
                },
            );
        }
    }

    fn answered(
        &mut self,
        at_ms: u64,
        kind: Kind,
        answer: &GateAnswer,
        (stage, weight): (usize, u32),
        mode: GateMode,
    ) {
        let mut details = Vec::new();
        let (verdict, reason, measurements) = match &answer.result {
            Ok(report) => (
                report.verdict.word(),
                report.reason.clone(),
                report.measurements.clone(),
            ),
            Err(failure) => {
                if let GateFailure::Trap(trap) = failure {
                    details = trap.details();
                }
                let word = match failure {
                    GateFailure::NotWaitedFor { .. } => "not-waited-for",
                    _ => "failure",
                };
                (word, failure.to_string(), Vec::new())
            }
        };
        let points = measurements.iter();
        let points = points.filter_map(|one| point(at_ms, &answer.gate, one));
        self.process.points.extend(points);
        self.process
            .points
            .extend(errors(at_ms, &answer.gate, &measurements));
        self.process.happened.push(Happened {
            at_ms,
            weight,
            what: What::Verdict(Verdict {
                gate: answer.gate.clone(),
                kind,
                advisory: mode == GateMode::Advisory,
                stage,
                verdict: verdict.to_owned(),
                turned: false,
                reason,
                details,
                measurements,
                took_ms: answer.took_ms,
                recording: None,
                exchanges: Vec::new(),
            }),
        });
    }
}

/// Returns a fact as a sentence; `None` for one that leaves no trace, or has an entry of its own.
fn note(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::Unanswered { kind, gate, .. } => {
            format!("{kind} {gate} (advisory): not answered in time; the run did not wait")
        }
        Fact::CancelRequested { by, .. } => format!("asked to end by {by}"),
        Fact::Unobserved { reason } => format!("the app could not be read: {reason}"),
        Fact::Refused { reason } => format!("refused: {reason}"),
        Fact::NotReady { reason, .. } => format!("not ready: {reason}"),
        Fact::Ready => "the canary is ready".to_owned(),
        Fact::JournalLost { reason } => format!("the journal is lost: {reason}"),
        Fact::LateAnswer { applied: true } => "the write was applied after all".to_owned(),
        Fact::LateAnswer { applied: false } => "the write was not applied after all".to_owned(),
        Fact::Activated => "a revision was activated".to_owned(),
        Fact::NotActivated { reason } => format!("a revision could not be activated: {reason}"),
        Fact::Inspected { .. }
        | Fact::NoLease { .. }
        | Fact::Observed { .. }
        | Fact::Answered { .. }
        | Fact::Advised { .. }
        | Fact::Waited
        | Fact::Written
        | Fact::WriteRefused { .. }
        | Fact::WriteNotNow { .. }
        | Fact::WriteUnknown { .. } => return None,
    })
}

/// Returns the point that a measurement of a gate is, where its name and unit say so. http-health and compare name theirs so;
/// a gate of one's own is drawn too where it does the same.
fn point(at_ms: u64, gate: &str, measurement: &rollout::Measurement) -> Option<Point> {
    let subject = ["canary", "stable"]
        .into_iter()
        .find(|role| measurement.subject.contains(role));
    let name = match (measurement.name.as_str(), measurement.unit.as_str()) {
        (_, "ms" | "s") if subject.is_some() => "latency",
        ("canary-share", "%") => "share",
        (name, "%") if name.contains("error") || name.contains("failure") => "errors",
        (name, _) if name.contains("evidence") && name.contains("against") => "evidence-against",
        (name, _) if name.contains("evidence") && name.contains("for") => "evidence-for",
        _ => return None,
    };
    Some(Point {
        at_ms,
        name: name.to_owned(),
        subject: subject.unwrap_or("canary").to_owned(),
        value: match (name, measurement.unit.as_str()) {
            ("latency", "s") => measurement.value * 1_000.0,
            _ => measurement.value,
        },
        from: gate.to_owned(),
    })
}

/// Returns the share of errors of each revision of which a gate has counted requests and failures, as compare does.
fn errors(at_ms: u64, gate: &str, measurements: &[rollout::Measurement]) -> Vec<Point> {
    let number = |name: &str, subject: &str| {
        let mut found = measurements.iter();
        let found = found.find(|one| one.name == name && one.subject == subject);
        found.map(|one| one.value)
    };
    let of = |role: &str| {
        let (failures, requests) = (number("failures", role)?, number("requests", role)?);
        (requests > 0.0).then(|| Point {
            at_ms,
            name: "errors".to_owned(),
            subject: role.to_owned(),
            value: failures * 100.0 / requests,
            from: gate.to_owned(),
        })
    };
    ["stable", "canary"].into_iter().filter_map(of).collect()
}

impl Reporter for Fold {
    fn report(&mut self, update: &Update<'_>) {
        match &update.what {
            Reported::Began(_) => {}
            Reported::Begins(action) => {
                if let Action::Ask { stage, .. } = action {
                    self.asked_stage = *stage;
                }
                if let Action::Write {
                    purpose, traffic, ..
                } = action
                {
                    let purpose = match purpose {
                        Purpose::Shift => "shift",
                        Purpose::Settle => "settle",
                        Purpose::RollBack => "restore",
                        Purpose::Mark => "note",
                    };
                    self.sent = Some((purpose.to_owned(), traffic.clone()));
                }
            }
            Reported::Happened(event, _) => self.happened(update.rollout, event),
            Reported::Remarked(remark) => {
                let at_ms = self.process.lasted_ms;
                self.add(at_ms, What::Note(remark.sentence.to_owned()));
                if let crate::event::RunEvent::Split(split) = remark.event
                    && split.total > 0
                {
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "a demo does not serve 2^53 requests"
                    )]
                    let value = split.canary as f64 * 100.0 / split.total as f64;
                    self.process.points.push(Point {
                        at_ms,
                        name: "share".to_owned(),
                        subject: "canary".to_owned(),
                        value,
                        from: "demo".to_owned(),
                    });
                }
            }
            Reported::Ended(ending) => self.process.ended = Some(ending.event.clone()),
        }
    }
}
