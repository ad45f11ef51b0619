//! What every run of these tests begins with.

use rollout::Kind;

use crate::platform::AppId;
use crate::report::{AskedGate, Beginning};

pub(super) fn beginning() -> Beginning {
    let gate = |name: &str, kind| AskedGate {
        name: name.to_owned(),
        kinds: vec![kind],
        is_advisory: false,
        component: format!("gates/{name}.wasm"),
        sha256: "0".repeat(64),
    };
    Beginning {
        app: AppId::new("sub-1", "prod", "shop").unwrap(),
        gates: vec![
            gate("health", Kind::HealthCheck),
            gate("compare", Kind::PromotionGate),
        ],
        promises: Vec::new(),
    }
}
