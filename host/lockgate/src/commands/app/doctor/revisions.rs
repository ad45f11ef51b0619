//! Whether the revisions answer at their own addresses, as gates will ask them: from this machine, without a proxy.
//! One GET each; the status of the response is not judged. The gates find it out in a rollout, so none is refused here.

use std::error::Error as _;
use std::time::Duration;

use super::super::preflight::{Check, Finding};
use crate::platform::{AppDescription, RevisionStatus};

/// A revision that was scaled to zero takes some seconds to answer.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// Asks the revisions that a rollout would be about: all that carry traffic, and the newest active one that carries
/// none.
pub(in crate::commands::app) async fn findings(app: &AppDescription) -> Vec<Finding> {
    let client = match client() {
        Ok(client) => client,
        Err(error) => {
            let detail = format!("TLS cannot be set up here: {}", innermost(&error));
            return vec![Finding::warn(Check::Addresses, detail)];
        }
    };
    let active = || app.revisions.iter().filter(|revision| revision.active);
    let carrying = active().filter(|revision| revision.weight > 0);
    let next = active().find(|revision| revision.weight == 0);
    let mut findings = Vec::new();
    for revision in carrying.chain(next) {
        let name = &revision.name;
        findings.push(match &revision.url {
            None => without_address(revision),
            Some(url) => reach(name, url, request(&client, url).await),
        });
    }
    if findings.is_empty() {
        findings.push(Finding::unknown(Check::Addresses, "no revision is active"));
    }
    findings
}

pub(in crate::commands::app) fn without_address(revision: &RevisionStatus) -> Finding {
    let detail = format!("{} has no address of its own", revision.name);
    Finding::unknown(Check::Addresses, detail)
}

/// Judges the response to the request: its status, or the reason why there is none.
pub(in crate::commands::app) fn reach(
    name: &str,
    url: &str,
    response: Result<u16, String>,
) -> Finding {
    match response {
        Ok(status) => {
            let detail = format!("{name} answers (status {status}) at {url}");
            Finding::ok(Check::Addresses, detail)
        }
        Err(reason) => {
            let detail = format!("{name} does not answer at {url}: {reason}");
            Finding::warn(Check::Addresses, detail).advise(
                "gates ask revisions at their own addresses: run lockgate where these can be reached, which for \
                 internal ingress is the app's own network",
            )
        }
    }
}

fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(RESPONSE_TIMEOUT)
        .build()
}

async fn request(client: &reqwest::Client, url: &str) -> Result<u16, String> {
    let response = client.get(url).send().await;
    let response = response.map_err(|error| innermost(&error))?;
    Ok(response.status().as_u16())
}

/// Returns the innermost cause: the outer ones name only the request that failed.
fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text
}
