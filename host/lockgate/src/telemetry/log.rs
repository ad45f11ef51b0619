//! The log: one line for each event, through the one door of the output, so that no line controls a terminal or a pipeline, and
//! none waits for its reader in a command that moves traffic.

use std::io::{Result, Write};

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::output::Output;

/// Returns what writes the log to stderr.
pub(super) fn layer<S>(output: &Output) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let output = output.clone();
    tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(move || Lines(output.clone()))
}

/// Takes one event at a time, whole.
struct Lines(Output);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> Result<usize> {
        self.0.note(String::from_utf8_lossy(line).trim_end());
        Ok(line.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
