//! The app itself: whether the platform can split its traffic now, who is writing, and whether its revisions can be
//! reached from here, as gates will want to.

use std::error::Error as _;
use std::time::Duration;

use azure::{AppStatus, Mode, Provisioning, RevisionStatus};
use rollout::{Lease, LeaseState, TrafficTarget};

use crate::run::clock;

use super::finding::Finding;

/// A revision that was scaled to zero takes some seconds to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Says what of the app stands in the way of a rollout.
pub(super) fn findings(status: &AppStatus) -> Vec<Finding> {
    vec![
        provisioning(status),
        mode(status),
        ingress(status),
        sessions(status),
        traffic(status),
        lease(status),
    ]
}

fn provisioning(status: &AppStatus) -> Finding {
    let (check, app) = ("app", &status.app);
    let state = &status.provisioning;
    let detail = format!("{} is {state}", app.name());
    match state {
        Provisioning::Succeeded => Finding::ok(check, detail),
        Provisioning::InProgress => {
            let next = "a rollout begins once it is Succeeded".to_owned();
            Finding::warn(check, detail, Some(next))
        }
        _ => {
            let show = app.az("show", "--query properties");
            Finding::fail(check, detail, Some(format!("see {show} and repair it")))
        }
    }
}

fn mode(status: &AppStatus) -> Finding {
    let detail = format!("revision mode {}", status.mode);
    match status.mode {
        Mode::Multiple => Finding::ok("mode", detail),
        _ => {
            let switch = status.app.az("revision set-mode", "--mode multiple");
            Finding::fail("mode", detail, Some(format!("switch with {switch}")))
        }
    }
}

fn ingress(status: &AppStatus) -> Finding {
    match &status.fqdn {
        Some(host) => Finding::ok("ingress", host.clone()),
        None if status.has_ingress => {
            Finding::warn("ingress", "it has no host yet".to_owned(), None)
        }
        None => {
            let enable = status
                .app
                .az("ingress enable", "--type external --target-port <port>");
            let detail = "none, so there is no traffic to move".to_owned();
            Finding::fail("ingress", detail, Some(format!("enable it with {enable}")))
        }
    }
}

fn sessions(status: &AppStatus) -> Finding {
    if !status.is_sticky {
        return Finding::ok("sessions", "not sticky".to_owned());
    }
    let disable = status
        .app
        .az("ingress sticky-sessions set", "--affinity none");
    let detail = "sticky, which the platform supports in revision mode Single alone".to_owned();
    Finding::fail(
        "sessions",
        detail,
        Some(format!("turn it off with {disable}")),
    )
}

fn traffic(status: &AppStatus) -> Finding {
    let shares = &status.traffic.0;
    let detail = status.traffic.to_string();
    let follows = shares
        .iter()
        .any(|share| share.target == TrafficTarget::LatestReady && share.weight.per_cent() > 0);
    match follows {
        true => {
            let next = "the next revision would take its share at once: pin it with `lockgate pin`";
            Finding::warn("traffic", detail, Some(next.to_owned()))
        }
        false => Finding::ok("traffic", detail),
    }
}

fn lease(status: &AppStatus) -> Finding {
    let check = "lease";
    match &status.lease {
        Ok(None) => Finding::ok(check, "no run has a lease".to_owned()),
        Ok(Some(lease)) => {
            let detail = format!("run {} at {}", lease.run, lease.weight);
            match way_on(lease) {
                (true, next) => Finding::fail(check, detail, Some(next)),
                (false, next) => Finding::warn(check, detail, Some(next)),
            }
        }
        Err(error) => {
            let next = "look at the app's tags with `lockgate status`".to_owned();
            Finding::fail(check, error.to_string(), Some(next))
        }
    }
}

/// Says what to do about a lease, and whether it must be done.
fn way_on(lease: &Lease) -> (bool, String) {
    let now = clock::unix_seconds();
    match lease.state {
        LeaseState::Held => {
            let next =
                "it is held: `lockgate resume` goes on, `lockgate abort` gives the traffic back";
            (false, next.to_owned())
        }
        LeaseState::Running if lease.expires_at > now => {
            (false, "it is under way, so no other can begin".to_owned())
        }
        LeaseState::Running => {
            let next = "it is dead: give the traffic back with `lockgate recover`";
            (true, next.to_owned())
        }
    }
}

/// Asks those that a rollout would be about at their own addresses, without a proxy, as gates do: all that carry
/// traffic, and the newest of the active ones that carry none.
pub(super) async fn revisions(status: &AppStatus) -> Vec<Finding> {
    let check = "revisions";
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            let detail = format!("TLS cannot be set up here: {}", innermost(&error));
            return vec![Finding::fail(check, detail, None)];
        }
    };
    let active = || status.revisions.iter().filter(|revision| revision.active);
    let carrying = active().filter(|revision| revision.weight > 0);
    let next = active().find(|revision| revision.weight == 0);
    let mut findings = Vec::new();
    for revision in carrying.chain(next) {
        findings.push(reach(&client, check, revision).await);
    }
    if findings.is_empty() {
        findings.push(Finding::unknown(check, "no revision is active".to_owned()));
    }
    findings
}

async fn reach(
    client: &reqwest::Client,
    check: &'static str,
    revision: &RevisionStatus,
) -> Finding {
    let name = &revision.name;
    let Some(url) = &revision.url else {
        return Finding::unknown(check, format!("{name} has no address of its own"));
    };
    match client.get(url).send().await {
        Ok(answer) => {
            let status = answer.status().as_u16();
            Finding::ok(check, format!("{name} answers (status {status}) at {url}"))
        }
        Err(error) => {
            let reason = innermost(&error);
            let detail = format!("{name} does not answer at {url}: {reason}");
            let next = "gates ask revisions at their own addresses: run lockgate where these can be reached, which \
                        for internal ingress is the app's own network";
            Finding::fail(check, detail, Some(next.to_owned()))
        }
    }
}

/// Returns the cause of causes: the outer ones say no more than that a request failed.
fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        said = inner.to_string();
        cause = inner.source();
    }
    said
}
