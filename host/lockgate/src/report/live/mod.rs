//! The live view: what a person at a terminal sees of a run below the lines that scroll. `view.rs` is what is shown, `fold.rs`
//! makes it from what a reporter learns, `draw.rs` makes rows of it, and `screen.rs` draws them on a thread of its own.
//!
//! Only shows: reads no key and asks no terminal for a mode. Ctrl-C stays the signal that it is.

pub(super) mod draw;
pub(super) mod fold;
mod gates;
mod next;
mod screen;
mod stages;
mod view;

use std::time::{Duration, Instant};

use rollout::Timestamp;

use super::reporter::{Reporter, Update};
use crate::output::Output;
use fold::Fold;
pub(crate) use screen::Screen;
pub(crate) use view::{NextView, RunView, SplitView, StageState, StageView};

/// Shows a run as it happens.
pub(crate) struct LiveView {
    screen: Screen,
    fold: Fold,
    began: Instant,
}

impl LiveView {
    /// Returns the live view of a run on the terminal of this output; `None` where it is not wanted, or cannot be.
    pub(crate) fn on(output: &Output) -> Option<LiveView> {
        Some(LiveView {
            screen: Screen::on(output)?,
            fold: Fold::default(),
            began: Instant::now(),
        })
    }
}

impl Reporter for LiveView {
    fn report(&mut self, update: &Update<'_>) {
        if let super::What::Began(_) = update.what {
            self.began = Instant::now();
        }
        // The clock of a run begins with the run.
        let now = Timestamp::default().after(self.began.elapsed());
        self.fold.update(update, now);
        self.screen.show(self.fold.view(), now);
    }

    fn finish(self: Box<Self>, limit: Duration) -> Option<String> {
        // What is not taken off the screen in time stays on it, and nothing else is wrong then.
        self.screen.finish(limit);
        None
    }
}
