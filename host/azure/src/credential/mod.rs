//! Bearer tokens: where they come from, and how long they are cached.
//!
//! Read in this order: `chain` (the table of credentials and the choice among them), `kind` (how each gets a
//! token), `cache` (when a token is fetched again), `scoped` (tokens for services beside the management API) and `services`
//! (where those may be sent). `azure_identity` exchanges secrets and assertions for
//! tokens, over lockgate's own HTTP client (`entra`, `transport`); `github` and `certificate` make the
//! assertions that it cannot make.
//! A token is never printed, logged or put into an error.

mod az;
mod cache;
mod certificate;
mod chain;
mod entra;
mod error;
mod github;
mod kind;
mod scope;
mod scoped;
mod services;
mod token;
mod transport;
mod variables;

pub use chain::{Choice, CredentialSource, secret_variables};
pub use error::CredentialError;
pub use kind::Credential;
pub use scope::{TokenScope, TokenScopeError};
pub use scoped::{AccessToken, ScopedTokens};
pub use services::{AzureService, TokenOriginError, service_at};
pub use token::DEFAULT_TOKEN_VARIABLE;

pub(crate) use cache::{TokenCache, TokenUse};
pub(crate) use services::management_scope;
pub(crate) use token::Token;

#[cfg(test)]
mod tests;
