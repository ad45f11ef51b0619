//! The kit for gates of lockgate in Rust. A gate is two or three functions and one declaration:
//!
//! ```ignore
//! use lockgate_gate::{CannotAnswer, Context, Report, gate, healthy, unhealthy};
//! use serde::Deserialize;
//!
//! gate! {
//!     summary: "Asks the canary for its health.",
//!     settings: include_str!("../settings.schema.json"),
//!     origins: [],
//!     check: check,
//! }
//!
//! #[derive(Deserialize)]
//! struct Settings {
//!     path: String,
//! }
//!
//! fn check(ctx: &mut Context<Settings>) -> Result<Report, CannotAnswer> {
//!     let answer = ctx.canary.get(&ctx.settings.path)?;
//!     Ok(if answer.ok() {
//!         healthy("it answers")
//!     } else {
//!         unhealthy(format!("it answered {}", answer.status))
//!     })
//! }
//! ```
//!
//! The crate's name and version are the gate's. `Err` and `?` mean "could not answer": never a pass and never a "no". A panic
//! is written to the log with its place before it ends the call. On a native target the same functions run against
//! [`host::testing`].

pub mod host;
mod http;
mod run;

pub use host::types::{self, Health, Measurement, NamedReport, Revision, Stage};
pub use host::{Level, Request, Slice};
pub use http::{Answer, NoAnswer, Probe, send_all};
#[doc(hidden)]
pub use run::{check, decide, describe};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Declares the crate's gate: `check` for a health check, `decide` for a promotion gate, or both with the same settings.
#[macro_export]
macro_rules! gate {
    (
        summary: $summary:expr,
        settings: $settings:expr,
        origins: $origins:expr
        $(, check: $check:expr)?
        $(, decide: $decide:expr)? $(,)?
    ) => {
        const _: () = {
            struct Gate;

            impl $crate::host::about::exports::lockgate::plugin::about::Guest for Gate {
                fn describe() -> ::std::string::String {
                    let origins: &[&str] = &$origins;
                    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
                    $crate::describe(name, version, $summary, $settings, origins)
                }
            }
            // What lockgate calls has names that only WebAssembly takes. Elsewhere a mention keeps the gate from being unused.
            #[cfg(target_arch = "wasm32")]
            $crate::host::about::export!(Gate with_types_in $crate::host::about);

            $(
                impl $crate::host::check::exports::lockgate::plugin::health_checking::Guest for Gate {
                    fn check(
                        context: $crate::types::Context,
                    ) -> ::std::result::Result<$crate::types::HealthReport, ::std::string::String> {
                        $crate::check(context, $check)
                    }
                }
                #[cfg(target_arch = "wasm32")]
                $crate::host::check::export!(Gate with_types_in $crate::host::check);
                #[cfg(not(target_arch = "wasm32"))]
                const _: fn($crate::types::Context) -> ::std::result::Result<$crate::types::HealthReport, ::std::string::String> =
                    <Gate as $crate::host::check::exports::lockgate::plugin::health_checking::Guest>::check;
            )?

            $(
                impl $crate::host::decide::exports::lockgate::plugin::promotion::Guest for Gate {
                    fn decide(
                        context: $crate::types::Context,
                        reports: ::std::vec::Vec<$crate::types::NamedReport>,
                    ) -> ::std::result::Result<$crate::types::Answer, ::std::string::String> {
                        $crate::decide(context, &reports, $decide)
                    }
                }
                #[cfg(target_arch = "wasm32")]
                $crate::host::decide::export!(Gate with_types_in $crate::host::decide);
                #[cfg(not(target_arch = "wasm32"))]
                const _: fn(
                    $crate::types::Context,
                    ::std::vec::Vec<$crate::types::NamedReport>,
                ) -> ::std::result::Result<$crate::types::Answer, ::std::string::String> =
                    <Gate as $crate::host::decide::exports::lockgate::plugin::promotion::Guest>::decide;
            )?
        };
    };
}

/// Why the gate cannot answer. Every error becomes one by `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannotAnswer(String);

impl CannotAnswer {
    /// Returns one with this text, for the reader of the log.
    pub fn new(text: impl Into<String>) -> CannotAnswer {
        CannotAnswer(text.into())
    }

    /// Returns its text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl<E: std::error::Error> From<E> for CannotAnswer {
    fn from(error: E) -> CannotAnswer {
        CannotAnswer(error.to_string())
    }
}

/// The rollout that the gate is called for.
#[derive(Debug, Clone)]
pub struct Rollout {
    /// The id of the run, the same for all calls of one rollout.
    pub id: String,
    /// The name of the app.
    pub app: String,
}

/// Everything that a gate receives, and what it remembers.
#[derive(Debug, Clone)]
pub struct Context<S> {
    /// The rollout.
    pub rollout: Rollout,
    /// The revision that carried all traffic when the rollout began.
    pub stable: Revision,
    /// The new revision.
    pub canary: Revision,
    /// The position of the rollout in its plan.
    pub stage: Stage,
    /// The operator's settings, which lockgate has checked and completed.
    pub settings: S,
    /// What the pipeline hands over, sorted by name.
    pub facts: Vec<(String, String)>,
    pub(crate) state: Vec<u8>,
}

impl<S> Context<S> {
    /// Returns a fact by its name.
    pub fn fact(&self, name: &str) -> Option<&str> {
        let fact = self.facts.iter().find(|(fact, _)| fact == name);
        fact.map(|(_, value)| value.as_str())
    }

    /// Reads what the gate remembered in its last call of this rollout; the default at the first.
    ///
    /// # Errors
    /// When it is no JSON, or not of this shape: another build of the gate wrote it.
    pub fn state<T: DeserializeOwned + Default>(&self) -> Result<T, CannotAnswer> {
        if self.state.is_empty() {
            return Ok(T::default());
        }
        serde_json::from_slice(&self.state).map_err(|error| {
            let what = if error.is_data() {
                "of another shape"
            } else {
                "not JSON"
            };
            CannotAnswer(format!("the state is {what}: {error}"))
        })
    }

    /// Sets what the next call gets as its state, at most 64 KiB of JSON. Without it the state stays as it is.
    ///
    /// # Errors
    /// When the value cannot be written as JSON, such as a map whose keys are no texts.
    pub fn remember(&mut self, state: &impl Serialize) -> Result<(), CannotAnswer> {
        self.state = serde_json::to_vec(state)?;
        Ok(())
    }

    /// Returns the bytes that the gate remembered, for one whose state is no JSON; none at the first call.
    pub fn state_bytes(&self) -> &[u8] {
        &self.state
    }

    /// Sets the bytes that the next call gets as its state, at most 64 KiB, for a gate whose state is no JSON.
    pub fn remember_bytes(&mut self, state: Vec<u8>) {
        self.state = state;
    }
}

/// What a health check answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The finding.
    pub health: Health,
    /// One sentence for the reader of the log.
    pub summary: String,
    /// The numbers behind it.
    pub measurements: Vec<Measurement>,
}

impl PartialEq for Measurement {
    fn eq(&self, other: &Measurement) -> bool {
        self.name == other.name
            && self.subject == other.subject
            && self.value == other.value
            && self.unit == other.unit
    }
}

impl Report {
    fn new(health: Health, summary: impl Into<String>) -> Report {
        Report {
            health,
            summary: summary.into(),
            measurements: Vec::new(),
        }
    }

    /// Adds measurements.
    pub fn with(mut self, measurements: impl IntoIterator<Item = Measurement>) -> Report {
        self.measurements.extend(measurements);
        self
    }
}

/// Returns a pass: the canary is fit to serve.
pub fn healthy(summary: impl Into<String>) -> Report {
    Report::new(Health::Healthy, summary)
}

/// Returns a fail: the canary is not fit to serve, and lockgate rolls back at once.
pub fn unhealthy(summary: impl Into<String>) -> Report {
    Report::new(Health::Unhealthy, summary)
}

/// Returns that the gate cannot tell yet: lockgate asks again until the gate deadline.
pub fn unknown(summary: impl Into<String>) -> Report {
    Report::new(Health::Unknown, summary)
}

/// What a promotion gate answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub(crate) decision: types::Decision,
    pub(crate) reason: String,
    pub(crate) ask_again_ms: Option<u32>,
    pub(crate) measurements: Vec<Measurement>,
}

impl Decision {
    fn new(decision: types::Decision, reason: impl Into<String>) -> Decision {
        Decision {
            decision,
            reason: reason.into(),
            ask_again_ms: None,
            measurements: Vec::new(),
        }
    }

    /// Adds measurements.
    pub fn with(mut self, measurements: impl IntoIterator<Item = Measurement>) -> Decision {
        self.measurements.extend(measurements);
        self
    }

    /// Sets the milliseconds until the next call after a hold. Without it lockgate asks again after its check interval.
    pub fn ask_again_ms(mut self, ms: u32) -> Decision {
        self.ask_again_ms = Some(ms);
        self
    }
}

/// Returns a pass: the canary may take the next weight.
pub fn promote(reason: impl Into<String>) -> Decision {
    Decision::new(types::Decision::Promote, reason)
}

/// Returns "not yet": lockgate asks again until the gate deadline.
pub fn hold(reason: impl Into<String>) -> Decision {
    Decision::new(types::Decision::Hold, reason)
}

/// Returns a fail: the canary must get no more traffic, and lockgate rolls back at once.
pub fn roll_back(reason: impl Into<String>) -> Decision {
    Decision::new(types::Decision::RollBack, reason)
}

/// Returns a measurement. The subject is such as `canary`; the unit is such as `ms`, empty for a bare number.
pub fn measurement(name: &str, subject: &str, value: f64, unit: &str) -> Measurement {
    Measurement {
        name: name.to_owned(),
        subject: subject.to_owned(),
        value,
        unit: unit.to_owned(),
    }
}

/// Returns the newest slices of the platform's own request counts, oldest first: 1 to 1,440.
///
/// # Errors
/// When the platform gives none.
pub fn slices(newest: u32) -> Result<Vec<Slice>, CannotAnswer> {
    host::slices(newest).map_err(|reason| CannotAnswer(format!("no request counts: {reason}")))
}

/// Returns milliseconds on a clock that never goes back, and that is virtual in a replay.
pub fn now_ms() -> f64 {
    host::now_ms()
}

/// Waits. The time counts against the call's wall-clock budget.
pub fn sleep_ms(ms: u32) {
    host::sleep_ms(ms);
}

/// Writes a line of the log, with fields beside it.
pub fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let fields: Vec<(String, String)> = fields.iter().map(own).collect();
    host::write(level, message, &fields);
}
