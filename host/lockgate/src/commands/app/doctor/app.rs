//! The app itself: whether the platform can split its traffic now, and whether a run holds its lease. Judges what was
//! read; sends nothing. Whether the revisions answer is in `revisions`.

use rollout::{Lease, LeaseState, TrafficTarget};

use super::diagnosis::Diagnosis;
use crate::platform::{AppDescription, Mode, Provisioning};

/// Returns what of the app may stand in the way of a rollout. `now` is in seconds since 1970.
pub(super) fn diagnoses(app: &AppDescription, now: u64) -> Vec<Diagnosis> {
    vec![
        provisioning(app),
        mode(app),
        ingress(app),
        sessions(app),
        traffic(app),
        lease(app, now),
    ]
}

fn provisioning(app: &AppDescription) -> Diagnosis {
    let state = &app.provisioning;
    let detail = format!("{} is {state}", app.app.name());
    match state {
        Provisioning::Succeeded => Diagnosis::ok("app", detail),
        Provisioning::InProgress => {
            Diagnosis::warn("app", detail).advise("a rollout begins once it is Succeeded")
        }
        Provisioning::Failed
        | Provisioning::Canceled
        | Provisioning::Deleting
        | Provisioning::Other(_) => {
            let show = app.app.az("show", "--query properties");
            Diagnosis::fail("app", detail).advise(format!("see {show} and repair it"))
        }
    }
}

fn mode(app: &AppDescription) -> Diagnosis {
    let detail = format!("revision mode {}", app.mode);
    match app.mode {
        Mode::Multiple => Diagnosis::ok("mode", detail),
        Mode::Single | Mode::Other(_) => {
            let switch = app.app.az("revision set-mode", "--mode multiple");
            Diagnosis::fail("mode", detail).advise(format!("switch with {switch}"))
        }
    }
}

fn ingress(app: &AppDescription) -> Diagnosis {
    match &app.host {
        Some(host) => Diagnosis::ok("ingress", host),
        None if app.has_ingress => Diagnosis::warn("ingress", "it has no host yet"),
        None => {
            let options = "--type external --target-port <port>";
            let enable = app.app.az("ingress enable", options);
            Diagnosis::fail("ingress", "none, so there is no traffic to move")
                .advise(format!("enable it with {enable}"))
        }
    }
}

fn sessions(app: &AppDescription) -> Diagnosis {
    if !app.is_sticky {
        return Diagnosis::ok("sessions", "not sticky");
    }
    let disable = app.app.az("ingress sticky-sessions set", "--affinity none");
    let detail = "sticky, which the platform supports in revision mode Single alone";
    Diagnosis::fail("sessions", detail).advise(format!("turn it off with {disable}"))
}

fn traffic(app: &AppDescription) -> Diagnosis {
    let detail = app.traffic.to_string();
    let follows_latest = app
        .traffic
        .0
        .iter()
        .any(|share| share.target == TrafficTarget::LatestReady && share.weight.per_cent() > 0);
    if follows_latest {
        Diagnosis::warn("traffic", detail)
            .advise("the next revision would take its share at once: pin it with `lockgate pin`")
    } else {
        Diagnosis::ok("traffic", detail)
    }
}

fn lease(app: &AppDescription, now: u64) -> Diagnosis {
    match &app.lease {
        Ok(None) => Diagnosis::ok("lease", "no run has a lease"),
        Ok(Some(lease)) => lease_of_a_run(lease, now),
        Err(error) => Diagnosis::fail("lease", error.to_string())
            .advise("look at the app's tags with `lockgate status`"),
    }
}

fn lease_of_a_run(lease: &Lease, now: u64) -> Diagnosis {
    let detail = format!("run {} at {}", lease.run, lease.weight);
    match lease.state {
        LeaseState::Held => Diagnosis::warn("lease", detail).advise(
            "it is held: `lockgate resume` continues it, `lockgate abort` restores the baseline",
        ),
        LeaseState::Running if lease.expires_at > now => {
            Diagnosis::warn("lease", detail).advise("it is under way, so no other run can begin")
        }
        LeaseState::Running => Diagnosis::fail("lease", detail)
            .advise("it is dead: restore the baseline with `lockgate recover`"),
    }
}
