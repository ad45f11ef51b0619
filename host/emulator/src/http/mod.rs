//! Calls and replies on the wire: the ground under both planes, the identity endpoints and the
//! emulator's own paths. Knows nothing of the world, and must not import it.

mod call;
mod page;
mod reply;
mod transport;

pub(crate) use call::HttpCall;
pub(crate) use page::page;
pub(crate) use reply::{ConnectionReset, Reply};
pub(crate) use transport::Transport;
