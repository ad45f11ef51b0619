//! The only place that prints: results to stdout, notes and errors to stderr. It is the one door that every text of others
//! goes through, so nothing that it writes controls a terminal or a pipeline (I-23).
//!
//! A closed stream stops no command. It is remembered, and the run is asked to end (I-9), because its output can no
//! longer be read. After [`Output::never_wait`] a full stream stops no command either: a rollback does not wait for a
//! reader (I-8). Read `output/stream.rs` next.

#[cfg(test)]
pub(crate) mod buffer;
mod errors;
mod line_writer;
mod live_region;
mod region;
mod row;
mod running_line;
mod stream;
mod terminal;
#[cfg(test)]
mod tests;
mod wrap;

#[cfg(test)]
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::Sender;

use crate::event::EventLine;
use crate::report::pipelines::{Pipeline, PipelineCommand};
pub(crate) use live_region::LiveRegion;
use region::Region;
pub(crate) use region::Size;
pub(crate) use row::{Row, Tone};
pub(crate) use running_line::RunningLine;
use stream::Stream;
pub(crate) use terminal::ProgressStyle;

/// How long a process that is done waits for a reader of its queued lines.
const FLUSH_LIMIT: Duration = Duration::from_secs(1);

/// How results are written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How much is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Decisions, writes and answers.
    Normal,
    /// Also reads, waits, measurements and what gates log.
    Verbose,
}

/// Writes lines. Cheap to clone; all clones write to the same streams.
#[derive(Clone)]
pub(crate) struct Output {
    format: Format,
    verbosity: Verbosity,
    prose: Prose,
    /// What is done for the pipeline that the command runs in; `None` for a command that does nothing for one.
    pipeline: Option<Pipeline>,
    shared: Arc<Shared>,
}

/// Where lines for people go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prose {
    Stdout,
    Stderr,
}

/// What all clones share.
struct Shared {
    stdout: Stream,
    stderr: Stream,
    /// What is below the lines; or why nothing can be, and whether a person has asked for it all the same.
    region: Result<Arc<Region>, NoRegion>,
    reader: Mutex<Reader>,
}

/// Why nothing is drawn below the lines.
struct NoRegion {
    why: &'static str,
    is_asked_for: bool,
}

/// What is known of the reader of the output.
#[derive(Default)]
struct Reader {
    is_gone: bool,
    /// Where the run is asked to end, once.
    cancel: Option<Sender<String>>,
}

impl Shared {
    /// Remembers that the reader is gone, and asks the run to end.
    fn reader_is_gone(&self) {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.is_gone = true;
        if let Some(cancel) = reader.cancel.take() {
            // A full queue already holds requests to end.
            let _ = cancel.try_send("a closed output".to_owned());
        }
    }
}

impl Output {
    /// Returns an output to the streams of this process.
    pub(crate) fn of_process(
        format: Format,
        verbosity: Verbosity,
        progress: ProgressStyle,
    ) -> Output {
        let terminal = match format {
            Format::Text => terminal::of_process(progress),
            Format::Json => Err("the output is for machines"),
        };
        let (stdout, stderr, region) = match terminal {
            Ok(terminal) => {
                let region = Arc::new(Region::new(terminal));
                let above = || Stream::above(Arc::clone(&region));
                (above(), above(), Ok(region))
            }
            Err(why) => {
                let is_asked_for = progress == ProgressStyle::Live;
                let none = NoRegion { why, is_asked_for };
                let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
                (Stream::new(stdout), Stream::new(stderr), Err(none))
            }
        };
        Output::through(format, verbosity, stdout, stderr, region)
    }

    /// Returns an output to these streams.
    #[cfg(test)]
    pub(crate) fn new(
        format: Format,
        verbosity: Verbosity,
        stdout: impl Write + Send + 'static,
        stderr: impl Write + Send + 'static,
    ) -> Output {
        let none = NoRegion {
            why: "these are no terminals",
            is_asked_for: false,
        };
        let (stdout, stderr) = (Stream::new(stdout), Stream::new(stderr));
        Output::through(format, verbosity, stdout, stderr, Err(none))
    }

    fn through(
        format: Format,
        verbosity: Verbosity,
        stdout: Stream,
        stderr: Stream,
        region: Result<Arc<Region>, NoRegion>,
    ) -> Output {
        let shared = Shared {
            stdout,
            stderr,
            region,
            reader: Mutex::default(),
        };
        Output {
            format,
            verbosity,
            prose: Prose::Stdout,
            pipeline: None,
            shared: Arc::new(shared),
        }
    }

    /// Returns an output to the same streams of a command that does this for its pipeline.
    pub(crate) fn in_pipeline(&self, pipeline: Option<Pipeline>) -> Output {
        Output {
            pipeline,
            ..self.clone()
        }
    }

    /// Returns what is done for the pipeline.
    pub(crate) fn pipeline(&self) -> Option<&Pipeline> {
        self.pipeline.as_ref()
    }

    /// Returns an output to the same streams that leaves stdout to one result: lines for people go to stderr.
    pub(crate) fn with_prose_on_stderr(&self) -> Output {
        Output {
            prose: Prose::Stderr,
            ..self.clone()
        }
    }

    /// Asks for the end of a run through `cancel` once a line cannot be written.
    pub(crate) fn cancel_when_broken(&self, cancel: Sender<String>) {
        let mut reader = (self.shared.reader.lock()).unwrap_or_else(PoisonError::into_inner);
        reader.cancel = Some(cancel);
        let is_gone = reader.is_gone;
        drop(reader);
        if is_gone {
            self.shared.reader_is_gone();
        }
    }

    /// From now on no line waits for its reader; see [`Output::finish`]. For commands that move traffic: a line may
    /// be left out, a write of traffic must not be delayed.
    pub(crate) fn never_wait(&self) {
        let on_closed = || {
            let shared = Arc::clone(&self.shared);
            move || shared.reader_is_gone()
        };
        let text: fn(u64) -> String =
            |count| format!("… {count} lines are missing here: they were not read in time");
        let json: fn(u64) -> String =
            |count| command_event(json!({ "event": "lines-missing", "lines": count }));
        let of_stdout = match self.format {
            Format::Text => text,
            Format::Json => json,
        };
        self.shared.stdout.never_wait(of_stdout, on_closed());
        self.shared.stderr.never_wait(text, on_closed());
    }

    /// Waits at most two seconds until all lines are written. To be called before the process ends.
    pub(crate) fn finish(&self) {
        self.shared.stdout.finish(FLUSH_LIMIT);
        self.shared.stderr.finish(FLUSH_LIMIT);
    }

    /// Returns the format.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Returns whether reads, waits and measurements are wanted too.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// Writes a line for people to stdout; nothing in JSON.
    pub(crate) fn text(&self, line: &str) {
        if self.format == Format::Text {
            match self.prose {
                Prose::Stdout => self.result(line),
                Prose::Stderr => self.note(line),
            }
        }
    }

    /// Writes a sentence for people after what stands before it in its line. On a terminal that is narrower, it goes on under
    /// its own beginning.
    pub(crate) fn sentence(&self, before: &str, sentence: &str) {
        let size = match self.prose {
            Prose::Stdout => terminal::size_of_stdout(),
            Prose::Stderr => terminal::size_of_stderr(),
        };
        let width = size.map_or(usize::MAX, |size| size.width);
        self.text(&wrap::wrapped(before, &gates::printable(sentence), width));
    }

    /// Writes the result of a command to stdout, wherever lines for people go; nothing in JSON.
    pub(crate) fn result(&self, line: &str) {
        if self.format == Format::Text {
            self.write(&self.shared.stdout, &gates::printable(line));
        }
    }

    /// Writes a document of JSON to stdout, as one line; nothing in text.
    pub(crate) fn json(&self, document: &Value) {
        if self.format == Format::Json {
            self.write(&self.shared.stdout, &escaped_json(&document.to_string()));
        }
    }

    /// Writes an event to stdout; nothing in text.
    pub(crate) fn event(&self, line: &EventLine) {
        // Events are plain data, so each has a text.
        if let (Format::Json, Ok(line)) = (self.format, serde_json::to_string(line)) {
            self.write(&self.shared.stdout, &escaped_json(&line));
        }
    }

    /// Writes an event of a command to stdout; nothing in text. Its name is the member `event`, and all the others are what it
    /// says.
    pub(crate) fn command_event(&self, event: Value) {
        if self.format == Format::Json {
            self.write(&self.shared.stdout, &escaped_json(&command_event(event)));
        }
    }

    /// Writes text to stdout in either format: for commands whose output is a document. In JSON it is JSON.
    pub(crate) fn document(&self, text: &str) {
        let text = text.trim_end_matches('\n');
        let text = match self.format {
            Format::Text => gates::printable(text),
            Format::Json => escaped_json(text),
        };
        self.write(&self.shared.stdout, &text);
    }

    /// Writes a text of our own for another program to stdout, as it is: a script of a shell, or a manual page.
    pub(crate) fn script(&self, text: &str) {
        self.write(&self.shared.stdout, text.trim_end_matches('\n'));
    }

    /// Writes a note to stderr.
    pub(crate) fn note(&self, line: &str) {
        self.write(&self.shared.stderr, &gates::printable(line));
    }

    /// Writes a command to the pipeline that reads this output, where lines for people go. In JSON that is stderr, which
    /// pipelines read too: stdout has events alone.
    pub(crate) fn pipeline_command(&self, command: &PipelineCommand) {
        let stream = match (self.format, self.prose) {
            (Format::Text, Prose::Stdout) => &self.shared.stdout,
            (Format::Text, Prose::Stderr) | (Format::Json, _) => &self.shared.stderr,
        };
        self.write(stream, command.as_line());
    }

    /// Returns a line of the terminal that changes; `None` where stderr is none, or is read by a program.
    pub(crate) fn running_line(&self) -> Option<RunningLine> {
        let is_for_people = self.format == Format::Text;
        let is_taken = (self.shared.region.as_ref()).is_ok_and(|region| region.is_shown());
        (is_for_people && !is_taken)
            .then(RunningLine::on_stderr)
            .flatten()
    }

    /// Returns what draws below the lines; `None` where that cannot be, or is not wanted. Where a person has asked for it, the
    /// reason is noted.
    pub(crate) fn live_region(&self) -> Option<LiveRegion> {
        match &self.shared.region {
            Ok(region) => {
                let shared = Arc::clone(&self.shared);
                let on_gone = move || shared.reader_is_gone();
                Some(LiveRegion::new(Arc::clone(region), on_gone))
            }
            Err(none) => {
                if none.is_asked_for {
                    self.note(&format!("no live view: {}", none.why));
                }
                None
            }
        }
    }

    fn write(&self, stream: &Stream, line: &str) {
        if stream.line(line).is_err() {
            self.shared.reader_is_gone();
        }
    }
}

/// Returns the line of an event of a command that happens now.
fn command_event(event: Value) -> String {
    let line = EventLine::of_command(jiff::Timestamp::now(), event);
    serde_json::to_string(&line).unwrap_or_default()
}

/// Escapes what a terminal or a pipeline would obey and JSON leaves as it is: the signs of Azure Pipelines' commands,
/// controls beyond ASCII, and characters that change how others are shown. The value stays the same.
fn escaped_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.replace("##", "\\u0023#").chars() {
        let is_harmful = (c.is_control() && c != '\n')
            || gates::is_invisible(c)
            || matches!(c, '\u{2028}' | '\u{2029}');
        if is_harmful {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}
