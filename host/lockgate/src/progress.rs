//! What the person sees who waits: nothing for a second, then what for and how long it goes on. On a terminal that is one line
//! that changes, elsewhere a line every so often.

use std::pin::pin;
use std::time::{Duration, Instant};

use crate::output::{Output, RunningLine};

/// What takes less is not spoken of.
const QUIET: Duration = Duration::from_secs(1);
/// Between two lines of a log.
const LINES: Duration = Duration::from_secs(10);
/// Between two changes of the line on a terminal.
const CHANGES: Duration = Duration::from_millis(500);

/// Says how work goes on.
pub(crate) struct Progress {
    title: String,
    output: Output,
    began: Instant,
    next: Instant,
    line: Option<RunningLine>,
    is_begun: bool,
}

impl Progress {
    /// Begins. `title` is what goes on, such as `compiling my-gate.wasm (18 MB), once`.
    pub(crate) fn new(title: &str, output: &Output) -> Progress {
        let began = Instant::now();
        Progress {
            title: title.to_owned(),
            output: output.clone(),
            began,
            next: began + QUIET,
            line: None,
            is_begun: false,
        }
    }

    /// Returns the time until there is something to say.
    pub(crate) fn next(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    /// Says how it goes on, where it is time to.
    pub(crate) fn show(&mut self) {
        if !self.next().is_zero() {
            return;
        }
        let seconds = self.began.elapsed().as_secs();
        if !self.is_begun {
            self.is_begun = true;
            self.line = self.output.running_line();
        }
        if let Some(line) = &mut self.line {
            line.show(&format!("{}: {seconds} s", self.title));
            self.next = Instant::now() + CHANGES;
        } else {
            let so_far = match seconds {
                0 | 1 => String::new(),
                seconds => format!(": {seconds} s so far"),
            };
            self.output.note(&format!("{}{so_far}", self.title));
            self.next = Instant::now() + LINES;
        }
    }

    /// Says how this work goes on until it is done.
    pub(crate) async fn during<T>(mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(self.next()) => self.show(),
            }
        }
    }
}
