//! From what reporters learn of the beginning of a run to the event, and back from a journal.

use rollout::Rollout;

use super::reporter::{AskedGate, Beginning};
use crate::config::GateMode;
use crate::event::{AppShape, Began, GateShape};
use crate::platform::AppId;

/// Returns what a run begins with as an event.
pub(crate) fn began(rollout: &Rollout, beginning: &Beginning) -> Began {
    let gate = |gate: &AskedGate| GateShape {
        name: gate.name.clone(),
        kinds: gate.kinds.clone(),
        mode: if gate.is_advisory {
            GateMode::Advisory
        } else {
            GateMode::Required
        },
        component: gate.component.clone(),
        sha256: gate.sha256.clone(),
    };
    Began {
        lockgate: env!("CARGO_PKG_VERSION").to_owned(),
        holder: rollout.holder().to_owned(),
        intent: rollout.intent().clone(),
        app: AppShape {
            subscription: beginning.app.subscription().to_owned(),
            resource_group: beginning.app.resource_group().to_owned(),
            name: beginning.app.name().to_owned(),
        },
        plan: rollout.plan().clone(),
        gates: beginning.gates.iter().map(gate).collect(),
        promises: beginning.promises.clone(),
    }
}

/// Returns what reporters learn of a beginning that a journal has.
///
/// # Errors
/// When a name of the app could not be one.
pub(crate) fn beginning(began: &Began) -> anyhow::Result<Beginning> {
    let gate = |gate: &GateShape| AskedGate {
        name: gate.name.clone(),
        kinds: gate.kinds.clone(),
        is_advisory: gate.mode == GateMode::Advisory,
        component: gate.component.clone(),
        sha256: gate.sha256.clone(),
    };
    let app = &began.app;
    Ok(Beginning {
        app: AppId::new(&app.subscription, &app.resource_group, &app.name)?,
        gates: began.gates.iter().map(gate).collect(),
        promises: began.promises.clone(),
    })
}
