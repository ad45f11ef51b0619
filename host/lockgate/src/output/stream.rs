//! One stream of output. A line is written directly, which waits for the reader, until [`Stream::never_wait`] hands
//! the stream to a [`LineWriter`].

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::line_writer::{LineWriter, write_line};

/// A stream that is written by one thread at a time.
#[derive(Clone)]
struct Locked(Arc<Mutex<dyn Write + Send>>);

impl Write for Locked {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.flush()
    }
}

/// One stream of output.
pub(super) struct Stream {
    direct: Locked,
    /// Set once lines must not wait for the reader.
    writer: OnceLock<LineWriter>,
}

impl Stream {
    /// Returns a stream whose lines wait for their reader.
    pub(super) fn new(stream: impl Write + Send + 'static) -> Stream {
        Stream {
            direct: Locked(Arc::new(Mutex::new(stream))),
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
        let writer = LineWriter::start(self.direct.clone(), left_out_line, on_closed);
        if let Ok(writer) = writer {
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
        let mut stream = self.direct.0.lock().unwrap_or_else(PoisonError::into_inner);
        write_line(&mut *stream, line)
    }

    /// Waits until all queued lines are written, at most for `limit`.
    pub(super) fn finish(&self, limit: Duration) {
        if let Some(writer) = self.writer.get() {
            writer.finish(limit);
        }
    }
}
