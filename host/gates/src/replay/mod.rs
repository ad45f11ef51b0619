//! Replay: a gate called with recorded or written responses, in virtual time.
//!
//! Opens no socket, and never makes up a response: a request that is not in the recording is a miss. Start with `run.rs`,
//! then `player.rs`.

mod miss;
mod nearest;
mod player;
mod request_key;
mod revision_origins;
mod run;
mod source;

pub use miss::Miss;
pub use nearest::Nearest;
pub(crate) use player::Player;
pub use run::{Replayed, in_virtual_time};
pub use source::{Repeats, ReplaySource, RequestOrder};
