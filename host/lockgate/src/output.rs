//! The only place that prints. A closed output never stops anything here: it is remembered, and asks the run to end
//! (I-9), because nobody can see any more what happens. During a run a full output does not either: what happens to
//! production must not wait for a reader (I-8).

mod pen;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use pen::Pen;
use tokio::sync::mpsc::Sender;

/// How long a process that has done its work waits for a reader of its last words.
const LAST_WORDS: Duration = Duration::from_secs(1);

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
    shared: Arc<Shared>,
}

/// What all clones share.
#[derive(Default)]
struct Shared {
    reader: Mutex<Reader>,
    /// There as soon as printing must not wait.
    pens: OnceLock<Pens>,
}

/// Whoever reads the output.
#[derive(Default)]
struct Reader {
    gone: bool,
    /// Whom to tell once.
    cancel: Option<Sender<String>>,
}

struct Pens {
    stdout: Pen,
    stderr: Pen,
}

impl Shared {
    /// The reader is gone.
    fn broken(&self) {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.gone = true;
        if let Some(cancel) = reader.cancel.take() {
            // A full queue holds requests to end already.
            let _ = cancel.try_send("a closed output".to_owned());
        }
    }
}

impl Output {
    /// Returns an output in this format.
    pub(crate) fn new(format: Format, verbose: bool) -> Output {
        Output {
            format,
            verbose,
            shared: Arc::default(),
        }
    }

    /// Asks for the end of a run through `cancel` once a line cannot be written.
    pub(crate) fn cancel_when_broken(&self, cancel: Sender<String>) {
        let mut reader = (self.shared.reader.lock()).unwrap_or_else(PoisonError::into_inner);
        reader.cancel = Some(cancel);
        let gone = reader.gone;
        drop(reader);
        if gone {
            self.shared.broken();
        }
    }

    /// From now on no line waits for its reader; see [`Output::finish`]. For commands that move traffic: what they
    /// print may be left out, and what they do may not.
    pub(crate) fn never_wait(&self) {
        if let Ok(pens) = self.pens() {
            // Without threads lines are written as before; once there are some, they stay.
            let _ = self.shared.pens.set(pens);
        }
    }

    fn pens(&self) -> std::io::Result<Pens> {
        let broken = || {
            let shared = Arc::clone(&self.shared);
            move || shared.broken()
        };
        let words: fn(u64) -> String =
            |count| format!("… {count} lines are missing here: nobody read them in time");
        let json: fn(u64) -> String =
            |count| serde_json::json!({ "event": "lines-missing", "lines": count }).to_string();
        let in_format = match self.format {
            Format::Text => words,
            Format::Json => json,
        };
        Ok(Pens {
            stdout: Pen::start(std::io::stdout(), in_format, broken())?,
            stderr: Pen::start(std::io::stderr(), words, broken())?,
        })
    }

    /// Waits, for a moment only, until all is written: to be called before the process ends.
    pub(crate) fn finish(&self) {
        if let Some(pens) = self.shared.pens.get() {
            pens.stdout.finish(LAST_WORDS);
            pens.stderr.finish(LAST_WORDS);
        }
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
        let mut lines = vec![format!("error: {error}")];
        for cause in error.chain().skip(1) {
            lines.push(format!("caused by: {cause}"));
        }
        self.note(&lines.join("\n"));
    }

    /// Writes a note to stderr.
    pub(crate) fn note(&self, line: &str) {
        match self.shared.pens.get() {
            Some(pens) => pens.stderr.put(line.to_owned()),
            None => self.seen(pen::write(&mut std::io::stderr().lock(), line)),
        }
    }

    fn write(&self, line: &str) {
        match self.shared.pens.get() {
            Some(pens) => pens.stdout.put(line.to_owned()),
            None => self.seen(pen::write(&mut std::io::stdout().lock(), line)),
        }
    }

    fn seen(&self, written: std::io::Result<()>) {
        if written.is_err() {
            self.shared.broken();
        }
    }
}
