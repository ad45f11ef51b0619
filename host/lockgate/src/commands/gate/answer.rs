//! The answer of one call as a command shows it, and the exit code that follows from it. Read `run` and `replay` next.

use rollout::{GateAnswer, GateFailure, Kind, Report, Verdict};

use crate::exit::Exit;

/// Returns the lines that show an answer: verdict and reason, each measurement, and how long the call took.
pub(super) fn lines(kind: Kind, answer: &GateAnswer) -> Vec<String> {
    let gate = &answer.gate;
    let mut lines = vec![format!("{kind} {gate}: {}", sentence(&answer.result))];
    if let Ok(report) = &answer.result {
        lines.extend(report.measurements.iter().map(|measured| {
            format!(
                "  {} of {}: {} {}",
                measured.name, measured.subject, measured.value, measured.unit
            )
        }));
    }
    if let Err(GateFailure::Trap(trap)) = &answer.result {
        lines.extend(trap.details().into_iter().map(|line| format!("  {line}")));
    }
    lines.push(format!("answered in {} ms", answer.took_ms));
    lines
}

/// Returns the verdict with its reason, or why there is none.
pub(super) fn sentence(result: &Result<Report, GateFailure>) -> String {
    match result {
        Ok(report) => format!("{}: {}", report.verdict.word(), report.reason),
        Err(failure @ GateFailure::NotWaitedFor { .. }) => failure.to_string(),
        Err(failure) => format!("failed to answer: {failure}"),
    }
}

/// Returns the exit code for an answer: 0 for a pass, 10 for a fail or a hold, 12 for a failure to answer.
pub(super) fn exit_code(answer: &GateAnswer) -> Exit {
    match &answer.result {
        Ok(report) => match report.verdict {
            Verdict::Pass => Exit::Success,
            Verdict::Fail | Verdict::Hold { .. } => Exit::GateSaidNo,
        },
        Err(_) => Exit::Failed,
    }
}
