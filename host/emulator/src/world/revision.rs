//! One revision: its template, whether its replicas are up, and the states that the service
//! would show for that. States are derived at the moment of reading and stored nowhere.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use crate::scenario::Behaviour;
use crate::world::served::Served;
use crate::world::shop::Shop;

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
    /// Answers of the built-in web app under this behaviour.
    pub(crate) answered: u64,
    pub(crate) upstream: Option<String>,
    pub(crate) replicas: u32,
    pub(crate) shown: ShownStates,
    /// When its replicas were last started.
    pub(crate) started: Instant,
    /// How often they were started, so that new replicas have new names.
    pub(crate) generation: u32,
    pub(crate) restarts: u32,
    /// Whether it has ever been ready: only then may it become the latest ready one.
    pub(crate) was_ready: bool,
    /// `host:port` of its own listener.
    pub(crate) address: String,
    /// The port that was asked for, 0 for any.
    pub(crate) port: u16,
    pub(crate) served: Served,
    /// What the shop in its built-in web app remembers.
    pub(crate) shop: Shop,
}

/// States to show instead of the derived ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShownStates {
    pub(crate) health: Option<String>,
    pub(crate) provisioning: Option<String>,
    pub(crate) running: Option<String>,
}

/// What the replicas of a revision are doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Inactive,
    Starting,
    /// Cannot be set up.
    Failed,
    /// Waits for an image that does not come.
    Pulling,
    CrashLooping,
    ScaledToZero,
    Ready,
}

impl Revision {
    pub(crate) fn phase(&self, now: Instant) -> Phase {
        let start_up = Duration::from_secs_f64(self.behaviour.not_ready_for_s);
        if !self.active {
            Phase::Inactive
        } else if self.behaviour.provisioning_error.is_some() {
            Phase::Failed
        } else if self.behaviour.image_pull_error {
            Phase::Pulling
        } else if self.behaviour.crash_loop {
            Phase::CrashLooping
        } else if now.saturating_duration_since(self.started) < start_up {
            Phase::Starting
        } else if self.replicas == 0 {
            Phase::ScaledToZero
        } else {
            Phase::Ready
        }
    }

    /// Returns whether traffic of "latest" may move to it now.
    pub(crate) fn is_ready(&self, now: Instant) -> bool {
        let up = matches!(self.phase(now), Phase::Ready | Phase::ScaledToZero);
        up && self.provisioning_state(now) == "Provisioned"
    }

    pub(crate) fn health_state(&self, now: Instant) -> &str {
        self.shown
            .health
            .as_deref()
            .unwrap_or(match self.phase(now) {
                Phase::Inactive | Phase::Starting | Phase::Failed | Phase::ScaledToZero => "None",
                Phase::Pulling | Phase::CrashLooping => "Unhealthy",
                Phase::Ready => "Healthy",
            })
    }

    pub(crate) fn provisioning_state(&self, now: Instant) -> &str {
        self.shown
            .provisioning
            .as_deref()
            .unwrap_or(match self.phase(now) {
                Phase::Inactive => "Deprovisioned",
                Phase::Starting => "Provisioning",
                Phase::Failed => "Failed",
                Phase::Pulling | Phase::CrashLooping | Phase::ScaledToZero | Phase::Ready => {
                    "Provisioned"
                }
            })
    }

    /// `RunningAtMaxScale` is in no published list of values, but it is what the service shows.
    pub(crate) fn running_state(&self, now: Instant) -> &str {
        self.shown
            .running
            .as_deref()
            .unwrap_or(match self.phase(now) {
                Phase::Inactive => "Stopped",
                Phase::Starting => "Processing",
                Phase::Failed => "Failed",
                Phase::Pulling => "Activating",
                Phase::CrashLooping => "Degraded",
                Phase::ScaledToZero => "ScaledToZero",
                Phase::Ready if u64::from(self.replicas) >= self.replicas_max() => {
                    "RunningAtMaxScale"
                }
                Phase::Ready => "Running",
            })
    }

    /// Replicas that exist: none before they are started or after they are stopped.
    pub(crate) fn replicas_shown(&self, now: Instant) -> u32 {
        match self.phase(now) {
            Phase::Inactive | Phase::Failed | Phase::ScaledToZero => 0,
            Phase::Starting | Phase::Pulling | Phase::CrashLooping | Phase::Ready => {
                self.replicas.max(1)
            }
        }
    }

    /// Image of the first container.
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
        self.replicas = self.replicas.max(1);
    }

    /// Replaces the behaviour; the share of errors is counted from here.
    pub(crate) fn behave(&mut self, behaviour: Behaviour) {
        self.behaviour = behaviour;
        self.answered = 0;
    }

    fn replicas_max(&self) -> u64 {
        self.template
            .pointer("/scale/maxReplicas")
            .and_then(Value::as_u64)
            .unwrap_or(10)
    }
}
