//! Settings with the defaults of their schema.

use serde_json::Value;

use super::chosen;
use super::document::{Document, Place};
use super::mistake::{SettingsMistake, Step};
use super::walk::{self, Look, Walk};

/// The most walks over settings. A default may decide a condition, which adds another default, and so on.
const WALKS_MAX: usize = 10;

/// Completed settings.
#[derive(Debug)]
pub(super) struct Filled {
    pub(super) value: Value,
    /// Where a default stands, and not what somebody wrote.
    pub(super) defaults: Vec<Vec<Step>>,
}

/// Returns settings with the defaults of a schema: first those that depend on nothing, so that conditions and unions are
/// decided by the value that the gate will see; then the others, until nothing changes any more.
///
/// # Errors
/// When defaults hold themselves, or decide each other in a circle.
pub(super) fn fill<'s>(
    document: &'s Document,
    place: Place<'s>,
    settings: &Value,
) -> Result<Filled, SettingsMistake> {
    let mut filled = Filled {
        value: settings.clone(),
        defaults: Vec::new(),
    };
    let places = [place];
    for round in 0..WALKS_MAX {
        let look: Look = if round == 0 {
            walk::always
        } else {
            chosen::now
        };
        let mut walk = Walk::new(document, look);
        walk.over(&places, &mut filled.value)?;
        filled.defaults.append(&mut walk.defaults);
        if round > 0 && !walk.changed {
            return Ok(filled);
        }
    }
    Err(SettingsMistake {
        path: Vec::new(),
        message: "the defaults of the gate decide each other in a circle".to_owned(),
        help: String::new(),
    })
}
