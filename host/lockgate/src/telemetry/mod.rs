//! What can be seen of a run from outside of it while it goes on: a log on stderr where `LOCKGATE_LOG` asks for one, and spans
//! for an OpenTelemetry collector where its own variables name one. Where neither is asked for, nothing is started.
//!
//! Decides nothing, delays nothing, and changes no exit code: what cannot be exported is said once, at the end. No header, no
//! body, no query and no token is in a log line or a span. Read `traces.rs` for the tree of spans, `export.rs` for where
//! they go, and `log.rs` for the log.

mod arm_spans;
mod client;
mod export;
mod filter;
mod gate_calls;
mod log;
mod losses;
mod parent;
mod run_log;
mod run_spans;
mod task;
mod traces;

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::exit::Exit;
use crate::mistake::Mistake;
use crate::output::Output;
use crate::report::Reporter;
pub(crate) use gate_calls::gate_tracer;
use traces::Traces;

/// Begins the log and the spans that the environment asks for. To be called once, before anything is read or written.
///
/// # Errors
/// When the filter of the log is none. What is wrong with the export of spans is noted, and ends nothing.
pub(crate) fn begin(output: &Output) -> Result<(), Mistake> {
    let filter = filter::from_environment()?;
    let traces = export::begin(output).map(Traces::exported);
    if filter.is_none() && traces.is_none() {
        return Ok(());
    }
    let spans = traces.map(|traces| arm_spans::layer(Traces::install(traces)));
    let lines = filter.map(|filter| log::layer(output).with_filter(filter.and(filter::ours())));
    let subscriber = tracing_subscriber::registry().with(spans).with(lines);
    // Refused only where one is set already: then that one stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

/// Returns those who follow a run for the log and the spans.
pub(crate) fn reporters(output: &Output) -> Vec<Box<dyn Reporter>> {
    let mut reporters: Vec<Box<dyn Reporter>> = Vec::new();
    if let Some(traces) = Traces::get() {
        reporters.push(Box::new(run_spans::RunSpans::new(traces, output)));
    }
    if run_log::is_wanted() {
        reporters.push(Box::new(run_log::RunLog));
    }
    reporters
}

/// Ends the spans and waits at most a second until they are exported. To be called before the process ends.
pub(crate) fn finish(exit: Exit, output: &Output) {
    if let Some(missing) = Traces::get().and_then(|traces| traces.finish(exit)) {
        output.note(&missing);
    }
}
