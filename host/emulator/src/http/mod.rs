//! Calls and replies on the wire, without knowledge of what they are about: the ground under both
//! planes, the identity endpoints and the emulator's own paths. Imports nothing of the world.

mod call;
mod reply;

pub(crate) use call::Call;
pub(crate) use reply::Answer;
