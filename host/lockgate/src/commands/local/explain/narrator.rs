//! Puts one process of a run into sentences.

use std::collections::BTreeMap;

use rollout::{
    Cause, Event, Fact, GateAnswer, Inspection, Intent, Kind, Measurement, Phase, Rollout,
    Timestamp, Verdict, human, listed,
};

use crate::report::{Ending, Reporter, Update, What, gates_in_words};

/// The most numbers that are named of one answer.
const NUMBERS_MAX: usize = 6;

/// Collects what the sentences need.
#[derive(Default)]
pub(super) struct Narrator {
    sentences: Vec<String>,
    /// What was to be done after the end.
    next: Option<String>,
    /// How often each gate has answered with a pass, with another verdict, or not at all.
    answers: BTreeMap<(String, Kind), Counts>,
    /// The answer that came last of each gate.
    last: BTreeMap<String, (Timestamp, u32, Kind, GateAnswer)>,
    /// The weights at which the run has baked, each with the time of its read.
    stages: Vec<(u32, Timestamp)>,
    /// The writes so far, and the time of the last one.
    writes: u32,
    /// When the run turned back.
    turned: Option<Timestamp>,
    weight: u32,
    now: Timestamp,
}

#[derive(Default)]
struct Counts {
    passed: u32,
    failed: u32,
    held: u32,
    could_not: u32,
}

impl Narrator {
    /// Returns the sentences, in order, and the one about what was to be done then.
    pub(super) fn said(self) -> (Vec<String>, Option<String>) {
        (self.sentences, self.next)
    }

    fn say(&mut self, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
    }

    fn begins(&mut self, update: &Update<'_>) {
        let rollout = update.rollout;
        let time = update.time.strftime("%Y-%m-%d %H:%M:%S %Z");
        let what = match rollout.intent() {
            Intent::Rollout => "a rollout".to_owned(),
            Intent::Resume => "the continuation of a rollout".to_owned(),
            Intent::Abort { by, .. } => format!("an abort by {by}"),
            Intent::Undo { by, .. } => format!("an undo by {by}"),
            Intent::Recover { .. } => "a recovery".to_owned(),
        };
        self.say(format!(
            "Run {} is {what}. It began at {time}.",
            rollout.run()
        ));
        if let What::Began(beginning) = &update.what
            && matches!(rollout.intent(), Intent::Rollout | Intent::Resume)
        {
            let stages = rollout.plan().stages().iter();
            let weights = listed(stages.map(|stage| stage.weight.to_string()));
            self.say(format!(
                "It was to go through {weights}, and to ask {}.",
                gates_in_words(&beginning.gates)
            ));
        }
        if let Some(reason) = rollout.plan().emergency() {
            self.say(format!(
                "It was an emergency, and promotion gates decided nothing: {reason}."
            ));
        }
    }

    fn found(&mut self, found: &Inspection) {
        if let Some(undo) = &found.undoes {
            let (promoted, replaced) = (&undo.promotion.promoted, &undo.promotion.replaced);
            return self.say(format!(
                "The last promotion had replaced {replaced} by {promoted}; the app had {}.",
                found.now
            ));
        }
        let image = |image: &str| match image {
            "" => String::new(),
            image => format!(" ({image})"),
        };
        self.say(format!(
            "The canary was {}{}, beside the stable {}{}; the app had {}.",
            found.canary.name,
            image(&found.canary.image),
            found.stable.name,
            image(&found.stable.image),
            found.now
        ));
        self.weight = found.now.weight_of(&found.canary.name);
    }

    fn happened(&mut self, rollout: &Rollout, event: &Event) {
        self.now = event.at;
        match &event.fact {
            Fact::Inspected { inspection } => self.found(inspection),
            Fact::Answered { kind, answers } => {
                for answer in answers {
                    self.answered(*kind, answer);
                }
            }
            Fact::Observed { traffic, .. } => {
                if let Some(found) = rollout.inspection() {
                    self.weight = traffic.weight_of(&found.canary.name);
                }
            }
            Fact::Written => self.writes += 1,
            Fact::CancelRequested { by, .. } => {
                let after = since_start(event.at);
                self.say(format!("After {after} it was asked to end by {by}."));
            }
            Fact::WriteRefused { reason } | Fact::WriteUnknown { reason } => {
                let after = since_start(event.at);
                self.say(format!(
                    "After {after} a write did not go through: {reason}."
                ));
            }
            _ => {}
        }
        match rollout.phase() {
            Phase::Baking(baking) => {
                let weight = rollout.plan().stages()[baking.stage].weight.per_cent();
                if self.stages.last().map(|(last, _)| *last) != Some(weight) {
                    self.stages.push((weight, event.at));
                }
            }
            Phase::RollingBack { .. } if self.turned.is_none() => self.turned = Some(event.at),
            _ => {}
        }
    }

    fn answered(&mut self, kind: Kind, answer: &GateAnswer) {
        let counts = self.answers.entry((answer.gate.clone(), kind)).or_default();
        match answer.result.as_ref().map(|report| &report.verdict) {
            Ok(Verdict::Pass) => counts.passed += 1,
            Ok(Verdict::Fail) => counts.failed += 1,
            Ok(Verdict::Hold { .. }) => counts.held += 1,
            Err(_) => counts.could_not += 1,
        }
        let last = (self.now, self.weight, kind, answer.clone());
        self.last.insert(answer.gate.clone(), last);
    }

    fn ended(&mut self, rollout: &Rollout, ending: &Ending<'_>) {
        let reached: Vec<String> = (self.stages.iter())
            .map(|(weight, at)| format!("{weight} % after {}", since_start(*at)))
            .collect();
        if !reached.is_empty() {
            self.say(format!(
                "The canary had {}, each read back.",
                listed(reached)
            ));
        }
        match ending.outcome.cause() {
            Some(cause) => self.decided(cause),
            None if !self.answers.is_empty() => self.passed(),
            None => {}
        }
        self.say(format!("{}.", capitalised(&ending.conclusion.result)));
        if let (Some(turned), true) = (self.turned, rollout.has_written()) {
            let took = human(turned.until(self.now));
            self.say(format!(
                "From the decision to the last read it took {took}."
            ));
        }
        self.say(format!("{}.", capitalised(&ending.conclusion.serves)));
        for line in ending.advisory {
            self.say(format!("{}.", capitalised(line)));
        }
        self.say(format!("Its exit code was {}.", ending.exit));
        let next = ending.conclusion.next.as_ref();
        self.next = next.map(|next| format!("What to do: {next}."));
    }

    /// Says which gate decided, and on which evidence.
    fn decided(&mut self, cause: &Cause) {
        let Some(gate) = cause.gate() else {
            return;
        };
        let Some((at, weight, kind, answer)) = self.last.get(gate).cloned() else {
            return;
        };
        let mut sentence = format!(
            "{} {gate} decided, at {weight} %, {} after the start",
            capitalised(&kind.to_string()),
            since_start(at)
        );
        if let Some(counts) = self.answers.get(&(gate.to_owned(), kind))
            && counts.passed > 0
        {
            let times = match counts.passed {
                1 => "once".to_owned(),
                count => format!("{count} times"),
            };
            sentence.push_str(&format!("; it had passed {times} before"));
        }
        match &answer.result {
            Ok(report) => {
                self.say(format!("{sentence}: {}.", report.reason));
                if !report.measurements.is_empty() {
                    let numbers = report.measurements.iter().take(NUMBERS_MAX).map(number);
                    self.say(format!("It had measured {}.", listed(numbers)));
                }
            }
            Err(failure) => self.say(format!(
                "{sentence}, because it could not answer: {failure}."
            )),
        }
    }

    /// Says how often each gate passed.
    fn passed(&mut self) {
        let words: Vec<String> = (self.answers.iter())
            .map(|((gate, kind), counts)| {
                let passes = match counts.passed {
                    1 => "1 pass".to_owned(),
                    count => format!("{count} passes"),
                };
                let mut words = vec![passes];
                for (count, what) in [
                    (counts.failed, "no"),
                    (counts.held, "holds"),
                    (counts.could_not, "calls without an answer"),
                ] {
                    if count > 0 {
                        words.push(format!("{count} {what}"));
                    }
                }
                format!("{kind} {gate} ({})", words.join(", "))
            })
            .collect();
        self.say(format!("It was let on by {}.", listed(words)));
    }
}

impl Reporter for Narrator {
    fn report(&mut self, update: &Update<'_>) {
        match &update.what {
            What::Began(_) => self.begins(update),
            What::Begins(_) => {}
            What::Happened(event, _) => self.happened(update.rollout, event),
            What::Remarked(remark) => self.say(format!("{}.", capitalised(remark.sentence))),
            What::Ended(ending) => self.ended(update.rollout, ending),
        }
    }
}

fn since_start(at: Timestamp) -> String {
    human(Timestamp::default().until(at))
}

fn number(measurement: &Measurement) -> String {
    let Measurement {
        name,
        subject,
        value,
        unit,
    } = measurement;
    let of = match subject.as_str() {
        "" => String::new(),
        subject => format!(" of {subject}"),
    };
    let value = (value * 1_000.0).round() / 1_000.0;
    format!("{name}{of} {value} {unit}").trim_end().to_owned()
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
