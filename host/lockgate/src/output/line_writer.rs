//! Writes lines to one stream from a thread of its own: a reader that stops reading blocks that thread only.
//! A line that does not fit into the queue is counted and left out, and the count is printed in its place.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lines that may wait for their reader, far more than a run has.
const QUEUE: usize = 4_096;

/// The pause before a full non-blocking stream is tried again.
const PAUSE: Duration = Duration::from_millis(10);

/// The lines that are still to be written.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<String>,
    /// Lines that did not fit since the last one that did.
    left_out: u64,
    is_writing: bool,
    is_closed: bool,
}

/// What the writer and its thread share.
#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes lines until the stream is closed.
    fn write_lines(&self, write: impl Fn(&str) -> std::io::Result<()>) {
        loop {
            let mut queue = self
                .changed
                .wait_while(self.queue(), |queue| queue.waiting.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            let line = queue.waiting.pop_front().unwrap_or_default();
            queue.is_writing = true;
            drop(queue);
            let written = write(&line);
            let mut queue = self.queue();
            queue.is_writing = false;
            queue.is_closed = written.is_err();
            self.changed.notify_all();
            if queue.is_closed {
                return;
            }
        }
    }
}

/// Writes lines to one stream.
pub(super) struct LineWriter {
    shared: Arc<Shared>,
    /// Returns the line that says how many lines were left out, in the stream's own format.
    left_out_line: fn(u64) -> String,
}

impl LineWriter {
    /// Starts the thread, which writes each line by `write`. It calls `on_closed` once, when the stream is closed, and writes
    /// nothing more.
    ///
    /// # Errors
    /// When the operating system refuses a thread.
    pub(super) fn start(
        write: impl Fn(&str) -> std::io::Result<()> + Send + 'static,
        left_out_line: fn(u64) -> String,
        on_closed: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<LineWriter> {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("output".to_owned());
        thread.spawn(move || {
            of_thread.write_lines(write);
            on_closed();
        })?;
        Ok(LineWriter {
            shared,
            left_out_line,
        })
    }

    /// Puts a line into the queue, or counts it as left out. Never waits for the stream.
    pub(super) fn put(&self, line: String) {
        let mut queue = self.shared.queue();
        if queue.waiting.len() >= QUEUE {
            queue.left_out += 1;
            return;
        }
        self.report_left_out(&mut queue);
        queue.waiting.push_back(line);
        self.shared.changed.notify_all();
    }

    /// Waits until all lines are written or the stream is closed, at most for `limit`.
    pub(super) fn finish(&self, limit: Duration) {
        let mut queue = self.shared.queue();
        self.report_left_out(&mut queue);
        self.shared.changed.notify_all();
        let is_unfinished =
            |queue: &mut Queue| !queue.is_closed && (queue.is_writing || !queue.waiting.is_empty());
        let _ = self
            .shared
            .changed
            .wait_timeout_while(queue, limit, is_unfinished);
    }

    /// Queues a line with the number of lines that are missing here, if any are.
    fn report_left_out(&self, queue: &mut Queue) {
        if queue.left_out > 0 {
            let line = (self.left_out_line)(std::mem::take(&mut queue.left_out));
            queue.waiting.push_back(line);
        }
    }
}

/// Writes all bytes, at once where the stream takes them, waiting for one that is full.
///
/// # Errors
/// When the stream is closed.
pub(super) fn write_all(stream: &mut (impl Write + ?Sized), bytes: &[u8]) -> std::io::Result<()> {
    let mut rest = bytes;
    loop {
        let written = if rest.is_empty() {
            stream.flush().map(|()| None)
        } else {
            stream.write(rest).map(Some)
        };
        match written {
            Ok(None) => return Ok(()),
            Ok(Some(0)) => return Err(ErrorKind::WriteZero.into()),
            Ok(Some(count)) => rest = &rest[count..],
            // The parent process may share a non-blocking pipe with this one: full is not closed.
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::sync::mpsc::channel;

    fn writer(on_closed: impl FnOnce() + Send + 'static) -> (LineWriter, std::io::PipeReader) {
        let (reader, stream) = std::io::pipe().unwrap();
        let left_out = |count| format!("{count} left out");
        let stream = Mutex::new(stream);
        let write = move |line: &str| {
            write_all(&mut *stream.lock().unwrap(), format!("{line}\n").as_bytes())
        };
        let writer = LineWriter::start(write, left_out, on_closed).unwrap();
        (writer, reader)
    }

    #[test]
    fn reader_that_never_reads_blocks_no_caller_and_lines_left_out_are_counted() {
        let (writer, reader) = writer(|| {});
        let line = "x".repeat(100);
        let sent = 4 * QUEUE;
        for _ in 0..sent {
            writer.put(line.clone());
        }
        writer.finish(Duration::ZERO);
        drop(writer);
        // The thread may make room before all lines are put: then more than one line has a count.
        let (mut read, mut left_out) = (0, 0);
        for line in BufReader::new(reader).lines().map_while(Result::ok) {
            match line.strip_suffix(" left out") {
                None => read += 1,
                Some(count) => left_out += count.parse::<usize>().unwrap(),
            }
            if read + left_out == sent {
                assert!(
                    left_out > QUEUE,
                    "only the queue and the pipe hold lines: {left_out}"
                );
                return;
            }
        }
        panic!("{read} lines are read and {left_out} left out, of {sent}");
    }

    #[test]
    fn closed_stream_is_reported_once() {
        let (report, reports) = channel();
        let (writer, reader) = writer(move || report.send(()).unwrap());
        drop(reader);
        writer.put("this line is not read".to_owned());
        reports.recv().unwrap();
        writer.put("nor is this".to_owned());
        assert!(reports.recv().is_err());
        writer.finish(Duration::MAX);
    }

    #[test]
    fn finish_waits_until_the_last_line_is_written() {
        let (writer, mut reader) = writer(|| {});
        writer.put("last line".to_owned());
        writer.finish(Duration::MAX);
        let mut read = [0; 10];
        reader.read_exact(&mut read).unwrap();
        assert_eq!(&read, b"last line\n");
    }
}
