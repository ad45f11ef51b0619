//! The one way out of a gate (I-15): which origins it may name, which addresses they may resolve to, and the client that
//! asks. Every request of every gate goes through [`Policy::permits`] and the resolver of [`client`], and nothing else.

mod addresses;
mod client;
mod credentials;
mod origins;

pub(crate) use client::Client;
pub use credentials::{Credential, CredentialError};
pub(crate) use origins::{Denied, Policy};
pub use origins::{OriginError, Origins};
