//! Plays a run against an app in memory, and collects its report. Each action succeeds unless a test says otherwise.

use std::time::Duration;

use rollout::{
    Action, Draft, Event, Fact, GateAnswer, GateFailure, Inspection, Intent, Kind, Labels, Lease,
    Measurement, OnDeadline, Plan, Progress, Report as GateReport, RevisionState, Rollout, Stage,
    Timestamp, Timing, Traffic, Verdict, Weight,
};

use super::beginning::beginning;
use crate::exit::Exit;
use crate::output::buffer::Buffer;
use crate::output::{Format, Output, Verbosity};
use crate::platform::AppId;
use crate::report::{Commands, Printer, Remark, Report, Reporter};

/// One run, its app and its report.
pub(super) struct Play {
    rollout: Rollout,
    report: Report<'static>,
    printed: Buffer,
    now: Timestamp,
    found: Inspection,
    traffic: Traffic,
    lease: Option<Lease>,
}

impl Play {
    pub(super) fn new(
        format: Format,
        verbosity: Verbosity,
        rollout: Rollout,
        found: Inspection,
    ) -> Play {
        let printed = Buffer::default();
        let output = Output::new(format, verbosity, printed.clone(), printed.clone());
        let printer: Box<dyn Reporter> = Box::new(Printer::new(output));
        Play::reported_to(vec![printer], printed, rollout, found)
    }

    /// A run that another reporter follows.
    pub(super) fn followed_by(
        reporter: impl Reporter + 'static,
        rollout: Rollout,
        found: Inspection,
    ) -> Play {
        Play::reported_to(vec![Box::new(reporter)], Buffer::default(), rollout, found)
    }

    pub(super) fn reported_to(
        reporters: Vec<Box<dyn Reporter>>,
        printed: Buffer,
        rollout: Rollout,
        found: Inspection,
    ) -> Play {
        let mut report = Report::new(commands(), noon, reporters);
        report.start(&rollout, &beginning());
        Play {
            rollout,
            report,
            printed,
            now: Timestamp::default(),
            traffic: found.now.clone(),
            lease: found.lease.clone(),
            found,
        }
    }

    pub(super) fn rollout(&self) -> &Rollout {
        &self.rollout
    }

    /// Begins the next action, and lets nothing come of it yet.
    pub(super) fn begin(&mut self) -> &mut Play {
        let action = self.rollout.next_action();
        self.report
            .progress(&self.rollout, Progress::Begins(&action));
        self
    }

    /// Plays until the next action is like this one.
    pub(super) fn until(&mut self, is_next: impl Fn(&Action) -> bool) -> &mut Play {
        while !is_next(&self.rollout.next_action()) {
            let fact = self.success();
            self.fact(fact);
        }
        self
    }

    /// Plays until the canary has this weight, verified, and is being baked or asked about.
    pub(super) fn until_weight(&mut self, per_cent: u32) -> &mut Play {
        let weight = Weight::new(per_cent).unwrap();
        self.until(|action| matches!(action, Action::Ask { weight: w, .. } if *w == weight))
    }

    /// Plays until promotion gates are to be asked at this weight.
    pub(super) fn until_gates_at(&mut self, per_cent: u32) -> &mut Play {
        let at = Weight::new(per_cent).unwrap();
        self.until(|action| {
            matches!(action, Action::Ask { kind: Kind::PromotionGate, weight, .. } if *weight == at)
        })
    }

    pub(super) fn until_write(&mut self) -> &mut Play {
        self.until(|action| matches!(action, Action::Write { .. }))
    }

    pub(super) fn until_wait(&mut self) -> &mut Play {
        self.until(|action| matches!(action, Action::Wait { .. }))
    }

    /// Lets this come of the next action, as `rollout::drive` does it.
    pub(super) fn fact(&mut self, fact: Fact) -> &mut Play {
        let action = self.rollout.next_action();
        self.report
            .progress(&self.rollout, Progress::Begins(&action));
        self.interrupt(fact)
    }

    /// Lets this happen beside the actions of the run.
    pub(super) fn interrupt(&mut self, fact: Fact) -> &mut Play {
        self.now = match (&fact, self.rollout.next_action()) {
            (Fact::Waited, Action::Wait { until }) => until,
            _ => self.now.after(Duration::from_millis(100)),
        };
        let event = Event { at: self.now, fact };
        self.rollout.apply(&event).unwrap();
        self.report
            .progress(&self.rollout, Progress::Happened(&event));
        self
    }

    /// The gates that are to be asked answer this way.
    pub(super) fn answer(&mut self, result: Result<GateReport, GateFailure>) -> &mut Play {
        let fact = self.answers(result);
        self.fact(fact)
    }

    /// Returns the same answer of each gate that is to be asked.
    pub(super) fn answers(&self, result: Result<GateReport, GateFailure>) -> Fact {
        let Action::Ask { kind, stage, .. } = self.rollout.next_action() else {
            panic!("no gate is to be asked");
        };
        let answer = |gate: &String| GateAnswer {
            gate: gate.clone(),
            result: result.clone(),
            took_ms: 12,
        };
        let gates = self.rollout.gates_for(kind, stage);
        let answers = gates.iter().map(answer).collect();
        Fact::Answered { kind, answers }
    }

    /// The next write is applied, and its answer is lost.
    pub(super) fn lose_answer(&mut self, reason: &str) -> &mut Play {
        assert_eq!(self.success(), Fact::Written);
        let reason = reason.to_owned();
        self.fact(Fact::WriteUnknown { reason })
    }

    /// Something is remarked beside the run's own events.
    pub(super) fn remark(&mut self, remark: &Remark<'_>) -> &mut Play {
        self.report.remark(&self.rollout, remark);
        self
    }

    /// Another writer changes the app.
    pub(super) fn set_app(&mut self, traffic: Traffic, lease: Option<Lease>) -> &mut Play {
        (self.traffic, self.lease) = (traffic, lease);
        self
    }

    /// Plays until the run ends. Returns everything that was printed.
    pub(super) fn until_end(&mut self) -> String {
        self.until(|action| matches!(action, Action::Finish(_)));
        self.ended()
    }

    /// Plays with this fact for each action of its kind until the run ends.
    pub(super) fn until_end_with(
        &mut self,
        often: impl Fn(&Play, &Action) -> Option<Fact>,
    ) -> String {
        while !matches!(self.rollout.next_action(), Action::Finish(_)) {
            let fact = often(self, &self.rollout.next_action());
            let fact = fact.unwrap_or_else(|| self.success());
            self.fact(fact);
        }
        self.ended()
    }

    /// Returns what could not be written.
    pub(super) fn finish(self) -> Vec<String> {
        self.report.finish(Duration::from_mins(1))
    }

    fn ended(&mut self) -> String {
        let Action::Finish(outcome) = self.rollout.next_action() else {
            panic!("the run has not ended");
        };
        let exit = Exit::of(&outcome);
        self.report.end(&self.rollout, &outcome, exit);
        self.printed.text()
    }

    /// Returns what comes of the next action when all is well.
    fn success(&mut self) -> Fact {
        match self.rollout.next_action() {
            Action::Inspect => Fact::Inspected {
                inspection: Box::new(self.found.clone()),
            },
            Action::CheckReadiness => Fact::Ready,
            Action::Ask { kind, stage, .. } => {
                let gates = self.rollout.gates_for(kind, stage);
                Fact::Answered {
                    kind,
                    answers: gates.iter().map(|gate| passes(gate)).collect(),
                }
            }
            Action::Wait { .. } => Fact::Waited,
            Action::Observe { .. } => Fact::Observed {
                traffic: self.traffic.clone(),
                lease: self.lease.clone(),
                ended: None,
                stable: Some(RevisionState::Running),
                settled: true,
            },
            Action::Activate => Fact::Activated,
            Action::Write { traffic, lease, .. } => {
                (self.traffic, self.lease) = (traffic, lease);
                Fact::Written
            }
            Action::Finish(outcome) => panic!("the run ended before: {outcome:?}"),
        }
    }
}

fn passes(gate: &str) -> GateAnswer {
    GateAnswer {
        gate: gate.to_owned(),
        result: Ok(report(Verdict::Pass, "no difference")),
        took_ms: 12,
    }
}

fn noon() -> jiff::ZonedDateTime {
    "2026-01-02T12:00:00.250+00:00[UTC]".parse().unwrap()
}

pub(super) fn commands() -> Commands {
    Commands::about(&app())
}

fn app() -> AppId {
    AppId::new("sub-1", "prod", "shop").unwrap()
}

pub(super) fn report(verdict: Verdict, reason: &str) -> GateReport {
    GateReport {
        verdict,
        reason: reason.to_owned(),
        measurements: vec![Measurement {
            name: "errors".to_owned(),
            subject: "canary".to_owned(),
            value: 1.5,
            unit: "%".to_owned(),
        }],
        state: Vec::new(),
    }
}

pub(super) fn rollout(intent: Intent, on_deadline: OnDeadline) -> Rollout {
    let stage = |per_cent: u32| Stage {
        weight: Weight::new(per_cent).unwrap(),
        bake: Duration::from_mins(1),
        gates: vec!["compare".to_owned()],
        advisory_gates: Vec::new(),
        pause: None,
    };
    let draft = Draft {
        stages: [10, 25, 50, 100].map(stage).to_vec(),
        health_checks: vec!["health".to_owned()],
        advisory_health_checks: Vec::new(),
        timing: Timing {
            gate_deadline: Duration::from_mins(1),
            rollback_deadline: Duration::from_secs(20),
            ..Timing::default()
        },
        on_deadline,
        labels: Labels::default(),
        emergency: None,
    };
    Rollout::new("run-1".to_owned(), Plan::new(draft).unwrap(), intent)
}
