//! The network side of a gate's requests (I-15): which origins may be named, which addresses they may resolve to, and the
//! client that sends.
//!
//! Every request of every gate passes `Policy::permit` and the resolver in `client.rs`; there is no other way to the
//! network.

mod addresses;
mod client;
mod credentials;
mod origins;
mod policy;

pub(crate) use client::Client;
pub use credentials::{HeaderCredential, HeaderCredentialError};
pub use origins::{OriginError, Origins};
pub(crate) use policy::{Denied, Policy};
