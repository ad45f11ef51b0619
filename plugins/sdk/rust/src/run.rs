//! From a call of the contract to a function of the gate, and from its answer back. A panic is written to the log with its
//! place: on targets without stderr nothing else would show it.

use std::panic::PanicHookInfo;

use serde::de::DeserializeOwned;

use crate::host::{self, Level, types};
use crate::{CannotAnswer, Context, Decision, Report, Rollout};

/// Returns the JSON object of `about.describe`.
pub fn describe(
    name: &str,
    version: &str,
    summary: &str,
    settings: &str,
    origins: &[&str],
) -> String {
    // Not by `Display` of a value, which would add an indenting writer to the component.
    let text = |text: &str| serde_json::to_string(text).expect("a text is JSON");
    let origins: Vec<String> = origins.iter().map(|origin| text(origin)).collect();
    format!(
        r#"{{"name":{},"version":{},"summary":{},"settings":{settings},"origins":[{}]}}"#,
        text(name),
        text(version),
        text(summary),
        origins.join(",")
    )
}

/// Answers a call of `health-checking.check`.
///
/// # Errors
/// When the gate cannot answer.
pub fn check<S: DeserializeOwned>(
    context: types::Context,
    check: impl FnOnce(&mut Context<S>) -> Result<Report, CannotAnswer>,
) -> Result<types::HealthReport, String> {
    say_where_it_panics();
    let mut context = read(context)?;
    let report = check(&mut context).map_err(text)?;
    Ok(types::HealthReport {
        health: report.health,
        summary: report.summary,
        measurements: report.measurements,
        state: context.state,
    })
}

/// Answers a call of `promotion.decide`.
///
/// # Errors
/// When the gate cannot answer.
pub fn decide<S: DeserializeOwned>(
    context: types::Context,
    reports: &[types::NamedReport],
    decide: impl FnOnce(&mut Context<S>, &[types::NamedReport]) -> Result<Decision, CannotAnswer>,
) -> Result<types::Answer, String> {
    say_where_it_panics();
    let mut context = read(context)?;
    let decision = decide(&mut context, reports).map_err(text)?;
    Ok(types::Answer {
        decision: decision.decision,
        reason: decision.reason,
        ask_again_ms: decision.ask_again_ms,
        measurements: decision.measurements,
        state: context.state,
    })
}

fn text(error: CannotAnswer) -> String {
    error.0
}

fn read<S: DeserializeOwned>(context: types::Context) -> Result<Context<S>, String> {
    // As everything is read, so that one reader is in the component and not two.
    let settings = serde_json::from_slice(context.settings.as_bytes());
    let settings =
        settings.map_err(|error| format!("the settings are not what the gate reads: {error}"))?;
    let types::Rollout {
        id,
        app,
        stable,
        canary,
    } = context.rollout;
    Ok(Context {
        rollout: Rollout { id, app },
        stable,
        canary,
        stage: context.stage,
        settings,
        facts: context.facts,
        state: context.state,
    })
}

fn say_where_it_panics() {
    // A native test has a hook of its own, and a stderr.
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(write_panic));
    #[cfg(not(target_arch = "wasm32"))]
    let _ = write_panic;
}

fn write_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("panic");
    let place = panic
        .location()
        .map(|place| format!(" ({}:{})", place.file(), place.line()));
    host::write(
        Level::Error,
        &format!("{message}{}", place.unwrap_or_default()),
        &[],
    );
}
