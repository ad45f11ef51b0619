//! One stream of output. A line is written directly, which waits for the reader, until [`Stream::never_wait`] hands
//! the stream to a [`LineWriter`].

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::line_writer::{LineWriter, write_all};
use super::region::Region;

/// Where lines are written, by one thread at a time.
#[derive(Clone)]
enum Door {
    /// The stream itself.
    Stream(Arc<Mutex<dyn Write + Send>>),
    /// Above what is drawn on the terminal that the stream is.
    Above(Arc<Region>),
}

impl Door {
    /// Writes a line as a whole.
    ///
    /// # Errors
    /// When the stream is closed.
    fn line(&self, line: &str) -> std::io::Result<()> {
        match self {
            Door::Stream(stream) => {
                let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                write_all(&mut *stream, format!("{line}\n").as_bytes())
            }
            Door::Above(region) => region.line(line),
        }
    }
}

/// One stream of output.
pub(super) struct Stream {
    direct: Door,
    /// Set once lines must not wait for the reader.
    writer: OnceLock<LineWriter>,
}

impl Stream {
    /// Returns a stream whose lines wait for their reader.
    pub(super) fn new(stream: impl Write + Send + 'static) -> Stream {
        Stream::through(Door::Stream(Arc::new(Mutex::new(stream))))
    }

    /// Returns the stream to a terminal that has a region below its lines.
    pub(super) fn above(region: Arc<Region>) -> Stream {
        Stream::through(Door::Above(region))
    }

    fn through(direct: Door) -> Stream {
        Stream {
            direct,
            writer: OnceLock::new(),
        }
    }

    /// Hands the stream to a thread of its own. `on_closed` is called once, when the stream is found closed. Where
    /// there can be no thread, lines wait as before.
    pub(super) fn never_wait(
        &self,
        left_out_line: fn(u64) -> String,
        on_closed: impl FnOnce() + Send + 'static,
    ) {
        let direct = self.direct.clone();
        let write = move |line: &str| direct.line(line);
        if let Ok(writer) = LineWriter::start(write, left_out_line, on_closed) {
            let _ = self.writer.set(writer);
        }
    }

    /// Writes a line, or queues it for the thread.
    ///
    /// # Errors
    /// When the stream is closed. A thread reports that through `on_closed` instead.
    pub(super) fn line(&self, line: &str) -> std::io::Result<()> {
        if let Some(writer) = self.writer.get() {
            writer.put(line.to_owned());
            return Ok(());
        }
        self.direct.line(line)
    }

    /// Waits until all queued lines are written, at most for `limit`.
    pub(super) fn finish(&self, limit: Duration) {
        if let Some(writer) = self.writer.get() {
            writer.finish(limit);
        }
    }
}
