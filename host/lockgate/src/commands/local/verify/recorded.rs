//! Whether the recorded calls are those of the journal: of this run, to the questions that its facts lead to, with the answers
//! that it states. Calls nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gates::{Ask, RecordedCall, Recording};
use rollout::{Fact, GateAnswer, GateFailure, Kind, Report};

use super::questions::Question;
use crate::event::GateShape;
use crate::run::journal::{SavedJournal, SavedWhat};

/// Makes sure that a recording is of this run, and of a gate that the run began with.
pub(super) fn of_run(
    journal: &SavedJournal,
    (path, recording): &(PathBuf, Recording),
) -> Result<(), String> {
    let Some(call) = &recording.call else {
        return Ok(());
    };
    let differs = |problem: String| Err(format!("recording {}: {problem}", path.display()));
    let (ask, sha256) = (&call.ask, &call.component.sha256);
    if ask.run != journal.run {
        return differs(format!("it is of run {}, not {}", ask.run, journal.run));
    }
    let gate = &ask.gate;
    let of_gate = (journal.began.gates.iter()).filter(|one| one.name == *gate);
    let known: Vec<&GateShape> = of_gate.collect();
    if !known.iter().any(|one| one.kinds.contains(&ask.kind)) {
        return differs(format!("the run began without a {} {gate}", ask.kind));
    }
    if !known.iter().any(|one| one.sha256 == *sha256) {
        let began = known.iter().map(|one| one.sha256.as_str());
        let began = began.collect::<Vec<_>>().join(" or ");
        return differs(format!(
            "its component has the SHA-256 {sha256}, and the run began with {gate} {began}"
        ));
    }
    Ok(())
}

/// Says how the question of a recording is another one than that of an answer.
type Difference<'a> = Box<dyn Fn(&Ask) -> Option<String> + 'a>;

/// An answer in the journal.
struct Answer<'a> {
    line: usize,
    answer: &'a GateAnswer,
    difference: Difference<'a>,
}

/// Returns the answers in the journal, by gate and kind, in their order.
fn answers<'a>(
    journal: &'a SavedJournal,
    questions: &'a [Question],
) -> BTreeMap<(&'a str, Kind), Vec<Answer<'a>>> {
    let mut answers: BTreeMap<(&str, Kind), Vec<Answer<'_>>> = BTreeMap::new();
    let mut questions = questions.iter();
    for event in &journal.events {
        let line = event.line;
        let SavedWhat::Fact(fact) = &event.what else {
            continue;
        };
        match &fact.fact {
            Fact::Answered {
                kind,
                answers: given,
            } => {
                let question = questions.next();
                for answer in given {
                    let of_gate = answers.entry((&answer.gate, *kind)).or_default();
                    let difference =
                        move |ask: &Ask| question.and_then(|question| question.difference(ask));
                    of_gate.push(Answer {
                        line,
                        answer,
                        difference: Box::new(difference),
                    });
                }
            }
            Fact::Advised {
                kind,
                stage,
                weight,
                answer,
            } => {
                let of_gate = answers.entry((&answer.gate, *kind)).or_default();
                let (stage, weight) = (*stage, weight.per_cent());
                let difference = move |ask: &Ask| {
                    (ask.stage != stage || ask.weight != weight).then(|| {
                        format!(
                            "stage {} at {} %, not {stage} at {weight} %",
                            ask.stage, ask.weight
                        )
                    })
                };
                of_gate.push(Answer {
                    line,
                    answer,
                    difference: Box::new(difference),
                });
            }
            _ => {}
        }
    }
    answers
}

/// Compares the recorded questions and results with those of the journal, gate by gate, in their order. A call whose answer
/// came too late is recorded, and stands nowhere in the journal.
pub(super) fn same_as_journal(
    journal: &SavedJournal,
    questions: &[Question],
    recorded: &[(PathBuf, Recording)],
) -> Result<(), String> {
    let mut calls: BTreeMap<(&str, Kind), Vec<(&PathBuf, &RecordedCall)>> = BTreeMap::new();
    for (path, recording) in recorded {
        if let Some(call) = &recording.call {
            let of_gate = calls.entry((&call.ask.gate, call.ask.kind)).or_default();
            of_gate.push((path, call));
        }
    }
    for ((gate, kind), answers) in answers(journal, questions) {
        let of_gate = calls.remove(&(gate, kind)).unwrap_or_default();
        let mut left = of_gate.iter();
        for Answer {
            line,
            answer,
            difference,
        } in answers
        {
            let is_it = |(_, call): &&(&PathBuf, &RecordedCall)| call.result == answer.result;
            let mut ahead = left.clone();
            if ahead.any(|one| is_it(&one) && difference(&one.1.ask).is_none()) {
                left = ahead;
                continue;
            }
            // The host failed before there was a call, or with it.
            if let Err(GateFailure::Host(_)) = answer.result {
                continue;
            }
            let with_it = left.find(is_it);
            let why = with_it.and_then(|(path, call)| Some((path, difference(&call.ask)?)));
            let why = match why {
                Some((path, why)) => {
                    format!("{} has it, to another question: {why}", path.display())
                }
                None => "no recording of it has that answer".to_owned(),
            };
            return Err(format!(
                "journal {}, line {line}: {kind} {gate} answered {:?}, and {why}",
                journal.path.display(),
                words(&answer.result)
            ));
        }
    }
    Ok(())
}

/// Returns an answer in a few words.
pub(super) fn words(result: &Result<Report, GateFailure>) -> String {
    match result {
        Ok(report) => format!("{}: {}", report.verdict.word(), report.reason),
        Err(failure) => failure.to_string(),
    }
}
