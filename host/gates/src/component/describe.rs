//! A gate's description of itself: the call that asks for it, and the reading of the answer.
//!
//! The call may send nothing, log nothing and learn no revision.

use std::sync::Arc;

use rollout::GateFailure;
use serde_json::Value;
use wasmtime::component::InstancePre;

use super::compiled::work::BoundedWork;
use super::limits::Limits;
use super::settings_check::SettingsCheck;
use crate::call::sanitise::sanitise;
use crate::call::state::{CallSetup, CallState};
use crate::call::store;
use crate::outside::route::Outside;
use crate::outside::services::Services;

/// A gate's description of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// The gate's name.
    pub name: String,
    /// The gate's version; empty if it states none.
    pub version: String,
    /// The gate's purpose in a sentence; empty if it states none.
    pub summary: String,
    /// The JSON Schema (draft 2020-12) of the settings; one without any setting if the gate states none.
    pub settings: Value,
    /// The origins that the gate asks to reach beside the two revisions.
    pub origins: Vec<String>,
}

/// A description with what was read of its schema.
pub(super) struct ParsedDescription {
    pub(super) description: Description,
    pub(super) settings: SettingsCheck,
}

/// The most of a text of a description that is kept, in characters.
const TEXT_CHARS_MAX: usize = 1_000;
/// The most of an origin that is kept, in characters.
const ORIGIN_CHARS_MAX: usize = 200;

/// Calls the component's `describe` and returns its text.
pub(super) async fn call(
    pre: &InstancePre<CallState>,
    limits: &Limits,
) -> Result<String, GateFailure> {
    let state = CallState::new(CallSetup {
        gate: "describe",
        limits,
        budget: limits.describe,
        outside: Outside::closed(),
        services: Services::silent(),
        revisions: None,
    });
    let mut store = store::fresh(pre.component().engine(), state);
    let budget = limits.describe;
    store::within_budget(&mut store, budget, async |store| {
        let instance = pre.instantiate_async(&mut *store).await?;
        let about = instance
            .get_export_index(&mut *store, None, "lockgate:plugin/about@0.1.0")
            .ok_or_else(|| wasmtime::format_err!("it has no lockgate:plugin/about"))?;
        let describe = instance
            .get_export_index(&mut *store, Some(&about), "describe")
            .ok_or_else(|| wasmtime::format_err!("its about has no describe"))?;
        let describe = instance.get_typed_func::<(), (String,)>(&mut *store, &describe)?;
        let (text,) = describe.call_async(&mut *store, ()).await?;
        Ok(text)
    })
    .await
}

/// Reads a description. Unknown members are ignored: later versions of the contract may add some.
pub(super) fn parse(text: &str, work: &Arc<dyn BoundedWork>) -> Result<ParsedDescription, String> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("it is not JSON ({error})"))?;
    let text = |key: &str| {
        let text = value.get(key).and_then(Value::as_str).unwrap_or_default();
        sanitise(text, TEXT_CHARS_MAX)
    };
    let name = text("name");
    if name.is_empty() {
        return Err("its \"name\" is missing".to_owned());
    }
    let settings = value
        .get("settings")
        .cloned()
        .unwrap_or_else(|| serde_json::json!({ "type": "object", "properties": {} }));
    let schema = SettingsCheck::new(&settings, work)
        .map_err(|error| format!("its settings schema is at fault: {error}"))?;
    let origins = value.get("origins").and_then(Value::as_array);
    let origins = origins.into_iter().flatten().filter_map(Value::as_str);
    Ok(ParsedDescription {
        description: Description {
            name,
            version: text("version"),
            summary: text("summary"),
            settings,
            origins: origins
                .map(|origin| sanitise(origin, ORIGIN_CHARS_MAX))
                .collect(),
        },
        settings: schema,
    })
}
