//! Revisions and replicas: reads, and the three actions, which the service performs at once.

use serde_json::{Value, json};

use super::{operations, router};
use crate::http::{Answer, Call};
use crate::refusal::Refusal;
use crate::world::World;
use crate::world::document;

/// Lists revisions, oldest first. Counts as a poll of the operation that is running.
pub(crate) fn list(world: &mut World, call: &Call, app: &str) -> Result<Answer, Refusal> {
    let now = world.settle();
    let page_size = world.page_size;
    let app = world.app(app)?;
    app.poll(now);
    let shown = app
        .revisions
        .iter()
        .map(|one| document::revision(app, one, now.instant));
    Ok(Answer::json(
        200,
        operations::page(shown.collect(), page_size, call),
    ))
}

/// Reads a revision. Counts as a poll of the operation that is running.
pub(crate) fn get(world: &mut World, app: &str, name: &str) -> Result<Answer, Refusal> {
    let now = world.settle();
    let app = world.app(app)?;
    app.poll(now);
    let name = app.revision(name)?.name.clone();
    let found = app.revisions.iter().find(|revision| revision.name == name);
    let shown = found.map(|revision| document::revision(app, revision, now.instant));
    Ok(Answer::json(200, shown.unwrap_or_default()))
}

/// Lists replicas; the list has no pages. A crash-looping container has died once more.
pub(crate) fn replicas(world: &mut World, app: &str, name: &str) -> Result<Answer, Refusal> {
    let replicas = read_replicas(world, app, name)?;
    Ok(Answer::json(200, json!({"value": replicas})))
}

pub(crate) fn replica(
    world: &mut World,
    app: &str,
    name: &str,
    replica: &str,
) -> Result<Answer, Refusal> {
    let replicas = read_replicas(world, app, name)?;
    let found = replicas.into_iter().find(|shown| shown["name"] == replica);
    found.map(|shown| Answer::json(200, shown)).ok_or_else(|| {
        let message = format!("The replica '{replica}' of revision '{name}' was not found.");
        Refusal::new(404, "ResourceNotFound", message)
    })
}

/// Activates, deactivates or restarts: 200 and a sentence in JSON, as the live service answers.
pub(crate) fn act(
    world: &mut World,
    call: &Call,
    app: &str,
    name: &str,
    action: &str,
) -> Result<Answer, Refusal> {
    let now = world.settle();
    let app = world.app(app)?;
    app.revision(name)?;
    app.check_idle()?;
    let revision = app.revision(name)?;
    let said = match action {
        "activate" => {
            revision.activate(now.instant);
            "Activate succeeded"
        }
        "deactivate" => {
            revision.deactivate(now.wall);
            "Deactivate succeeded"
        }
        "restart" => {
            revision.restart(now.instant);
            "Restart succeeded"
        }
        _ => return Err(router::no_path(call)),
    };
    app.settle(now);
    Ok(Answer::json(200, json!(said)))
}

fn read_replicas(world: &mut World, app: &str, name: &str) -> Result<Vec<Value>, Refusal> {
    let now = world.settle();
    let app = world.app(app)?;
    let revision = app.revision(name)?;
    if revision.behaviour.crash_loop {
        revision.restarts += 1;
    }
    let name = revision.name.clone();
    let found = app.revisions.iter().find(|revision| revision.name == name);
    Ok(found
        .map(|revision| document::replicas(app, revision, now.instant))
        .unwrap_or_default())
}
