//! Between the contract's types and the engine's. What a gate answers is cut, cleaned and checked here.

use std::time::Duration;

use rollout::{GateFailure, Measurement, Report, Revision, Verdict};

use crate::call::ask::Ask;
use crate::call::sanitise::harmless;
use crate::component::bindings::host::lockgate::plugin::types as wit;

/// The most of a summary or reason that is kept, in characters.
const REASON_MAX: usize = 1_000;
/// The most of a name or unit that is kept, in characters.
const NAME_MAX: usize = 100;
/// Measurements that are kept.
const MEASUREMENTS_MAX: usize = 256;
/// The largest state, in bytes.
const STATE_MAX: usize = 64 << 10;

/// Puts a question in the contract's words.
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
        },
        settings: ask.settings.to_string(),
        facts: Vec::new(),
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

/// Puts the latest reports of the health checks in the contract's words.
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
                measurements: report.measurements.iter().map(measured).collect(),
                state: Vec::new(),
            },
        })
        .collect()
}

fn measured(measurement: &Measurement) -> wit::Measurement {
    wit::Measurement {
        name: measurement.name.clone(),
        subject: measurement.subject.clone(),
        value: measurement.value,
        unit: measurement.unit.clone(),
    }
}

pub(crate) fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Reads a health check's answer.
pub(crate) fn health(report: wit::HealthReport) -> Result<Report, GateFailure> {
    let verdict = match report.health {
        wit::Health::Healthy => Verdict::Pass,
        wit::Health::Unhealthy => Verdict::Fail,
        wit::Health::Unknown => Verdict::Hold { ask_again_ms: None },
    };
    answered(verdict, &report.summary, report.measurements, report.state)
}

/// Reads a promotion gate's answer.
pub(crate) fn decision(answer: wit::Answer) -> Result<Report, GateFailure> {
    let verdict = match answer.decision {
        wit::Decision::Promote => Verdict::Pass,
        wit::Decision::RollBack => Verdict::Fail,
        wit::Decision::Hold => Verdict::Hold {
            ask_again_ms: answer.ask_again_ms,
        },
    };
    answered(verdict, &answer.reason, answer.measurements, answer.state)
}

fn answered(
    verdict: Verdict,
    reason: &str,
    measurements: Vec<wit::Measurement>,
    state: Vec<u8>,
) -> Result<Report, GateFailure> {
    if state.len() > STATE_MAX {
        return Err(GateFailure::InvalidAnswer(format!(
            "a state of {} bytes; at most {STATE_MAX} are kept",
            state.len()
        )));
    }
    let reason = harmless(reason, REASON_MAX);
    Ok(Report {
        verdict,
        reason: match reason.is_empty() {
            true => "the gate gave no reason".to_owned(),
            false => reason,
        },
        measurements: measurements
            .into_iter()
            .filter(|measurement| measurement.value.is_finite())
            .take(MEASUREMENTS_MAX)
            .map(|measurement| Measurement {
                name: harmless(&measurement.name, NAME_MAX),
                subject: harmless(&measurement.subject, NAME_MAX),
                value: measurement.value,
                unit: harmless(&measurement.unit, NAME_MAX),
            })
            .collect(),
        state,
    })
}
