//! All that a gate reaches outside its sandbox: HTTP, clocks, randomness, counts and logs.

pub(crate) mod egress;
pub(crate) mod environment;
pub(crate) mod exchange;
pub(crate) mod http;
pub(crate) mod randomness;
pub(crate) mod secrets;
pub(crate) mod services;
pub(crate) mod wasi_http;
