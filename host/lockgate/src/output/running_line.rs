//! A line of a terminal that changes while something goes on, and is gone when that ends. Written to stderr at once,
//! whatever lines wait there.

use std::io::{IsTerminal as _, Write as _};

/// Goes to the beginning of the line and clears it.
const CLEAR: &str = "\r\x1b[2K";

/// A line that changes.
pub(crate) struct RunningLine(());

impl RunningLine {
    /// Returns a line on stderr; `None` unless that is a terminal.
    pub(super) fn on_stderr() -> Option<RunningLine> {
        // Made only where it is wanted: one that is dropped clears its line.
        std::io::stderr().is_terminal().then(|| RunningLine(()))
    }

    /// Shows this text in place of the last one.
    pub(crate) fn show(&mut self, text: &str) {
        let text: String = gates::sanitise(text, 200);
        // What cannot be shown is not missed.
        let _ = write!(std::io::stderr(), "{CLEAR}{text}");
        let _ = std::io::stderr().flush();
    }
}

impl Drop for RunningLine {
    fn drop(&mut self) {
        let _ = write!(std::io::stderr(), "{CLEAR}");
        let _ = std::io::stderr().flush();
    }
}
