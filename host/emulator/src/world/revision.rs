//! One revision: its template, the phase of its replicas, and the states that the service shows for
//! that phase. States are derived when they are read, and never stored.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use super::served::Served;
use super::shop::Shop;
use super::web_app_state::WebAppState;
use crate::scenario::Behaviour;

/// One revision of an app.
#[derive(Debug)]
pub(crate) struct Revision {
    pub(crate) name: String,
    /// The whole template as it was when the revision was created.
    pub(crate) template: Value,
    pub(crate) created: Timestamp,
    pub(crate) active: bool,
    pub(crate) last_active: Option<Timestamp>,
    pub(crate) behaviour: Behaviour,
    /// What its built-in web app keeps.
    pub(crate) web_app: WebAppState,
    pub(crate) upstream: Option<String>,
    pub(crate) replicas: u32,
    pub(crate) shown: ShownStates,
    /// The last start of its replicas.
    pub(crate) started: Instant,
    /// The number of starts, which makes the names of new replicas new.
    pub(crate) generation: u32,
    pub(crate) restarts: u32,
    /// Whether it has ever been ready, and so may become the latest ready revision.
    pub(crate) was_ready: bool,
    /// `host:port` of its own listener.
    pub(crate) address: String,
    /// The requested port; 0 for any.
    pub(crate) port: u16,
    pub(crate) served: Served,
    /// The state of the shop in its built-in web app.
    pub(crate) shop: Shop,
}

/// States to show in place of the derived ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShownStates {
    pub(crate) health: Option<String>,
    pub(crate) provisioning: Option<String>,
    pub(crate) running: Option<String>,
}

/// The phase of the replicas of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RevisionPhase {
    Inactive,
    Starting,
    /// The revision cannot be provisioned.
    Failed,
    /// The image cannot be pulled.
    Pulling,
    CrashLooping,
    ScaledToZero,
    Ready,
}

impl Revision {
    pub(crate) fn phase(&self, now: Instant) -> RevisionPhase {
        let start_up = Duration::from_secs_f64(self.behaviour.not_ready_for_s);
        if !self.active {
            RevisionPhase::Inactive
        } else if self.behaviour.provisioning_error.is_some() {
            RevisionPhase::Failed
        } else if self.behaviour.image_pull_error {
            RevisionPhase::Pulling
        } else if self.behaviour.crash_loop {
            RevisionPhase::CrashLooping
        } else if now.saturating_duration_since(self.started) < start_up {
            RevisionPhase::Starting
        } else if self.replicas == 0 {
            RevisionPhase::ScaledToZero
        } else {
            RevisionPhase::Ready
        }
    }

    /// Returns whether the revision may become the latest ready one now.
    pub(crate) fn is_ready(&self, now: Instant) -> bool {
        let up = matches!(
            self.phase(now),
            RevisionPhase::Ready | RevisionPhase::ScaledToZero
        );
        up && self.provisioning_state(now) == "Provisioned"
    }

    pub(crate) fn health_state(&self, now: Instant) -> &str {
        self.shown
            .health
            .as_deref()
            .unwrap_or(match self.phase(now) {
                RevisionPhase::Inactive
                | RevisionPhase::Starting
                | RevisionPhase::Failed
                | RevisionPhase::ScaledToZero => "None",
                RevisionPhase::Pulling | RevisionPhase::CrashLooping => "Unhealthy",
                RevisionPhase::Ready => "Healthy",
            })
    }

    pub(crate) fn provisioning_state(&self, now: Instant) -> &str {
        self.shown
            .provisioning
            .as_deref()
            .unwrap_or(match self.phase(now) {
                RevisionPhase::Inactive => "Deprovisioned",
                RevisionPhase::Starting => "Provisioning",
                RevisionPhase::Failed => "Failed",
                RevisionPhase::Pulling
                | RevisionPhase::CrashLooping
                | RevisionPhase::ScaledToZero
                | RevisionPhase::Ready => "Provisioned",
            })
    }

    /// Returns the `runningState`. The service shows `RunningAtMaxScale`, although no published
    /// list of values has it.
    pub(crate) fn running_state(&self, now: Instant) -> &str {
        self.shown
            .running
            .as_deref()
            .unwrap_or(match self.phase(now) {
                RevisionPhase::Inactive => "Stopped",
                RevisionPhase::Starting => "Processing",
                RevisionPhase::Failed => "Failed",
                RevisionPhase::Pulling => "Activating",
                RevisionPhase::CrashLooping => "Degraded",
                RevisionPhase::ScaledToZero => "ScaledToZero",
                RevisionPhase::Ready if u64::from(self.replicas) >= self.replicas_max() => {
                    "RunningAtMaxScale"
                }
                RevisionPhase::Ready => "Running",
            })
    }

    /// Returns the number of replicas that exist.
    pub(crate) fn replicas_shown(&self, now: Instant) -> u32 {
        match self.phase(now) {
            RevisionPhase::Inactive | RevisionPhase::Failed | RevisionPhase::ScaledToZero => 0,
            RevisionPhase::Starting
            | RevisionPhase::Pulling
            | RevisionPhase::CrashLooping
            | RevisionPhase::Ready => self.replicas.max(1),
        }
    }

    /// Returns the image of the first container.
    pub(crate) fn image(&self) -> &str {
        let image = self.template.pointer("/containers/0/image");
        image.and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn activate(&mut self, now: Instant) {
        if !self.active {
            self.active = true;
            self.last_active = None;
            self.restart(now);
        }
    }

    pub(crate) fn deactivate(&mut self, at: Timestamp) {
        if self.active {
            self.active = false;
            self.last_active = Some(at);
        }
    }

    pub(crate) fn restart(&mut self, now: Instant) {
        self.started = now;
        self.generation += 1;
        self.restarts = 0;
        self.web_app.restart();
        self.replicas = self.replicas.max(1);
    }

    /// Replaces the behaviour, and counts the shares of errors anew.
    pub(crate) fn behave(&mut self, behaviour: Behaviour) {
        self.web_app.behave(&behaviour);
        self.behaviour = behaviour;
    }

    fn replicas_max(&self) -> u64 {
        self.template
            .pointer("/scale/maxReplicas")
            .and_then(Value::as_u64)
            .unwrap_or(10)
    }
}
