//! The platform of a run whose first read was made by the preflight: that read is not made again, and a refusal of the
//! preflight is the run's, so that it is reported and kept as every other one. Everything else is the platform's own.
//!
//! Never stands in for a read before a write: the engine compares before each of them.

use std::sync::{Mutex, PoisonError};

use rollout::ports::{Change, InspectError, Observation, Platform, Readiness, WriteOutcome};
use rollout::{Inspection, Intent};

/// What a rollout was found to begin with.
type Found = Result<Inspection, InspectError>;

/// A platform, and what is already known of the app.
pub(crate) struct Begun<'a, P> {
    platform: &'a P,
    /// Taken by the first inspection.
    found: Mutex<Option<Found>>,
}

impl<'a, P> Begun<'a, P> {
    /// `found` is what the preflight has read; with `None` the app is read.
    pub(crate) fn new(platform: &'a P, found: Option<Found>) -> Begun<'a, P> {
        Begun {
            platform,
            found: Mutex::new(found),
        }
    }

    fn take(&self) -> Option<Found> {
        self.found
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl<P: Platform> Platform for Begun<'_, P> {
    async fn inspect(&self, intent: &Intent) -> Result<Inspection, InspectError> {
        match self.take() {
            Some(found) => found,
            None => self.platform.inspect(intent).await,
        }
    }

    async fn readiness(&self, revision: &str) -> Readiness {
        self.platform.readiness(revision).await
    }

    async fn observe(&self, stable: Option<&str>) -> Result<Observation, String> {
        self.platform.observe(stable).await
    }

    async fn write(&self, change: Change<'_>) -> WriteOutcome {
        self.platform.write(change).await
    }

    async fn activate(&self, revision: &str) -> Result<(), String> {
        self.platform.activate(revision).await
    }

    fn unix_seconds(&self) -> u64 {
        self.platform.unix_seconds()
    }
}
