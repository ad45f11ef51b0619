//! The network side of a gate's requests (I-15): which origins may be named, which addresses they may resolve to, and the
//! client that sends.
//!
//! Every request of every gate passes `Policy::permit` and the resolver in `resolver.rs`; there is no other way to the
//! network.

mod addresses;
mod client;
mod credentials;
mod failure;
mod origins;
mod policy;
mod resolver;
mod tokens;
mod webhook;

pub(crate) use client::Client;
pub use credentials::{HeaderCredential, HeaderCredentialError};
pub use origins::{OriginError, Origins};
pub(crate) use policy::{Denied, Policy};
pub use tokens::{TokenFuture, TokenGrant, TokenSource};
pub use webhook::{Webhook, WebhookError};
