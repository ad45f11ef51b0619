//! The region below the lines of a terminal: rows that are drawn again and again, while lines scroll above them. Every line and
//! every frame is one write, and both are made under one lock, so that neither is drawn into the other.
//!
//! The cursor rests in the row below the region, is never hidden, and no mode of the terminal is changed: whatever ends the
//! process, all that it can leave behind is the rows themselves.
//!
//! Libraries for progress bars leave rows behind where a terminal is made narrower
//! (<https://github.com/console-rs/indicatif/issues/182>); this one counts the rows that the terminal has made of its own.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use super::line_writer::write_all;
use super::row::{Colours, Row};

/// Asks a terminal to show what follows at once, and no earlier. Terminals that do not know it ignore it.
const BEGIN: &str = "\x1b[?2026h";
/// Ends what [`BEGIN`] began.
const END: &str = "\x1b[?2026l";
/// Clears the rest of a row.
const CLEAR_ROW: &str = "\x1b[K";
/// Clears all from the cursor on.
const CLEAR_BELOW: &str = "\x1b[J";

/// How large a terminal is, in columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Columns.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
}

/// What a terminal does with rows that no longer fit when it is made narrower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Narrowed {
    /// It breaks them, so that each takes several.
    Breaks,
    /// It cuts them off.
    Cuts,
}

/// The terminal that a region is on.
pub(super) struct Terminal {
    /// Where it is written.
    pub(super) stream: Box<dyn Write + Send>,
    /// Asks for its size; `None` where it is not known.
    pub(super) size: Box<dyn Fn() -> Option<Size> + Send>,
    pub(super) colours: Colours,
    pub(super) narrowed: Narrowed,
}

/// The region of one terminal.
pub(super) struct Region(Mutex<State>);

struct State {
    terminal: Terminal,
    /// The rows that are on the screen, as they were painted, each with its width.
    rows: Vec<(usize, String)>,
    /// The width of the terminal when they were drawn.
    drawn_at: usize,
}

impl Region {
    /// Returns a region that shows nothing yet.
    pub(super) fn new(terminal: Terminal) -> Region {
        Region(Mutex::new(State {
            terminal,
            rows: Vec::new(),
            drawn_at: 0,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a line above the region.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn line(&self, line: &str) -> std::io::Result<()> {
        let mut state = self.state();
        if state.rows.is_empty() {
            return write_all(&mut *state.terminal.stream, format!("{line}\n").as_bytes());
        }
        let width = state.size().map_or(state.drawn_at, |size| size.width);
        let up = state.up(width);
        state.drawn_at = width;
        let rows: String = state
            .rows
            .iter()
            .map(|(_, row)| format!("{row}\n"))
            .collect();
        let text = format!("{BEGIN}{up}{CLEAR_BELOW}{line}\n{rows}{END}");
        write_all(&mut *state.terminal.stream, text.as_bytes())
    }

    /// Shows what `draw` returns for the terminal as large as it is now. Writes nothing where that is there already.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn show(&self, draw: impl FnOnce(Size) -> Vec<Row>) -> std::io::Result<()> {
        let mut state = self.state();
        let Some(size) = state.size() else {
            return Ok(());
        };
        // One column is left free: where a row ends in the last one, terminals differ in where the next character goes.
        // One row is left free for the cursor.
        let (columns, height) = (size.width.saturating_sub(1), size.height.saturating_sub(1));
        let colours = state.terminal.colours;
        let rows = draw(Size {
            width: columns,
            height,
        })
        .into_iter()
        .take(height);
        let rows = rows.map(|row| row.cut(columns));
        let rows: Vec<(usize, String)> = rows
            .map(|row| (row.width(), row.painted(colours)))
            .collect();
        if rows == state.rows && size.width == state.drawn_at {
            return Ok(());
        }
        let up = state.up(size.width);
        // Rows that were broken are below where each began.
        let first = if size.width < state.drawn_at {
            CLEAR_BELOW
        } else {
            ""
        };
        let painted = rows.iter().map(|(_, row)| format!("{row}{CLEAR_ROW}\n"));
        let painted: String = painted.collect();
        let text = format!("{BEGIN}{up}{first}{painted}{CLEAR_BELOW}{END}");
        state.rows = rows;
        state.drawn_at = size.width;
        write_all(&mut *state.terminal.stream, text.as_bytes())
    }

    /// Takes the region off the screen.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn clear(&self) -> std::io::Result<()> {
        self.state().clear()
    }

    /// Takes the region off the screen unless somebody writes at this moment. For the hook of a panic, which may come from a
    /// thread that does.
    pub(super) fn clear_unless_writing(&self) {
        let state = match self.0.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(mut state) = state {
            // What cannot be cleared is not missed.
            let _ = state.clear();
        }
    }

    /// Returns whether anything is shown.
    pub(super) fn is_shown(&self) -> bool {
        !self.state().rows.is_empty()
    }
}

impl State {
    fn size(&self) -> Option<Size> {
        (self.terminal.size)().filter(|size| size.width > 0 && size.height > 0)
    }

    fn clear(&mut self) -> std::io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let width = self.size().map_or(self.drawn_at, |size| size.width);
        let text = format!("{}{CLEAR_BELOW}", self.up(width));
        self.rows.clear();
        write_all(&mut *self.terminal.stream, text.as_bytes())
    }

    /// Returns what moves the cursor to where the region begins, on a terminal that has this many columns now.
    fn up(&self, width: usize) -> String {
        let is_broken = self.terminal.narrowed == Narrowed::Breaks && width > 0;
        let rows_of = |row: &(usize, String)| {
            if is_broken {
                row.0.div_ceil(width).max(1)
            } else {
                1
            }
        };
        match self.rows.iter().map(rows_of).sum::<usize>() {
            0 => "\r".to_owned(),
            rows => format!("\r\x1b[{rows}A"),
        }
    }
}

#[cfg(test)]
mod tests;
