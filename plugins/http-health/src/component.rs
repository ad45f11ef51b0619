//! Connects the gate to the contract in `wit/plugin-0.1`.
//!
//! Converts types only. Native tests cannot reach this file, so it must decide nothing.

use bindings::exports::lockgate::plugin::{about, health_checking};
use bindings::lockgate::plugin::clock;
use bindings::lockgate::plugin::http::{self, Error};
use bindings::lockgate::plugin::types::{self, Context, HealthReport};

use crate::judge::{Answer, Health, Measurement, NoAnswer, Report};
use crate::probe::{Network, Origins, Refusal, Request, SendError, probe};
use crate::settings::Settings;

#[expect(unsafe_code, reason = "generated from the contract by wit-bindgen")]
mod bindings {
    wit_bindgen::generate!({ world: "health-check", path: "../../wit/plugin-0.1" });

    export!(HttpHealth);
    use super::HttpHealth;
}

struct HttpHealth;

impl about::Guest for HttpHealth {
    fn describe() -> String {
        crate::about::describe()
    }
}

impl health_checking::Guest for HttpHealth {
    fn check(context: Context) -> Result<HealthReport, String> {
        let settings = Settings::parse(&context.settings)
            .and_then(|settings| settings.with_facts(&context.facts))
            .map_err(|error| error.to_string())?;
        let origins = Origins {
            canary: &context.rollout.canary.url,
            stable: &context.rollout.stable.url,
        };
        let report =
            probe(&settings, origins, &mut HostNetwork).map_err(|error| error.to_string())?;
        Ok(report.into())
    }
}

/// The network, through lockgate.
struct HostNetwork;

impl Network for HostNetwork {
    fn send_all(&mut self, requests: &[Request]) -> Vec<Result<Answer, SendError>> {
        let requests: Vec<http::Request> = requests.iter().map(http::Request::from).collect();
        let answers = http::send_all(&requests).into_iter();
        answers
            .map(|answer| answer.map(Answer::from).map_err(SendError::from))
            .collect()
    }

    fn sleep_ms(&mut self, duration_ms: u32) {
        clock::sleep_ms(duration_ms);
    }
}

impl From<&Request> for http::Request {
    fn from(request: &Request) -> Self {
        Self {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            timeout_ms: Some(request.timeout_ms),
        }
    }
}

impl From<http::Response> for Answer {
    fn from(response: http::Response) -> Self {
        let http::Response {
            status,
            body,
            elapsed_ms,
            headers: _,
        } = response;
        Self {
            status,
            body,
            elapsed_ms,
        }
    }
}

impl From<Error> for SendError {
    fn from(error: Error) -> Self {
        match error {
            Error::Timeout => Self::NoAnswer(NoAnswer::TimedOut),
            Error::Unreachable(reason) => Self::NoAnswer(NoAnswer::Unreachable(reason)),
            Error::TooLarge(bytes) => Self::NoAnswer(NoAnswer::TooLarge(bytes)),
            Error::Denied(reason) => Self::Refusal(Refusal::Denied(reason)),
            Error::Invalid(reason) => Self::Refusal(Refusal::Invalid(reason)),
            Error::Budget(reason) => Self::Refusal(Refusal::Budget(reason)),
            Error::Unresolved(reason) | Error::Untrusted(reason) => {
                Self::Refusal(Refusal::NotSeen(reason))
            }
        }
    }
}

impl From<Report> for HealthReport {
    fn from(report: Report) -> Self {
        Self {
            health: match report.health {
                Health::Healthy => types::Health::Healthy,
                Health::Unhealthy => types::Health::Unhealthy,
                Health::Unknown => types::Health::Unknown,
            },
            summary: report.summary,
            measurements: report
                .measurements
                .into_iter()
                .map(types::Measurement::from)
                .collect(),
            state: Vec::new(),
        }
    }
}

impl From<Measurement> for types::Measurement {
    fn from(measurement: Measurement) -> Self {
        let Measurement {
            name,
            subject,
            value,
            unit,
        } = measurement;
        Self {
            name: name.to_owned(),
            subject: subject.to_owned(),
            value,
            unit: unit.to_owned(),
        }
    }
}
