//! From a host to the revision that gets the request, and what it would answer.
//! A transition of the world: counts, advances the choice, wakes what has scaled to zero.

use std::time::Duration;

use super::{Host, LATENCY_MAX};
use crate::world::World;
use crate::world::app::App;
use crate::world::clock::Moment;
use crate::world::revision::Phase;
use crate::world::served::Way;
use crate::world::traffic::Entry;

/// Hosts under this name reach every app, revision and label through any data-plane listener.
const DOMAIN: &str = ".emulator.localhost";

/// What to do with a request.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) reply: Reply,
    /// Absent when no revision was reached.
    pub(crate) served: Option<ServedBy>,
}

/// Who counts the request.
#[derive(Debug)]
pub(crate) struct ServedBy {
    pub(crate) app: String,
    pub(crate) revision: String,
    pub(crate) way: Way,
}

/// Where the answer comes from.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The platform answers in the app's place.
    Platform {
        status: u16,
        text: String,
    },
    /// The built-in web app answers, once the request has been read.
    WebApp {
        /// The revision's own share of the traffic.
        weight: u32,
        latency: Duration,
    },
    Upstream {
        origin: String,
    },
}

/// Returns the host that a `Host` header names, when it is one of the emulator's domain.
pub(crate) fn host_by_name(world: &World, header: &str) -> Option<Host> {
    let name = header
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let name = name.strip_suffix(DOMAIN)?;
    if let Some((app, label)) = name.split_once("---") {
        return Some(Host::Label {
            app: app.to_owned(),
            label: label.to_owned(),
        });
    }
    let app = world
        .apps
        .iter()
        .find(|app| name.starts_with(&format!("{}--", app.name)));
    Some(match app {
        Some(app) => Host::Revision {
            app: app.name.clone(),
            revision: name.to_owned(),
        },
        None => Host::App(name.to_owned()),
    })
}

/// Decides one request at `host`.
pub(crate) fn route(world: &mut World, host: &Host) -> Routed {
    let now = world.settle();
    let (Host::App(name) | Host::Revision { app: name, .. } | Host::Label { app: name, .. }) = host;
    let Some(app) = world.find_app(name) else {
        return unreached(404, format!("there is no app {name}"));
    };
    if !app.has_ingress() || app.stopped {
        return unreached(404, format!("the app {name} is stopped or has no ingress"));
    }
    match host {
        Host::App(_) => by_weight(app, now),
        Host::Revision { revision, .. } => direct(app, Some(revision.clone()), now),
        Host::Label { label, .. } => {
            let labelled = |entry: &&Entry| entry.label.as_deref() == Some(label);
            let entry = app.traffic.iter().find(labelled);
            let revision = entry.and_then(|entry| app.resolve(&entry.target));
            let revision = revision.map(|revision| revision.name.clone());
            direct(app, revision, now)
        }
    }
}

fn by_weight(app: &mut App, now: Moment) -> Routed {
    let mut split = app.split();
    match app
        .chooser
        .pick(&split)
        .and_then(|index| split.swap_remove(index).0)
    {
        Some(revision) => reach(app, &revision, Way::ByWeight, now),
        None => unreached(
            503,
            format!("no revision of {} takes this request", app.name),
        ),
    }
}

/// An own host of an inactive revision is gone, while its share of the app's traffic is not: that
/// runs into nowhere, as on the real service.
fn direct(app: &mut App, revision: Option<String>, now: Moment) -> Routed {
    let found = revision.and_then(|name| app.find_revision(&name));
    match found
        .filter(|revision| revision.active)
        .map(|revision| revision.name.clone())
    {
        Some(revision) => reach(app, &revision, Way::Direct, now),
        None => unreached(
            404,
            format!("no active revision of {} has this host", app.name),
        ),
    }
}

fn reach(app: &mut App, name: &str, way: Way, now: Moment) -> Routed {
    let weight = app.weight_of(name);
    let served = ServedBy {
        app: app.name.clone(),
        revision: name.to_owned(),
        way,
    };
    let Some(revision) = app.find_revision(name) else {
        return unreached(503, format!("the revision {name} is gone"));
    };
    revision.served.request(way);
    let platform = |why: &str| Reply::Platform {
        status: 503,
        text: format!("{name} {why}"),
    };
    let reply = match revision.phase(now.instant) {
        Phase::Inactive => platform("is not active"),
        Phase::Starting | Phase::Pulling | Phase::Failed => platform("is not ready yet"),
        Phase::CrashLooping => platform("has no replica that stays up"),
        Phase::ScaledToZero | Phase::Ready => {
            revision.replicas = revision.replicas.max(1);
            match &revision.upstream {
                Some(origin) => Reply::Upstream {
                    origin: origin.clone(),
                },
                None => Reply::WebApp {
                    weight,
                    latency: Duration::from_millis(revision.behaviour.latency_ms).min(LATENCY_MAX),
                },
            }
        }
    };
    Routed {
        reply,
        served: Some(served),
    }
}

fn unreached(status: u16, text: String) -> Routed {
    Routed {
        reply: Reply::Platform { status, text },
        served: None,
    }
}
