//! What one call is connected to: the network or a recording, clocks and randomness, the secrets to mask, a recorder.
//!
//! Live and replayed calls differ here and nowhere else.

use std::sync::Arc;

use super::egress::{Client, Policy};
use super::environment::Environment;
use super::randomness::Seed;
use super::secrets::Secrets;
use crate::recording::Recorder;
use crate::replay::Player;

/// The outside of one call.
#[derive(Clone)]
pub(crate) struct Outside {
    pub(crate) route: Route,
    /// Clocks, randomness and counts.
    pub(crate) environment: Arc<Environment>,
    /// Masked in responses and log lines.
    pub(crate) secrets: Arc<Secrets>,
    /// Records exchanges; `None` if the call is not recorded.
    pub(crate) recorder: Option<Arc<Recorder>>,
}

/// How a gate's requests are answered.
#[derive(Clone)]
pub(crate) enum Route {
    /// Not at all: the gate describes itself.
    Closed,
    /// By the network, within a policy.
    Live(Client, Policy),
    /// By a recording.
    Recorded(Arc<Player>),
}

impl Outside {
    /// Returns an outside to which nothing can be sent, and of which nothing is recorded.
    pub(crate) fn closed() -> Outside {
        Outside {
            route: Route::Closed,
            environment: Environment::live(Seed::from_text("describe")),
            secrets: Arc::default(),
            recorder: None,
        }
    }
}
