//! The words that several kinds of reports have in common.

use std::time::Duration;

use rollout::human;

use crate::store::run_summary;
use crate::story::{Process, StageStory, Verdict, What};

/// Returns how a process ended, in a sentence.
pub(super) fn result(process: &Process) -> &str {
    let ended = process.ended.as_ref();
    ended.map_or("the journal stops before the run has ended", |ended| {
        &ended.result
    })
}

/// Returns how a process ended, in a word.
pub(super) fn outcome(process: &Process) -> &'static str {
    let ended = process.ended.as_ref();
    ended.map_or("no end", |ended| run_summary::word(&ended.outcome))
}

/// Returns a time since the start.
pub(super) fn since(ms: u64) -> String {
    human(Duration::from_millis(ms))
}

/// Returns how long a stage lasted; a dash where it was not reached.
pub(super) fn lasted(stage: &StageStory, process: &Process) -> String {
    match stage.reached_ms {
        Some(reached) => {
            let left = stage.left_ms.unwrap_or(process.lasted_ms);
            since(left.saturating_sub(reached))
        }
        None => "–".to_owned(),
    }
}

/// Returns the verdicts of a process, each with its time and the canary's weight.
pub(super) fn verdicts(process: &Process) -> impl Iterator<Item = (u64, u32, &Verdict)> {
    process
        .happened
        .iter()
        .filter_map(|happened| match &happened.what {
            What::Verdict(verdict) => Some((happened.at_ms, happened.weight, verdict)),
            _ => None,
        })
}

/// Returns how the gates answered at a weight, such as `http-health 3 pass, 1 fail`.
pub(super) fn answers_at(process: &Process, weight: u32) -> String {
    let mut counts: Vec<(&str, Vec<(&str, u32)>)> = Vec::new();
    for (_, at, verdict) in verdicts(process) {
        if at != weight {
            continue;
        }
        let gate = verdict.gate.as_str();
        let index = counts
            .iter()
            .position(|(name, _)| *name == gate)
            .unwrap_or_else(|| {
                counts.push((gate, Vec::new()));
                counts.len() - 1
            });
        let of_gate = &mut counts[index].1;
        match of_gate
            .iter_mut()
            .find(|(word, _)| *word == verdict.verdict)
        {
            Some((_, count)) => *count += 1,
            None => of_gate.push((&verdict.verdict, 1)),
        }
    }
    let of_gate = |(gate, counts): (&str, Vec<(&str, u32)>)| {
        let counts = counts.iter().map(|(word, count)| format!("{count} {word}"));
        format!("{gate} {}", counts.collect::<Vec<_>>().join(", "))
    };
    counts
        .into_iter()
        .map(of_gate)
        .collect::<Vec<_>>()
        .join("; ")
}
