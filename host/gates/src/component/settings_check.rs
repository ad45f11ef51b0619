//! The check of settings by a gate's schema: in this process where the schema is surely cheap, else in one whose time and memory
//! are bounded.

use std::sync::Arc;

use serde_json::Value;

use super::compiled::work::{BoundedWork, CHECKING, Job, Request, SettingsReply, WorkError};
use super::settings::list::ListedSetting;
use super::settings::mistake::SettingsError;
use super::settings::{SettingsSchema, cost};

/// Checks and completes settings.
#[derive(Debug)]
pub(super) struct SettingsCheck {
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// The schema was read here.
    Here(SettingsSchema),
    /// Each check has a process.
    Elsewhere {
        schema: Value,
        listed: Vec<ListedSetting>,
        work: Arc<dyn BoundedWork>,
    },
}

impl SettingsCheck {
    /// Reads a schema, and checks that it is one.
    ///
    /// # Errors
    /// When it is at fault, or cannot be read within bounds.
    pub(super) fn new(
        schema: &Value,
        work: &Arc<dyn BoundedWork>,
    ) -> Result<SettingsCheck, String> {
        if cost::is_cheap(schema) {
            let place = Place::Here(SettingsSchema::new(schema)?);
            return Ok(SettingsCheck { place });
        }
        match bounded(work, schema, None) {
            Ok(SettingsReply::Sound(listed)) => Ok(SettingsCheck {
                place: Place::Elsewhere {
                    schema: schema.clone(),
                    listed,
                    work: work.clone(),
                },
            }),
            Ok(SettingsReply::Completed(_)) => Err("its check has another result".to_owned()),
            Ok(SettingsReply::Refused(error)) => Err(error.to_string()),
            Err(error) => Err(too_much(&error)),
        }
    }

    /// Returns the settings that the schema describes, in its order.
    pub(super) fn list(&self) -> Vec<ListedSetting> {
        match &self.place {
            Place::Here(schema) => schema.list(),
            Place::Elsewhere { listed, .. } => listed.clone(),
        }
    }

    /// Returns settings with the schema's defaults.
    ///
    /// # Errors
    /// When they break the schema, or cannot be checked within bounds.
    pub(super) fn complete(&self, settings: &Value) -> Result<Value, SettingsError> {
        match &self.place {
            Place::Here(schema) => schema.complete(settings),
            Place::Elsewhere { schema, work, .. } => match bounded(work, schema, Some(settings)) {
                Ok(SettingsReply::Completed(settings)) => Ok(settings),
                Ok(SettingsReply::Refused(error)) => Err(error),
                Ok(SettingsReply::Sound(_)) => {
                    Err(SettingsError::Schema("its check has no result".to_owned()))
                }
                Err(error) => Err(SettingsError::Schema(too_much(&error))),
            },
        }
    }
}

fn too_much(error: &WorkError) -> String {
    format!(
        "it cannot be checked within bounds: {error}; use fewer choices and references within each other"
    )
}

fn bounded(
    work: &Arc<dyn BoundedWork>,
    schema: &Value,
    settings: Option<&Value>,
) -> Result<SettingsReply, WorkError> {
    let request = Request::Settings {
        schema: schema.clone(),
        settings: settings.cloned(),
    };
    let reply = work.run_here(Job {
        title: "checking settings".to_owned(),
        bounds: CHECKING,
        request: request.encode(&[]),
    })?;
    serde_json::from_slice(&reply).map_err(|error| WorkError::Process(error.to_string()))
}
