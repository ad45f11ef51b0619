//! A loaded gate: the linked component with its description, its settings schema and the limits of its calls.
//!
//! Made by `load.rs`, called by `call/run.rs` and `replay/run.rs`.

use std::fmt;
use std::sync::Arc;

use rollout::Kind;

use super::bindings::{health_check, promotion_gate};
use super::contract::CONTRACT;
use super::describe::Description;
use super::limits::Limits;
use super::settings::list::ListedSetting;
use super::settings::mistake::SettingsError;
use super::settings_check::SettingsCheck;
use crate::call::state::CallState;
use crate::recording::Component;

/// A loaded gate. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    parts: Arc<GateParts>,
}

pub(crate) struct GateParts {
    /// Linked, if the component is a health check.
    pub(crate) health: Option<health_check::HealthCheckPre<CallState>>,
    /// Linked, if the component is a promotion gate.
    pub(crate) promotion: Option<promotion_gate::PromotionGatePre<CallState>>,
    pub(crate) limits: Limits,
    pub(super) digest: String,
    pub(super) size: usize,
    pub(super) kinds: Vec<Kind>,
    pub(super) imports: Vec<String>,
    pub(super) exports: Vec<String>,
    pub(super) description: Description,
    pub(super) settings: SettingsCheck,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("name", &self.parts.description.name)
            .field("digest", &self.parts.digest)
            .finish_non_exhaustive()
    }
}

impl Gate {
    pub(super) fn new(parts: GateParts) -> Gate {
        Gate {
            parts: Arc::new(parts),
        }
    }

    pub(crate) fn parts(&self) -> &GateParts {
        &self.parts
    }

    /// Returns the component's identity, as recordings state it.
    pub(crate) fn component(&self) -> Component {
        let description = self.description();
        Component {
            name: description.name.clone(),
            version: description.version.clone(),
            sha256: self.digest().to_owned(),
        }
    }

    /// Returns the SHA-256 of the component in hex.
    pub fn digest(&self) -> &str {
        &self.parts.digest
    }

    /// Returns the component's size in bytes.
    pub fn size(&self) -> usize {
        self.parts.size
    }

    /// Returns the kinds of question that the gate answers: one or both.
    pub fn kinds(&self) -> &[Kind] {
        &self.parts.kinds
    }

    /// Returns the interfaces that the component imports.
    pub fn imports(&self) -> &[String] {
        &self.parts.imports
    }

    /// Returns the interfaces that the component exports.
    pub fn exports(&self) -> &[String] {
        &self.parts.exports
    }

    /// Returns the package and version of the contract that the gate is called by.
    pub fn contract(&self) -> String {
        format!("lockgate:plugin@{CONTRACT}")
    }

    /// Returns the gate's description of itself.
    pub fn description(&self) -> &Description {
        &self.parts.description
    }

    /// Returns the limits of the gate's calls.
    pub fn limits(&self) -> &Limits {
        &self.parts.limits
    }

    /// Returns the settings that the gate's schema describes, in its order.
    pub fn listed_settings(&self) -> Vec<ListedSetting> {
        self.parts.settings.list()
    }

    /// Returns settings as the gate gets them: checked against its own schema, and with the schema's defaults.
    ///
    /// # Errors
    /// When the settings break the schema; the error lists every mistake.
    pub fn complete_settings(
        &self,
        settings: &serde_json::Value,
    ) -> Result<serde_json::Value, SettingsError> {
        self.parts.settings.complete(settings)
    }
}
