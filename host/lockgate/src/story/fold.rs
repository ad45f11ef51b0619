//! From the updates of a journal to the story of its process.

use rollout::{Action, Event, Fact, GateAnswer, Kind, Phase, Purpose, Rollout, Traffic};

use super::model::{Happened, Point, Process, StageStory, Verdict, What};
use crate::report::{Reporter, Update, What as Reported};
use crate::run::journal::SavedJournal;

/// What has happened so far.
pub(super) struct Fold {
    process: Process,
    weight: u32,
    /// The write that was sent last, until its outcome is known.
    sent: Option<(String, Traffic)>,
    read: Option<Traffic>,
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
                points: Vec::new(),
                ended: None,
                journal_sha256: journal.sha256.clone(),
            },
            weight: 0,
            sent: None,
            read: None,
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
                    self.answered(at_ms, *kind, answer, self.weight, false);
                }
            }
            Fact::Advised {
                kind,
                weight,
                answer,
                ..
            } => self.answered(at_ms, *kind, answer, weight.per_cent(), true),
            Fact::Written => self.written(at_ms, "done"),
            Fact::WriteRefused { reason } => self.written(at_ms, &format!("refused: {reason}")),
            Fact::WriteNotNow { reason, .. } => {
                self.written(at_ms, &format!("not taken: {reason}"))
            }
            Fact::WriteUnknown { reason } => self.written(at_ms, &format!("not known: {reason}")),
            Fact::CancelRequested { by, .. } => {
                self.add(at_ms, What::Note(format!("asked to end by {by}")));
            }
            Fact::Unobserved { reason } => {
                self.add(
                    at_ms,
                    What::Note(format!("the app could not be read: {reason}")),
                );
            }
            Fact::NotReady { reason, .. } => {
                self.add(at_ms, What::Note(format!("not ready: {reason}")));
            }
            Fact::Ready => self.add(at_ms, What::Note("the canary is ready".to_owned())),
            Fact::JournalLost { reason } => {
                self.add(at_ms, What::Note(format!("the journal is lost: {reason}")));
            }
            Fact::Refused { .. }
            | Fact::Unanswered { .. }
            | Fact::Waited
            | Fact::LateAnswer { .. }
            | Fact::Activated
            | Fact::NotActivated { .. } => {}
        }
        self.stages(rollout, at_ms);
        if let Phase::RollingBack { cause, .. } = rollout.phase()
            && !self.has_turned
        {
            self.has_turned = true;
            self.add(at_ms, What::TurnedBack(cause.to_string()));
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
        if self.read.as_ref() != Some(traffic) {
            self.read = Some(traffic.clone());
            self.add(at_ms, What::Read(traffic.clone()));
        }
    }

    fn written(&mut self, at_ms: u64, became: &str) {
        if let Some((purpose, traffic)) = self.sent.take() {
            let became = became.to_owned();
            self.add(
                at_ms,
                What::Write {
                    purpose,
                    traffic,
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
        weight: u32,
        advisory: bool,
    ) {
        let (verdict, reason, measurements) = match &answer.result {
            Ok(report) => (
                report.verdict.word(),
                report.reason.clone(),
                report.measurements.clone(),
            ),
            Err(failure) => ("failure", failure.to_string(), Vec::new()),
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
                advisory,
                verdict: verdict.to_owned(),
                reason,
                measurements,
                took_ms: answer.took_ms,
                recording: None,
                exchanges: Vec::new(),
            }),
        });
    }
}

/// Returns the point that a measurement of a gate is, where its name and unit say so. http-health and compare name theirs so;
/// a gate of one's own is drawn too where it does the same.
fn point(at_ms: u64, gate: &str, measurement: &rollout::Measurement) -> Option<Point> {
    let subject = ["canary", "stable"]
        .into_iter()
        .find(|role| measurement.subject.contains(role));
    let name = match (measurement.name.as_str(), measurement.unit.as_str()) {
        ("latency", "ms") => "latency",
        (name, "%") if name.contains("error") || name.contains("failure") => "errors",
        (name, _) if name.contains("evidence") && name.contains("against") => "evidence-against",
        (name, _) if name.contains("evidence") && name.contains("for") => "evidence-for",
        _ => return None,
    };
    Some(Point {
        at_ms,
        name: name.to_owned(),
        subject: subject.unwrap_or("canary").to_owned(),
        value: measurement.value,
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
