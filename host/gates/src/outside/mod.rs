//! What a gate reaches outside its sandbox: HTTP, clocks, randomness, counts and the log.
//!
//! Requests leave through `http.rs` and `egress/` only. `environment.rs` is all that a gate reads beside HTTP.

pub(crate) mod clock;
pub(crate) mod egress;
pub(crate) mod environment;
pub(crate) mod exchange;
pub(crate) mod http;
pub(crate) mod randomness;
pub(crate) mod route;
mod scrub;
pub(crate) mod secrets;
pub(crate) mod services;
mod visibility;
pub(crate) mod wasi_http;
