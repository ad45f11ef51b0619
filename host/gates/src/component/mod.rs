//! A component before it is called: read, examined, compiled, linked and described. Sends nothing.

pub(crate) mod bindings;
pub(crate) mod describe;
pub(crate) mod engine;
pub(crate) mod limits;
pub(crate) mod load;
pub(crate) mod world;
