//! The thread that draws the live view, at most five times a second: who shows a view only leaves it here, and waits for no
//! terminal.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rollout::Timestamp;

use super::draw::draw;
use super::view::RunView;
use crate::output::{LiveRegion, Output};

/// The shortest time between two frames, and the longest until times that count down are drawn again.
const FRAME: Duration = Duration::from_millis(200);

/// A live view that is drawn until it is dropped.
pub(crate) struct Screen(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// What is shown, with the time of it on its own clock, and when that was.
    view: Option<(RunView, Timestamp, Instant)>,
    is_over: bool,
    /// Whether the screen is as it was.
    is_cleared: bool,
}

impl Screen {
    /// Returns a live view on the terminal of this output, which shows nothing yet; `None` where it is not wanted, or cannot be.
    pub(crate) fn on(output: &Output) -> Option<Screen> {
        let region = output.live_region()?;
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("live view".to_owned());
        // Without a thread there are the lines.
        thread.spawn(move || of_thread.draw_all(region)).ok()?;
        Some(Screen(shared))
    }

    /// Shows this from now on; `now` is the present on its clock.
    pub(crate) fn show(&self, view: RunView, now: Timestamp) {
        let mut state = self.0.state();
        state.view = Some((view, now, Instant::now()));
        self.0.changed.notify_all();
    }

    /// Takes the view off the screen, and waits for that at most for `limit`.
    pub(crate) fn finish(self, limit: Duration) {
        self.end(limit);
    }

    fn end(&self, limit: Duration) {
        let mut state = self.0.state();
        let was_over = std::mem::replace(&mut state.is_over, true);
        self.0.changed.notify_all();
        let is_there = |state: &mut State| !state.is_cleared;
        if !was_over {
            let _ = self.0.changed.wait_timeout_while(state, limit, is_there);
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.end(FRAME);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws until the view is over.
    fn draw_all(&self, region: LiveRegion) {
        loop {
            let state = self.state();
            if state.is_over {
                break;
            }
            let shown = state.view.clone();
            drop(state);
            if let Some((view, at, since)) = shown {
                let now = at.after(since.elapsed());
                region.show(|size| draw(&view, size, now));
            }
            self.wait();
        }
        drop(region);
        self.state().is_cleared = true;
        self.changed.notify_all();
    }

    /// Waits for the time of the next frame, or until the view is over.
    fn wait(&self) {
        let goes_on = |state: &mut State| !state.is_over;
        let state = self.state();
        let _ = self.changed.wait_timeout_while(state, FRAME, goes_on);
    }
}
