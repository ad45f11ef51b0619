//! Container apps: read, list, write, secrets, start, stop and label histories. Checks and plans a
//! write here (`world/write.rs`); it is applied when its operation ends (`world/settle.rs`).

use std::sync::Arc;

use serde_json::{Value, json};

use super::interference::Interference;
use super::operations;
use crate::http::{HttpCall, Reply, page};
use crate::refusal::Refusal;
use crate::shared::{DataHost, Shared};
use crate::world::World;
use crate::world::app::{App, PastDocument};
use crate::world::change::{AppChange, PlannedWrite};
use crate::world::log::Shown;
use crate::world::operation::Operation;
use crate::world::{document, write};

/// Reads an app. Counts as a poll of the running operation.
pub(crate) fn get(
    world: &mut World,
    name: &str,
    interference: &Interference,
) -> Result<Reply, Refusal> {
    let now = world.settle();
    let app = world.app(name)?;
    app.poll(now);
    let (document, write) = match app.past(interference.stale_versions) {
        Some(PastDocument { document, write }) => (document.clone(), *write),
        None => (document::app(app, now.instant), app.history.applied()),
    };
    let state = document.pointer("/properties/provisioningState");
    let settled = !state.is_some_and(|state| state == "InProgress" || state == "Deleting");
    world.log.show(Shown { write, settled });
    Ok(Reply::json(200, document).with(
        "x-ms-ratelimit-remaining-subscription-global-reads",
        "16499",
    ))
}

pub(crate) fn list(world: &mut World, call: &HttpCall) -> Reply {
    let now = world.settle();
    let apps = world
        .apps
        .iter()
        .map(|app| document::app(app, now.instant))
        .collect();
    Reply::json(200, page(apps, world.page_size, call))
}

/// Merges the body into the app. Replies 202 without a body and starts an operation.
pub(crate) fn patch(
    shared: &Arc<Shared>,
    world: &mut World,
    call: &HttpCall,
    name: &str,
    interference: &Interference,
) -> Result<Reply, Refusal> {
    let app = world.app(name)?;
    app.check_idle()?;
    let planned = write::plan_patch(app, call.document()?)?;
    begin_write(shared, world, name, planned, interference)?;
    let app = world.app(name)?;
    Ok(operations::accepted(Reply::empty(202), app, call))
}

/// Replaces or creates the app. Replies 201 with the document and starts an operation.
pub(crate) fn put(
    shared: &Arc<Shared>,
    world: &mut World,
    call: &HttpCall,
    name: &str,
    interference: &Interference,
) -> Result<Reply, Refusal> {
    let body = call.document()?;
    if world.find_app(name).is_none() {
        create(shared, world, name, body)?;
    }
    let app = world.app(name)?;
    app.check_idle()?;
    let planned = write::plan_put(app, body)?;
    begin_write(shared, world, name, planned, interference)?;
    let now = world.settle();
    let app = world.app(name)?;
    let reply = Reply::json(201, document::app(app, now.instant));
    Ok(operations::accepted(reply, app, call))
}

/// Deletes the app. Replies 202 and starts an operation, or replies 204 if there is no such app.
pub(crate) fn delete(
    world: &mut World,
    call: &HttpCall,
    name: &str,
    interference: &Interference,
) -> Result<Reply, Refusal> {
    if world.find_app(name).is_none() {
        return Ok(Reply::empty(204));
    }
    begin_when_idle(world, call, name, AppChange::Delete, interference)
}

/// Returns a page of the histories of all labels.
pub(crate) fn label_histories(
    world: &mut World,
    call: &HttpCall,
    name: &str,
) -> Result<Reply, Refusal> {
    world.settle();
    let page_size = world.page_size;
    let app = world.app(name)?;
    let names = app.labels.names();
    let histories = names
        .iter()
        .map(|label| document::label_history(app, label));
    Ok(Reply::json(200, page(histories.collect(), page_size, call)))
}

/// Returns the history of one label.
pub(crate) fn label_history(world: &mut World, name: &str, label: &str) -> Result<Reply, Refusal> {
    world.settle();
    let app = world.app(name)?;
    let names = app.labels.names();
    let known = names.iter().find(|known| known.eq_ignore_ascii_case(label));
    let known = known.ok_or_else(|| {
        let message = format!("The label '{label}' of container app '{name}' was not found.");
        Refusal::new(404, "ResourceNotFound", message)
    })?;
    Ok(Reply::json(200, document::label_history(app, known)))
}

/// Returns names and values of the secrets; the document shows the names alone.
pub(crate) fn list_secrets(world: &mut World, name: &str) -> Result<Reply, Refusal> {
    let app = world.app(name)?;
    Ok(Reply::json(200, json!({"value": app.secrets})))
}

pub(crate) fn start(
    world: &mut World,
    call: &HttpCall,
    name: &str,
    interference: &Interference,
) -> Result<Reply, Refusal> {
    begin_when_idle(world, call, name, AppChange::Start, interference)
}

pub(crate) fn stop(
    world: &mut World,
    call: &HttpCall,
    name: &str,
    interference: &Interference,
) -> Result<Reply, Refusal> {
    begin_when_idle(world, call, name, AppChange::Stop, interference)
}

fn begin_when_idle(
    world: &mut World,
    call: &HttpCall,
    name: &str,
    change: AppChange,
    interference: &Interference,
) -> Result<Reply, Refusal> {
    world.app(name)?.check_idle()?;
    begin(world, name, change, interference)?;
    let app = world.app(name)?;
    Ok(operations::accepted(Reply::empty(202), app, call))
}

fn begin(
    world: &mut World,
    name: &str,
    change: AppChange,
    interference: &Interference,
) -> Result<(), Refusal> {
    let started = world.clock.time_of_write();
    let outcome = interference.outcome.clone();
    let usual = &world.operation_duration;
    let duration = interference.duration.as_ref().unwrap_or(usual);
    let (origin, now) = (world.log.origin(), world.clock.now());
    let operation = Operation::start(change, outcome, started, duration);
    world.app(name)?.begin(operation, origin, now);
    Ok(())
}

/// Opens the host of the new revision, if the write makes one, and begins the operation.
fn begin_write(
    shared: &Arc<Shared>,
    world: &mut World,
    name: &str,
    mut planned: PlannedWrite,
    interference: &Interference,
) -> Result<(), Refusal> {
    open_revision(shared, &world.app(name)?.name, &mut planned)?;
    let change = AppChange::Write(Box::new(planned));
    begin(world, name, change, interference)
}

fn create(
    shared: &Arc<Shared>,
    world: &mut World,
    name: &str,
    body: &Value,
) -> Result<(), Refusal> {
    let location = body
        .get("location")
        .and_then(Value::as_str)
        .unwrap_or("East US");
    let mut app: App = world.blank_app(name, location);
    write::plan_put(&app, body)?;
    app.address = shared
        .open_data_host(DataHost::App(name.to_owned()), 0)
        .map_err(|error| no_listener(&error))?;
    world.apps.push(app);
    Ok(())
}

/// Opens the listener of a new revision before its operation starts, because any read may end the
/// operation.
fn open_revision(shared: &Arc<Shared>, app: &str, write: &mut PlannedWrite) -> Result<(), Refusal> {
    let Some(new) = &mut write.revision else {
        return Ok(());
    };
    let host = DataHost::Revision {
        app: app.to_owned(),
        revision: new.name.clone(),
    };
    new.address = shared
        .open_data_host(host, 0)
        .map_err(|error| no_listener(&error))?;
    Ok(())
}

fn no_listener(error: &std::io::Error) -> Refusal {
    let message = format!("the emulator cannot open a listener: {error}");
    Refusal::new(500, "InternalServerError", message)
}
