//! Makes the attempts, one after another, until `judge` has a report.
//!
//! Never waits before the first attempt or after the last. A request that lockgate did not send, or could not, ends the
//! call: it is no finding about the canary.

#[cfg(test)]
mod tests;

use lockgate_gate::{CannotAnswer, Report, Request, Revision, send_all, sleep_ms};

use crate::judge::{Attempt, judge};
use crate::settings::Settings;

/// Makes attempts until there is a report.
///
/// # Errors
/// When lockgate did not send a request, or could not.
pub fn probe(
    settings: &Settings,
    canary: &Revision,
    stable: &Revision,
) -> Result<Report, CannotAnswer> {
    let mut requests = vec![request(settings, canary, &settings.path)];
    if let Some(compare) = &settings.compare {
        requests.push(request(settings, stable, &compare.path));
    }
    let mut attempts = Vec::new();
    loop {
        let answers = send_all(&requests)?;
        attempts.push(Attempt::judge(settings, &answers[0], answers.get(1)));
        if let Some(report) = judge(settings, &attempts) {
            return Ok(report);
        }
        if settings.interval_ms > 0 {
            sleep_ms(settings.interval_ms);
        }
    }
}

fn request(settings: &Settings, revision: &Revision, path: &str) -> Request {
    let request = revision.request(&settings.method, path);
    Request {
        headers: settings.headers.clone(),
        body: settings.body.clone().map(String::into_bytes),
        timeout_ms: Some(settings.timeout_ms),
        ..request
    }
}
