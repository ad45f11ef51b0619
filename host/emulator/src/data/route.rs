//! From a host to the revision that gets the request, and where its reply comes from. A transition
//! of the world: counts the request, advances the weighted choice, and scales from zero. Opens no
//! socket.

use std::time::Duration;

use crate::shared::DataHost;
use crate::world::World;
use crate::world::app::App;
use crate::world::clock::WorldTime;
use crate::world::revision::RevisionPhase;
use crate::world::served::Routing;
use crate::world::traffic::TrafficEntry;

/// The longest latency of a behaviour that is performed.
const LATENCY_MAX: Duration = Duration::from_secs(600);

/// Hosts under this name reach any app, revision or label through every listener of the data plane.
const DOMAIN: &str = ".emulator.localhost";

/// A routed request.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) destination: Destination,
    /// Absent if the request reaches no revision.
    pub(crate) served: Option<ServedBy>,
}

/// The revision that serves a request.
#[derive(Debug)]
pub(crate) struct ServedBy {
    pub(crate) app: String,
    pub(crate) revision: String,
    pub(crate) routing: Routing,
}

/// Where the reply comes from.
#[derive(Debug)]
pub(crate) enum Destination {
    /// The platform replies in place of the app.
    Platform {
        status: u16,
        text: String,
    },
    /// The built-in web app replies.
    WebApp {
        /// The revision's share of the traffic in per cent.
        weight: u32,
        latency: Duration,
    },
    Upstream {
        origin: String,
    },
}

/// Returns the host that a `Host` header names, if it is in the emulator's domain.
pub(crate) fn host_by_name(world: &World, header: &str) -> Option<DataHost> {
    let name = header
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let name = name.strip_suffix(DOMAIN)?;
    if let Some((app, label)) = name.split_once("---") {
        return Some(DataHost::Label {
            app: app.to_owned(),
            label: label.to_owned(),
        });
    }
    let app = world
        .apps
        .iter()
        .find(|app| name.starts_with(&format!("{}--", app.name)));
    Some(match app {
        Some(app) => DataHost::Revision {
            app: app.name.clone(),
            revision: name.to_owned(),
        },
        None => DataHost::App(name.to_owned()),
    })
}

/// Routes one request to `host`.
pub(crate) fn route(world: &mut World, host: &DataHost) -> Routed {
    let now = world.settle();
    let (DataHost::App(name)
    | DataHost::Revision { app: name, .. }
    | DataHost::Label { app: name, .. }) = host;
    let Some(app) = world.find_app(name) else {
        return unreached(404, format!("there is no app {name}"));
    };
    if !app.has_ingress() || app.stopped {
        return unreached(404, format!("the app {name} is stopped or has no ingress"));
    }
    match host {
        DataHost::App(_) => by_weight(app, now),
        DataHost::Revision { revision, .. } => direct(app, Some(revision.clone()), now),
        DataHost::Label { label, .. } => {
            let labelled = |entry: &&TrafficEntry| entry.label.as_deref() == Some(label);
            let entry = app.traffic.iter().find(labelled);
            let revision = entry.and_then(|entry| app.resolve(&entry.target));
            let revision = revision.map(|revision| revision.name.clone());
            direct(app, revision, now)
        }
    }
}

fn by_weight(app: &mut App, now: WorldTime) -> Routed {
    let mut split = app.split();
    match app
        .chooser
        .pick(&split)
        .and_then(|index| split.swap_remove(index).revision)
    {
        Some(revision) => reach(app, &revision, Routing::ByWeight, now),
        None => unreached(
            503,
            format!("no revision of {} can serve this request", app.name),
        ),
    }
}

/// Routes a request to the host of a revision or label. An inactive revision has no host of its
/// own. Its share of the app's traffic remains and fails, as on the real service.
fn direct(app: &mut App, revision: Option<String>, now: WorldTime) -> Routed {
    let found = revision.and_then(|name| app.find_revision(&name));
    match found
        .filter(|revision| revision.active)
        .map(|revision| revision.name.clone())
    {
        Some(revision) => reach(app, &revision, Routing::Direct, now),
        None => unreached(
            404,
            format!("no active revision of {} has this host", app.name),
        ),
    }
}

fn reach(app: &mut App, name: &str, routing: Routing, now: WorldTime) -> Routed {
    let weight = app.weight_of(name);
    let served = ServedBy {
        app: app.name.clone(),
        revision: name.to_owned(),
        routing,
    };
    let Some(revision) = app.find_revision(name) else {
        return unreached(503, format!("the revision {name} is gone"));
    };
    revision.served.request(routing);
    let platform = |why: &str| Destination::Platform {
        status: 503,
        text: format!("{name} {why}"),
    };
    let destination = match revision.phase(now.instant) {
        RevisionPhase::Inactive => platform("is not active"),
        RevisionPhase::Starting | RevisionPhase::Pulling | RevisionPhase::Failed => {
            platform("is not ready yet")
        }
        RevisionPhase::CrashLooping => platform("has no replica that stays up"),
        RevisionPhase::ScaledToZero | RevisionPhase::Ready => {
            revision.replicas = revision.replicas.max(1);
            match &revision.upstream {
                Some(origin) => Destination::Upstream {
                    origin: origin.clone(),
                },
                None => Destination::WebApp {
                    weight,
                    latency: Duration::from_millis(revision.behaviour.latency_ms).min(LATENCY_MAX),
                },
            }
        }
    };
    Routed {
        destination,
        served: Some(served),
    }
}

fn unreached(status: u16, text: String) -> Routed {
    Routed {
        destination: Destination::Platform { status, text },
        served: None,
    }
}
