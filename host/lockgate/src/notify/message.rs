//! What is posted: an event in the JSON format of CloudEvents 1.0, in structured mode
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>), and what lockgate says in it.

use rollout::{Intent, Rollout};
use serde::Serialize;

use crate::config::NotifyEvent;
use crate::platform::AppId;
use crate::run::place;

/// The media type of a message.
pub(super) const CONTENT_TYPE: &str = "application/cloudevents+json";
/// What the type of every event begins with.
const TYPES: &str = "lockgate.rollout.";
/// The longest sentence, in characters. A receiver need not take more than 64 KiB.
const SENTENCE_CHARS_MAX: usize = 4_000;

/// An event in the format of CloudEvents. The names of its attributes are those of the specification.
#[derive(Debug, Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    subject: &'a str,
    time: String,
    datacontenttype: &'static str,
    data: &'a Data,
}

/// What is said of a run. A member that is not known, or says nothing of this event, is null.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Data {
    /// The run that the event is about: also where another process ends it.
    run: String,
    /// The command of the process that says it.
    command: &'static str,
    app: String,
    resource_group: String,
    stable: Option<String>,
    canary: Option<String>,
    /// The canary's image.
    image: Option<String>,
    /// The canary's weight in per cent, as it was last read back.
    weight: Option<u32>,
    /// The stage, from 1.
    stage: Option<usize>,
    /// How many stages the run has.
    stages: Option<usize>,
    /// How the run ended: the name of the event; null while it goes on.
    outcome: Option<&'static str>,
    /// Why it was rolled back, or was to be, for machines.
    cause: Option<&'static str>,
    exit_code: Option<u8>,
    sentence: String,
    /// What production serves.
    serves: Option<String>,
    /// What to type next.
    next: Option<String>,
    /// The machine.
    host: Option<String>,
    /// The address of the pipeline's run.
    pipeline: Option<String>,
}

/// What one event says beside the run and its app.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) sentence: String,
    pub(super) weight: Option<u32>,
    /// From 0.
    pub(super) stage: Option<usize>,
    pub(super) end: Option<End>,
}

/// How a run ended.
#[derive(Debug)]
pub(super) struct End {
    pub(super) cause: Option<&'static str>,
    pub(super) exit_code: u8,
    pub(super) serves: String,
    pub(super) next: Option<String>,
}

/// One event of a run.
pub(super) struct Happening<'a> {
    pub(super) event: NotifyEvent,
    /// Counts the events of this process from 1, so that the id is that of no other event, and the same wherever and however
    /// often the message is posted.
    pub(super) number: u64,
    pub(super) time: jiff::Timestamp,
    pub(super) app: &'a AppId,
    pub(super) rollout: &'a Rollout,
}

/// Returns the message about an event of a run.
pub(super) fn message(happening: &Happening<'_>, said: Said) -> serde_json::Result<Vec<u8>> {
    let Happening {
        event,
        number,
        time,
        app,
        rollout,
    } = happening;
    let data = data(*event, app, rollout, said);
    serde_json::to_vec(&CloudEvent {
        specversion: "1.0",
        id: format!("{}/{number}", rollout.holder()),
        source: app.resource_id(),
        kind: format!("{TYPES}{}", event.name()),
        subject: rollout.run(),
        time: format!("{time:.3}"),
        datacontenttype: "application/json",
        data: &data,
    })
}

fn data(event: NotifyEvent, app: &AppId, rollout: &Rollout, said: Said) -> Data {
    let found = rollout.inspection();
    let place = place::place();
    let stages = number_of_stages(rollout);
    let Said {
        sentence,
        weight,
        stage,
        end,
    } = said;
    Data {
        run: rollout.run().to_owned(),
        command: rollout.intent().command(),
        app: app.name().to_owned(),
        resource_group: app.resource_group().to_owned(),
        stable: found.map(|found| found.stable.name.clone()),
        canary: found.map(|found| found.canary.name.clone()),
        image: found
            .map(|found| found.canary.image.clone())
            .filter(|image| !image.is_empty()),
        weight,
        stage: stage.map(|stage| stage + 1),
        stages: stages.filter(|_| stage.is_some()),
        outcome: end.as_ref().map(|_| event.name()),
        cause: end.as_ref().and_then(|end| end.cause),
        exit_code: end.as_ref().map(|end| end.exit_code),
        sentence: gates::sanitise(&sentence, SENTENCE_CHARS_MAX),
        serves: end.as_ref().map(|end| end.serves.clone()),
        next: end.and_then(|end| end.next),
        host: Some(place.host).filter(|host| !host.is_empty()),
        pipeline: place.pipeline,
    }
}

/// Returns how many stages the run has: a process that ends the run of another one knows them from the lease.
fn number_of_stages(rollout: &Rollout) -> Option<usize> {
    match rollout.intent() {
        Intent::Rollout | Intent::Resume => Some(rollout.plan().stages().len()),
        Intent::Undo { .. } => None,
        Intent::Abort { .. } | Intent::Recover { .. } => {
            let lease = rollout.inspection()?.lease.as_ref()?;
            Some(lease.stages.len()).filter(|stages| *stages > 0)
        }
    }
}
