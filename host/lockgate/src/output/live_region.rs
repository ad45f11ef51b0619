//! The handle of whoever draws below the lines: draws, and takes it away again when it is dropped. A panic of any thread takes it
//! away too, so that its message stands alone.

use std::sync::{Arc, Once};

use super::region::{Region, Size};
use super::row::Row;

/// What is drawn below the lines of the terminal. Dropped, it is gone from the screen.
pub(crate) struct LiveRegion {
    region: Arc<Region>,
    on_gone: Box<dyn Fn() + Send>,
}

impl LiveRegion {
    /// Returns a handle that draws nothing yet. `on_gone` is called when the terminal is found to be gone.
    pub(super) fn new(region: Arc<Region>, on_gone: impl Fn() + Send + 'static) -> LiveRegion {
        clear_at_panics(&region);
        LiveRegion {
            region,
            on_gone: Box::new(on_gone),
        }
    }

    /// Shows what `draw` returns for the space that there is now. Waits for a terminal that does not take it.
    pub(crate) fn show(&self, draw: impl FnOnce(Size) -> Vec<Row>) {
        if self.region.show(draw).is_err() {
            (self.on_gone)();
        }
    }
}

impl Drop for LiveRegion {
    fn drop(&mut self) {
        if self.region.clear().is_err() {
            (self.on_gone)();
        }
    }
}

fn clear_at_panics(region: &Arc<Region>) {
    static HOOK: Once = Once::new();
    let region = Arc::clone(region);
    HOOK.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            region.clear_unless_writing();
            print(panic);
        }));
    });
}
