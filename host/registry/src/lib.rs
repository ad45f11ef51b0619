//! Components in OCI registries: pulled by the digest of their manifest, looked up by a tag, pushed.
//!
//! Speaks the distribution specification with the workspace's own HTTP client. Nothing that a registry sends is believed:
//! sizes and times are bounded, every byte is verified, and credentials go to the registry and to the server of tokens that
//! it names, over TLS. Knows nothing of gates or of a cloud, and prints nothing.
//!
//! Read `registries` first, then `session` and `repeat` (requests), `sign_in` and `docker` (credentials), `manifest` (the
//! layout) and `cache`.

mod cache;
mod credential;
mod credentials;
mod digest;
mod docker;
mod helper;
mod limits;
mod manifest;
mod place;
mod problem;
mod reference;
mod registries;
mod repeat;
mod secret;
mod session;
mod sign_in;
mod transport;

pub use credential::TokenSource;
pub use digest::Digest;
pub use limits::Limits;
pub use manifest::Artifact;
pub use problem::{Problem, RegistryError, Task};
pub use reference::{Reference, ReferenceError, SCHEME};
pub use registries::{Options, Pulled, PulledFrom, Registries};
pub use secret::Secret;
