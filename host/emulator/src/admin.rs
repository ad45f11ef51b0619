//! The emulator's own paths, under `/_emulator/` on the control port: they show the world, and
//! change behaviours, faults and wedges, and write as another client would. Not part of the emulated service: these calls need no
//! token and no version, are not logged, meet no fault, and count as no poll.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::http::{HttpCall, Reply};
use crate::ids::random_uuid;
use crate::refusal::Refusal;
use crate::scenario::{Behaviour, Fault, TrafficScenario};
use crate::world::app::{App, ForeignWrite};
use crate::world::clock::zoneless;
use crate::world::revision::Revision;
use crate::world::traffic;
use crate::world::{self, World};

/// The client of a write that no call made, unless it has a name.
pub(crate) const SOMEBODY_ELSE: &str = "somebody-else";

/// A write of another client, which needs no call of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct OtherWrite {
    /// The client's name in the history.
    #[serde(default = "somebody_else")]
    pub(crate) client: String,
    /// The traffic array. It is not checked.
    pub(crate) traffic: Vec<TrafficScenario>,
    /// Tags to add; null removes one.
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, Option<String>>,
}

fn somebody_else() -> String {
    SOMEBODY_ELSE.to_owned()
}

/// Answers a call of an admin path. `rest` is the path after `/_emulator/`.
pub(crate) fn answer(world: &mut World, call: &HttpCall, rest: &[&str]) -> Reply {
    let replied = match (call.method.as_str(), rest) {
        ("GET", ["snapshot"]) => Ok(snapshot(world)),
        ("GET", ["requests"]) => Ok(requests(world)),
        ("GET", ["writes", app]) => writes(world, app),
        ("GET", ["served"]) => Ok(served(world)),
        ("POST", ["mark"]) => {
            mark(world);
            Ok(Value::Null)
        }
        ("POST", ["behaviour", app, revision]) => read(call).and_then(|behaviour| {
            set_behaviour(world, app, revision, behaviour)?;
            Ok(Value::Null)
        }),
        ("POST", ["wedge", app]) => wedge(world, app).map(|()| Value::Null),
        ("POST", ["lift", app]) => lift(world, app).map(|()| Value::Null),
        ("POST", ["write", app]) => read(call).and_then(|write| {
            write_as_other(world, app, write)?;
            Ok(Value::Null)
        }),
        ("POST", ["activate", app, revision]) => {
            set_active(world, app, revision, true).map(|()| Value::Null)
        }
        ("POST", ["deactivate", app, revision]) => {
            set_active(world, app, revision, false).map(|()| Value::Null)
        }
        ("POST", ["faults"]) => read(call).and_then(|fault| {
            add_fault(world, fault)?;
            Ok(Value::Null)
        }),
        _ => {
            let message = format!(
                "{} {} is not a path of the emulator",
                call.method, call.path
            );
            Err(Refusal::new(404, "NotFound", message))
        }
    };
    match replied {
        Ok(Value::Null) => Reply::empty(204),
        Ok(body) => Reply::json(200, body),
        Err(refusal) => Reply::refused(&refusal),
    }
}

/// Returns the whole state, for people and tests.
pub(crate) fn snapshot(world: &mut World) -> Value {
    let now = world.settle();
    let apps: Vec<Value> = world
        .apps
        .iter()
        .map(|app| shown_app(app, now.instant))
        .collect();
    json!({
        "subscription": world.subscription,
        "resource-group": world.resource_group,
        "apps": apps,
        "faults": world.faults.counts(),
    })
}

/// Returns the logged calls of the control plane, in order of arrival.
pub(crate) fn requests(world: &World) -> Value {
    to_json(world.log.calls())
}

/// Returns the accepted writes of an app, in order, with who sent each, when it was received, accepted and applied, and
/// what the app looked like from then on.
pub(crate) fn writes(world: &mut World, app: &str) -> Result<Value, Refusal> {
    world.settle();
    Ok(to_json(world.app(app)?.history.writes()))
}

/// Writes as another client: at once, or at the end of the operation that is running.
pub(crate) fn write_as_other(
    world: &mut World,
    app: &str,
    write: OtherWrite,
) -> Result<(), Refusal> {
    let at = world.clock.time_of_write();
    let now = world.settle();
    let app = world.app(app)?;
    let foreign = ForeignWrite {
        client: write.client,
        traffic: world::entries(&app.name, &write.traffic),
        tags: write.tags,
        at,
        received: now.instant,
    };
    app.queue_foreign(foreign, now);
    Ok(())
}

/// Activates or deactivates a revision at once, even while an operation is running.
pub(crate) fn set_active(
    world: &mut World,
    app: &str,
    revision: &str,
    active: bool,
) -> Result<(), Refusal> {
    let now = world.settle();
    let revision = world.app(app)?.revision(revision)?;
    if active {
        revision.activate(now.instant);
    } else {
        revision.deactivate(now.wall);
    }
    world.settle();
    Ok(())
}

/// Returns the counts by app and revision.
pub(crate) fn served(world: &World) -> Value {
    let of_app = |app: &App| {
        let counts = app.revisions.iter();
        let counts = counts.map(|revision| (revision.name.clone(), to_json(revision.served)));
        (app.name.clone(), Value::Object(counts.collect()))
    };
    Value::Object(world.apps.iter().map(of_app).collect::<Map<_, _>>())
}

/// Sets the counts since the mark to zero.
pub(crate) fn mark(world: &mut World) {
    for app in &mut world.apps {
        app.revisions
            .iter_mut()
            .for_each(|revision| revision.served.mark());
    }
}

/// Replaces the behaviour of a revision.
pub(crate) fn set_behaviour(
    world: &mut World,
    app: &str,
    revision: &str,
    behaviour: Behaviour,
) -> Result<(), Refusal> {
    if let Some(problem) = behaviour.problem() {
        return Err(Refusal::new(400, "InvalidBehaviour", problem));
    }
    world.app(app)?.revision(revision)?.behave(behaviour);
    Ok(())
}

/// Adds a rule after the existing ones.
pub(crate) fn add_fault(world: &mut World, fault: Fault) -> Result<(), Refusal> {
    if let Some(problem) = fault.problem() {
        return Err(Refusal::new(400, "InvalidFault", problem));
    }
    world.faults.add(fault);
    Ok(())
}

/// Makes every write of an app fail, as if an operation were running.
pub(crate) fn wedge(world: &mut World, app: &str) -> Result<(), Refusal> {
    world.app(app)?.wedged = Some(random_uuid());
    Ok(())
}

/// Frees an app that is wedged or whose operation is stuck.
pub(crate) fn lift(world: &mut World, app: &str) -> Result<(), Refusal> {
    let now = world.settle();
    world.app(app)?.lift(now);
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(call: &HttpCall) -> Result<T, Refusal> {
    serde_json::from_slice(&call.raw_body)
        .map_err(|error| Refusal::new(400, "InvalidRequestContent", error.to_string()))
}

fn shown_app(app: &App, now: tokio::time::Instant) -> Value {
    let operation = app.running_operation().map(|operation| &operation.id);
    let revisions: Vec<Value> = app
        .revisions
        .iter()
        .map(|revision| shown_revision(app, revision, now))
        .collect();
    json!({
        "name": app.name,
        "url": format!("http://{}", app.address),
        "revisions-mode": app.mode(),
        "provisioning-state": app.provisioning_state(),
        "stopped": app.stopped,
        "wedged": app.wedged.is_some(),
        "operation": operation,
        "traffic": traffic::render(&app.traffic),
        "tags": app.document.get("tags").cloned().unwrap_or_else(|| json!({})),
        "modified-at": zoneless(app.modified_at),
        "modified-by": app.modified_by,
        "revisions": revisions,
    })
}

fn shown_revision(app: &App, revision: &Revision, now: tokio::time::Instant) -> Value {
    json!({
        "name": revision.name,
        "url": format!("http://{}", revision.address),
        "image": revision.image(),
        "active": revision.active,
        "weight": app.weight_of(&revision.name),
        "ready": revision.is_ready(now),
        "health-state": revision.health_state(now),
        "running-state": revision.running_state(now),
        "behaviour": revision.behaviour,
        "served": revision.served,
        "shop": revision.shop.counts(),
    })
}

fn to_json(value: impl Serialize) -> Value {
    serde_json::to_value(value).expect("counts and log entries are plain data")
}
