//! Writes lines to one stream from a thread of its own: a reader who stops reading stops nobody but that thread.
//! What does not fit into the queue is counted and left out, never waited for.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lines that may wait for their reader, far more than a run has.
const QUEUE: usize = 4_096;

/// How long a stream that takes nothing is left alone, where it says so instead of waiting itself.
const PAUSE: Duration = Duration::from_millis(10);

/// What is to be written and how far that is.
#[derive(Default)]
struct Lines {
    waiting: VecDeque<String>,
    left_out: u64,
    writing: bool,
    broken: bool,
}

/// Shared with the thread.
#[derive(Default)]
struct Desk {
    lines: Mutex<Lines>,
    changed: Condvar,
}

impl Desk {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes to one stream.
pub(super) struct Pen {
    desk: Arc<Desk>,
    /// How many lines were left out, in the stream's own format.
    left_out: fn(u64) -> String,
}

impl Pen {
    /// Starts the thread. It calls `broken` once, when the stream is closed, and writes nothing more.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(super) fn start(
        mut stream: impl Write + Send + 'static,
        left_out: fn(u64) -> String,
        broken: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Pen> {
        let desk = Arc::new(Desk::default());
        let (pen, name) = (Pen { desk, left_out }, "output".to_owned());
        let desk = Arc::clone(&pen.desk);
        std::thread::Builder::new().name(name).spawn(move || {
            loop {
                let mut lines = desk
                    .changed
                    .wait_while(desk.lines(), |lines| lines.waiting.is_empty())
                    .unwrap_or_else(PoisonError::into_inner);
                let line = lines.waiting.pop_front().unwrap_or_default();
                lines.writing = true;
                drop(lines);
                let written = write(&mut stream, &line);
                let mut lines = desk.lines();
                lines.writing = false;
                lines.broken = written.is_err();
                desk.changed.notify_all();
                if lines.broken {
                    drop(lines);
                    return broken();
                }
            }
        })?;
        Ok(pen)
    }

    /// Puts a line into the queue, or counts it as left out. Never waits for the stream.
    pub(super) fn put(&self, line: String) {
        let mut lines = self.desk.lines();
        if lines.waiting.len() >= QUEUE {
            lines.left_out += 1;
            return;
        }
        self.own_up(&mut lines);
        lines.waiting.push_back(line);
        self.desk.changed.notify_all();
    }

    /// Waits until all is written or the stream is closed, but no longer than that.
    pub(super) fn finish(&self, limit: Duration) {
        let mut lines = self.desk.lines();
        self.own_up(&mut lines);
        self.desk.changed.notify_all();
        let unfinished =
            |lines: &mut Lines| !lines.broken && (lines.writing || !lines.waiting.is_empty());
        let _ = self
            .desk
            .changed
            .wait_timeout_while(lines, limit, unfinished);
    }

    /// Says where lines are missing that they are.
    fn own_up(&self, lines: &mut Lines) {
        if lines.left_out > 0 {
            let line = (self.left_out)(std::mem::take(&mut lines.left_out));
            lines.waiting.push_back(line);
        }
    }
}

/// Writes a line as a whole, waiting for a stream that is full.
///
/// # Errors
/// When the stream is closed.
pub(super) fn write(stream: &mut impl Write, line: &str) -> std::io::Result<()> {
    let line = format!("{line}\n");
    let mut rest = line.as_bytes();
    loop {
        // A parent may share its own non-blocking pipe: full is not closed.
        let written = match rest.is_empty() {
            true => stream.flush().map(|()| None),
            false => stream.write(rest).map(Some),
        };
        match written {
            Ok(None) => return Ok(()),
            Ok(Some(0)) => return Err(ErrorKind::WriteZero.into()),
            Ok(Some(count)) => rest = &rest[count..],
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

    fn pen(broken: impl FnOnce() + Send + 'static) -> (Pen, std::io::PipeReader) {
        let (reader, writer) = std::io::pipe().unwrap();
        let pen = Pen::start(writer, |count| format!("{count} left out"), broken).unwrap();
        (pen, reader)
    }

    #[test]
    fn reader_who_never_reads_holds_nobody_up_and_what_is_left_out_is_counted() {
        let (pen, reader) = pen(|| {});
        let line = "x".repeat(100);
        let sent = 4 * QUEUE;
        for _ in 0..sent {
            pen.put(line.clone());
        }
        pen.finish(Duration::ZERO);
        drop(pen);
        let mut read = 0;
        for said in BufReader::new(reader).lines().map_while(Result::ok) {
            match said.strip_suffix(" left out") {
                None => read += 1,
                Some(count) => {
                    let count: usize = count.parse().unwrap();
                    assert_eq!(read + count, sent);
                    assert!(
                        count > QUEUE,
                        "nothing waits but the queue and the pipe: {count}"
                    );
                    return;
                }
            }
        }
        panic!("the missing lines are not owned up to");
    }

    #[test]
    fn stream_that_is_closed_is_reported_once() {
        let (told, broken) = channel();
        let (pen, reader) = pen(move || told.send(()).unwrap());
        drop(reader);
        pen.put("nobody reads this".to_owned());
        broken.recv().unwrap();
        pen.put("nor this".to_owned());
        assert!(broken.recv().is_err());
        pen.finish(Duration::MAX);
    }

    #[test]
    fn last_words_are_waited_for() {
        let (pen, mut reader) = pen(|| {});
        pen.put("last words".to_owned());
        pen.finish(Duration::MAX);
        let mut read = [0; 11];
        reader.read_exact(&mut read).unwrap();
        assert_eq!(&read, b"last words\n");
    }
}
