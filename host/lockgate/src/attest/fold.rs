//! From a journal to the predicate.

use rollout::{Event, Fact, GateAnswer, Inspection, Kind, Traffic};

use super::predicate::{JournalShape, Predicate, ReadBack, RevisionShape, VerdictShape};
use super::subject::{NotByDigest, Subject};
use crate::config::GateMode;
use crate::run::journal::{SavedJournal, SavedWhat};

/// Why a journal has nothing to attest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NothingToAttest {
    /// The journal stops before the end of the run.
    #[error("the journal stops before the run has ended")]
    NotEnded,
    /// The run ended before it had found its revisions.
    #[error("the run ended before it had found its revisions")]
    NoRevisions,
    /// The image of the canary is no subject.
    #[error(transparent)]
    NotByDigest(#[from] NotByDigest),
}

/// Returns the predicate of a journal, and what it is about.
///
/// # Errors
/// When the journal has no end, no revisions, or a canary whose image has no digest.
pub(super) fn predicate(journal: &SavedJournal) -> Result<(Subject, Predicate), NothingToAttest> {
    let ended = journal.ended.as_ref().ok_or(NothingToAttest::NotEnded)?;
    let ended_at = journal.ended_at.ok_or(NothingToAttest::NotEnded)?;
    let facts = || {
        journal.events.iter().filter_map(|event| match &event.what {
            SavedWhat::Fact(fact) => Some(fact),
            SavedWhat::Beside(_) => None,
        })
    };
    let mut found = None;
    let (mut verdicts, mut read_back) = (Vec::new(), Vec::<ReadBack>::new());
    for event in facts() {
        if let Fact::Inspected { inspection } = &event.fact {
            found = Some(inspection);
        }
        if let Some(traffic) = traffic(event)
            && read_back.last().is_none_or(|last| last.traffic != *traffic)
        {
            read_back.push(ReadBack {
                at_ms: event.at.0,
                traffic: traffic.clone(),
            });
        }
        let weight = found.zip(read_back.last()).map_or(0, |(found, last)| {
            last.traffic.weight_of(&found.canary.name)
        });
        verdicts.extend(answers(event, weight));
    }
    let found = found.ok_or(NothingToAttest::NoRevisions)?;
    let subject = Subject::of(&found.canary.image)?;
    let (stable, canary) = revisions(found);
    let predicate = Predicate {
        lockgate: journal.began.lockgate.clone(),
        run: journal.run.clone(),
        intent: journal.began.intent.clone(),
        app: journal.began.app.clone(),
        stable,
        canary,
        began: format!("{:.3}", journal.time),
        ended: format!("{ended_at:.3}"),
        gates: journal.began.gates.clone(),
        verdicts,
        read_back,
        outcome: ended.outcome.clone(),
        exit_code: ended.exit_code,
        journal: JournalShape {
            lines: journal.lines,
            sha256: journal.sha256.clone(),
        },
    };
    Ok((subject, predicate))
}

fn revisions(found: &Inspection) -> (RevisionShape, RevisionShape) {
    let shape = |revision: &rollout::Revision| RevisionShape {
        name: revision.name.clone(),
        image: revision.image.clone(),
    };
    (shape(&found.stable), shape(&found.canary))
}

fn traffic(event: &Event) -> Option<&Traffic> {
    match &event.fact {
        Fact::Inspected { inspection } => Some(&inspection.now),
        Fact::Observed { traffic, .. } | Fact::NoLease { traffic, .. } => Some(traffic),
        _ => None,
    }
}

/// Returns the answers of an event; `weight` is the canary's, as last read.
fn answers(event: &Event, weight: u32) -> Vec<VerdictShape> {
    let at_ms = event.at.0;
    let shape = |kind: Kind, mode, weight, answer: &GateAnswer| {
        let (verdict, reason) = match &answer.result {
            Ok(report) => (report.verdict.word(), report.reason.clone()),
            Err(failure) => ("failure", failure.to_string()),
        };
        VerdictShape {
            at_ms,
            gate: answer.gate.clone(),
            kind,
            mode,
            weight,
            verdict: verdict.to_owned(),
            reason,
        }
    };
    match &event.fact {
        Fact::Answered { kind, answers } => (answers.iter())
            .map(|answer| shape(*kind, GateMode::Required, weight, answer))
            .collect(),
        Fact::Advised {
            kind,
            weight,
            answer,
            ..
        } => vec![shape(*kind, GateMode::Advisory, weight.per_cent(), answer)],
        _ => Vec::new(),
    }
}
