//! Converts questions to the contract's types, and answers to the engine's.
//!
//! A gate's answer is untrusted: its texts are masked, cut and sanitised, its numbers and sizes checked, here and nowhere else.

use std::time::Duration;

use rollout::{GateFailure, Measurement, Report, Revision, Verdict};

use super::ask::Ask;
use super::sanitise::sanitise;
use crate::component::bindings::host::lockgate::plugin::types as wit;
use crate::outside::secrets::Secrets;

/// The most of a summary or reason that is kept, in characters.
pub(super) const REASON_CHARS_MAX: usize = 1_000;
/// The most of a name or unit that is kept, in characters.
const NAME_CHARS_MAX: usize = 100;
/// The most measurements that are kept.
const MEASUREMENTS_MAX: usize = 256;
/// The largest state that is accepted, in bytes.
const STATE_BYTES_MAX: usize = 64 << 10;

/// Converts a question to the contract's context.
pub(crate) fn context(ask: &Ask) -> wit::Context {
    wit::Context {
        rollout: wit::Rollout {
            id: ask.run.clone(),
            app: ask.app.clone(),
            stable: revision(&ask.stable),
            canary: revision(&ask.canary),
        },
        stage: wit::Stage {
            index: ask.stage,
            total: ask.stages,
            weight: ask.weight,
            next_weight: ask.next_weight,
            asked: ask.asked,
            weight_since_s: ask.weight_since_s,
            now_s: ask.now_s,
        },
        settings: ask.settings.to_string(),
        facts: ask.facts.clone().into_iter().collect(),
        state: ask.state.clone(),
    }
}

fn revision(revision: &Revision) -> wit::Revision {
    wit::Revision {
        name: revision.name.clone(),
        url: revision.url.clone(),
        image: revision.image.clone(),
    }
}

/// Converts the latest reports of the health checks to the contract's reports.
pub(crate) fn reports(ask: &Ask) -> Vec<wit::NamedReport> {
    let reports = ask.reports.iter();
    reports
        .map(|(gate, report)| wit::NamedReport {
            gate: gate.clone(),
            report: wit::HealthReport {
                health: match report.verdict {
                    Verdict::Pass => wit::Health::Healthy,
                    Verdict::Fail => wit::Health::Unhealthy,
                    Verdict::Hold { .. } => wit::Health::Unknown,
                },
                summary: report.reason.clone(),
                measurements: report.measurements.iter().map(measurement).collect(),
                state: Vec::new(),
            },
        })
        .collect()
}

fn measurement(measurement: &Measurement) -> wit::Measurement {
    wit::Measurement {
        name: measurement.name.clone(),
        subject: measurement.subject.clone(),
        value: measurement.value,
        unit: measurement.unit.clone(),
    }
}

/// Returns a duration in whole milliseconds, rounded down.
pub(crate) fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Converts a health check's answer to a report.
pub(crate) fn health(report: wit::HealthReport, secrets: &Secrets) -> Result<Report, GateFailure> {
    let verdict = match report.health {
        wit::Health::Healthy => Verdict::Pass,
        wit::Health::Unhealthy => Verdict::Fail,
        wit::Health::Unknown => Verdict::Hold { ask_again_ms: None },
    };
    checked_report(
        verdict,
        &report.summary,
        report.measurements,
        report.state,
        secrets,
    )
}

/// Converts a promotion gate's answer to a report.
pub(crate) fn decision(answer: wit::Answer, secrets: &Secrets) -> Result<Report, GateFailure> {
    let verdict = match answer.decision {
        wit::Decision::Promote => Verdict::Pass,
        wit::Decision::RollBack => Verdict::Fail,
        wit::Decision::Hold => Verdict::Hold {
            ask_again_ms: answer.ask_again_ms,
        },
    };
    checked_report(
        verdict,
        &answer.reason,
        answer.measurements,
        answer.state,
        secrets,
    )
}

fn checked_report(
    verdict: Verdict,
    reason: &str,
    measurements: Vec<wit::Measurement>,
    state: Vec<u8>,
    secrets: &Secrets,
) -> Result<Report, GateFailure> {
    if state.len() > STATE_BYTES_MAX {
        return Err(GateFailure::InvalidAnswer(format!(
            "a state of {} bytes; at most {STATE_BYTES_MAX} are kept",
            state.len()
        )));
    }
    // Masked before it is cut: what is left of a secret that was cut through would not be found.
    let shown = |text: &str, chars_max| sanitise(&secrets.mask(text), chars_max);
    let reason = shown(reason, REASON_CHARS_MAX);
    Ok(Report {
        verdict,
        reason: if reason.is_empty() {
            "the gate gave no reason".to_owned()
        } else {
            reason
        },
        measurements: measurements
            .into_iter()
            .filter(|measurement| measurement.value.is_finite())
            .take(MEASUREMENTS_MAX)
            .map(|measurement| Measurement {
                name: shown(&measurement.name, NAME_CHARS_MAX),
                subject: shown(&measurement.subject, NAME_CHARS_MAX),
                value: measurement.value,
                unit: shown(&measurement.unit, NAME_CHARS_MAX),
            })
            .collect(),
        state,
    })
}
