//! Revisions and replicas: reads, and the three actions, which the service performs at once.

use serde_json::{Value, json};

use crate::http::{HttpCall, Reply, page};
use crate::refusal::Refusal;
use crate::world::World;
use crate::world::document;

/// Lists revisions, oldest first. Counts as a poll of the running operation.
pub(crate) fn list(world: &mut World, call: &HttpCall, app: &str) -> Result<Reply, Refusal> {
    let now = world.settle();
    let page_size = world.page_size;
    let app = world.app(app)?;
    app.poll(now);
    let shown = app
        .revisions
        .iter()
        .map(|revision| document::revision(app, revision, now.instant));
    Ok(Reply::json(200, page(shown.collect(), page_size, call)))
}

/// Reads a revision. Counts as a poll of the running operation.
pub(crate) fn get(world: &mut World, app: &str, name: &str) -> Result<Reply, Refusal> {
    let now = world.settle();
    let app = world.app(app)?;
    app.poll(now);
    let name = app.revision(name)?.name.clone();
    let found = app.revisions.iter().find(|revision| revision.name == name);
    let shown = found.map(|revision| document::revision(app, revision, now.instant));
    Ok(Reply::json(200, shown.unwrap_or_default()))
}

/// Lists replicas. The list has no pages. Each call adds a restart to a crash-looping container.
pub(crate) fn replicas(world: &mut World, app: &str, name: &str) -> Result<Reply, Refusal> {
    let replicas = read_replicas(world, app, name)?;
    Ok(Reply::json(200, json!({"value": replicas})))
}

pub(crate) fn replica(
    world: &mut World,
    app: &str,
    name: &str,
    replica: &str,
) -> Result<Reply, Refusal> {
    let replicas = read_replicas(world, app, name)?;
    let found = replicas.into_iter().find(|shown| shown["name"] == replica);
    found.map(|shown| Reply::json(200, shown)).ok_or_else(|| {
        let message = format!("The replica '{replica}' of revision '{name}' was not found.");
        Refusal::new(404, "ResourceNotFound", message)
    })
}

/// Activates, deactivates or restarts a revision. Replies 200 with a sentence as a JSON string, as
/// the live service does.
pub(crate) fn act(
    world: &mut World,
    call: &HttpCall,
    app: &str,
    name: &str,
    action: &str,
) -> Result<Reply, Refusal> {
    let now = world.settle();
    let app = world.app(app)?;
    app.revision(name)?;
    app.check_idle()?;
    let revision = app.revision(name)?;
    let sentence = match action {
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
        _ => return Err(call.unknown_path()),
    };
    app.settle(now);
    Ok(Reply::json(200, json!(sentence)))
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
