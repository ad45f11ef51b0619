//! The gate that ships with lockgate: asks the canary over HTTP whether it is fit to serve.
//!
//! `settings` reads what the operator wants, `probe` sends the requests, `judge` turns the answers
//! into a report, `about` describes the gate, and `component` (WebAssembly only) ties them to the
//! contract in `wit/plugin-0.1`. All but the last are plain functions and are tested natively.
//!
//! Imports nothing but `lockgate:plugin`: no WASI, no clock of its own, no randomness.

pub mod about;
#[cfg(target_arch = "wasm32")]
mod component;
pub mod judge;
pub mod probe;
pub mod settings;
mod words;
