//! Container apps: read, list, write, secrets, start and stop.

use std::sync::Arc;

use serde_json::{Value, json};

use super::operations;
use crate::data::Host;
use crate::http::{Answer, Call};
use crate::refusal::Refusal;
use crate::serve::Shared;
use crate::world::World;
use crate::world::app::App;
use crate::world::document;
use crate::world::operation::Operation;
use crate::world::write::{self, Change, Write};

/// Reads an app. Counts as a poll of the operation that is running.
pub(crate) fn get(world: &mut World, call: &Call, name: &str) -> Result<Answer, Refusal> {
    let now = world.settle();
    let app = world.app(name)?;
    app.poll(now);
    let document = match app.past(call.stale_versions) {
        Some(past) => past.clone(),
        None => document::app(app, now.instant),
    };
    Ok(Answer::json(200, document).with(
        "x-ms-ratelimit-remaining-subscription-global-reads",
        "16499",
    ))
}

pub(crate) fn list(world: &mut World, call: &Call) -> Answer {
    let now = world.settle();
    let apps = world
        .apps
        .iter()
        .map(|app| document::app(app, now.instant))
        .collect();
    Answer::json(200, operations::page(apps, world.page_size, call))
}

/// Merges the body into the app: 202 without a body, and an operation.
pub(crate) fn patch(
    shared: &Arc<Shared>,
    world: &mut World,
    call: &Call,
    name: &str,
) -> Result<Answer, Refusal> {
    let app = world.app(name)?;
    app.check_idle()?;
    let mut planned = write::plan_patch(app, call.document()?)?;
    open_revision(shared, &app.name, &mut planned)?;
    begin(world, call, name, Change::Write(Box::new(planned)))?;
    let app = world.app(name)?;
    Ok(operations::accepted(Answer::empty(202), app, call))
}

/// Replaces or creates the app: 201 with the document, and an operation.
pub(crate) fn put(
    shared: &Arc<Shared>,
    world: &mut World,
    call: &Call,
    name: &str,
) -> Result<Answer, Refusal> {
    let body = call.document()?;
    if world.find_app(name).is_none() {
        create(shared, world, name, body)?;
    }
    let app = world.app(name)?;
    app.check_idle()?;
    let mut planned = write::plan_put(app, body)?;
    open_revision(shared, &app.name, &mut planned)?;
    begin(world, call, name, Change::Write(Box::new(planned)))?;
    let now = world.settle();
    let app = world.app(name)?;
    let answer = Answer::json(201, document::app(app, now.instant));
    Ok(operations::accepted(answer, app, call))
}

/// Deletes the app: 202 and an operation, or 204 when there is none.
pub(crate) fn delete(world: &mut World, call: &Call, name: &str) -> Result<Answer, Refusal> {
    if world.find_app(name).is_none() {
        return Ok(Answer::empty(204));
    }
    switch(world, call, name, Change::Delete)
}

/// The history of one label, or a page of all of them.
pub(crate) fn label_histories(
    world: &mut World,
    call: &Call,
    name: &str,
    label: Option<&str>,
) -> Result<Answer, Refusal> {
    world.settle();
    let page_size = world.page_size;
    let app = world.app(name)?;
    let names = app.labels.names();
    let Some(label) = label else {
        let all = names
            .iter()
            .map(|label| document::label_history(app, label));
        let page = operations::page(all.collect(), page_size, call);
        return Ok(Answer::json(200, page));
    };
    let known = names.iter().find(|known| known.eq_ignore_ascii_case(label));
    let known = known.ok_or_else(|| {
        let message = format!("The label '{label}' of container app '{name}' was not found.");
        Refusal::new(404, "ResourceNotFound", message)
    })?;
    Ok(Answer::json(200, document::label_history(app, known)))
}

/// Names and values of the secrets, which the document itself never shows.
pub(crate) fn list_secrets(world: &mut World, name: &str) -> Result<Answer, Refusal> {
    let app = world.app(name)?;
    Ok(Answer::json(200, json!({"value": app.secrets})))
}

pub(crate) fn start(world: &mut World, call: &Call, name: &str) -> Result<Answer, Refusal> {
    switch(world, call, name, Change::Start)
}

pub(crate) fn stop(world: &mut World, call: &Call, name: &str) -> Result<Answer, Refusal> {
    switch(world, call, name, Change::Stop)
}

fn switch(world: &mut World, call: &Call, name: &str, change: Change) -> Result<Answer, Refusal> {
    world.app(name)?.check_idle()?;
    begin(world, call, name, change)?;
    let app = world.app(name)?;
    Ok(operations::accepted(Answer::empty(202), app, call))
}

fn begin(world: &mut World, call: &Call, name: &str, change: Change) -> Result<(), Refusal> {
    let started = world.clock.time_of_write();
    let pace = world.pace.clone();
    let app = world.app(name)?;
    app.begin(Operation::start(change, call.fate.clone(), started, &pace));
    Ok(())
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
        .open_host(Host::App(name.to_owned()), 0)
        .map_err(|error| no_listener(&error))?;
    world.apps.push(app);
    Ok(())
}

/// The listener opens before the operation ends, because the end may come at any read.
fn open_revision(shared: &Arc<Shared>, app: &str, write: &mut Write) -> Result<(), Refusal> {
    let Some(new) = &mut write.revision else {
        return Ok(());
    };
    let host = Host::Revision {
        app: app.to_owned(),
        revision: new.name.clone(),
    };
    new.address = shared
        .open_host(host, 0)
        .map_err(|error| no_listener(&error))?;
    Ok(())
}

fn no_listener(error: &std::io::Error) -> Refusal {
    let message = format!("the emulator cannot open a listener: {error}");
    Refusal::new(500, "InternalServerError", message)
}
