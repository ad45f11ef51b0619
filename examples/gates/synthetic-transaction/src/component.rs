//! Connects the gate to the contract in `wit/plugin-0.1`.
//!
//! Converts types only. Native tests cannot reach this file, so it must decide nothing.

use bindings::exports::lockgate::plugin::{about, health_checking};
use bindings::lockgate::plugin::http::{self, Error};
use bindings::lockgate::plugin::types::{self, Context, HealthReport};

use crate::report::{Health, Report};
use crate::session::{Answer, Network, Request, Stop};
use crate::settings::Settings;
use crate::shop::transact;

#[expect(unsafe_code, reason = "generated from the contract by wit-bindgen")]
mod bindings {
    wit_bindgen::generate!({ world: "health-check", path: "../../../wit/plugin-0.1" });

    export!(SyntheticTransaction);
    use super::SyntheticTransaction;
}

struct SyntheticTransaction;

impl about::Guest for SyntheticTransaction {
    fn describe() -> String {
        crate::about::describe()
    }
}

impl health_checking::Guest for SyntheticTransaction {
    fn check(context: Context) -> Result<HealthReport, String> {
        let settings = Settings::parse(&context.settings)?;
        let report = transact(&settings, &context.rollout.canary.url, &mut HostNetwork)?;
        Ok(report.into())
    }
}

/// The network, through lockgate.
struct HostNetwork;

impl Network for HostNetwork {
    fn send(&mut self, request: &Request) -> Result<Answer, Stop> {
        let sent = http::send(&http::Request {
            method: request.method.to_owned(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            timeout_ms: Some(request.timeout_ms),
        });
        let answer = sent.map_err(|error| stop(error, request.timeout_ms))?;
        Ok(Answer {
            status: answer.status,
            body: answer.body,
            elapsed_ms: answer.elapsed_ms,
        })
    }
}

fn stop(error: Error, timeout_ms: u32) -> Stop {
    match error {
        Error::Timeout => Stop::Silent(format!("no answer within {timeout_ms} ms")),
        Error::Unreachable(reason) => Stop::Silent(format!("no answer: {reason}")),
        Error::TooLarge(bytes) => Stop::Wrong(format!("the answer is larger than {bytes} bytes")),
        Error::Denied(reason)
        | Error::Invalid(reason)
        | Error::Budget(reason)
        | Error::Unresolved(reason)
        | Error::Untrusted(reason) => Stop::Refused(format!("not sent: {reason}")),
    }
}

impl From<Report> for HealthReport {
    fn from(report: Report) -> Self {
        let latency = |(step, value): (&'static str, f64)| types::Measurement {
            name: "latency".to_owned(),
            subject: step.to_owned(),
            value,
            unit: "ms".to_owned(),
        };
        Self {
            health: match report.health {
                Health::Healthy => types::Health::Healthy,
                Health::Unhealthy => types::Health::Unhealthy,
                Health::Unknown => types::Health::Unknown,
            },
            summary: report.summary,
            measurements: report.latencies.into_iter().map(latency).collect(),
            state: Vec::new(),
        }
    }
}
