//! The only place that prints. A closed or full output never stops anything here: it is remembered, and asks the
//! run to end (I-9), because nobody can see any more what happens.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::Sender;

/// How results are written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Writes lines. Cheap to clone; all clones share one state.
#[derive(Clone)]
pub(crate) struct Output {
    format: Format,
    verbose: bool,
    broken: Arc<Mutex<Option<Sender<String>>>>,
}

impl Output {
    /// Returns an output in this format.
    pub(crate) fn new(format: Format, verbose: bool) -> Output {
        Output {
            format,
            verbose,
            broken: Arc::default(),
        }
    }

    /// Asks for the end of a run through `cancel` once a line cannot be written.
    pub(crate) fn cancel_when_broken(&self, cancel: Sender<String>) {
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(cancel);
    }

    /// Returns the format.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Says whether more than the usual is wanted.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Writes a line for people to stdout; nothing in JSON.
    pub(crate) fn text(&self, line: &str) {
        if self.format == Format::Text {
            self.write(line);
        }
    }

    /// Writes a line of JSON to stdout; nothing in text.
    pub(crate) fn json(&self, value: &serde_json::Value) {
        if self.format == Format::Json {
            // Within JSON text a number sign may be written so, and then no pipeline takes it for a command.
            self.write(&value.to_string().replace("##", "\\u0023#"));
        }
    }

    /// Writes a line to stdout whatever the format: for commands whose output is a document.
    pub(crate) fn document(&self, text: &str) {
        self.write(text.trim_end_matches('\n'));
    }

    /// Writes an error with its chain to stderr: `error:`, one `caused by:` for each cause, then hints.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let mut lines = format!("error: {error}\n");
        for cause in error.chain().skip(1) {
            lines.push_str(&format!("caused by: {cause}\n"));
        }
        // Nobody is left to tell when stderr is closed too.
        let _ = std::io::stderr().lock().write_all(lines.as_bytes());
    }

    /// Writes a note to stderr.
    pub(crate) fn note(&self, line: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }

    fn write(&self, line: &str) {
        let mut stdout = std::io::stdout().lock();
        let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
        if written.is_err() {
            let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(cancel) = broken.take() {
                // A full queue holds requests to end already.
                let _ = cancel.try_send("a closed output".to_owned());
            }
        }
    }
}
